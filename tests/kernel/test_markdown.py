"""What Markdown becomes, and what else is known about a text."""

import pytest

from akademe.kernel.markdown import diff, excerpt, plain_text, render


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "**bold** ~~gone~~ `code`",
            "<strong>bold</strong> <s>gone</s> <code>code</code>",
        ),
        ("costs $5 and $6 each", "costs $5 and $6 each"),
        ("$x^2$", "<msup><mi>x</mi><mn>2</mn></msup>"),
        ("$$\n\\frac{a}{b}\n$$", 'display="block"'),
        ("```math\n\\sqrt{2}\n```", "<msqrt>"),
        ("$\\frac{$", '<code class="math-error">\\frac{</code>'),
        ("$\\nosuchcommand x$", '<code class="math-error">'),
        (
            "- [x] done",
            '<input class="task-list-item-checkbox" checked="checked" disabled="" type="checkbox">',
        ),
        ("Term\n: meaning", "<dd>meaning</dd>"),
        ("a[^1]\n\n[^1]: note", '<li id="u-fn1" class="footnote-item">'),
        ("|a|b|\n|:-|-:|\n|1|2|", '<td class="align-right">2</td>'),
        ("| |a|\n|-|-|\n|x|1|", "<th>a</th>"),
        ("| |a|\n|-|-|\n|x|1|", "<td></td>"),
        ("```python\ndef f(): pass\n```", '<span class="k">def</span>'),
        ("```nolanguage\na < b\n```", "a &lt; b"),
        (
            "![a cat](cat.png){width=300 height=200}",
            'alt="a cat" width="300" height="200" loading="lazy"',
        ),
        (
            '![a cat](cat.png "A *small* cat")',
            "<figcaption>A <em>small</em> cat</figcaption>",
        ),
        (
            ":::warning Mind **this**\nbody\n:::",
            '<p class="callout-title">Mind <strong>this</strong></p>',
        ),
        (":::tip\nbody\n:::", '<p class="callout-title">Tip</p>'),
        (":::spoiler Answer\n42\n:::", "<summary>Answer</summary>"),
        ("::::note\n:::tip\ninner\n:::\n::::", "callout-tip"),
        ("[out](https://example.org)", 'rel="nofollow noopener"'),
        ("[in](/courses)", '<a href="/courses">in</a>'),
        (
            "::video[Talk]{src=https://vimeo.com/76979871}",
            "https://player.vimeo.com/video/76979871?dnt=1",
        ),
        (
            "::video[Talk]{src=https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=1}",
            "youtube-nocookie.com/embed/dQw4w9WgXcQ",
        ),
        (
            "::video[Talk]{src=https://example.org/a.mp4}",
            '<a href="https://example.org/a.mp4" rel="nofollow noopener">Talk</a>',
        ),
        ("::quiz[Try it]{id=q1}", '<div class="embed" id="b-'),
        ("<details><summary>s</summary>t</details>", "<summary>s</summary>"),
        (
            "<table><tr><td colspan=2 onclick=x>c</td></tr></table>",
            '<td colspan="2">c</td>',
        ),
    ],
)
def test_constructs(source: str, expected: str) -> None:
    assert expected in render(source).html


def test_headings_leave_the_first_level_to_the_page() -> None:
    rendered = render("# One\n\n## Two\n\n## Two\n\n<h1>raw</h1>")
    assert [(h.level, h.id, h.slug, h.text) for h in rendered.headings] == [
        (2, "u-one", "one", "One"),
        (3, "u-two", "two", "Two"),
        (3, "u-two-1", "two-1", "Two"),
    ]
    assert "<h1" not in rendered.html
    assert [h.level for h in render("## Two\n\n### Three").headings] == [2, 3]


def test_links_to_headings_meet_their_ids() -> None:
    html = render("[a](#two) [b](02-x.md#two) [c](https://example.org/#two)\n\n## Two").html
    assert 'href="#u-two"' in html
    assert 'href="02-x.md#u-two"' in html
    assert 'href="https://example.org/#two"' in html


