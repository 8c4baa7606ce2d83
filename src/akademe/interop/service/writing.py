"""A course tree into the database, in one unit of work: made the first time, updated the next.

Where somebody edited an element here since its last import, it is kept and named in the report.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from akademe.assessment import service as assessment
from akademe.assessment.models import Assessment
from akademe.assessment.schemas import AssessmentIn, AssessmentPatch
from akademe.catalog import service as catalog
from akademe.catalog.models import Course, CoursePrerequisite, Lesson
from akademe.catalog.schemas import CourseIn, CoursePatch, LessonIn, LessonPatch, ModulePatch
from akademe.catalog.service import rendering
from akademe.interop.models import Kind
from akademe.interop.rules.tree import CourseTree, LessonTree, ModuleTree, QuizTree
from akademe.interop.service import ordering, shaping
from akademe.interop.service.finding import Known, as_id, slug_is_taken
from akademe.interop.service.marks import Marks
from akademe.interop.service.questions import write_questions
from akademe.interop.service.shaping import Places
from akademe.interop.service.values import course_values, lesson_values, module_values, pick, quiz_values
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import NotFound

KEPT = "edited here since the last import: kept as it is"
DELETED = "deleted here since the last import: left out"
REMOVED = "no longer in the source: deleted here too (it can be restored for 30 days)"
KEPT_GONE = "no longer in the source, but edited here since the last import: kept"


async def prepare(tree: CourseTree, places: Places) -> None:
    """Renders the texts before the first write, so that no other writer waits for it."""
    await rendering.prepare(places.text(tree.description))
    for lesson in tree.lessons():
        await rendering.prepare(places.text(lesson.content))


class Writing:
    """One import."""

    def __init__(self, ctx: Ctx, tree: CourseTree, places: Places) -> None:
        self.ctx, self.tree, self.places = ctx, tree, places
        self.report, self.source = tree.report, tree.source
        self.marks = Marks([])
        self.course: Course
        self.modules: dict[str, UUID] = {}
        self.kept_lessons: set[UUID] = set()

    async def write(self, before: Known) -> Course:
        """The course as it is afterwards. The caller has read `before` in this unit of work."""
        kept = False
        if before.course is None:
            self.course = await self._create_course()
        else:
            self.course = before.course
            self.marks = await Marks.load(self.ctx, self.course.id)
            kept = self.marks.edited(Kind.OUTLINE, "", ordering.order_values(before.order))
            self.places.quizzes |= self.marks.row_ids(Kind.QUIZ)
            await self._update_course()
        for module in self.tree.modules:
            await self._module(module, before)
        for quiz in self.tree.quizzes:
            await self._quiz(quiz, None)
        await self._link_quizzes()
        await self._remove_missing(before)
        await self._order(kept)
        return self.course

    async def _create_course(self) -> Course:
        said = await self._said_of_course()
        slug = await self._free_slug()
        given = CourseIn.model_validate(said | ({"slug": slug} if slug else {}))
        made = await catalog.create_course(self.ctx, given, source=self.source, source_id=self.tree.source_id)
        await self._remember_course(made, said)
        return made

    async def _said_of_course(self) -> dict[str, Any]:
        """The fields of the course that the source says something about."""
        said = shaping.course_in(self.tree, self.places).model_dump(exclude_unset=True)
        return said | ({"prerequisites": await self._prerequisites()} if self.source == "native" else {})

    async def _values_of_course(self, course: Course) -> dict[str, Any]:
        """Deleted prerequisites among them: that they are gone is no edit of this course."""
        required = select(CoursePrerequisite.requires_id).where(CoursePrerequisite.course_id == course.id)
        ids = await self.ctx.db.scalars(required.order_by(CoursePrerequisite.position))
        return course_values(course) | {"prerequisites": [str(id_) for id_ in ids]}

    async def _remember_course(self, course: Course, said: Mapping[str, Any]) -> None:
        now = pick(await self._values_of_course(course), set(said))
        self.marks.put(self.ctx, course.id, Kind.COURSE, "", course.id, now)

    async def _free_slug(self) -> str:
        slug = self.tree.slug
        if not slug or not await slug_is_taken(self.ctx, slug):
            return slug or ""
        self.report.lost("slug", "another course has this address; another one was made from the title", slug)
        return ""

    async def _prerequisites(self) -> list[str]:
        found = []
        for key in self.tree.prerequisites:
            try:
                found.append(str((await catalog.get_course(self.ctx, key)).id))
            except NotFound:
                self.report.lost("prerequisite", "there is no such course here", key)
        return found

    async def _update_course(self) -> None:
        now = await self._values_of_course(self.course)
        if self.marks.edited(Kind.COURSE, "", now):
            self.report.lost("course", KEPT, self.course.title)
            return
        said = await self._said_of_course()
        if said != pick(now, set(said)):
            await catalog.update_course(self.ctx, self.course.id, CoursePatch.model_validate(said), imported=True)
        await self._remember_course(self.course, said)

    async def _module(self, module: ModuleTree, before: Known) -> None:
        row = before.modules.get(module.source_id)
        given = shaping.module_in(module, self.places)
        if row is None and self.marks.row_id(Kind.MODULE, module.source_id) is not None:
            self.report.lost("module", DELETED, module.title)
            for lesson in module.lessons:
                self.report.lost("lesson", DELETED, lesson.title)
            return
        if row is None:
            row = await catalog.create_module(
                self.ctx, self.course.id, given, source=self.source, source_id=module.source_id
            )
        if self.marks.edited(Kind.MODULE, module.source_id, module_values(row)):
            self.report.lost("module", KEPT, row.title)
        else:
            said = given.model_dump(exclude_unset=True)
            if said != module_values(row):
                row = await catalog.update_module(self.ctx, row.id, ModulePatch.model_validate(said))
            self.marks.put(self.ctx, self.course.id, Kind.MODULE, module.source_id, row.id, module_values(row))
        self.modules[module.source_id] = row.id
        for lesson in module.lessons:
            await self._lesson(lesson, row.id, before)
            await self.ctx.breathe()

    async def _lesson(self, lesson: LessonTree, module_id: UUID, before: Known) -> None:
        row = before.lessons.get(lesson.source_id)
        if row is None and self.marks.row_id(Kind.LESSON, lesson.source_id) is not None:
            self.report.lost("lesson", DELETED, lesson.title)
            return
        given = shaping.lesson_in(lesson, self.places)
        if row is None:
            row = await catalog.create_lesson(
                self.ctx, self.course.id, given, module_id,
                lesson_id=self.places.lessons[lesson.source_id], source=self.source, source_id=lesson.source_id,
            )  # fmt: skip
        elif row.has_draft or self.marks.edited(Kind.LESSON, lesson.source_id, lesson_values(row)):
            self.report.lost("lesson", KEPT, row.title)
            self.kept_lessons.add(row.id)
        else:
            row = await self._bring_lesson(row, given)
        if row.id not in self.kept_lessons:
            self.marks.put(self.ctx, self.course.id, Kind.LESSON, lesson.source_id, row.id, lesson_values(row))
        if lesson.quiz is not None:
            await self._quiz(lesson.quiz, row.id)

    async def _bring_lesson(self, row: Lesson, given: LessonIn) -> Lesson:
        said = given.model_dump(exclude_unset=True)
        now = lesson_values(row)
        changed = {name: value for name, value in said.items() if now[name] != value}
        if not changed:
            return row
        return await catalog.update_lesson(self.ctx, row.id, LessonPatch.model_validate(changed), imported=True)

    async def _quiz(self, quiz: QuizTree, lesson_id: UUID | None) -> None:
        row = await self._quiz_row(quiz)
        given = self._without_past_date(shaping.quiz_in(quiz, self.places, self.source, lesson_id), row)
        if row is None and self.marks.row_id(Kind.QUIZ, quiz.source_id) is not None:
            self.report.lost("quiz", DELETED, quiz.title)
            return
        if row is None:
            row = await assessment.create_assessment(self.ctx, self.course.id, given, imported=True)
        elif self.marks.edited(Kind.QUIZ, quiz.source_id, quiz_values(row)):
            self.report.lost("quiz", KEPT, row.title)
            self.places.quizzes[quiz.source_id] = row.id
            return
        else:
            settings = given.model_dump(exclude={"questions", "source", "source_id", "type"}, exclude_unset=True)
            if settings != pick(quiz_values(row), set(settings)):
                patch = AssessmentPatch.model_validate(settings)
                row, _ = await assessment.update_assessment(self.ctx, row.id, patch, imported=True)
            await write_questions(self.ctx, row, given.questions, self.report)
        self.places.quizzes[quiz.source_id] = row.id
        self.marks.put(self.ctx, self.course.id, Kind.QUIZ, quiz.source_id, row.id, quiz_values(row))

    def _without_past_date(self, given: AssessmentIn, row: Assessment | None) -> AssessmentIn:
        """Another system's course comes with the dates of a run that is over: everybody would be late."""
        if self.source == "native" or given.due_date is None or given.due_date > self.ctx.now:
            return given
        self.report.lost("due date", "it had passed before the import", given.title)
        return given.model_copy(update={"due_date": row.due_date if row else None})

    async def _quiz_row(self, quiz: QuizTree) -> Assessment | None:
        found = await assessment.find_by_source(self.ctx, self.course.id, self.source, quiz.source_id)
        own_id = as_id(quiz.source_id)
        if found is not None or own_id is None:
            return found
        row = await self.ctx.db.get(Assessment, own_id)
        return row if row is not None and row.course_id == self.course.id and row.deleted_at is None else None

    async def _link_quizzes(self) -> None:
        """Texts that embed a quiz are written again, now that the quizzes have ids."""
        for lesson in self.tree.lessons():
            if "quiz:" not in lesson.content and "::quiz[" not in lesson.content:
                continue
            row = await self.ctx.db.get(Lesson, self.places.lessons[lesson.source_id])
            if row is None or row.deleted_at is not None or row.id in self.kept_lessons:
                continue
            row = await self._bring_lesson(row, shaping.lesson_in(lesson, self.places))
            self.marks.put(self.ctx, self.course.id, Kind.LESSON, lesson.source_id, row.id, lesson_values(row))

    async def _remove_missing(self, before: Known) -> None:
        """What an earlier import brought and the source no longer holds: lessons, then quizzes, then empty modules."""
        lessons = {lesson.source_id for lesson in self.tree.lessons()}
        quizzes = {quiz.source_id for quiz in self.tree.all_quizzes()}
        modules = {module.source_id for module in self.tree.modules}
        for source_id in self._gone(Kind.QUIZ, quizzes):
            row = await assessment.find_by_source(self.ctx, self.course.id, self.source, source_id)
            if row is not None and self._may_go(Kind.QUIZ, source_id, quiz_values(row), row.title):
                await assessment.delete_assessment(self.ctx, row.id)
            await self.marks.drop(self.ctx, Kind.QUIZ, source_id)
        for source_id in self._gone(Kind.LESSON, lessons):
            lesson = before.lessons.get(source_id)
            if lesson is not None and self._may_go(Kind.LESSON, source_id, lesson_values(lesson), lesson.title):
                await catalog.delete_lesson(self.ctx, lesson.id)
            await self.marks.drop(self.ctx, Kind.LESSON, source_id)
        await self.ctx.db.flush()
        living = {lesson.module_id for lesson in await catalog.lessons_of(self.ctx, self.course.id, with_hidden=True)}
        for source_id in self._gone(Kind.MODULE, modules):
            module = before.modules.get(source_id)
            if module is not None and module.id not in living:
                self.report.lost("module", REMOVED, module.title)
                await catalog.delete_module(self.ctx, module.id)
            await self.marks.drop(self.ctx, Kind.MODULE, source_id)

    def _gone(self, kind: Kind, there: set[str]) -> list[str]:
        return [source_id for source_id in self.marks.source_ids(kind) if source_id not in there]

    def _may_go(self, kind: Kind, source_id: str, now: Mapping[str, Any], title: str) -> bool:
        is_edited = self.marks.edited(kind, source_id, now)
        self.report.lost(kind.value, KEPT_GONE if is_edited else REMOVED, title)
        return not is_edited

    async def _order(self, kept: bool) -> None:
        wanted = [
            (self.modules[module.source_id], [self.places.lessons[lesson.source_id] for lesson in module.lessons])
            for module in self.tree.modules
            if module.source_id in self.modules
        ]
        await ordering.order_course(self.ctx, self.course, wanted, self.marks, self.report, kept=kept)
