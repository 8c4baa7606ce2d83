"""The outline put together from kept lines is the one that the macro draws."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from akademe.web.learn.outlines import side_outline
from akademe.web.learn.shapes import lesson_href
from akademe.web.ui import templates
from akademe.web.ui.outlines import shown_modules

TEXTS = st.text("ab<&\"' \x02é", max_size=8)
LESSONS = st.fixed_dictionaries(
    {
        "title": TEXTS,
        "section": st.sampled_from(["", "One", "Two"]),
        "content_type": st.sampled_from(["text", "quiz"]),
        "duration_minutes": st.integers(0, 90),
        "locked": st.booleans(),
        "completed": st.booleans(),
    }
)
MODULES = st.lists(st.tuples(TEXTS, st.lists(LESSONS, max_size=4)), max_size=4)


def _drawn(outline: dict[str, Any], current: str) -> str:
    shown = shown_modules(outline, lambda lesson_id: lesson_href(outline["slug"], lesson_id), current)
    macros: Any = templates.environment().globals["course"]
    return str(macros.outline(shown, level=2))


@given(MODULES, st.sampled_from([None, "an enrolment"]), st.integers(0, 15))
def test_an_outline_from_kept_lines_is_the_one_the_macro_draws(
    modules: list[Any], enrolment: str | None, current: int
) -> None:
    ids = iter(range(1000))
    document = [
        {"title": title, "lessons": [lesson | {"id": f"lesson-{next(ids)}-"} for lesson in lessons]}
        for title, lessons in modules
    ]
    outline = {"slug": "a-course", "enrollment_id": enrolment, "modules": document}
    here = f"lesson-{current}-"
    assert side_outline(outline, here) == _drawn(outline, here)
