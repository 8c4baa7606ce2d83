"""OLX beyond the demo course: inline outlines, Studio's short notation, partial credit, and what is refused."""

import time
from html import escape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akademe.assessment.schemas import QuestionIn
from akademe.interop.olx.rules import read_olx
from akademe.interop.olx.rules.video import spoken_text, srt_to_vtt
from akademe.interop.rules import CourseTree, ImportRefused
from akademe.interop.rules.html import Converter, fragment
from akademe.kernel.markdown import render
from tests.make import interop as make


def _course(tmp_path: Path, vertical: str, **files: str) -> CourseTree:
    """A course written in one file, with one vertical."""
    outline = (
        f'<course display_name="C" org="o" course="c" url_name="r"><chapter display_name="A">{"{}"}</chapter></course>'
    )
    unit = f'<sequential display_name="S" graded="true"><vertical display_name="V" url_name="v">{vertical}</vertical></sequential>'
    listed = {"course.xml": outline.format(unit), **{name.replace("__", "/"): text for name, text in files.items()}}
    return read_olx(make.folder(tmp_path, listed))


def _questions(tmp_path: Path, problem: str) -> list[QuestionIn]:
    tree = _course(tmp_path, problem)
    return [question for quiz in tree.all_quizzes() for question in quiz.questions]


def test_an_outline_in_one_file(tmp_path: Path) -> None:
    tree = _course(tmp_path, '<html><p>Hello <b>there</b></p><a href="/jump_to_id/v">me</a></html>')
    lesson = next(tree.lessons())
    assert (lesson.title, lesson.section) == ("V", "S")
    assert lesson.content == "Hello **there**\n\n[me](lesson:v)"


def test_several_responses_are_several_questions(tmp_path: Path) -> None:
    first, second = _questions(
        tmp_path,
        """<problem url_name="p" weight="3"><p>Intro</p>
        <numericalresponse answer="[1,5)"><label>One?</label><formulaequationinput/></numericalresponse>
        <p>And then</p>
        <stringresponse answer="Paris" type="cs"><additional_answer answer="Lutetia"><correcthint>Old!</correcthint>
        </additional_answer><stringequalhint answer="Rome">No.</stringequalhint><textline/></stringresponse>
        <solution><p>Because</p></solution></problem>""",
    )
    assert (first.question_text, first.source_id, float(first.points)) == ("Intro\n\nOne?", "p#1", 1.5)
    assert first.correct_answer == {"min": 1, "max": 5}
    assert second.question_text == "And then"
    assert second.correct_answer == [
        "Paris", {"text": "Lutetia", "feedback": "Old!"}, {"text": "Rome", "weight": 0, "feedback": "No."},
    ]  # fmt: skip
    assert (second.exact, second.feedback.general) == (True, "Because")


@pytest.mark.parametrize(
    ("answer", "tolerance", "key"),
    [
        ("2*3", "", {"value": 6, "tolerance": 0}),
        ("10^3", "5%", {"value": 1000, "tolerance": 50}),
        ("-0.5", "0.1", {"value": -0.5, "tolerance": 0.1}),
        ("(0, 1)", "", {"min": 0, "max": 1}),
    ],
)
def test_numbers(answer: str, tolerance: str, key: object, tmp_path: Path) -> None:
    parameter = f'<responseparam type="tolerance" default="{tolerance}"/>' if tolerance else ""
    problem = (
        f'<problem url_name="p"><p>?</p><numericalresponse answer="{answer}">{parameter}</numericalresponse></problem>'
    )
    assert _questions(tmp_path, problem)[0].correct_answer == key


@pytest.mark.parametrize("answer", ["__import__('os')", "9**9**9**9", "(" * 5000, "x+1", "", "1/0"])
def test_answers_that_are_no_numbers_are_named(answer: str, tmp_path: Path) -> None:
    problem = f'<problem url_name="p" display_name="P"><p>?</p><numericalresponse answer="{answer}"/></problem>'
    tree = _course(tmp_path, problem)
    assert not list(tree.all_quizzes())
    lost = next(row for row in tree.report.rows() if row.element == "numericalresponse")
    assert lost.reason
    assert "?" in next(tree.lessons()).content


