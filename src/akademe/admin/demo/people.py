"""Who is at the demo school. All of them are invented, and named after trees so that nobody takes them for real."""

from dataclasses import dataclass

PASSWORD = "Rowan-and-Linden-26"  # noqa: S105 - printed on purpose: it opens nothing but the demo
"""One password for everybody at the demo school."""


@dataclass(frozen=True, slots=True)
class Study:
    """How somebody takes a course. Days count back from today: `starts` 40 is forty days ago.

    `visits` are days after the start, at each of which about `pace` lessons are done, until `stops_after` of them;
    `skill` is the share of questions answered rightly. `leaves` is the day, counted back, of dropping the course.
    """

    course: str
    starts: int
    visits: tuple[int, ...] = ()
    pace: int = 2
    stops_after: int | None = None
    skill: float = 0.9
    leaves: int | None = None


@dataclass(frozen=True, slots=True)
class Learner:
    """One learner: number n has the address learner<n>@example.org."""

    number: int
    first_name: str
    last_name: str
    studies: tuple[Study, ...] = ()
    hour: int = 17
    locale: str = "en"
    time_zone: str = "UTC"
    joined: int = 60

    @property
    def email(self) -> str:
        return f"learner{self.number:02}@example.org"


@dataclass(frozen=True, slots=True)
class Teacher:
    """A member of the staff; `note` says what for."""

    email: str
    first_name: str
    last_name: str
    role: str
    note: str


ADMIN = Teacher("admin@example.org", "Demo", "Sequoia", "admin", "runs the school")
OWNER = Teacher("instructor@example.org", "Demo", "Linden", "instructor", "teaches the courses")
COLLEAGUE = Teacher("colleague@example.org", "Demo", "Chestnut", "instructor", "teaches Thinking in data with them")
ASSISTANT = Teacher("assistant@example.org", "Demo", "Rowan", "ta", "grades and answers")
STAFF = (ADMIN, OWNER, COLLEAGUE, ASSISTANT)

MAIN, PAPERS, TEXTS, HABITS = "thinking-in-data", "reading-research", "tidy-text-with-python", "learning-that-lasts"
DAILY = tuple(range(14))


def _main(starts: int, *visits: int, **how: float | None) -> Study:
    return Study(MAIN, starts, visits, **how)  # type: ignore[arg-type]  # keywords of Study alone


LEARNERS = (
    # Finished, with a certificate; some went on.
    Learner(1, "Demo", "Alder", (_main(58, 0, 2, 5, 7, 9, 12, 14, 16, 19, 20), Study(PAPERS, 36, (1, 4, 8)))),
    Learner(2, "Demo", "Aspen", (_main(57, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), Study(TEXTS, 44, (1, 3))), hour=6),
    Learner(3, "Démo", "Épinette", (_main(55, 0, 7, 14, 21, 28, 35, 42, 49, 53, 54),), 20, "fr", "Europe/Paris"),
    Learner(4, "演示", "银杏", (_main(52, 0, 3, 6, 10, 13, 17, 20, 24, 27, 28), Study(PAPERS, 22, (2, 9))), 12,
            "zh-Hans", "Asia/Shanghai"),
    Learner(5, "Demo", "Cedar", (_main(49, 1, 4, 8, 11, 15, pace=4, skill=0.95), Study(TEXTS, 43, (0, 2, 5))), 18),
    Learner(6, "تجريبي", "زيتون", (_main(47, 0, 2, 4, 9, 11, 13, 18, 20, 22, 25, skill=0.85),), 15, "ar",
            "Africa/Cairo"),
    Learner(7, "डेमो", "नीम", (_main(45, 0, 5, 6, 12, 13, 19, 20, 26, 27, 33),), 14, "hi", "Asia/Kolkata"),
    # On their way: several have been here every day.
    Learner(8, "Demo", "Elm", (_main(13, *DAILY, pace=1, skill=1.0),), 7),
    Learner(9, "Demo", "Fir", (_main(30, 0, 6, 13, 20, 26, 28, 29, stops_after=13), Study(TEXTS, 41, (0, 4))), 19),
    Learner(10, "Demo", "Hazel", (_main(25, 0, 4, 9, 16, 22, 24, stops_after=11),), 21),
    Learner(11, "Demo", "Juniper", (_main(21, 0, 1, 8, 15, 19, 20, stops_after=10),
            Study(HABITS, 26, (0, 1, 2, 3), pace=1))),
    Learner(12, "Demo", "Larch", (_main(18, 0, 5, 11, 16, 17, stops_after=9), Study(TEXTS, 39, (1,)))),
    Learner(13, "Demo", "Laurel", (_main(12, 0, 2, 5, 9, 11, stops_after=8, skill=0.8),), 22),
    Learner(14, "Demo", "Maple", (_main(10, 1, 3, 6, 9, stops_after=7),), 9),
    Learner(15, "Demo", "Mulberry", (_main(7, 0, 1, 2, 3, 4, 5, 6, pace=1, stops_after=6),), 16),
    Learner(16, "Demo", "Myrtle", (_main(5, 0, 2, 4, stops_after=5),), 11),
    # Came to a halt some weeks ago.
    Learner(17, "Demo", "Oak", (_main(50, 0, 3, 8, stops_after=6),)),
    Learner(18, "Demo", "Pine", (_main(42, 0, 2, stops_after=3), Study(TEXTS, 38, (0,), stops_after=1)), 20),
    Learner(19, "Demo", "Poplar", (_main(38, 0, 1, 4, 10, stops_after=8, skill=0.75),), 10),
    Learner(20, "Demo", "Sorrel", (_main(33, 0, stops_after=1),), 13),
    # Stuck at a quiz.
    Learner(21, "Demo", "Spruce", (_main(29, 0, 2, 5, 9, 15, skill=0.35),), 18),
    Learner(22, "Demo", "Sycamore", (_main(24, 0, 3, 6, 10, skill=0.45), Study(TEXTS, 37, (1, 2), skill=0.5)), 19),
    Learner(23, "Demo", "Tamarisk", (_main(16, 0, 2, 4, 8, 13, skill=0.3),), 8),
    # Left.
    Learner(24, "Demo", "Walnut", (_main(53, 0, 2, stops_after=3, leaves=46),)),
    Learner(25, "Demo", "Willow", (_main(40, 0, 1, 2, stops_after=5, leaves=31),
            Study(HABITS, 30, (0, 2), stops_after=3))),
    Learner(26, "Demo", "Yew", (_main(20, 0, stops_after=1, leaves=18),), 23),
    # Waiting, new, only reading, and not yet anywhere.
    Learner(27, "Demo", "Acacia", (_main(9, 0, 3, stops_after=4), Study(TEXTS, 6)), 17, joined=10),
    Learner(28, "Demo", "Baobab", (_main(1),), 15, joined=1),
    Learner(29, "Demo", "Catalpa", (Study(HABITS, 11, (0, 1, 3, 4), pace=1),), 12, joined=12),
    Learner(30, "Demo", "Dogwood", joined=2),
)  # fmt: skip
