"""What an OLX archive says about the course as a whole, and the parts of it that have no counterpart."""

from __future__ import annotations

from typing import Any

from akademe.interop.olx.rules.ledger import UNUSED
from akademe.interop.olx.rules.source import Element, Source
from akademe.interop.olx.rules.texts import Texts
from akademe.interop.rules.html import fragment
from akademe.interop.rules.links import asset_link
from akademe.interop.rules.refusal import ImportRefused
from akademe.interop.rules.tree import CourseTree

SETTINGS = "the course's title, language and picture; its other settings belong to the original platform"
FOLDERS: dict[str, str] = {
    "info/handouts": "handouts beside the course have no counterpart; put them into a lesson",
    "info/updates": "announcements of an earlier run are not imported",
    "tabs/": "extra pages beside the course have no counterpart; put them into a lesson",
    "assets/": "it lists files, which are read from static/ itself",
    "policies/assets.json": "it lists files, which are read from static/ itself",
    "drafts/": "drafts that were never published are not imported",
    "textbooks/": "textbooks beside the course have no counterpart; put them into a lesson",
    "wiki/": "the wiki of the original platform is not imported",
    "metadata/": "it holds settings of the original platform",
    "about/entrance_exam": "entrance exams have no counterpart",
    "about/": "a part of the original course page that has no counterpart here, or is empty",
    "custom_tags/": "templates of the original platform have no counterpart",
}
MACOS = "macOS wrote it beside the real file; it holds nothing of the course"


def about_course(source: Source, course: Element, policy: dict[str, Any], texts: Texts, run: str) -> CourseTree:
    """The course without its modules; `policy` beats the attributes of the course, as in Open edX."""
    of_run = policy.get(f"course/{run}", {})
    settings = {**course.attrib, **(of_run if isinstance(of_run, dict) else {})}
    source.ledger.mapped(course, SETTINGS)
    title = " ".join(str(settings.get("display_name") or "").split())[:255] or run or "Course"
    language = settings.get("language")
    images = [settings.get("course_image"), course.get("course_image")]
    thumbnail = next((found for image in images if image and (found := source.static(str(image)))), None)
    if thumbnail is not None:
        texts.used.add(thumbnail)
    return CourseTree(
        source="olx",
        source_id="",
        title=title,
        description=_description(source, texts),
        language=str(language)[:35] if language else None,
        thumbnail=asset_link(thumbnail) if thumbnail else None,
    )


def _description(source: Source, texts: Texts) -> str:
    parts = []
    for name in ("about/short_description.html", "about/overview.html"):
        if name not in source.files or not source.files.read(name).strip():
            continue
        root = fragment(source.files.text(name))
        source.ledger.fragment(name, root)
        source.ledger.mapped(root, "the course's description")
        parts.append(texts.markdown(root))
    return "\n\n".join(part for part in parts if part)


def book_extras(source: Source) -> None:
    """Books the files beside the outline: policies, news, handouts, pages. XML among them is booked by element."""
    ledger = source.ledger
    for name in source.files:
        if name.rsplit("/", 1)[-1].startswith("._") or name.startswith("__MACOSX/") or name.endswith(".DS_Store"):
            ledger.file_lost(name, MACOS)
        elif name.endswith("/policy.json"):
            ledger.file_mapped(name, SETTINGS)
        elif name.endswith("/grading_policy.json"):
            ledger.file_mapped(name, "the passing score of the quizzes; weights of kinds of work are not imported")
        elif ledger.file_is_open(name):
            _book_open(source, name, next((why for start, why in FOLDERS.items() if name.startswith(start)), UNUSED))


def _book_open(source: Source, name: str, reason: str) -> None:
    if name.endswith(".xml"):
        try:
            source.ledger.lost(source.parse(name), reason)
        except ImportRefused as refusal:
            if refusal.code == "XML_DTD":
                raise
            reason = refusal.sentence
    source.ledger.file_lost(name, reason)
