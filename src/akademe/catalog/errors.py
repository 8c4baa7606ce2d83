"""What the catalogue refuses."""

from akademe.kernel.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed


class SlugTaken(Conflict):
    message = "Another course of this organisation has the address {slug} already. Choose another one."


class CourseReadOnly(Conflict):
    """An archived course is read by those who took it, as they took it (R2.5)."""

    message = "This course is archived and read-only. Publish it again, or make it a draft, to change it."


class CourseFull(Conflict):
    message = "A course may have 2,000 lessons in 500 modules. Start a second course for the rest."


class LastOwner(Conflict):
    message = "A course always has an owner. Make somebody else the owner first."


class LessonChanged(PreconditionFailed):
    """The body carries `version`, the current one. Nothing of either text is lost."""

    message = (
        "Somebody saved this lesson since you opened it. Compare your text with version {version}, then save again."
    )


class ModuleChanged(PreconditionFailed):
    message = (
        "Somebody changed this module since you opened it. It is at version {version} now; save again to keep yours."
    )


class CourseChanged(PreconditionFailed):
    message = "Somebody changed this course since you opened it. It is at version {version} now; reload and try again."


class OutlineMismatch(Invalid):
    """`missing` and `foreign` are ids of modules and lessons."""

    code = "OUTLINE_MISMATCH"


class LessonLocked(Forbidden):
    """`course_id` says which course opens it."""

    message = "This lesson is for those enrolled in its course. Enrol to read it."


class NoNextLesson(NotFound):
    message = "This is the last lesson of the course."


class NoPreviousLesson(NotFound):
    message = "This is the first lesson of the course."
