"""Course trees and archives for tests."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from hypothesis import strategies as st

from akademe.assessment.schemas import LatePolicy, QuestionIn
from akademe.interop.native.rules import write_native
from akademe.interop.rules import (
    AssetTree,
    CaptionTree,
    CourseTree,
    LessonTree,
    ModuleTree,
    PoolTree,
    QuizTree,
    SourceFiles,
)

CORPORA = Path(__file__).resolve().parents[3] / "shared" / "corpora"
DEMO_COURSE = CORPORA / "olx-demo-course" / "demo-course.tar.gz"
DEMO_LIBRARY = CORPORA / "olx-demo-course" / "demo-content-library.tar.gz"

_TEXT = st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"])
words = st.text(_TEXT, min_size=1, max_size=30).map(lambda text: text.strip() or "x")
names = st.text("abcdefgh0123456789-_ äß", min_size=1, max_size=12).map(lambda text: text.strip() or "n")
prose = st.text(st.one_of(_TEXT, st.sampled_from("\n\n\t -#*:|'\"`[]()")), max_size=200).map(
    lambda text: text.strip("\n")
)


def zip_bytes(files: Mapping[str, bytes | str]) -> bytes:
    """A zip with these files."""
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return room.getvalue()


def tar_bytes(files: dict[str, bytes], compression: str = "gz") -> bytes:
    """A tar with these files; `compression` is gz, bz2 or empty."""
    room = io.BytesIO()
    with tarfile.open(fileobj=room, mode=f"w:{compression}") as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return room.getvalue()


def folder(path: Path, files: Mapping[str, bytes | str]) -> SourceFiles:
    """These files on disk, as a source."""
    listed = {}
    for name, content in files.items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        listed[name] = target
    return SourceFiles(listed)


def native_zip(tree: CourseTree) -> bytes:
    """The tree as a zip of the native format."""
    return zip_bytes({name: item if isinstance(item, bytes) else item.read() for name, item in write_native(tree)})


def _question(kind: str, text: str, extra: dict[str, object], source_id: str) -> QuestionIn:
    options, answer = _KEYS[kind]
    kind = kind.partition(" ")[0]
    text = f"{text} {{{{1}}}}" if kind == "cloze" else text
    return QuestionIn.model_validate(
        {
            "question_text": text,
            "question_type": kind,
            "options": options,
            "correct_answer": answer,
            "source": "native",
            "source_id": source_id,
        }
        | extra
    )


_KEYS: dict[str, tuple[object, object]] = {
    "mcq": ([{"id": "a", "text": "yes", "feedback": "Good."}, {"id": "b", "text": "12:30", "weight": 50}], "a"),
    "multiple_response": ([{"id": "a", "text": "1"}, {"id": "b", "text": "true"}, {"id": "c", "text": "*x*"}], ["a", "c"]),
    "true_false": (None, False),
    "short_answer": (None, ["no", {"regex": "^a+$"}, {"text": "b", "weight": 50, "feedback": "Nearly."}]),
    "numeric": (None, {"value": 1.5, "tolerance": 0.25}),
    "numeric between": (None, [{"min": -2, "max": 3}, {"value": 9, "tolerance": 0, "weight": 50}]),
    "matching": ({"left": [{"id": "a", "text": "x"}], "right": [{"id": "p", "text": "y"}, {"id": "q", "text": "z"}]}, {"a": "q"}),
    "ordering": ([{"id": "a", "text": "one"}, {"id": "b", "text": "two"}], ["b", "a"]),
    "cloze": ({"1": [{"id": "a", "text": "x"}, {"id": "b", "text": "y"}]}, {"1": "b"}),
    "cloze typed": (None, {"1": ["yes", {"regex": "no+"}]}),
    "essay": (None, "A model answer."),
    "description": (None, None),
}  # fmt: skip


@st.composite
def questions(draw: st.DrawFn, source_id: str, pools: list[str]) -> QuestionIn:
    extra: dict[str, object] = {
        "points": draw(st.integers(0, 1000)) / 4,
        "exact": draw(st.booleans()),
        "skills": draw(st.lists(words, max_size=2)),
        "feedback": draw(st.fixed_dictionaries({}, optional={"general": prose, "incorrect": words})),
    }
    if pools:
        extra["pool"] = draw(st.sampled_from(pools))
    return _question(draw(st.sampled_from(sorted(_KEYS))), draw(words), extra, source_id)


@st.composite
def quizzes(draw: st.DrawFn, source_id: str) -> QuizTree:
    pooled = draw(st.booleans())
    pools = [PoolTree("pool", 1)] if pooled else []
    share = st.integers(0, 100).map(float)
    count = draw(st.integers(1 if pooled else 0, 3))
    moment = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda m: m.replace(tzinfo=UTC))  # noqa: DTZ001
    return QuizTree(
        source_id=source_id,
        title=draw(words),
        instructions=draw(prose),
        passing_score=draw(st.integers(0, 100)) / 100,
        max_attempts=draw(st.none() | st.integers(1, 9)),
        time_limit_minutes=draw(st.none() | st.integers(1, 90)),
        shuffle_questions=draw(st.booleans()),
        shuffle_options=draw(st.booleans()),
        review=draw(st.sampled_from(["never", "score_only", "after_submit", "after_pass", "after_close"])),
        required=draw(st.booleans()),
        is_premium=draw(st.booleans()),
        opens_at=draw(st.none() | moment),
        due_date=draw(st.none() | moment),
        closes_at=draw(st.none() | moment),
        late_policy=draw(
            st.none() | st.builds(LatePolicy, accept=st.booleans(), percent_per_day=share, max_percent=share)
        ),
        pools=pools,
        questions=[draw(questions(f"q{n}", [pool.name for pool in pools])) for n in range(count)],
    )


@st.composite
def trees(draw: st.DrawFn) -> CourseTree:
    """Courses as the native reader gives them: unique ids, canonical links, texts without outer line breaks."""
    assets = [
        AssetTree(f"assets/{name}", draw(st.text("abc\n", min_size=1, max_size=40)).encode())
        for name in draw(st.lists(names.map(lambda n: f"{n}.txt"), max_size=3, unique_by=str.casefold))
    ]
    ids = draw(st.lists(names, max_size=5, unique=True))
    links = [f"lesson:{quote(one)}" for one in ids] + [f"asset:{quote(a.source_id)}" for a in assets]
    lessons = [draw(_lessons(one, links, assets)) for one in ids]
    cut = draw(st.integers(0, len(lessons)))
    modules = [
        ModuleTree("m1", draw(words), draw(prose), lessons[:cut]),
        ModuleTree("m2", draw(words), "", lessons[cut:], draw(st.booleans())),
    ]
    return CourseTree(
        source="native", source_id=draw(names), title=draw(words), slug=draw(st.none() | st.just("a-slug")),
        description=draw(prose), category=draw(st.none() | words), tags=draw(st.lists(words, max_size=2, unique=True)),
        difficulty_level=draw(st.none() | st.sampled_from(["beginner", "advanced"])),
        language=draw(st.none() | st.sampled_from(["en", "no", "pt-BR"])),
        duration_hours=draw(st.none() | st.integers(0, 40).map(lambda n: n / 2)),
        price=draw(st.integers(0, 99_999).map(lambda n: Decimal(n) / 100)), currency=draw(st.sampled_from(["USD", "EUR"])),
        access=draw(st.sampled_from(["open", "enrolled"])), enrollment_limit=draw(st.none() | st.integers(1, 99)),
        objectives=draw(st.lists(words, max_size=2)), thumbnail=draw(_places(assets)), video=draw(_places(assets)), certificate=draw(st.booleans()),
        modules=modules, quizzes=[draw(quizzes("loose"))] if draw(st.booleans()) else [], assets=sorted(assets, key=lambda a: a.source_id),
    )  # fmt: skip


def _places(assets: list[AssetTree]) -> st.SearchStrategy[str | None]:
    """Nothing, a web address, or a file of the course."""
    links = ["https://www.youtube.com/watch?v=aaaaaaaaaaa", *(f"asset:{quote(a.source_id)}" for a in assets)]
    return st.none() | st.sampled_from(links)


@st.composite
def _lessons(draw: st.DrawFn, source_id: str, links: list[str], assets: list[AssetTree]) -> LessonTree:
    content = draw(prose)
    if draw(st.booleans()):
        content = f"{content}\n\nSee [this]({draw(st.sampled_from(links))}).".strip("\n")
    place = _places(assets)
    track = st.builds(CaptionTree, place.filter(bool), st.sampled_from(["en", "fr", "zh-Hans"]), st.just("") | words)
    file = st.sampled_from([None, *(a.source_id for a in assets)])
    return LessonTree(
        source_id=source_id, title=draw(words), content=content, content_type=draw(st.sampled_from(["text", "video"])),
        section=draw(st.none() | words), duration_minutes=draw(st.none() | st.integers(1, 90)), is_free=draw(st.booleans()),
        required=draw(st.booleans()), is_active=draw(st.booleans()), video=draw(place), captions=draw(st.lists(track, max_size=2)),
        transcript=draw(place), file=draw(file), quiz=draw(st.none() | quizzes(f"quiz of {source_id}")),
    )  # fmt: skip


async def imported(
    teacher: httpx.AsyncClient, jobs: Callable[[], Awaitable[None]], data: bytes, name: str = "course.zip"
) -> dict[str, Any]:
    """Uploads an archive, runs the import, gives the job."""
    answer = await teacher.post("/api/v1/courses/import", files={"file": (name, data)})
    assert answer.status_code == 202, answer.text
    await jobs()
    job: dict[str, Any] = (await teacher.get(f"/api/v1/jobs/{answer.json()['job']}")).json()
    return job


def unzipped(data: bytes) -> dict[str, bytes]:
    """The files of a zip."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
