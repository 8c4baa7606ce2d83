"""Somebody who reads and fills in pages without script: forms are found in the page and sent as a browser would."""

from typing import Any

import httpx
import lxml.html

from akademe.identity.models import User
from akademe.identity.schemas import Origin
from akademe.identity.service import sessions
from akademe.kernel.ctx import open_ctx
from akademe.kernel.http.security import SESSION_COOKIE
from tests.make import identity


class Reader:
    """`open` and `send` follow redirects; `page` is what is shown then, `path` where."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.page: Any = None
        self.path, self.status = "", 0

    async def open(self, path: str) -> str:
        """The words of the page."""
        return await self._show(await self.client.get(path, follow_redirects=True))

    async def send(self, action: str, button: dict[str, str] | None = None, **values: Any) -> str:
        """Send the form whose address ends in `action`: its own values, what is filled in, and the button pressed."""
        form = self.form(action)
        data: dict[str, Any] = {}
        for name, value in form.form_values():
            data[name] = [*data.get(name, []), value]
        data |= values | (button or {})
        return await self._show(await self.client.post(form.action, data=data, follow_redirects=True))

    def form(self, action: str) -> Any:
        """The form whose address ends in `action`. Fails where the page has none."""
        found = [form for form in self.page.forms if form.method == "POST" and form.action.endswith(action)]
        assert found, f"{self.path} has no form for {action}"
        return found[0]

    def has_form(self, action: str) -> bool:
        return any(form.method == "POST" and form.action.endswith(action) for form in self.page.forms)

    def links(self) -> list[str]:
        return [link.get("href") for link in self.page.findall(".//main//a[@href]")]

    async def _show(self, response: httpx.Response) -> str:
        self.page = lxml.html.fromstring(response.text)
        self.path, self.status = response.url.path, response.status_code
        return " ".join(" ".join(self.page.find(".//main").itertext()).split())


async def read_as(client: httpx.AsyncClient, person: User | None = None) -> Reader:
    """The client as a browser in which that person is signed in."""
    if person is not None:
        async with open_ctx(await identity.actor(person)) as ctx:
            account = await ctx.get(User, person.id)
            client.cookies.set(SESSION_COOKIE, await sessions.open_web_session(ctx, account, Origin()))
    return Reader(client)
