"""Routes that FastAPI reads when they are first needed."""

from abc import abstractmethod
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.routing import compile_path

from akademe.kernel.http.context import direct, injected

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class LateRoute(APIRoute):
    """What finding a route takes is here from the start.

    What FastAPI makes of its endpoint (signature, validators, handler) comes with the first look at that: a request of
    the route, or the OpenAPI file. For all the routes together it takes longer than anything else at the start.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self.path, self.endpoint = path, endpoint
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self.methods = set(options["methods"])
        self._options: dict[str, Any] | None = options

    def __getattr__(self, name: str) -> Any:
        """Asked for what is not there, or not yet."""
        if self.__dict__.get("_options") is None:
            raise AttributeError(name)
        self.complete()
        return getattr(self, name)

    def complete(self) -> None:
        """`shortcut` is the handler past FastAPI's, for requests that leave it nothing to do."""
        options, self._options = self._options or {}, None
        short = direct(self.endpoint, self.path)
        super().__init__(self.path, injected(self.endpoint), **options)
        self.shortcut = self.around(short) if short else None

    def get_route_handler(self) -> Handler:
        return self.around(super().get_route_handler())

    @abstractmethod
    def around(self, endpoint: Handler) -> Handler:
        """The handler of a request with all that the route declares around the endpoint."""
