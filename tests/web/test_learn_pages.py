"""Small promises of the pages of learners, with plain forms."""

from typing import Any

import pytest

from akademe.kernel.ctx import open_ctx
from akademe.learning import service as learning
from tests.make import assessment as quizzes
from tests.make import catalog, identity
from tests.make import learning as learners
from tests.web.reader import Reader, read_as


@pytest.fixture
async def reader(client: Any) -> Reader:
    """A student in a browser without script."""
    reader = await read_as(client, await identity.user("student", first_name="Ada", last_name="Example"))
    await reader.open("/home")
    return reader


async def test_the_page_about_a_course_offers_the_seat_that_is_kept(reader: Reader) -> None:
    course = await catalog.course(title="Small", lessons=1, enrollment_limit=1)
    before = await identity.user("student")
    seat = await learners.enrolment(before, course)
    await reader.open("/courses/small")
    await reader.send("/enrol")
    assert "A seat is kept for you" not in await reader.open("/courses/small")
    async with open_ctx(await identity.actor(before)) as ctx:
        await learning.drop_enrolment(ctx, seat.id)
    assert "A seat is kept for you" in await reader.open("/courses/small")
    assert reader.has_form("/drop")
    await reader.send("/enrol")
    assert reader.path == "/learn/small"
    assert "Continue" in await reader.open("/courses/small") or "Start" in await reader.open("/courses/small")


async def test_an_order_that_nobody_touched_is_no_answer(reader: Reader) -> None:
    course = await catalog.course(title="Ordered", lessons=1)
    quiz = await quizzes.assessment(course, "ordering", "mcq")
    await reader.open("/courses/ordered")
    await reader.send("/enrol")
    await reader.open(f"/quizzes/{quiz.id}")
    assert "Not answered yet" in await reader.send("/start")
    places = [
        name for name, _ in reader.form("/submit").form_values() if name.startswith("q.") and name.count(".") == 2
    ]
    said = await reader.send("/submit")
    assert (reader.status, len(places)) == (422, 3)
    assert "2 questions have no answer yet." in said
    said = await reader.send("/submit", **{name: str(place) for place, name in enumerate(places, 1)})
    assert "One question has no answer yet." in said
    assert "Not answered yet" not in said
    kept = dict(reader.form("/submit").form_values())
    assert [kept[name] for name in places] == ["1", "2", "3"]
    said = await reader.send("/submit", {"anyway": "1"})
    assert reader.path.endswith("/result")


async def test_a_code_that_is_none_is_said_at_its_field(client: Any) -> None:
    reader = await read_as(client)
    for path in ("/verify?code=NOTHING", "/certificates/NOTHING"):
        await reader.open(path)
        field = reader.page.get_element_by_id("f-code")
        assert field.get("aria-invalid") == "true"
        assert "no certificate" in reader.page.get_element_by_id(field.get("aria-describedby")).text_content()
        assert field.get("value") == "NOTHING"