def test_names_that_are_missing_or_there_twice_are_made_different(tmp_path: Path) -> None:
    problem = "<problem><stringresponse answer='a'><label>?</label></stringresponse></problem>"
    unit = f'<vertical url_name="v">{problem}{problem}</vertical>'
    chapter = f'<chapter url_name="c"><sequential>{unit}{unit}</sequential></chapter>'
    source = f'<course display_name="C" org="o" course="c" url_name="r">{chapter}{chapter}</course>'
    tree = read_olx(make.folder(tmp_path, {"course.xml": source}))
    assert [module.source_id for module in tree.modules] == ["c", "c-2"]
    assert [lesson.source_id for lesson in tree.lessons()] == ["v", "v-2", "v-3", "v-4"]
    assert {tuple(question.source_id or "" for question in quiz.questions) for quiz in tree.all_quizzes()} == {
        ("problem", "problem~2")
    }


STUDIO = [
    (">>Q?||why<<\n( ) a {{no}}\n(x) b\n||think||\n[explanation]\nso\n[explanation]", "mcq", "b"),
    (">>Q?<<\n[x] a {{selected: yes}, {unselected: no}}\n[ ] b\n[x] c", "multiple_response", ["a", "c"]),
    (">>Q?<<\n= 5 +- 10%\n", "numeric", {"value": 5, "tolerance": 0.5}),
    (">>Q?<<\n= Paris\nor= Lutetia\nnot= Rome {{no}}", "short_answer", ["Paris", "Lutetia"]),
    (">>Q?<<\n|= ^a+$", "short_answer", [{"regex": "^a+$"}]),
    (">>Q?<<\n[[\nx\n(y)\nz\n]]", "mcq", "b"),
    (">>Q?<<\n[[x, (y {{well done}}), z]]", "mcq", "b"),
]


@pytest.mark.parametrize(("source", "kind", "key"), STUDIO)
def test_studios_short_notation(source: str, kind: str, key: object, tmp_path: Path) -> None:
    noted = escape(source).replace("\n", "&#10;")
    question = _questions(tmp_path, f'<problem url_name="p" markdown="{noted}"/>')[0]
    assert question.question_type == kind
    assert question.question_text.startswith("Q?")
    found = question.correct_answer
    assert (found[: len(key)] if isinstance(key, list) else found) == key
    if kind == "mcq" and "why" in source:
        assert question.question_text == "Q?\n\nwhy"
        assert question.feedback.general == "Hint: think\n\nso"
        assert question.options[0]["feedback"] == "no"


def test_partial_credit_becomes_weights(tmp_path: Path) -> None:
    question = _questions(
        tmp_path,
        '<problem url_name="p"><multiplechoiceresponse partial_credit="points"><label>?</label><choicegroup>'
        '<choice correct="partial" point_value="0.25">a</choice><choice correct="true">b</choice>'
        "</choicegroup></multiplechoiceresponse></problem>",
    )[0]
    assert question.options[0]["weight"] == 25
    assert question.correct_answer == "b"


@pytest.mark.parametrize("inside", ["<b>x</b>" * 20_001, "\\(" * 200_000, "words " * 70_000])
@pytest.mark.parametrize("tag", ["html", "problem"])
def test_what_is_too_long_is_named_and_not_converted(tag: str, inside: str, tmp_path: Path) -> None:
    began = time.process_time()
    tree = _course(tmp_path, f'<{tag} url_name="p">{inside}</{tag}><html>ok</html>')
    assert next(tree.lessons()).content == "ok"
    assert ("it is longer than a lesson may be", 1) in [(row.reason, row.count) for row in tree.report.rows()]
    assert time.process_time() - began < 5


def test_broken_components_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    tree = _course(
        tmp_path, '<problem url_name="a"/><html url_name="b"/><html>ok</html><mystery x="1"/>', problem__a=""
    )
    (tmp_path / "problem").mkdir(exist_ok=True)
    lost = {row.element: row.reason for row in tree.report.rows() if row.reason}
    assert "missing" in (lost["problem"] or "")
    assert "not known" in (lost["mystery"] or "")
    assert next(tree.lessons()).content == "ok"


def test_dtds_anywhere_are_refused(tmp_path: Path) -> None:
    files = {
        "course.xml": '<course url_name="r"><chapter><sequential><vertical><problem url_name="p"/></vertical></sequential></chapter></course>',
        "problem/p.xml": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><problem>&x;</problem>',
    }
    with pytest.raises(ImportRefused) as caught:
        read_olx(make.folder(tmp_path, files))
    assert caught.value.code == "XML_DTD"


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"a.txt": ""}, "NOT_OLX"),
        ({"course.xml": '<course url_name="r"/>'}, "NOT_OLX"),
        ({"course.xml": "<course><chapter/></course>"}, "EMPTY_COURSE"),
        ({"course.xml": "<course>"}, "BAD_XML"),
        ({"course.xml": '<course url_name="r"><chapter/></course>', "policies/r/policy.json": "{"}, "BAD_JSON"),
    ],
)
def test_what_is_no_course_is_refused(files: dict[str, str], code: str, tmp_path: Path) -> None:
    with pytest.raises(ImportRefused) as caught:
        read_olx(make.folder(tmp_path, files))
    assert caught.value.code == code


