"""A small world with one of everything, for walking every route as everybody."""

import shutil
from pathlib import Path
from typing import Any

from akademe.assessment import service as assessment
from akademe.catalog.schemas import CourseIn, LessonIn
from akademe.identity.service import tokens
from akademe.interop.events import ImportCourse
from akademe.kernel import db
from akademe.kernel.ctx import open_ctx
from akademe.learning.service.certificates import issue_certificate
from akademe.notifications.models import Notification
from tests.make import assessment as quizzes
from tests.make import catalog, files, identity, learning, orgs

# The fellow is a student of the same school, the colleague an instructor there: neither has a part in the course.
ACTORS = ("anonymous", "stranger", "fellow", "student", "ta", "colleague", "instructor", "admin", "platform")
ABSENT = "01890000-0000-7000-8000-000000000000"


class World:
    """Ids by the names that paths use, and a token per actor. `reset` brings every row back."""

    def __init__(self, database: db.Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        self.ids: dict[str, str] = {}
        self.tokens: dict[str, str] = {}

    async def build(self) -> None:
        people = await self._people()
        course = await catalog.course(people["instructor"], lessons=2, access="enrolled")
        await catalog.member(people["ta"], course, "ta")
        lesson, other = await catalog.lessons(course)
        quiz = await quizzes.assessment(course, "mcq", is_required=False)
        await learning.enrolment(people["student"], course)
        async with open_ctx(await identity.actor(people["student"])) as ctx:
            attempt, _ = await assessment.start_attempt(ctx, quiz.id)
        async with open_ctx(await identity.actor(people["instructor"])) as ctx:
            questions = await assessment.list_staff_questions(ctx, quiz.id)
            asked = {"instructor_id": people["instructor"].id, "organization_id": course.organization_id}
            job = ctx.enqueue(ImportCourse(storage_key="none", file_name="none.zip", format="auto", **asked))
        file = await files.file(people["instructor"], owner_kind="course", owner_id=course.id)
        finished = await catalog.course(people["instructor"], lessons=1)
        enrolment = await learning.completed(people["student"], finished)
        async with open_ctx(await identity.actor(people["student"])) as ctx:
            certificate = await issue_certificate(ctx, enrolment.id)
            place = {"user_id": people["student"].id, "organization_id": course.organization_id}
            ctx.db.add(note := Notification(type="welcome", title="Hello", body="Hello", data={}, **place))
            own = await learning.service.current_enrolment(ctx, people["student"].id, course.id)
        assert certificate
        assert own
        async with open_ctx(await identity.actor(people["instructor"])) as ctx:
            gone = await catalog.service.create_course(ctx, CourseIn(title="Deleted"))
            await catalog.service.delete_course(ctx, gone.id)
            deleted = await catalog.service.create_lesson(ctx, course.id, LessonIn(title="X", content_type="text"))
            await catalog.service.delete_lesson(ctx, deleted.id)
        self.ids = {
            "course": str(course.id),
            "course_id": str(gone.id),
            "module_id": str(lesson.module_id),
            "chapter_id": str(lesson.id),
            "content_id": str(lesson.id),
            "other_lesson": str(other.id),
            "deleted_lesson": str(deleted.id),
            "assessment_id": str(quiz.id),
            "quiz_id": str(quiz.id),
            "question_id": str(questions[0].id),
            "attempt_id": str(attempt.id),
            "enrollment_id": str(own.id),
            "file_id": str(file.id),
            "job_id": str(job),
            "code": certificate.code,
            "user_id": str(people["student"].id),
            "ta_id": str(people["ta"].id),
            "notification_id": str(note.id),
            "organization_id": str(course.organization_id),
            "version": "1",
        }
        for name, person in people.items():
            self.tokens[name] = await identity.bearer(person)
        self.ids["session_id"] = str(tokens.read(self.tokens["student"], tokens.ACCESS).session_id)
        await self._keep()

    async def _people(self) -> dict[str, Any]:
        elsewhere = await orgs.organization()
        return {
            "stranger": await identity.user("instructor", organization_id=elsewhere.id),
            "fellow": await identity.user("student"),
            "student": await identity.user("student"),
            "ta": await identity.user("student"),
            "colleague": await identity.user("instructor"),
            "instructor": await identity.user("instructor"),
            "admin": await identity.user("admin"),
            "platform": await identity.platform_admin(),
        }

    async def _keep(self) -> None:
        async with self.database.sessions() as session:
            await session.connection()
        self.database.reader.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(self.database.path, self.folder / "kept.db")

    async def reset(self) -> None:
        """The rows as they were built."""
        path = Path(self.database.path)
        await db.close()
        for beside in ("-wal", "-shm"):
            path.with_name(path.name + beside).unlink(missing_ok=True)
        shutil.copy(self.folder / "kept.db", path)
        self.database = db.connect(f"sqlite:///{path}", pool_size=4)

    def headers(self, actor: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.tokens[actor]}"} if actor in self.tokens else {}

    def path(self, template: str) -> str:
        for name, value in self.ids.items():
            template = template.replace(f"{{{name}}}", value)
        return template
