"""What every test may ask for: a fresh database, the application over HTTP, people signed in, jobs run now."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import pytest

from akademe.app import create_app
from akademe.kernel import cache, config, db
from akademe.kernel.http import limits
from akademe.kernel.queue import Relay
from tests.databases import BACKENDS, chosen
from tests.units import Watch, watching

# How long one example takes says more about the machine than about the code.
hypothesis.settings.register_profile("akademe", deadline=None)
hypothesis.settings.load_profile("akademe")

SHARED = Path(__file__).resolve().parents[2] / "shared"


def _names_backend(metafunc: pytest.Metafunc) -> bool:
    marks = metafunc.definition.iter_markers("parametrize")
    return any("backend" in str(mark.args[0]) for mark in marks)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "backend" in metafunc.fixturenames and not _names_backend(metafunc):
        metafunc.parametrize("backend", chosen())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest one first: at the end it would keep one worker busy and the others idle."""
    items.sort(key=lambda item: item.path.name != "test_fuzz.py")


def pytest_sessionfinish() -> None:
    for backend in BACKENDS.values():
        backend.forget()


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[config.Settings]:
    """The settings of one test: its own DATA_DIR, limits off."""
    chosen = config.Settings(
        _env_file=None,
        environment="testing",
        data_dir=tmp_path,
        rate_limits="off",
        public_url="http://test",
        secret_key="a test secret that is long enough",
        database_url=f"sqlite:///{tmp_path / 'akademe.db'}",
        smtp_url="",
        storage_url="",
        redis_url="",
        broker_url="",
    )
    config.use(chosen)
    limits.reset()
    cache.forget()
    yield chosen
    config.use(None)


@pytest.fixture
async def units() -> AsyncIterator[Watch]:
    """Fails the test in which a unit of work awaits what is not the database's after its first write."""
    with watching() as watch:
        yield watch
    assert watch.found == []


@pytest.fixture
async def database(backend: str, settings: config.Settings, tmp_path: Path, units: Watch) -> AsyncIterator[db.Database]:
    """A fresh database with the whole schema, connected as the process's own."""
    url = await BACKENDS[backend].fresh(tmp_path)
    settings.database_url = url
    yield db.connect(url, pool_size=8)
    await db.close()
    await BACKENDS[backend].drop(url)


@pytest.fixture(scope="session")
def app() -> Any:
    return create_app()


@pytest.fixture
async def client(app: Any, database: db.Database) -> AsyncIterator[httpx.AsyncClient]:
    """An anonymous client on the application itself."""
    async with make_client(app) as made:
        yield made


def make_client(app: Any, **headers: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test", headers=headers)


@pytest.fixture
async def as_user(app: Any, database: db.Database) -> AsyncIterator[Callable[[Any], Awaitable[httpx.AsyncClient]]]:
    """`await as_user(user)`: a client that carries the person's access token."""
    from tests.make import identity

    clients: list[httpx.AsyncClient] = []

    async def sign_in(user: Any) -> httpx.AsyncClient:
        made = make_client(app, authorization=f"Bearer {await identity.bearer(user)}")
        clients.append(made)
        return made

    yield sign_in
    await asyncio.gather(*(made.aclose() for made in clients))


@pytest.fixture
def jobs(database: db.Database) -> Callable[[], Awaitable[None]]:
    """`await jobs()`: run everything that is due, now."""
    return Relay().drain


@pytest.fixture
def limits_on(settings: config.Settings) -> None:
    settings.rate_limits = "on"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real course material for the importers; the test is skipped where it is not there."""
    if not SHARED.is_dir():
        pytest.skip(f"no folder {SHARED.name} beside the project")
    return SHARED
