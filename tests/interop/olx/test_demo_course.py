"""The Open edX demo course: what it becomes, and that every element of it is in the loss report."""

import re
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree
from lxml import html as lxml_html

from akademe.interop.olx.rules import read_olx
from akademe.interop.rules import CourseTree, LessonTree, open_source, rewrite_links, split_link
from akademe.kernel.markdown import render
from tests.make import interop as make

pytestmark = pytest.mark.skipif(not make.DEMO_COURSE.exists(), reason="the OLX corpus is not beside the project")


@pytest.fixture(scope="module")
def tree() -> Iterator[CourseTree]:
    with open_source(make.DEMO_COURSE) as files:
        yield read_olx(files)


def _members(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as archive:
        return {m.name: content.read() for m in archive if m.isfile() and (content := archive.extractfile(m))}


@pytest.fixture(scope="module")
def members() -> dict[str, bytes]:
    return {name.removeprefix("course/"): data for name, data in _members(make.DEMO_COURSE).items()}


def _lesson(tree: CourseTree, title: str) -> LessonTree:
    return next(lesson for lesson in tree.lessons() if lesson.title == title)


def test_the_outline(tree: CourseTree) -> None:
    assert [len(module.lessons) for module in tree.modules] == [5, 11, 26, 10, 5, 1]
    assert len({lesson.section for lesson in tree.lessons()}) == 17
    assert (tree.title, tree.language, tree.thumbnail) == (
        "Open edX Demo Course",
        "en",
        "asset:static/DemoX-Course-Card.png",
    )
    assert tree.description.startswith("Explore Open edX")


def test_every_element_of_the_source_is_in_the_report(tree: CourseTree, members: dict[str, bytes]) -> None:
    there: Counter[str] = Counter()
    for name, data in members.items():
        if name.endswith(".xml"):
            there.update(str(element.tag) for element in etree.fromstring(data).iter() if isinstance(element.tag, str))
    said: Counter[str] = Counter()
    for row in tree.report.rows():
        assert (row.mapped_to is None) != (row.reason is None)
        said[row.element] += row.count
    assert {tag: said[tag] for tag in there} == dict(there)
    assert set(said) - set(there) == {tag for tag in said if tag.startswith(("html/", "file "))}


def test_every_file_of_the_source_is_in_the_report_once(tree: CourseTree, members: dict[str, bytes]) -> None:
    named = Counter(name for row in tree.report.rows() if row.element.startswith("file ") for name in row.details)
    assert named == Counter(list(members))


def test_every_tag_of_every_text_is_in_the_report(tree: CourseTree, members: dict[str, bytes]) -> None:
    there: Counter[str] = Counter()
    for name, data in members.items():
        if name.startswith("html/") and name.endswith(".html"):
            root = lxml_html.fragment_fromstring(data.decode() or " ", create_parent="div")
            there.update(f"html/{e.tag}" for e in root.iterdescendants() if isinstance(e.tag, str))
    said: Counter[str] = Counter()
    for row in tree.report.rows():
        if row.mapped_to != "the course's description":
            said[row.element] += row.count
    assert {tag: said[tag] for tag in there} == dict(there)


def test_what_is_lost_is_named_with_its_reason(tree: CourseTree) -> None:
    lost = {(row.element, row.count): row.reason for row in tree.report.rows() if row.reason}
    assert "LTI" in lost["lti", 2]
    assert "program" in lost["customresponse", 4]
    assert "computer algebra" in lost["formularesponse", 2]
    details = [
        detail for row in tree.report.rows() if row.element == "problem" and row.reason for detail in row.details
    ]
    assert len(details) == 8
    assert any("Protein Builder" in detail for detail in details)


def test_each_response_became_a_question_or_is_named(tree: CourseTree, members: dict[str, bytes]) -> None:
    questions = [question for quiz in tree.all_quizzes() for question in quiz.questions]
    kinds = Counter(question.question_type for question in questions)
    assert kinds == {
        "mcq": 11, "multiple_response": 2, "cloze": 1, "numeric": 3, "short_answer": 4, "matching": 1, "essay": 2,
    }  # fmt: skip
    assert len({question.source_id for question in questions}) == len(questions)
    responses = sum(
        str(element.tag).endswith("response")
        for name, data in members.items()
        if name.startswith("problem/")
        for element in etree.fromstring(data).iter()
    )
    rows = [row for row in tree.report.rows() if row.element.endswith("response")]
    assert sum(row.count for row in rows) == responses
    mapped = sum(row.count for row in rows if row.mapped_to)
    assert mapped == len(questions) - 3 - 1 + 8  # two essays and a matching are no problems; one cloze has eight


def test_keys_feedback_and_hints_are_kept(tree: CourseTree) -> None:
    fish, abacus = _lesson(tree, "Single-Select Multiple Choice Problems").quiz.questions  # type: ignore[union-attr]
    assert (fish.correct_answer, fish.options[0]["text"]) == ("a", "Lion")
    assert abacus.options[4]["text"] == "17"
    assert "Hint: The furthest right row" in (abacus.feedback.general or "")
    assert "asset:static/Abacus_solution.png" in (abacus.feedback.general or "")
    facts = _lesson(tree, "Multi-Select Multiple Choice Problems").quiz.questions[1]  # type: ignore[union-attr]
    assert facts.correct_answer == ["b", "d", "e"]
    assert facts.options[0]["feedback"].startswith("Bats actually have")
    assert "Pluto's orbital period" in (facts.feedback.incorrect or "")
    simple, roots = _lesson(tree, "Numerical Input Problems").quiz.questions  # type: ignore[union-attr]
    assert simple.correct_answer == {"value": 600, "tolerance": 5}
    assert r"$120 \times 5$" in simple.question_text
    assert roots.correct_answer[1]["weight"] == 50
    dwarfs, bubble, _ = _lesson(tree, "Text Input Problems").quiz.questions  # type: ignore[union-attr]
    assert dwarfs.correct_answer[:2] == ["Doc", "Sleepy"]
    assert (bubble.correct_answer, bubble.exact) == ([{"regex": "..bble"}], False)


def test_eight_dropdowns_are_one_cloze(tree: CourseTree) -> None:
    cloze = _lesson(tree, "Dropdown Problems").quiz.questions[1]  # type: ignore[union-attr]
    assert (cloze.question_type, len(cloze.correct_answer), cloze.points) == ("cloze", 8, 8)
    assert "| **Theory of Relativity** | {{1}} | {{2}} |" in cloze.question_text


def test_a_randomised_block_is_a_pool(tree: CourseTree) -> None:
    quiz = _lesson(tree, "Randomized Content").quiz
    assert quiz is not None
    assert [(pool.draw, len(quiz.questions)) for pool in quiz.pools] == [(2, 6)]
    assert quiz.required


def test_every_link_inside_the_course_leads_somewhere(tree: CourseTree) -> None:
    lessons = {lesson.source_id for lesson in tree.lessons()}
    assets = {asset.source_id for asset in tree.assets}
    found: Counter[str] = Counter()

    def check(link: str) -> str:
        split = split_link(link)
        if split is not None:
            found[split[0]] += 1
            assert split[1] in (lessons if split[0] == "lesson" else assets), link
        else:
            assert re.match(r"https?://|mailto:", link), link
        return link

    for lesson in tree.lessons():
        rewrite_links(lesson.content, check)
        for question in lesson.quiz.questions if lesson.quiz else []:
            rewrite_links(f"{question.question_text}\n\n{question.feedback.general or ''}", check)
    assert found["lesson"] > 30
    assert found["asset"] > 60


def test_videos_play_from_youtube_or_from_the_course(tree: CourseTree) -> None:
    jellyfish = _lesson(tree, "Custom Javascript Problems").content
    assert 'src="asset:static/Jellyfish_720_10s_2MB.mp4"' in jellyfish
    talk = _lesson(tree, "Advanced Video Settings").content
    assert "(from 00:11:39 to 00:12:57)" in talk
    assert "[Transcript (es)](asset:static/48c991fb-083c-45e1-adad-930d2b11b11e-es.vtt)" in talk
    assert 'src="https://www.youtube-nocookie.com/embed/AOUEsgFrYeg?start=699&amp;end=777"' in render(talk).html


def test_no_secret_of_the_archive_is_repeated(tree: CourseTree) -> None:
    shown = repr(tree) + repr(tree.report.as_json())
    assert "codeboard_secret" not in shown
    assert "869e9639af7de74929b13ae17ad22e4e" not in shown


def _words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text))


