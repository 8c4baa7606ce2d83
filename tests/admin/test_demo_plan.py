"""The plan behind the demo school: who, when, and how they answer."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from akademe.admin.demo.answering import ESSAYS, answer
from akademe.admin.demo.people import LEARNERS, STAFF
from akademe.admin.demo.timeline import Kind, timeline
from akademe.assessment.rules.grading import Asked, grade
from akademe.assessment.schemas import QuestionIn
from tests.admin.test_demo_content import COURSES

NOW = datetime(2026, 11, 20, 3, 30, tzinfo=UTC)


def about_course(folder: Path) -> dict[str, Any]:
    """course.yaml."""
    found: dict[str, Any] = yaml.safe_load((folder / "course.yaml").read_text())
    return found


def questions() -> list[QuestionIn]:
    """Every question in YAML, in normal form."""
    found = []
    for path in (path for course in COURSES for path in sorted(course.glob("quizzes/*.yaml"))):
        for given in yaml.safe_load(path.read_text())["questions"]:
            fields = {"question_text": given["text"], "question_type": given["type"], "points": given.get("points", 1)}
            found.append(QuestionIn(**fields, options=given.get("options"), correct_answer=given.get("answer")))
    return found


def test_thirty_learners_with_different_histories() -> None:
    assert len(LEARNERS) == 30
    assert len({learner.email for learner in LEARNERS} | {teacher.email for teacher in STAFF}) == 34
    assert all(email.endswith("@example.org") for email in [one.email for one in (*LEARNERS, *STAFF)])
    assert len({learner.studies for learner in LEARNERS}) == 30


def test_the_timeline_is_in_order_and_in_the_past() -> None:
    happened = timeline(LEARNERS, NOW)
    assert [one.moment for one in happened] == sorted(one.moment for one in happened)
    assert happened[0].moment > NOW - timedelta(days=62)
    assert happened[-1].moment < NOW - timedelta(hours=1)


@pytest.mark.parametrize("learner", LEARNERS, ids=lambda learner: learner.email)
def test_nobody_studies_before_joining_and_enrolling(learner) -> None:
    seen: set[object] = set()
    for one in timeline([learner], NOW):
        if one.kind != Kind.JOIN:
            assert "joined" in seen
        if one.kind in (Kind.STUDY, Kind.LEAVE):
            assert one.study in seen
        seen.add("joined" if one.kind == Kind.JOIN else one.study)


def test_answers_are_right_or_wrong_as_wanted() -> None:
    random = Random(1)
    for question in questions():
        asked = Asked(question.question_type, question.options, question.correct_answer, 100, False)
        right = grade(asked, answer(question.question_type, question.options, question.correct_answer, random, 1.0))
        wrong = grade(asked, answer(question.question_type, question.options, question.correct_answer, random, 0.0))
        if question.question_type not in ("essay", "description"):
            assert right.earned == 100, question.question_text
            assert wrong.earned is not None
            assert wrong.earned < 100, question.question_text


def test_essays_keep_to_the_length_asked_for() -> None:
    assert all(150 <= len(essay.split()) <= 300 for essay in ESSAYS)


def test_one_course_is_full_when_somebody_comes_last() -> None:
    limits = {about["id"]: about["enrollment_limit"] for about in map(about_course, COURSES)}
    joined = [one for one in timeline(LEARNERS, NOW) if one.kind == Kind.ENROL and limits[one.study.course]]
    assert len({one.study.course for one in joined}) == 1
    assert len(joined) == limits[joined[0].study.course] + 1
    assert joined[-1].learner.number == 27
