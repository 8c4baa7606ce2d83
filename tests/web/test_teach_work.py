"""What a teacher does on the pages with plain forms: import, ask, grade, correct a key, and gather people."""

import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings

from akademe.assessment import service as assessment
from akademe.assessment.rules.content import normalise
from akademe.assessment.schemas import QuestionIn, SubmitIn
from akademe.kernel.ctx import open_ctx
from akademe.learning import service as learning
from akademe.web.teach.typed import read_typed, say_typed
from tests.make import assessment as quizzes
from tests.make import catalog, identity
from tests.make import learning as learners
from tests.web.reader import Reader, read_as

KINDS = {
    "mcq": ("Which is the middle?", "Mean\n* Median\nMode"),
    "multiple_response": ("Which are prime?", "* 2\n4\n* 5"),
    "true_false": ("The mean moves.", "true"),
    "short_answer": ("Who?", "Poincaré\n/poin?care/"),
    "numeric": ("Pi?", "3.14 ± 0.01\n22 .. 23"),
    "matching": ("Capitals", "France = Paris\nPeru = Lima\n= Oslo"),
    "ordering": ("Count", "one\ntwo\nthree"),
    "cloze": ("The sun is {{1}} and {{2}}, {{3}}.", "1: red | crimson\n2: cold | * hot\n3: 5 ± 1"),
    "essay": ("Tell us", "A model answer"),
    "description": ("Read this first.", ""),
}


class Teacher(Reader):
    """A reader who can also send a file."""

    person: Any

    async def upload(self, action: str, name: str, data: bytes) -> str:
        form = self.form(action)
        answer = await self.client.post(
            form.action, data=dict(form.form_values()), files={"file": (name, data)}, follow_redirects=True
        )
        return await self._show(answer)


@pytest.fixture
async def teacher(client: Any) -> Teacher:
    """An instructor in a browser without script."""
    person = await identity.user("instructor", email="teacher@example.org")
    await read_as(client, person)
    teacher = Teacher(client)
    teacher.person = person
    await teacher.open("/teach")
    return teacher


async def _course(teacher: Teacher, **fields: Any) -> Any:
    return await catalog.course(teacher.person, title="Plain statistics", **fields)


async def test_the_demo_course_comes_in_with_a_report_and_goes_out_again(
    teacher: Teacher, jobs: Any, shared: Path
) -> None:
    archive = shared / "corpora/olx-demo-course/demo-course.tar.gz"
    await teacher.open("/teach/import")
    said = await teacher.upload("/teach/import", archive.name, archive.read_bytes())
    assert "Importing your course" in said
    await jobs()
    said = await teacher.open(teacher.path)
    assert "Your course is here, as a draft." in said
    assert "A lesson vertical × 58" in said
    assert "The wiki of the original platform is not imported" in said
    course = next(link for link in teacher.links() if re.fullmatch(r"/teach/[a-z0-9-]*demo[a-z0-9-]*", link))
    await teacher.open(course)
    zipped = await teacher.client.get(f"{course}/export")
    assert zipped.content.startswith(b"PK")


async def test_a_file_that_is_no_course_is_refused_in_one_sentence(teacher: Teacher, jobs: Any) -> None:
    await teacher.open("/teach/import")
    await teacher.upload("/teach/import", "x.zip", b"nothing of the kind")
    await jobs()
    said = await teacher.open(teacher.path)
    assert "Nothing was imported" in said
    assert "neither a zip nor a tar archive" in said


