"""Importing again: what it updates, and what it keeps because somebody changed it here."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from tests.interop.plain import COURSE, FILE, FILES, lessons_of, reasons_of, zipped
from tests.make import identity as people
from tests.make import interop as make

AsUser = Callable[[Any], Awaitable[httpx.AsyncClient]]
Jobs = Callable[[], Awaitable[None]]


async def test_importing_again_updates(as_user: AsUser, jobs: Jobs) -> None:
    teacher = await as_user(await people.user("instructor"))
    first = (await make.imported(teacher, jobs, zipped()))["result"]
    before = await lessons_of(teacher, first["course_id"])
    job = await make.imported(
        teacher,
        jobs,
        zipped(
            course_yaml=COURSE.format(title="A better course", lessons="lessons/c.md, lessons/a.md"),
            lessons__b_md=None,
            lessons__a_md=FILES["lessons/a.md"].replace("Text of A", "Better text").replace("see [B](b.md) and ", ""),
            lessons__c_md="---\nid: c\ntitle: C\n---\nNew.\n",
            quizzes__q_yaml=FILES["quizzes/q.yaml"].replace("One?", "Which one?"),
        ),
    )
    assert job["result"]["course_id"] == first["course_id"]
    after = await lessons_of(teacher, first["course_id"])
    assert list(after) == ["C", "A"]
    assert (after["A"]["id"], after["A"]["version"]) == (before["A"]["id"], before["A"]["version"] + 1)
    assert "Better text" in after["A"]["content"]
    assert "deleted here too" in reasons_of(job)["lesson"]
    questions = (await teacher.get(f"/api/v1/assessments/{after['A']['quiz_id']}/questions")).json()
    assert [question["question_text"] for question in questions] == ["Which one?"]
    assert (await teacher.get(f"/api/v1/courses/{first['course_id']}")).json()["title"] == "A better course"


async def test_what_was_edited_here_is_kept_and_named(as_user: AsUser, jobs: Jobs) -> None:
    teacher = await as_user(await people.user("instructor"))
    first = (await make.imported(teacher, jobs, zipped()))["result"]
    before = await lessons_of(teacher, first["course_id"])
    await teacher.patch(f"/api/v1/contents/{before['A']['id']}", json={"content": "My own words."})
    await teacher.delete(f"/api/v1/contents/{before['B']['id']}")
    await teacher.patch(f"/api/v1/courses/{first['course_id']}", json={"status": "published"})
    quiz_id = before["A"]["quiz_id"]
    question = (await teacher.get(f"/api/v1/assessments/{quiz_id}/questions")).json()[0]
    await teacher.patch(f"/api/v1/questions/{question['id']}", json={"question_text": "Mine?"})
    job = await make.imported(
        teacher,
        jobs,
        zipped(
            course_yaml=COURSE.format(title="A better course", lessons="lessons/b.md, lessons/a.md"),
            lessons__a_md=FILES["lessons/a.md"].replace("Text of A", "Better text"),
            quizzes__q_yaml=FILES["quizzes/q.yaml"].replace("One?", "Which one?"),
        ),
    )
    after = await lessons_of(teacher, first["course_id"])
    assert list(after) == ["A"]
    assert after["A"]["content"] == "My own words."
    rows = [row for row in job["result"]["report"] if row["element"] in ("lesson", "question") and "reason" in row]
    assert sorted((row["reason"].split(" here")[0], row["details"]) for row in rows) == [
        ("deleted", ["B"]), ("edited", ["A"]), ("edited", ["Q: Mine?"]),
    ]  # fmt: skip
    assert (await teacher.get(f"/api/v1/assessments/{quiz_id}/questions")).json()[0]["question_text"] == "Mine?"
    course = (await teacher.get(f"/api/v1/courses/{first['course_id']}")).json()
    assert (course["title"], course["status"]) == ("A better course", "published")


async def test_a_deleted_question_stays_deleted(as_user: AsUser, jobs: Jobs) -> None:
    teacher = await as_user(await people.user("instructor"))
    two = FILES["quizzes/q.yaml"] + "  - {id: two, text: Two?, type: true_false, answer: true}\n"
    first = (await make.imported(teacher, jobs, zipped(quizzes__q_yaml=two)))["result"]
    quiz_id = (await lessons_of(teacher, first["course_id"]))["A"]["quiz_id"]
    questions = (await teacher.get(f"/api/v1/assessments/{quiz_id}/questions")).json()
    await teacher.delete(f"/api/v1/questions/{questions[0]['id']}")
    job = await make.imported(teacher, jobs, zipped(quizzes__q_yaml=two))
    left = (await teacher.get(f"/api/v1/assessments/{quiz_id}/questions")).json()
    assert [question["question_text"] for question in left] == ["Two?"]
    [row] = [row for row in job["result"]["report"] if row["element"] == "question" and "reason" in row]
    assert (row["reason"], row["details"]) == ("deleted here since the last import: left out", ["Q: One?"])


async def test_what_the_source_drops_and_brings_again_comes_back(as_user: AsUser, jobs: Jobs) -> None:
    teacher = await as_user(await people.user("instructor"))
    two = FILES["quizzes/q.yaml"] + "  - {id: two, text: Two?, type: true_false, answer: true}\n"
    first = (await make.imported(teacher, jobs, zipped(quizzes__q_yaml=two)))["result"]
    quiz_id = (await lessons_of(teacher, first["course_id"]))["A"]["quiz_id"]
    for text, number in ((FILES["quizzes/q.yaml"], 1), (two, 2)):
        await make.imported(teacher, jobs, zipped(quizzes__q_yaml=text))
        assert len((await teacher.get(f"/api/v1/assessments/{quiz_id}/questions")).json()) == number


async def test_prerequisites_follow_the_source(as_user: AsUser, jobs: Jobs) -> None:
    teacher = await as_user(await people.user("instructor"))
    one, two = [(await teacher.post("/api/v1/courses", json={"title": title})).json() for title in ("One", "Two")]
    for required in ([one], [one, two], []):
        listed = f"prerequisites: [{', '.join(course['slug'] for course in required)}]\n"
        job = await make.imported(teacher, jobs, zipped(course_yaml=FILES["course.yaml"] + listed))
        course = (await teacher.get(f"/api/v1/courses/{job['result']['course_id']}")).json()
        assert course["prerequisites"] == [one["id"] for one in required]
        assert "course" not in reasons_of(job)


async def test_a_replaced_picture_stays_as_long_as_an_earlier_version_shows_it(as_user: AsUser, jobs: Jobs) -> None:
    teacher = await as_user(await people.user("instructor"))
    first = (await make.imported(teacher, jobs, zipped()))["result"]
    before = (await lessons_of(teacher, first["course_id"]))["A"]
    await make.imported(teacher, jobs, make.zip_bytes({**FILES, "assets/n.txt": "Better notes."}))
    after = (await lessons_of(teacher, first["course_id"]))["A"]
    old, new = [FILE.search(lesson["content_html"])[0] for lesson in (before, after)]  # type: ignore[index]
    assert old != new
    assert [(await teacher.get(path)).text for path in (old, new)] == ["Notes.", "Better notes."]
    exported = make.unzipped((await teacher.get(f"/api/v1/courses/{first['course_id']}/export")).content)
    assert exported["assets/n.txt"] == b"Better notes."


async def test_lessons_made_here_stay(as_user: AsUser, jobs: Jobs) -> None:
    teacher = await as_user(await people.user("instructor"))
    first = (await make.imported(teacher, jobs, zipped()))["result"]
    await teacher.post(f"/api/v1/courses/{first['course_id']}/lessons", json={"title": "Mine", "content_type": "text"})
    await make.imported(
        teacher, jobs, zipped(course_yaml=COURSE.format(title="A", lessons="lessons/b.md, lessons/a.md"))
    )
    assert list(await lessons_of(teacher, first["course_id"])) == ["B", "A", "Mine"]


async def test_an_export_edited_by_hand_updates_the_course_it_came_from(as_user: AsUser, jobs: Jobs) -> None:
    teacher = await as_user(await people.user("instructor"))
    made = (await teacher.post("/api/v1/courses", json={"title": "By hand"})).json()
    lesson = {"title": "L", "content_type": "text", "content": "Old words."}
    await teacher.post(f"/api/v1/courses/{made['id']}/lessons", json=lesson)
    quiz = {
        "title": "Q",
        "questions": [{"question_text": "Old?", "question_type": "true_false", "correct_answer": True}],
    }
    quiz_id = (await teacher.post(f"/api/v1/courses/{made['id']}/assessments", json=quiz)).json()["id"]
    exported = await teacher.get(f"/api/v1/courses/{made['slug']}/export")
    assert exported.headers["content-type"] == "application/zip"
    files = make.unzipped(exported.content)
    edited = {name: data.replace(b"Old", b"New") for name, data in files.items()}
    job = await make.imported(teacher, jobs, make.zip_bytes(edited))
    assert (job["result"]["course_id"], job["result"]["created"]) == (made["id"], False)
    assert (await lessons_of(teacher, made["id"]))["L"]["content"] == "New words."
    questions = (await teacher.get(f"/api/v1/assessments/{quiz_id}/questions")).json()
    assert [question["question_text"] for question in questions] == ["New?"]


async def test_another_teacher_gets_a_course_of_their_own(as_user: AsUser, jobs: Jobs) -> None:
    one, other = await as_user(await people.user("instructor")), await as_user(await people.user("instructor"))
    first = (await make.imported(one, jobs, zipped()))["result"]
    second = (await make.imported(other, jobs, zipped()))["result"]
    assert first["course_id"] != second["course_id"]
    assert (await other.get(f"/api/v1/courses/{first['course_id']}/export")).status_code == 404
    assert (await one.get(f"/api/v1/courses/{first['course_id']}/export")).status_code == 200
