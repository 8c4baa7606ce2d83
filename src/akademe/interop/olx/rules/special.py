"""Blocks that become a question of another shape: open response assessments and drag and drop."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from akademe.assessment.rules.options import letter_id
from akademe.assessment.schemas import QuestionIn
from akademe.interop.olx.rules.source import Element
from akademe.interop.olx.rules.texts import Texts
from akademe.interop.rules.html import fragment

ESSAY = "a question that a person grades (essay); its rubric is kept for staff"


def open_response(block: Element, texts: Texts) -> QuestionIn:
    """An openassessment as an essay: prompts are the text, the rubric is what staff see beside the answer."""
    ledger = texts.source.ledger
    ledger.mapped(block, ESSAY)
    for assessment in block.iter("assessment"):
        if assessment.get("name") != "staff-assessment":
            ledger.lost(assessment, "learners do not grade themselves or each other here; a person of the staff does")
    described = block.get("prompts_type", "text") == "html"
    prompts = [_prompt(prompt, texts, described) for prompt in block.iterfind("prompts/prompt")]
    title = (block.findtext("title") or "").strip()
    text = "\n\n".join(part for part in prompts if part) or title or "Write your answer."
    rubric = block.find("rubric")
    return QuestionIn(
        question_text=text,
        question_type="essay",
        correct_answer=_rubric(rubric) if rubric is not None else None,
        points=_rubric_points(rubric),
        source="olx",
        source_id=block.get("url_name"),
    )


def _prompt(prompt: Element, texts: Texts, described: bool) -> str:
    words = prompt.findtext("description") or prompt.text or ""
    if not described:
        return words.strip()
    root = fragment(words)
    texts.source.ledger.mapped(prompt, ESSAY)
    return texts.markdown(root).strip()


def _rubric(rubric: Element) -> str:
    lines = ["**Rubric**"]
    for criterion in rubric.iter("criterion"):
        name = criterion.findtext("label") or criterion.findtext("name") or ""
        lines.append(f"**{name.strip()}**: {(criterion.findtext('prompt') or '').strip()}")
        lines.append("\n".join(_level(option) for option in criterion.iter("option")))
    lines += [(rubric.findtext(tag) or "").strip() for tag in ("feedbackprompt", "feedback_default_text")]
    return "\n\n".join(line for line in lines if line)


def _level(option: Element) -> str:
    name = (option.findtext("label") or option.findtext("name") or "").strip()
    return f"- {name} ({option.get('points', '0')} points): {(option.findtext('explanation') or '').strip()}"


def _rubric_points(rubric: Element | None) -> Any:
    """The most that the rubric can give; 1 where it gives none."""
    criteria = rubric.iter("criterion") if rubric is not None else ()
    best = [[_points(option) for option in criterion.iter("option")] for criterion in criteria]
    return sum(max(points, default=0) for points in best) or 1


def _points(option: Element) -> int:
    given = option.get("points", "0")
    return int(given) if given.isdecimal() else 0


def drag_and_drop(block: Element, texts: Texts) -> QuestionIn | None:
    """A drag-and-drop-v2 as matching: items on the left, zones of the picture on the right; None, booked, if not."""
    ledger = texts.source.ledger
    try:
        data = json.loads(block.get("data") or "{}")
        question = _matching(block, data, texts)
    except (ValidationError, ValueError, KeyError, TypeError, AttributeError):
        ledger.lost(block, "its items and zones do not make pairs")
        return None
    ledger.mapped(block, "a question (matching): each item and the zone of the picture where it belongs")
    return question


def _matching(block: Element, data: dict[str, Any], texts: Texts) -> QuestionIn:
    zones = {str(zone["uid"]): zone for zone in data["zones"]}
    items = [item for item in data["items"] if item.get("zones")]
    left = [{"id": letter_id(n), "text": _shown(block, texts, item)} for n, item in enumerate(items)]
    right = [{"id": uid, "text": _zone(zone)} for uid, zone in sorted(zones.items())]
    picture = texts.link(block, "data", data["targetImg"]) if data.get("targetImg") else None
    lines = [block.get("question_text") or data.get("question_text") or block.get("display_name") or "Match each item."]
    if picture is not None:
        lines.append(f"![{_flat(data.get('targetImgDescription'))}]({picture})")
    feedback = data.get("feedback") or {}
    return QuestionIn(
        question_text="\n\n".join(lines),
        question_type="matching",
        options={"left": left, "right": right},
        correct_answer={option["id"]: str(item["zones"][0]) for option, item in zip(left, items, strict=True)},
        feedback={"correct": feedback.get("finish") or None, "general": data.get("explanation") or None},
        source="olx",
        source_id=block.get("url_name"),
    )  # fmt: skip


def _shown(block: Element, texts: Texts, item: dict[str, Any]) -> str:
    picture = texts.link(block, "data", item["imageURL"]) if item.get("imageURL") else None
    words = str(item.get("displayName") or "")
    return f"{words} ![{_flat(item.get('imageDescription'))}]({picture})".strip() if picture else words


def _zone(zone: dict[str, Any]) -> str:
    described = str(zone.get("description") or "")
    return f"{zone['title']} ({described})" if described else str(zone["title"])


def _flat(text: Any) -> str:
    return " ".join(str(text or "").replace("[", "(").replace("]", ")").split())
