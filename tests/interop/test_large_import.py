"""A large course: what importing and exporting it costs the database, and what others notice of it."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from akademe.assessment.models import Assessment, Question, QuestionVersion
from akademe.assessment.schemas import QuestionIn
from akademe.catalog.models import Course, Lesson, LessonVersion
from akademe.interop import service
from akademe.interop.rules import CourseTree, LessonTree, ModuleTree, QuizTree
from akademe.interop.schemas import ImportResult
from akademe.kernel import db
from akademe.kernel.ctx import open_ctx, system_ctx
from akademe.kernel.db import queries
from akademe.kernel.events import EventRow
from akademe.kernel.queue.models import Job
from akademe.learning.models import Requirement
from tests.make import catalog, interop
from tests.make import identity as people

LESSONS, QUIZZES, QUESTIONS = 240, 60, 8
# Most of them whatever the size, some for each 200 rows: a course of 1,200 lessons takes 140.
BUDGET = LESSONS // 3
Import = Callable[[CourseTree], Awaitable[ImportResult]]


async def _silent(_: float) -> None:
    """Nobody watches."""


@pytest.fixture
async def bring(database: db.Database, tmp_path: Path) -> Import:
    """Imports a tree in the name of one teacher, as an archive of the native format."""
    teacher = await people.user("instructor")

    async def run(tree: CourseTree) -> ImportResult:
        archive = tmp_path / "course.zip"
        archive.write_bytes(interop.native_zip(tree))
        return await service.import_course(await people.actor(teacher), archive, archive.name, "auto", _silent)

    return run


def _question(number: int) -> QuestionIn:
    said = {"question_text": f"Is {number} right?", "question_type": "true_false", "correct_answer": True}
    return QuestionIn.model_validate(said | {"source": "native", "source_id": f"q{number}"})


def course_tree(ending: str = "", *, lessons: int = LESSONS, quizzes: int = QUIZZES) -> CourseTree:
    """Modules of 40 lessons; every text links to the next lesson, and those that have a quiz embed it too."""
    tree = CourseTree("native", "large", "A large course", modules=[])
    for number in range(lessons):
        if number % 40 == 0:
            tree.modules.append(ModuleTree(f"m{number}", f"Module {number}"))
        lesson = LessonTree(
            f"l{number}", f"Lesson {number}", f"Words of [it](lesson:l{(number + 1) % lessons}).{ending}"
        )
        if number < quizzes:
            asked = [_question(one) for one in range(QUESTIONS)]
            lesson.quiz = QuizTree(f"z{number}", f"Quiz {number}", questions=asked)
            lesson.content += f"\n\n::quiz[Try]{{id=z{number}}}"
        tree.modules[-1].lessons.append(lesson)
    return tree


async def _counts(*models: Any) -> list[int]:
    async with system_ctx() as ctx:
        return [await ctx.db.scalar(select(func.count()).select_from(model)) or 0 for model in models]


async def _facts() -> Counter[str]:
    async with system_ctx() as ctx:
        return Counter(await ctx.db.scalars(select(EventRow.name).where(EventRow.name.startswith("catalog."))))


async def test_an_import_is_a_few_statements_and_one_fact_of_a_kind(bring: Import) -> None:
    with queries(at_most=BUDGET):
        await bring(course_tree())
    many = QUIZZES * QUESTIONS
    counts = await _counts(Lesson, LessonVersion, Assessment, Requirement, Question, QuestionVersion)
    assert counts == [LESSONS, LESSONS, QUIZZES, QUIZZES, many, many]
    assert await _facts() == {"catalog.CourseCreated": 1, "catalog.LessonsPublished": 1}
    async with system_ctx() as ctx:
        asked = Counter(await ctx.db.scalars(select(Job.name)))
    assert set(asked.values()) == {1}, "one of each kind, however many lessons"


async def test_importing_again_reads_and_writes_what_changed(bring: Import) -> None:
    first = await bring(course_tree())
    with queries(at_most=40):
        again = await bring(course_tree())
    assert (again.course_id, again.created) == (first.course_id, False)
    assert not [row for row in again.report if "reason" in row]
    assert await _counts(LessonVersion, QuestionVersion) == [LESSONS, QUIZZES * QUESTIONS]
    async with system_ctx() as ctx:
        assert set(await ctx.db.scalars(select(Assessment.version))) == {1}, "a quiz that stays is not touched"
    with queries(at_most=BUDGET):
        await bring(course_tree(" And more."))
    assert await _counts(Lesson, LessonVersion) == [LESSONS, 2 * LESSONS]
    async with system_ctx() as ctx:
        assert set(await ctx.db.scalars(select(Lesson.version))) == {2}
    assert (await _facts())["catalog.LessonsPublished"] == 2


async def test_lessons_that_are_gone_go_together(bring: Import) -> None:
    await bring(course_tree())
    with queries(at_most=BUDGET):
        result = await bring(course_tree(lessons=LESSONS // 2))
    lost = {row["element"]: row["count"] for row in result.report if "reason" in row}
    assert lost == {"lesson": LESSONS // 2, "module": 3}
    async with system_ctx() as ctx:
        places = await ctx.db.scalars(select(Lesson.order_index).where(Lesson.deleted_at.is_(None)))
        assert sorted(places) == list(range(1, LESSONS // 2 + 1))


async def test_texts_embed_quizzes_that_are_there(bring: Import) -> None:
    await bring(course_tree())
    async with system_ctx() as ctx:
        lessons = list(await ctx.db.scalars(select(Lesson).where(Lesson.quiz_id.is_not(None))))
    assert len(lessons) == QUIZZES
    assert all(f"/quizzes/{lesson.quiz_id}" in lesson.content_html for lesson in lessons)


async def test_an_export_is_a_few_statements(bring: Import) -> None:
    course = await bring(course_tree())
    async with open_ctx(await people.actor(await people.user("admin"))) as ctx:
        with queries(at_most=8):
            download = await service.export_course(ctx, str(course.course_id))
    files = interop.unzipped(b"".join([chunk async for chunk in download.chunks]))
    assert len([name for name in files if name.startswith("lessons/")]) == LESSONS
    assert len([name for name in files if name.startswith("quizzes/")]) == QUIZZES


async def test_others_see_nothing_of_an_import_or_all_of_it(bring: Import) -> None:
    """They are served while it is written, too."""
    counts = [select(func.count()).select_from(model).scalar_subquery() for model in (Course, Lesson, Question)]
    running = asyncio.create_task(bring(course_tree()))
    seen = []
    while not running.done():
        async with system_ctx() as ctx:
            seen.append(tuple((await ctx.db.execute(select(*counts))).one()))
        await asyncio.sleep(0)
    await running
    assert set(seen) - {(1, LESSONS, QUIZZES * QUESTIONS)} == {(0, 0, 0)}


async def test_a_course_with_lessons_of_its_own_keeps_them_behind(bring: Import) -> None:
    first = await bring(course_tree(lessons=80, quizzes=0))
    async with system_ctx() as ctx:
        course = await ctx.get(Course, first.course_id)
    own = await catalog.lesson(course, title="Mine")
    await bring(course_tree(lessons=120, quizzes=0))
    lessons = await catalog.lessons(course)
    assert [lesson.order_index for lesson in lessons] == list(range(1, 122))
    assert [lesson.title for lesson in lessons].index("Mine") == 80
    assert lessons[80].id == own.id