async def test_every_kind_of_question_is_typed_and_answered(teacher: Teacher) -> None:
    course = await _course(teacher, lessons=1)
    lesson = (await catalog.lessons(course))[0]
    await teacher.open(f"/teach/{course.slug}/quizzes/new?lesson_id={lesson.id}")
    await teacher.send("/quizzes/new", title="Check", passing_score="80", max_attempts="3", due_date="2040-05-01T18:00")
    here = teacher.path
    for kind, (text, typed) in KINDS.items():
        await teacher.open(f"{here}/questions/new?type={kind}")
        more = {"typed": typed} if typed else {}
        said = await teacher.send("/questions/new", {"preview": "1"}, question_text=text, **more)
        assert "As learners see it" in said
        assert "The question is added" in await teacher.send("/questions/new", question_text=text, **more)
    await teacher.open(here)
    assert [box.get("data-question") for box in teacher.page.findall(".//fieldset[@data-question]")]
    async with open_ctx(await identity.actor(teacher.person)) as ctx:
        quiz_id = (await assessment.list_assessments(ctx, course.id))[0].id
        test = await assessment.get_assessment(ctx, UUID(str(quiz_id)))
    keys = {one.question_type: one.correct_answer for one in test.questions}
    assert keys["mcq"] == "b"
    assert keys["multiple_response"] == ["a", "c"]
    assert keys["true_false"] is True
    assert keys["numeric"] == [{"value": 3.14, "tolerance": 0.01}, {"min": 22, "max": 23}]
    assert keys["cloze"] == {"1": ["red", "crimson"], "2": "b", "3": {"value": 5, "tolerance": 1}}
    learner = await quizzes.learner(course)
    async with open_ctx(await identity.actor(learner)) as ctx:
        given = {
            one.id: keys[one.question_type]
            for one in test.questions
            if one.question_type in ("mcq", "multiple_response", "true_false", "matching", "ordering")
        }
        result = await assessment.submit(ctx, quiz_id, SubmitIn(answers=given))
    assert result.points_earned == 5


@pytest.mark.parametrize(
    ("kind", "typed", "said"),
    [
        ("mcq", "one\ntwo", "Put a * before the one right option."),
        ("matching", "just words", "Write each pair as left = right."),
        ("cloze", "1 red", "Write the answer of each gap as 1: answer."),
        ("numeric", "about five", "Give numbers as"),
        ("ordering", "alone", "Give at least 2 options"),
    ],
)
async def test_what_is_wrong_with_a_question_is_said_at_its_field(
    teacher: Teacher, kind: str, typed: str, said: str
) -> None:
    course = await _course(teacher)
    quiz = await quizzes.assessment(course)
    await teacher.open(f"/teach/{course.slug}/quizzes/{quiz.id}/questions/new?type={kind}")
    shown = await teacher.send("/questions/new", question_text="The sun is {{1}}.", typed=typed)
    assert teacher.status == 422
    assert said in shown
    assert teacher.page.find(".//textarea[@name='typed']").text.strip() == typed
    assert teacher.page.find(".//textarea[@aria-invalid='true']").get("name") == "typed"


async def test_a_corrected_key_lists_the_scores_it_changed(teacher: Teacher) -> None:
    course = await _course(teacher)
    quiz = await quizzes.assessment(course, "mcq")
    learner = await quizzes.learner(course)
    question = await _answer(learner, quiz, "c")
    here = f"/teach/{course.slug}/quizzes/{quiz.id}"
    await teacher.open(f"{here}/questions/{question}")
    said = await teacher.send(f"/questions/{question}", typed="Mean\nMedian\n* Mode", reason="The book was wrong")
    assert teacher.path == f"{here}/changes"
    assert "1 result changed" in said
    assert "0 of 1 1 of 1 The book was wrong" in said


async def _answer(learner: Any, quiz: Any, answer: Any) -> str:
    """The learner answers the one question of a quiz; gives its id."""
    async with open_ctx(await identity.actor(learner)) as ctx:
        question = (await assessment.list_questions(ctx, quiz.id))[0].id
        await assessment.submit(ctx, quiz.id, SubmitIn(answers={question: answer}))
    return question


