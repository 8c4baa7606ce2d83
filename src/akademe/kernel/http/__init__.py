"""How HTTP reaches the services: declared access and limits, one commit before the answer, errors in one shape."""

from akademe.kernel.http.context import AnyCtx, IfMatch, PageArgs, edit_etag, paged
from akademe.kernel.http.problems import add_error_pages
from akademe.kernel.http.routes import PageRouter, Router

__all__ = ["AnyCtx", "IfMatch", "PageArgs", "PageRouter", "Router", "add_error_pages", "edit_etag", "paged"]
