"""The small school that the browser tests visit: built once, by services, with one of everything."""

from datetime import timedelta
from typing import Any

from akademe.assessment import service as assessment
from akademe.assessment.schemas import SubmitIn
from akademe.kernel import db
from akademe.kernel.ctx import open_ctx, system_ctx
from akademe.learning import service as learning
from tests.make import assessment as quizzes
from tests.make import catalog as courses
from tests.make import identity as people
from tests.make import learning as learners

PEOPLE = {
    "learner": ("student", "Lea", "Learner"),
    "teacher": ("instructor", "Ina", "Instructor"),
    "admin": ("admin", "Ada", "Admin"),
}
GIVEN = quizzes.RIGHT | {"mcq": "a", "ordering": ["c", "b", "a"], "essay": "Because."}
LONG = "An unhurried introduction to Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
LESSON = """\
The mean is the number you would give everyone if you shared out the total evenly.

## Where it misleads

```python
from statistics import mean, median
```

:::note The mean in one line
$$\\bar{x} = \\frac{1}{n} \\sum_{i=1}^{n} x_i$$
:::

| Measure | One far value |
|---|--:|
| Mean | moves |
| Median | stays |

![What the numbers look like](https://pictures.example.org/drawn.png "Drawn elsewhere")

A long word: `Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft`
"""
KINDS = (
    "mcq", "multiple_response", "true_false", "short_answer", "numeric", "matching", "ordering", "cloze", "essay", "description",
)  # fmt: skip


async def build() -> dict[str, str]:
    """The school; gives the names that `pages.PAGES` fills in."""
    who = {
        name: await people.user(role, email=f"{name}@example.org", first_name=first, last_name=last)
        for name, (role, first, last) in PEOPLE.items()
    }
    course = await _course(who["teacher"])
    lessons = await courses.lessons(course)
    await learners.enrolment(who["learner"], course)
    await learners.completion(who["learner"], course, lessons[0])
    quiz = await quizzes.assessment(course, *KINDS, title="Check yourself", time_limit_minutes=30)
    short = await quizzes.assessment(
        course, "mcq", "true_false", title="Warm-up", lesson_id=str(lessons[1].id), due_date=_tomorrow(), required=False
    )
    other = await courses.course(who["teacher"], title="First words of Finnish", category="Languages", lessons=1)
    await learners.completed(who["learner"], other)
    long = await courses.course(who["teacher"], title=LONG, category=LONG[:100], lessons=1)
    await learners.enrolment(who["learner"], long)
    for number in range(30):
        await courses.course(who["teacher"], title=f"Practical course {number}", category="Practice", lessons=1)
    return {
        "course": course.slug,
        "learner": str(who["learner"].id),
        "lesson": str(lessons[1].id),
        "free": str(lessons[0].id),
        "locked": str(lessons[2].id),
        "quiz": str(quiz.id),
        "short": str(short.id),
        "every": await _attempt(who["learner"], quiz, hand_in=True),
        "attempt": await _attempt(who["learner"], quiz),
        "result": await _attempt(who["learner"], short, hand_in=True),
        "full": await _waiting(who["teacher"], who["learner"]),
        "code": await _certificate(other, who["learner"]),
        "long": long.slug,
        "long_lesson": str((await courses.lessons(long))[0].id),
    }


async def _course(teacher: Any) -> Any:
    made = await courses.course(
        teacher,
        title="Plain statistics",
        category="Mathematics",
        duration_hours=6,
        description="How to ask a question of numbers, and when to believe the answer.",
        objectives=["Read a table", "Choose between the mean and the median"],
    )
    module = await courses.module(made, title="What numbers are for")
    for title in ("A question worth asking", "The mean and its limits", "Asking a few about many"):
        await courses.lesson(
            made, title=title, content=LESSON, module_id=module.id, duration_minutes=10, is_free=title.startswith("A q")
        )
    return made


def _tomorrow() -> str:
    return (db.clock() + timedelta(days=1)).isoformat()


async def _attempt(learner: Any, quiz: Any, *, hand_in: bool = False) -> str:
    async with open_ctx(await people.actor(learner)) as ctx:
        attempt, _ = await assessment.start_attempt(ctx, quiz.id)
    if hand_in:
        answers = {q.id: GIVEN[q.question_type] for q in attempt.questions if q.question_type in GIVEN}
        async with open_ctx(await people.actor(learner)) as ctx:
            await assessment.submit(ctx, quiz.id, SubmitIn(attempt_id=attempt.id, answers=answers))
    return attempt.id


async def _waiting(teacher: Any, learner: Any) -> str:
    """A full course, with the learner on its waiting list."""
    course = await courses.course(teacher, title="Soil, water, seed", enrollment_limit=1, lessons=2)
    await learners.enrolment(await people.user(), course)
    await learners.enrolment(learner, course)
    return course.slug


async def _certificate(course: Any, learner: Any) -> str:
    async with open_ctx(await people.actor(learner)) as ctx:
        enrolment = await learning.current_enrolment(ctx, learner.id, course.id)
        assert enrolment is not None
    async with system_ctx(course.organization_id) as ctx:
        certificate = await learning.issue_certificate(ctx, enrolment.id)
        assert certificate is not None
        return certificate.code
