"""A course tree into the database, in one unit of work: made the first time, updated the next.

Where somebody edited an element here since its last import, it is kept and named in the report.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from akademe.assessment import service as assessment
from akademe.catalog import service as catalog
from akademe.catalog.models import Course, CoursePrerequisite, Lesson, Module
from akademe.catalog.schemas import CourseIn, CoursePatch, ModulePatch
from akademe.interop.models import Kind
from akademe.interop.rules.tree import CourseTree, LessonTree, ModuleTree, QuizTree
from akademe.interop.service import ordering, shaping
from akademe.interop.service.finding import Known, slug_is_taken
from akademe.interop.service.marks import fields_of
from akademe.interop.service.preparing import Ready
from akademe.interop.service.questions import DELETED, KEPT
from akademe.interop.service.quizzes import BringingQuizzes
from akademe.interop.service.values import course_values, lesson_values, module_values, pick, quiz_values
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import NotFound

REMOVED = "no longer in the source: deleted here too (it can be restored for 30 days)"
KEPT_GONE = "no longer in the source, but edited here since the last import: kept"


class Writing:
    """One import. The caller has read `before` in this unit of work."""

    def __init__(self, ctx: Ctx, tree: CourseTree, ready: Ready, before: Known) -> None:
        self.ctx, self.tree, self.ready, self.before = ctx, tree, ready, before
        self.report, self.source, self.marks = tree.report, tree.source, before.marks
        self.course: Course
        self.modules: dict[str, UUID] = {}
        self.new: list[catalog.NewLesson] = []
        self.changed: list[catalog.ChangedLesson] = []
        self.quizzes: list[QuizTree] = []

    async def write(self) -> Course:
        """The course as it is afterwards."""
        kept = False
        if self.before.course is None:
            self.course = await self._create_course()
        else:
            self.course = self.before.course
            kept = self.marks.edited(Kind.OUTLINE, "", ordering.order_values(self.before.order))
            await self._update_course()
        await self._modules()
        await self._lessons()
        bringing = BringingQuizzes(self.ctx, self.course, self.ready, self.before, self.report)
        await bringing.bring([*self.quizzes, *self.tree.quizzes])
        await self._remove_missing()
        await self._order(kept)
        await self.marks.save(self.ctx)
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
        said = shaping.course_in(self.tree, self.ready.places).model_dump(exclude_unset=True)
        return said | ({"prerequisites": await self._prerequisites()} if self.source == "native" else {})

    async def _values_of_course(self, course: Course) -> dict[str, Any]:
        """Deleted prerequisites among them: that they are gone is no edit of this course."""
        required = select(CoursePrerequisite.requires_id).where(CoursePrerequisite.course_id == course.id)
        ids = await self.ctx.db.scalars(required.order_by(CoursePrerequisite.position))
        return course_values(course) | {"prerequisites": [str(id_) for id_ in ids]}

    async def _remember_course(self, course: Course, said: Mapping[str, Any]) -> None:
        now = pick(await self._values_of_course(course), set(said))
        self.marks.put(course.id, Kind.COURSE, "", course.id, fields_of(now))

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

    async def _modules(self) -> None:
        new: list[ModuleTree] = []
        for module in self.tree.modules:
            row = self.before.modules.get(module.source_id)
            if row is not None:
                await self._update_module(module, row)
            elif self.marks.row_id(Kind.MODULE, module.source_id) is not None:
                self.report.lost("module", DELETED, module.title)
            else:
                new.append(module)
        if new:
            given = [(module.source_id, shaping.module_in(module, self.ready.places)) for module in new]
            for row in await catalog.create_modules(self.ctx, self.course.id, given, source=self.source):
                self._remember_module(row.source_id, row)

    async def _update_module(self, module: ModuleTree, row: Module) -> None:
        if self.marks.edited(Kind.MODULE, module.source_id, module_values(row)):
            self.report.lost("module", KEPT, row.title)
            self.modules[module.source_id] = row.id
            return
        said = shaping.module_in(module, self.ready.places).model_dump(exclude_unset=True)
        if said != module_values(row):
            row = await catalog.update_module(self.ctx, row.id, ModulePatch.model_validate(said))
        self._remember_module(module.source_id, row)

    def _remember_module(self, source_id: str, row: Module) -> None:
        self.modules[source_id] = row.id
        self.marks.put(self.course.id, Kind.MODULE, source_id, row.id, fields_of(module_values(row)))

    async def _lessons(self) -> None:
        for module in self.tree.modules:
            for lesson in module.lessons:
                self._lesson(lesson, self.modules.get(module.source_id))
            await self.ctx.breathe()
        if self.new:
            await catalog.create_lessons(self.ctx, self.course.id, self.new, source=self.source)
        if self.changed:
            await catalog.update_lessons(self.ctx, self.course.id, self.changed)

    def _lesson(self, lesson: LessonTree, module_id: UUID | None) -> None:
        """What is to be done about it. With a lesson, or a whole module, that was deleted here its quiz is left out."""
        source_id, row = lesson.source_id, self.before.lessons.get(lesson.source_id)
        if module_id is None or (row is None and self.marks.row_id(Kind.LESSON, source_id) is not None):
            self.report.lost("lesson", DELETED, lesson.title)
            return
        if lesson.quiz is not None:
            self.quizzes.append(lesson.quiz)
        if row is not None and (row.has_draft or self.marks.edited(Kind.LESSON, source_id, lesson_values(row))):
            self.report.lost("lesson", KEPT, row.title)
            return
        self._bring(source_id, module_id, row)

    def _bring(self, source_id: str, module_id: UUID, row: Lesson | None) -> None:
        ready, id_ = self.ready.lessons[source_id], self.ready.plan.lessons[source_id]
        if row is None:
            text = self.ready.text_of(ready)
            self.new.append(catalog.NewLesson(id_, module_id, source_id, ready.given, text))
        else:
            now = lesson_values(row)
            changes = {name: value for name, value in ready.said.items() if now[name] != value}
            if changes:
                self.changed.append(catalog.ChangedLesson(row, changes, self.ready.text_of(ready)))
        self.marks.put(self.course.id, Kind.LESSON, source_id, id_, ready.fields)

    async def _remove_missing(self) -> None:
        """What an earlier import brought and the source no longer holds: lessons, then quizzes, then empty modules."""
        await self._remove_quizzes({quiz.source_id for quiz in self.tree.all_quizzes()})
        await self._remove_lessons({lesson.source_id for lesson in self.tree.lessons()})
        await self._remove_modules({module.source_id for module in self.tree.modules})

    async def _remove_quizzes(self, there: set[str]) -> None:
        for source_id in self._gone(Kind.QUIZ, there):
            row = self.before.quizzes.get(source_id)
            is_ours = row is not None and row.source == self.source
            if row is not None and is_ours and self._may_go(Kind.QUIZ, source_id, quiz_values(row), row.title):
                await assessment.delete_assessment(self.ctx, row.id)
            await self.marks.drop(self.ctx, Kind.QUIZ, source_id)

    async def _remove_lessons(self, there: set[str]) -> None:
        going: list[UUID] = []
        for source_id in self._gone(Kind.LESSON, there):
            row = self.before.lessons.get(source_id)
            if row is not None and self._may_go(Kind.LESSON, source_id, lesson_values(row), row.title):
                going.append(row.id)
            await self.marks.drop(self.ctx, Kind.LESSON, source_id)
        if going:
            await catalog.delete_lessons(self.ctx, self.course.id, going)

    async def _remove_modules(self, there: set[str]) -> None:
        gone = self._gone(Kind.MODULE, there)
        full = {module_id for module_id, ids in await catalog.order_of(self.ctx, self.course.id) if ids} if gone else ()
        for source_id in gone:
            row = self.before.modules.get(source_id)
            if row is not None and row.id not in full:
                self.report.lost("module", REMOVED, row.title)
                await catalog.delete_module(self.ctx, row.id)
            await self.marks.drop(self.ctx, Kind.MODULE, source_id)

    def _gone(self, kind: Kind, there: set[str]) -> list[str]:
        return [source_id for source_id in self.marks.source_ids(kind) if source_id not in there]

    def _may_go(self, kind: Kind, source_id: str, now: Mapping[str, Any], title: str) -> bool:
        is_edited = self.marks.edited(kind, source_id, now)
        self.report.lost(kind.value, KEPT_GONE if is_edited else REMOVED, title)
        return not is_edited

    async def _order(self, kept: bool) -> None:
        wanted = [
            (self.modules[module.source_id], [self.ready.plan.lessons[lesson.source_id] for lesson in module.lessons])
            for module in self.tree.modules
            if module.source_id in self.modules
        ]
        await ordering.order_course(self.ctx, self.course, wanted, self.marks, self.report, kept=kept)
