"""From the files of an OLX archive (Open edX course or library export) to a course tree with its loss report.

Source: "Open Learning XML Guide" of the Open edX project and the exporter of edx-platform.
"""

from __future__ import annotations

from lxml import etree

from akademe.interop.olx.rules.about import about_course, book_extras
from akademe.interop.olx.rules.components import Components, Unit
from akademe.interop.olx.rules.outline import Outline
from akademe.interop.olx.rules.source import Source
from akademe.interop.olx.rules.texts import ACTIVE, Texts
from akademe.interop.olx.rules.video import kept_name, srt_to_vtt
from akademe.interop.rules.archive import SourceFiles
from akademe.interop.rules.refusal import ImportRefused
from akademe.interop.rules.tree import AssetTree, CourseTree, LessonTree, ModuleTree, QuizTree

Element = etree._Element

FONTS = (".woff", ".woff2", ".ttf", ".eot", ".otf")


def find_root(files: SourceFiles) -> tuple[str, str] | None:
    """(folder, "course.xml" or "library.xml") of the archive's OLX, nearest to the top; None where there is none."""
    for name in sorted(files, key=lambda name: (name.count("/"), name)):
        folder, _, last = name.rpartition("/")
        if last in ("course.xml", "library.xml") and folder.count("/") < 2:
            return folder, last
    return None


def read_olx(files: SourceFiles) -> CourseTree:
    """Raises ImportRefused: NOT_OLX, BAD_XML, XML_DTD, BAD_JSON, EMPTY_COURSE."""
    found = find_root(files)
    if found is None:
        raise ImportRefused("NOT_OLX", "The archive holds neither course.xml nor library.xml.")
    folder, name = found
    source = Source(files.below(folder))
    for stray in (other for other in files if folder and not other.startswith(f"{folder}/")):
        source.outside(stray)
    root = source.parse(name)
    tree = _course(source, root) if name == "course.xml" else _library(source, root)
    if not any(module.lessons for module in tree.modules):
        raise ImportRefused("EMPTY_COURSE", "The archive holds a course without a single unit.")
    book_extras(source)
    tree.report = source.ledger.report()
    return tree


def _course(source: Source, pointer: Element) -> CourseTree:
    identity = f"{pointer.get('org', '')}/{pointer.get('course', '')}/{pointer.get('url_name', '')}"
    course = source.definition(pointer)
    if course is None:
        raise ImportRefused("NOT_OLX", "The file that course.xml refers to is missing from the archive.")
    policy = source.json(f"policies/{pointer.get('url_name')}/policy.json")
    policy = policy if isinstance(policy, dict) else {}
    outline = Outline(source, policy)
    outline.walk(course)
    _index_blocks(source, outline)
    texts = Texts(source, outline.lesson_of)
    tree = about_course(source, course, policy, texts, pointer.get("url_name", ""))
    tree.source_id = identity
    components = Components(source, texts, tree.language or "en")
    tree.modules = outline.modules(components, _passing_score(source, pointer.get("url_name", "")))
    tree.assets = _assets(source, texts.used)
    return tree


def _index_blocks(source: Source, outline: Outline) -> None:
    """Links may name a component; its reference stands in a vertical or in a block inside it."""
    for place in outline.places:
        for pointer in place.block.iter():
            name = f"{pointer.tag}/{pointer.get('url_name')}.xml"
            if isinstance(pointer.tag, str) and pointer.get("url_name") and name in source.files:
                outline.lesson_of.setdefault(pointer.get("url_name", ""), place.name)


def _passing_score(source: Source, run: str) -> float:
    """The lowest grade cut-off of the course's grading policy, else 0.7."""
    grading = source.json(f"policies/{run}/grading_policy.json")
    cutoffs = grading.get("GRADE_CUTOFFS") if isinstance(grading, dict) else None
    values = [value for value in (cutoffs or {}).values() if isinstance(value, int | float) and 0 < value <= 1]
    return float(min(values, default=0.7))


def _library(source: Source, root: Element) -> CourseTree:
    """A content library as a course of one lesson with a quiz of all its questions."""
    title = " ".join((root.get("display_name") or "Content library").split())[:255]
    source.ledger.mapped(root, "a course of one lesson: a quiz over its questions")
    texts = Texts(source, {})
    unit = Unit()
    Components(source, texts, "en").children(root, unit)
    identity = f"library/{root.get('org', '')}/{root.get('library', '')}"
    quiz = QuizTree("library#quiz", title, required=False, shuffle_questions=True)
    quiz.pools, quiz.questions = unit.pools, unit.named_questions()
    lesson = LessonTree("library", title, "\n\n".join(unit.texts), quiz=quiz if unit.questions else None)
    assets = _assets(source, texts.used)
    return CourseTree(
        source="olx",
        source_id=identity,
        title=title,
        modules=[ModuleTree("library", title, "", [lesson])],
        assets=assets,
    )


def _assets(source: Source, used: set[str]) -> list[AssetTree]:
    """Files of static/, also those that no lesson shows, for a teacher may want them; no scripts, styles or fonts."""
    assets: list[AssetTree] = []
    for name in source.files:
        if not name.startswith("static/"):
            continue
        if name.lower().endswith(ACTIVE):
            source.ledger.file_lost(name, "scripts, styles and pages of other systems are not run")
        elif name.lower().endswith(FONTS):
            source.ledger.file_lost(name, "lessons keep the style of the school")
        else:
            to = "a file of the course" if name in used else "a file of the course that no lesson shows yet"
            source.ledger.file_mapped(name, to)
            assets += _asset(source, name)
    return assets


def _asset(source: Source, name: str) -> list[AssetTree]:
    if not name.lower().endswith(".srt"):
        return [AssetTree(name, source.files[name])]
    try:
        made = srt_to_vtt(source.files.text(name))
    except ImportRefused as refusal:
        source.ledger.file_lost(name, refusal.sentence)
        return []
    source.ledger.file_mapped(name, "subtitles of the course, as WebVTT")
    return [AssetTree(kept_name(name), made.encode())]