def test_every_address_goes_through_link() -> None:
    asked: list[str] = []

    def link(url: str) -> str:
        asked.append(url)
        return url.replace("../assets", "/files").replace("quiz:", "/quizzes/")

    source = (
        "[a](02-b.md) ![i](../assets/i.png) <img src=../assets/r.png>\n\n"
        "::video[v]{src=../assets/v.mp4 captions=../assets/v.en.vtt transcript=../assets/v.md}\n\n::quiz[q]{id=7}"
    )
    html = render(source, link=link).html
    assert set(asked) == {
        "02-b.md",
        "../assets/i.png",
        "../assets/r.png",
        "../assets/v.mp4",
        "../assets/v.en.vtt",
        "../assets/v.md",
        "quiz:7",
    }
    assert "../assets" not in html
    assert '<track kind="captions" src="/files/v.en.vtt" srclang="en"' in html
    assert '<a href="/quizzes/7">q</a>' in html


def test_an_embed_that_nobody_resolves_is_no_link() -> None:
    assert "<span>Quiz</span>" in render("::quiz[Quiz]{id=7}").html


def test_block_ids_survive_edits_elsewhere() -> None:
    before = render("# T\n\nFirst.\n\nSame.\n\nSame.")
    after = render("# T\n\nNew one.\n\nFirst.\n\nSame.\n\nSame.")
    ids = {block.text: block.id for block in after.blocks}
    assert {block.id for block in before.blocks} < {block.id for block in after.blocks}
    assert ids["First."] in before.html
    assert [b.id.count("-") for b in before.blocks if b.text == "Same."] == [1, 2]
    assert [(b.kind, b.start, b.end) for b in before.blocks][:2] == [
        ("heading", 0, 1),
        ("paragraph", 2, 3),
    ]


def test_inline_style_never_appears() -> None:
    html = render("|a|\n|:-:|\n|b|\n\n$\\color{red}{x}$\n\n<p style='color:red'>x</p>\n\n```python\nx = 1\n```").html
    assert "style=" not in html


def test_plain_text_is_what_a_reader_reads() -> None:
    source = (
        "# Title\n\nSome *words* and $x^2$ [here](a.md).\n\n<div>raw <b>tags</b></div>\n\n:::note Look\nInside\n:::"
    )
    lines = ["Title", "Some words and x^2 here.", "raw tags", "Look", "Inside"]
    assert plain_text(source).split("\n") == lines


def test_excerpt_cuts_between_words() -> None:
    assert excerpt("Short *text*.") == "Short text."
    assert excerpt("One two three four five", 15) == "One two three…"


def test_diff_shows_words_in_changed_lines() -> None:
    changes = diff("The mean is big.\nSame.\nOld.", "The median is big.\nSame.")
    assert [change.kind for change in changes] == ["replace", "equal", "delete"]
    assert [(part.kind, part.text) for part in changes[0].parts] == [
        ("equal", "The "),
        ("delete", "mean"),
        ("insert", "median"),
        ("equal", " is big."),
    ]
    assert (changes[2].old_line, changes[2].new_line) == (3, None)


def test_a_picture_of_another_site_is_a_link_to_it_since_pages_load_nothing_from_elsewhere() -> None:
    link = '<a class="image-elsewhere" href="{0}" rel="nofollow noopener">{1}</a>'
    fox = link.format("https://example.org/fox.png", "<span>A fox</span> <small>example.org</small>")
    assert fox in render("![A fox](https://example.org/fox.png)").html
    assert link.format("//cdn.example.org/x", "cdn.example.org") in render("<img src='//cdn.example.org/x'>").html
    linked = render("[![In](https://example.org/a.png)](https://example.org/b) ![Out](https://example.org/c.png)").html
    assert linked.count("<a ") == linked.count("</a>") == 2, "no link inside a link"
    assert "<img" not in linked
    assert "<img" in render("![Ours](/files/1)").html


@pytest.mark.parametrize(
    ("tex", "words"),
    [
        (r"P(\text{recall}) = e^{-t/s}", "P(recall) = e^-t/s"),
        (r"\bar x = \dfrac{600}{15}", "bar x = 600/15"),
        (r"\alpha \le \mathrm{max}\,x", "alpha le max x"),
    ],
)
def test_the_words_of_a_formula_have_no_marks_of_tex(tex: str, words: str) -> None:
    assert plain_text(f"So ${tex}$ holds.") == f"So {words} holds."
    assert plain_text(f"$$\n{tex}\n$$") == words
