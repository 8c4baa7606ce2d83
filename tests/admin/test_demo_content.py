"""The courses of the demo school are whole: every link leads somewhere, every formula is one, every question has its key."""

import ast
import random
import re
from pathlib import Path

import pytest
import yaml

import akademe.admin.demo as demo
from akademe.assessment.schemas import QuestionIn
from akademe.kernel.markdown import render

COURSES = sorted(path.parent for path in (Path(demo.__file__).parent / "courses").glob("*/course.yaml"))
MAIN = next(path for path in COURSES if path.name == "thinking-in-data")
FRONT = re.compile(r"---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
TARGET = re.compile(r'(?:href|src)="([^"#:]+)(?:#([^"]*))?"')


def outline(course: Path) -> list[Path]:
    """The lessons of a course, in order."""
    listed = yaml.safe_load((course / "course.yaml").read_text())["modules"]
    return [course / lesson for module in listed for lesson in module["lessons"]]


def parts(lesson: Path) -> tuple[dict[str, str], str]:
    """Front matter and body."""
    found = FRONT.match(lesson.read_text())
    assert found, lesson
    return yaml.safe_load(found[1]), found[2]


LESSONS = [lesson for course in COURSES for lesson in outline(course)]


def test_the_main_course_is_worth_taking() -> None:
    about = yaml.safe_load((MAIN / "course.yaml").read_text())
    texts = [body for meta, body in map(parts, outline(MAIN)) if meta.get("content_type", "text") == "text"]
    assert len(about["modules"]) == 4
    assert len(texts) >= 12
    assert all(500 <= len(text.split()) <= 1300 for text in texts)


def test_there_are_other_courses_to_choose_from() -> None:
    abouts = [yaml.safe_load((course / "course.yaml").read_text()) for course in COURSES]
    assert {about["access"] for about in abouts} == {"open", "enrolled"}
    assert any(about["prerequisites"] == ["thinking-in-data"] for about in abouts)
    assert len({about["category"] for about in abouts}) >= 3
    assert any(about["enrollment_limit"] for about in abouts)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: f"{path.parts[-3]}/{path.stem}")
def test_a_lesson_renders_and_its_links_lead_somewhere(lesson: Path) -> None:
    meta, body = parts(lesson)
    rendered = render(body)
    assert "math-error" not in rendered.html
    for name in ("video", "captions", "transcript", "quiz"):
        assert name not in meta or (lesson.parent.parent / meta[name]).is_file(), meta[name]
    for target, anchor in TARGET.findall(rendered.html):
        file = (lesson.parent / target).resolve()
        assert file.is_file(), target
        assert not anchor or anchor in {heading.id for heading in render(parts(file)[1]).headings}
    assert all(re.search(r'alt="[^"]{15,}"', image) for image in re.findall(r"<img [^>]*>", rendered.html))


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: f"{path.parts[-3]}/{path.stem}")
def test_code_in_a_lesson_is_python(lesson: Path) -> None:
    for source in re.findall(r"```python\n(.*?)```", lesson.read_text(), re.DOTALL):
        ast.parse(source)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: f"{path.parts[-3]}/{path.stem}")
def test_code_in_a_lesson_prints_what_it_says(lesson: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`print(x)  # about 0.5`: the numbers of the comment, within a tenth where chance decides; else the words."""
    names: dict[str, object] = {}
    for source in re.findall(r"```python\n(.*?)```", lesson.read_text(), re.DOTALL):
        said = re.findall(r"^print\([^#\n]*\)(?:  # (.+))?$", source, re.MULTILINE)
        if not any(said):
            continue
        random.seed(26)
        exec(compile(source, str(lesson), "exec"), names)  # noqa: S102 - our own lessons
        share = 0.1 if "random" in source else 1e-9
        for comment, line in zip(said, capsys.readouterr().out.splitlines(), strict=True):
            wanted, shown = NUMBER.findall(comment), [float(number) for number in NUMBER.findall(line)]
            assert comment == "" or shown or line in comment
            assert [float(number) for number in wanted[: len(shown)]] == pytest.approx(shown, rel=share) or not comment


def test_questions_of_every_type_are_valid() -> None:
    kinds = set()
    for path in (path for course in COURSES for path in course.glob("quizzes/*.yaml")):
        for given in yaml.safe_load(path.read_text())["questions"]:
            question = QuestionIn(
                question_text=given["text"],
                question_type=given["type"],
                options=given.get("options"),
                correct_answer=given.get("answer"),
                feedback=given.get("feedback"),
                points=given.get("points", 1),
                pool=given.get("pool"),
            )
            kinds.add(question.question_type)
    assert kinds >= {"mcq", "multiple_response", "true_false", "short_answer", "numeric"}
    assert kinds >= {"matching", "ordering", "cloze", "essay"}
    assert list(MAIN.glob("quizzes/*.gift"))


def test_the_final_quiz_is_timed_and_drawn() -> None:
    final = yaml.safe_load((MAIN / "quizzes" / "final.yaml").read_text())
    pooled = [question["pool"] for question in final["questions"]]
    assert final["time_limit_minutes"] == 20
    assert all(pooled.count(pool["name"]) >= pool["draw"] for pool in final["pools"])


def test_assets_are_small_and_still() -> None:
    for path in (path for course in COURSES for path in course.glob("assets/*")):
        assert path.stat().st_size < 1_500_000, path
        if path.suffix == ".svg":
            assert not re.search(r"<script|<style|\sstyle=|\son\w+=|href=", path.read_text()), path