async def test_an_essay_waits_is_graded_and_its_points_are_bounded(teacher: Teacher) -> None:
    course = await _course(teacher)
    quiz = await quizzes.assessment(course, "essay", title="Tell us")
    question = await _answer(await quizzes.learner(course), quiz, "All that I know.")
    here = f"/teach/{course.slug}/quizzes/{quiz.id}"
    assert "1 waits for you" in await teacher.open(f"/teach/{course.slug}/quizzes")
    assert "Waiting for you (1)" in await teacher.open(f"{here}/results")
    await teacher.open(next(link for link in teacher.links() if "/attempts/" in link))
    marks, words = f"points.{question}", f"feedback.{question}"
    refused = await teacher.send(teacher.path, **{marks: "7", words: "Good."})
    assert "at most 1 points" in refused
    said = await teacher.send(teacher.path, **{marks: "0.5", words: "Good."})
    assert "Nothing waits for you here" in said
    assert "0.5 of 1" in said


async def test_gift_is_pasted_and_downloaded(teacher: Teacher) -> None:
    course = await _course(teacher)
    quiz = await quizzes.assessment(course, "mcq")
    here = f"/teach/{course.slug}/quizzes/{quiz.id}"
    await teacher.open(here)
    said = await teacher.send("/gift", gift="What is 2+2? {=4 ~5")
    assert "line" in said
    said = await teacher.send("/gift", gift="What is 2+2? {=4 ~5}\n\nTrue? {T}")
    assert "2 questions are added." in said
    assert "What is 2+2?" in (await teacher.client.get(f"{here}/export.gift")).text


async def test_people_are_added_by_mail_seen_and_removed(teacher: Teacher) -> None:
    course = await _course(teacher, lessons=2)
    learner = await identity.user("student", email="lea@example.org", first_name="Lea", last_name="Learner")
    await identity.user("student", email="leo@example.org")
    await teacher.open(f"/teach/{course.slug}/people")
    assert "We know nobody by ghost@example.org" in await teacher.send(
        "/people", emails="lea@example.org\nghost@example.org"
    )
    said = await teacher.send("/people", emails="lea@example.org\nleo@example.org")
    assert "2 people are in the course." in said
    assert "Lea Learner" in said
    await learners.completion(learner, course, (await catalog.lessons(course))[0])
    said = await teacher.open(f"/teach/{course.slug}/progress")
    assert "1 of 2 have not started, 1 are on their way, 0 have completed the course." in said
    async with open_ctx(await identity.actor(learner)) as ctx:
        enrolment = await learning.current_enrolment(ctx, learner.id, course.id)
    await teacher.open(f"/teach/{course.slug}/people")
    await teacher.send("/people/remove", {"one": f"{enrolment.id}.{learner.id}"})
    assert "Left 1" in await teacher.open(f"/teach/{course.slug}/people?status=dropped")


async def test_learners_and_strangers_see_none_of_it(client: Any) -> None:
    course = await catalog.course()
    quiz = await quizzes.assessment(course)
    learner = await read_as(client, await quizzes.learner(course))
    for path in ("people", "progress", "quizzes", f"quizzes/{quiz.id}", f"quizzes/{quiz.id}/results", "export"):
        assert (await learner.client.get(f"/teach/{course.slug}/{path}")).status_code in (403, 404)


@settings(max_examples=150, deadline=None)
@given(quizzes.questions("multiple_response", "matching", "ordering", "numeric", "true_false"))
def test_what_is_typed_again_unchanged_stays_the_same(question: QuestionIn) -> None:
    kind = question.question_type
    typed = say_typed(kind, question.options, question.correct_answer)
    options, key = read_typed(kind, typed, question.options, question.correct_answer)
    texts = [one["text"].strip() for one in _listed(question.options)]
    if len(set(texts)) == len(texts) and not any("\n" in text or "\r" in text for text in texts):
        got = normalise(kind, question.question_text, options, key)
        assert _sets(got[0]) == _sets(question.options)
        assert got[1] == question.correct_answer


def _listed(options: Any) -> list[Any]:
    return [*options["left"], *options["right"]] if isinstance(options, dict) else list(options or ())


def _sets(options: Any) -> list[tuple[str, str]]:
    return sorted((str(one["id"]), one["text"].strip()) for one in _listed(options))
