"""Nothing that a browser would run survives, whatever an author writes and wherever."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from akademe.kernel.markdown import (
    MAX_CHARS,
    MarkdownTooLong,
    diff,
    excerpt,
    plain_text,
    render,
)
from tests.make.xss import PAYLOADS, assert_harmless

AROUND = [
    "{}",
    "# {}",
    "> {}",
    "- {}",
    "**{}**",
    "| a |\n|---|\n| {} |",
    ":::note {}\n{}\n:::",
    "::::details x\n:::tip\n{}\n:::\n::::",
    "[{}](https://example.org)",
    "![{}](a.png)",
    "![a](a.png '{}')",
    "[a](<{}>)",
    "`{}`",
    "```html\n{}\n```",
    "$\\text{{{}}}$",
    "::video[{}]{{src=a.mp4}}",
    "::quiz[x]{{id='{}'}}",
    "<div title='{}'>\n\n{}\n\n</div>",
    "<div>\n{}",
    "x[^1]\n\n[^1]: {}",
]


def test_the_corpus_is_large() -> None:
    assert len(set(PAYLOADS)) >= 120


@pytest.mark.parametrize("around", AROUND)
def test_no_payload_survives_in_any_construct(around: str) -> None:
    for payload in PAYLOADS:
        for text in (
            around.replace("{{", "{").replace("}}", "}").replace("{}", payload),
            payload + "\n\n" + payload,
        ):
            assert_harmless(render(text).html)
            assert_harmless(
                render(
                    text,
                    link=lambda url: "/course/" + url if not url.startswith("http") else url,
                ).html
            )


def test_a_link_that_answers_with_script_is_refused() -> None:
    html = render("[x](lesson:1) <img src=a.png>", link=lambda _: "javascript:alert(1)").html
    assert "javascript" not in html


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from([*PAYLOADS, "\n", "\n\n", "<b>", "</b>", "<div title='", "'>", ":::", "```", "$", "`"]),
        max_size=6,
    )
)
def test_no_mixture_survives(pieces: list[str]) -> None:
    assert_harmless(render("".join(pieces)).html)


def test_control_characters_do_not_reach_the_page() -> None:
    html = render("[x](\x01javascript:alert(1)) a\x08b &#1; `c\x1f`").html
    assert not any(char < " " and char != "\n" for char in html)


MARKS = st.text(
    st.sampled_from("*_`~[]()<>{}!#|:$\\-+=\"'&;/ \n\tab1x\ue000\ue001\x00\u202e"),
    max_size=400,
)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=400), MARKS))
def test_never_raises(text: str) -> None:
    rendered = render(text)
    assert_harmless(rendered.html)
    assert rendered.plain_text == plain_text(text)
    assert len(excerpt(text, 40)) <= 40
    ids = [block.id for block in rendered.blocks]
    assert len(ids) == len(set(ids))


@settings(max_examples=100, deadline=None)
@given(MARKS, MARKS)
def test_a_diff_holds_both_versions(old: str, new: str) -> None:
    changes = diff(old, new)
    assert "\n".join(c.old for c in changes if c.old_line is not None) == old
    assert "\n".join(c.new for c in changes if c.new_line is not None) == new


PATHOLOGICAL = [
    "[", "![", "*a_", "**a ", "`", "``a` ", "<", "<a", "<div>", "<b title={n}>", "<b title={n}>\n\n", "<!--", "<?",
    "<![CDATA[", "&", "&#",
    "\\", "> ", ">", "- ", "1. ", "- [ ] ", "|a", "|a|\n|-|\n", "$", "$a$", "$$\n", "{{", ":::note\n",
    "::::note\n\n", ":", "~~a", "[^1]",
    "[^{n}]: x\n", "[a](", "[a](<", "![a](b){{", "a\n: b\n", "# ", "# a\n", "\n", "\t", "***", "_*", "<a href=x>",
    "</b>", "<p><p>", "<table>",
    "`" * 50 + "a ", "$\\frac", "$\\left(", "[[]](", "(" , "x](", "::video[x]{{src=", "::quiz[a]{{id=b}}\n\n",
    "```\n", "~~~x\n", "    a\n", "<math>",
    "<svg>", "<select>", "<div a=1 ", "a=1 b{n}=2 ", "<details>\n\n", "<font><i>", "\ue0001\ue001", "[a]: b\n",
    "[a]\n\n[{n}]: /u\n",
]  # fmt: skip


@pytest.mark.parametrize("size", [20_000])
def test_hostile_repetition_is_bounded_in_time(size: int) -> None:
    slow = {}
    for piece in PATHOLOGICAL:
        count = size // len(piece)
        text = "".join(piece.format(n=n) for n in range(count)) if "{" in piece else piece * count
        start = time.process_time()
        html = render(text).html
        if (spent := time.process_time() - start) > 2:
            slow[piece] = round(spent, 2)
        assert len(html) < 400 * size, piece
    assert not slow


def test_a_text_of_a_megabyte_is_refused_at_once() -> None:
    start = time.process_time()
    with pytest.raises(MarkdownTooLong, match="200,000 characters"):
        render("x" * 1_000_000)
    assert time.process_time() - start < 0.1


def test_a_long_lesson_renders_quickly() -> None:
    lesson = "# Part {n}\n\nWords **and** $x^{n}$ and [a link](b.md).\n\n- one\n- two\n\n```python\nx = {n}\n```\n\n"
    text = "".join(lesson.replace("{n}", str(n)) for n in range(400))
    assert len(text) < MAX_CHARS
    start = time.process_time()
    assert len(render(text).headings) == 400
    assert time.process_time() - start < 3
