"""GIFT files into and out of an assessment over HTTP."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from akademe.kernel import db
from tests.make import assessment as make
from tests.make import catalog, identity

AsUser = Callable[[Any], Awaitable[httpx.AsyncClient]]
FILE = """// title: Capitals

::Peru:: Capital of Peru? {=Lima#Yes ~Cusco#Once}

Broken by its maker {~a ~b}

The sun is cold. {F}
"""


async def bring(client: httpx.AsyncClient, quiz: Any, text: str | bytes, status: int = 200) -> dict[str, Any]:
    answer = await client.post(f"/api/v1/assessments/{quiz.id}/import", files={"file": ("quiz.gift", text)})
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_a_file_comes_in_once_and_goes_out_again(database: db.Database, as_user: AsUser) -> None:
    owner = await identity.user("instructor")
    course = await catalog.course(owner)
    quiz, copy = await make.assessment(course, questions=[]), await make.assessment(course, questions=[])
    client = await as_user(owner)
    first = await bring(client, quiz, FILE)
    assert (first["added"], first["questions"][0]["source_id"]) == (2, "Peru")
    assert {"element": "MC", "count": 1, "mapped_to": None, "lines": [5]}.items() <= first["report"][-1].items()
    again = await bring(client, quiz, FILE)
    assert (again["added"], again["updated"], again["unchanged"]) == (0, 0, 2)
    assert [one["id"] for one in again["questions"]] == [one["id"] for one in first["questions"]]
    out = await client.get(f"/api/v1/assessments/{quiz.id}/export.gift")
    assert "attachment" in out.headers["content-disposition"]
    copied = await bring(client, copy, out.text)
    assert [without_ids(one) for one in copied["questions"]] == [without_ids(one) for one in first["questions"]]


def without_ids(one: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name not in ("id", "assessment_id")}


async def test_a_question_put_first_in_the_file_does_not_move_the_keys_of_the_others(
    database: db.Database, as_user: AsUser
) -> None:
    owner = await identity.user("instructor")
    course = await catalog.course(owner)
    quiz = await make.assessment(course, questions=[])
    client, learner = await as_user(owner), await as_user(await make.learner(course))
    [asked] = (await bring(client, quiz, "The sun is cold. {F}"))["questions"]
    given = {"answers": {asked["id"]: False}}
    result = (await learner.post(f"/api/v1/assessments/{quiz.id}/submit", json=given)).json()
    again = await bring(client, quiz, "Water is wet. {T}\n\nThe sun is cold. {F}")
    assert (again["added"], again["updated"], again["unchanged"], again["removed"]) == (1, 0, 1, 0)
    assert again["questions"][1]["id"] == asked["id"]
    assert (await learner.get(f"/api/v1/attempts/{result['id']}")).json()["score"] == 1.0
    corrected = await bring(client, quiz, "Water is wet. {T}\n\nThe sun is cold. {T}")
    assert (corrected["updated"], corrected["unchanged"]) == (1, 1)
    assert (await learner.get(f"/api/v1/attempts/{result['id']}")).json()["score"] == 0.0


async def test_a_mistake_says_where_and_changes_nothing(database: db.Database, as_user: AsUser) -> None:
    owner = await identity.user("instructor")
    quiz = await make.assessment(await catalog.course(owner))
    client = await as_user(owner)
    refused = await bring(client, quiz, "Fine {T}\n\nOpen {=a\n", status=422)
    assert (refused["error_code"], refused["line"], refused["column"]) == ("GIFT_SYNTAX", 3, 6)
    assert refused["detail"].startswith("Line 3, column 6: ")
    assert (await bring(client, quiz, b"\xff\xfe\x00", status=422))["error_code"] == "VALIDATION_ERROR"
    assert len((await client.get(f"/api/v1/assessments/{quiz.id}")).json()["questions"]) == 1


async def test_it_is_for_those_who_may_edit(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course)
    learner = await as_user(await make.learner(course))
    await bring(learner, quiz, FILE, status=403)
    assert (await learner.get(f"/api/v1/assessments/{quiz.id}/export.gift")).status_code == 403
    ta = await identity.user("student")
    await catalog.member(ta, course, "ta")
    assistant = await as_user(ta)
    assert (await assistant.get(f"/api/v1/assessments/{quiz.id}/export.gift")).status_code == 200
    await bring(assistant, quiz, FILE, status=403)