def test_texts_keep_their_words(tree: CourseTree, members: dict[str, bytes]) -> None:
    """What a reader of the original saw is what the rendered lesson says, but for icons and script-driven widgets."""
    for lesson in tree.lessons():
        shown = _words(render(lesson.content).plain_text)
        vertical = etree.fromstring(members[f"vertical/{lesson.source_id}.xml"])
        for pointer in vertical.iterfind("html"):
            root = lxml_html.fragment_fromstring(members[f"html/{pointer.get('url_name')}.html"].decode() or " ", "div")
            if root.xpath(".//button[@onclick]") or root.xpath(".//table//dl"):
                continue
            for element in [
                *root.iter("script", "style", "button", "iframe", "object"),
                *root.xpath(".//span[contains(@class, 'icon') or contains(@class, 'material-')]"),
            ]:
                element.drop_tree()
            missing = _words(root.text_content()) - shown
            assert not missing, (lesson.title, missing)


def test_the_library_is_a_course_of_one_quiz() -> None:
    with open_source(make.DEMO_LIBRARY) as files:
        tree = read_olx(files)
    quiz = next(tree.all_quizzes())
    assert tree.title == "Respiratory System Question Bank 1"
    assert Counter(question.question_type for question in quiz.questions) == {"mcq": 5, "numeric": 1}
    named = Counter(name for row in tree.report.rows() if row.element.startswith("file ") for name in row.details)
    assert named == Counter(name.removeprefix("./").removeprefix("library/") for name in _members(make.DEMO_LIBRARY))