def test_subtitles() -> None:
    assert (
        srt_to_vtt("1\r\n00:00:01,500 --> 00:00:02,000\r\nHi, 5\r\n")
        == "WEBVTT\n\n00:00:01.500 --> 00:00:02.000\nHi, 5\n"
    )


def test_what_is_said_in_a_film_can_be_read(tmp_path: Path) -> None:
    srt = "1\n00:00:01,000 --> 00:00:02,000\n<i>Hello</i> * th&amp;#101;re\n\n2\n00:00:03,000 --> 00:00:04,000\nand 2\nmore.\n"
    assert spoken_text(srt) == spoken_text(srt_to_vtt(srt)) == "Hello * there and 2 more."
    video = """<video youtube_id_1_0="aaaaaaaaaaa"><transcript language="en" src="a.srt"/></video>"""
    content = next(_course(tmp_path, video, **{"static/a.srt": srt}).lessons()).content
    assert (
        ":::details Transcript\n\nHello \\* there and 2 more.\n:::\n\n- [Transcript (en)](asset:static/a.vtt)"
        in content
    )


PLAIN = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Co"]), max_size=60)


@given(PLAIN)
def test_plain_text_survives_conversion(text: str) -> None:
    root = fragment("<p>x</p>")
    root[0].text = f"a {text} b"
    markdown = Converter(lambda *_: None, lambda *_: None).convert(root)
    assert render(markdown).plain_text.split() == f"a {text} b".split()


@given(st.text(max_size=200))
def test_any_text_is_some_html(text: str) -> None:
    Converter(lambda *_: None, lambda *_: None).convert(fragment(text))


HTML = [
    ("<ul><li>a<ul><li>b</li></ul></li><li><p>c</p></li></ul>", "- a\n  - b\n- c"),
    ("<ol><li>a</li><li>b</li></ol>", "1. a\n2. b"),
    ("<p>1. no list</p>", "1\\. no list"),
    ("<p># no heading</p>", "\\# no heading"),
    ("<p>a <b>bold </b>c</p>", "a **bold** c"),
    ("<p>a<b>b</b>c</p>", "a<strong>b</strong>c"),
    ("<pre>x &lt; y\n  z</pre>", "```\nx < y\n  z\n```"),
    ("<p>\\(a_1 * b\\) costs $5</p>", "$a_1 * b$ costs \\$5"),
    ("<p>\\[x^2\\]</p>", "$$\nx^2\n$$"),
    ("<blockquote><p>q</p></blockquote>", "> q"),
    ("<p>H<sub>2</sub>O <code>a`b</code></p>", "H<sub>2</sub>O ``a`b``"),
    ("<table><tr><th>a</th></tr><tr><td>b|c</td></tr></table>", "| a |\n| --- |\n| b\\|c |"),
    ('<table><tr><td colspan="2" onclick="x()" style="a">b</td></tr></table>', '<table><tr><td colspan="2">b</td></tr></table>'),
    ('<div class="callout"><h3>Note:</h3><p>x</p></div>', ":::note Note:\nx\n:::"),
    ('<p>a<script>alert(1)</script><img src="javascript:x" alt="b"></p>', "ab"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "markdown"), HTML)
def test_html_becomes_markdown(source: str, markdown: str) -> None:
    assert Converter(lambda *_: None, lambda *_: None).convert(fragment(source)) == markdown


FRAMES = [
    ('<iframe src="https://www.youtube.com/embed/aaaaaaaaaaa"></iframe>', '::video[Video]{src="https://www.youtube.com/embed/aaaaaaaaaaa"}'),
    ('<iframe title="A page" src="https://example.org/x"></iframe>', "[A page](https://example.org/x)"),
    ('<object data="https://example.org/a%20b.pdf"><p>no viewer</p></object>', "[a b.pdf](https://example.org/a%20b.pdf)"),
    ('<object data=""><p>no viewer</p></object>', "no viewer"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "markdown"), FRAMES)
def test_what_was_shown_inside_is_linked(source: str, markdown: str) -> None:
    assert Converter(lambda _, __, address: address or None, lambda *_: None).convert(fragment(source)) == markdown
