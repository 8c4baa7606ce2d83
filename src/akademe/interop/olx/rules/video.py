"""Video blocks: a player in the text, with captions and transcripts as files of the course."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from html import unescape

from akademe.interop.olx.rules.source import Element, Source
from akademe.interop.rules.html.text import escape_text, guard_line_starts
from akademe.interop.rules.links import asset_link
from akademe.interop.rules.refusal import ImportRefused

_TIMES = re.compile(r"(\d{2}:\d{2}:\d{2})[,.](\d{3})")
_PARAGRAPH = re.compile(r".{400,900}?[.!?](?= |$)|.{700,900}?(?= |$)|.+", re.DOTALL)
LONGEST_SPOKEN = 60_000
_NUMBER_LINE = re.compile(r"^\d+\s*$\n(?=\d{2}:\d{2}:\d{2})", re.MULTILINE)


@dataclass
class Video:
    """What a video block became: Markdown, and the files of the archive that it shows."""

    markdown: str = ""
    used: list[str] = field(default_factory=list)


def kept_name(name: str) -> str:
    """The name under which a file of the archive is kept: subtitles are kept as WebVTT."""
    return f"{name[:-4]}.vtt" if name.lower().endswith(".srt") else name


def srt_to_vtt(srt: str) -> str:
    """SubRip subtitles as WebVTT (W3C WebVTT 1, section 4): header, no counters, a point before the milliseconds."""
    text = srt.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    return "WEBVTT\n\n" + _NUMBER_LINE.sub("", _TIMES.sub(r"\1.\2", text)) + "\n"


def read_video(block: Element, source: Source, language: str) -> Video:
    """Books the block and everything in it. YouTube comes first, then a file in the archive, then one on the web."""
    video = Video()
    address = _address(block, source, video)
    if address is None:
        source.ledger.lost(block, "it names neither a YouTube video nor a video file")
        return video
    source.ledger.mapped(block, "a video in the lesson's text")
    tracks = _tracks(block, source)
    captions = _captions(tracks, language) if address.startswith("asset:") else ""
    title = re.sub(r"[\[\]\n]", " ", block.get("display_name") or "Video") + _span(block)
    files = [f"- {line}" for line in (*_transcripts(tracks, video), *_handouts(block, source, video))]
    parts = [f'::video[{title}]{{src="{address}"{captions}}}', _spoken(tracks, language, source), "\n".join(files)]
    video.markdown = "\n\n".join(part for part in parts if part)
    return video


def _address(block: Element, source: Source, video: Video) -> str | None:
    youtube = block.get("youtube_id_1_0") or _from_speeds(block.get("youtube", ""))
    if youtube:
        return f"https://www.youtube.com/watch?v={youtube}" + _part(block)
    files = [*_json_list(block.get("html5_sources")), *(child.get("src", "") for child in block.iter("source"))]
    files = [name for name in (*files, block.get("source", "")) if name]
    for name in files:
        asset = source.asset(name) or source.static(name.split("?")[0].rsplit("/", 1)[-1])
        if asset is not None:
            video.used.append(asset)
            return asset_link(asset)
    return files[0] if files and files[0].startswith(("http://", "https://")) else None


def _from_speeds(youtube: str) -> str:
    """`0.75:ID,1.00:ID`: the id at normal speed."""
    speeds = dict(part.split(":", 1) for part in youtube.split(",") if ":" in part)
    return speeds.get("1.00") or speeds.get("1.0") or ""


def _part(block: Element) -> str:
    """The seconds between which it plays, for an address of YouTube."""
    times = {name: _seconds(block.get(f"{name}_time", "")) for name in ("start", "end")}
    return "".join(f"&{name}={seconds}" for name, seconds in times.items() if seconds)


def _seconds(time: str) -> int:
    """Of `00:11:39` or `699.0`; 0 for anything else."""
    try:
        parts = [float(part) for part in time.split(":")]
    except ValueError:
        return 0
    return int(sum(part * 60**place for place, part in enumerate(reversed(parts[-3:]))))


def _json_list(text: str | None) -> list[str]:
    try:
        value = json.loads(text or "[]")
    except json.JSONDecodeError:
        return []
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _span(block: Element) -> str:
    start, end = (block.get(name, "00:00:00") for name in ("start_time", "end_time"))
    if {start, end} <= {"00:00:00", "0.0", "0", ""}:
        return ""
    return f" (from {start})" if end in ("00:00:00", "0.0", "0", "") else f" (from {start} to {end})"


def _tracks(block: Element, source: Source) -> dict[str, str]:
    """Language to subtitle file in the archive, in order of languages."""
    named = {child.get("language", ""): child.get("src", "") for child in block.iter("transcript") if child.get("src")}
    try:
        named |= json.loads(block.get("transcripts") or "{}")
    except (json.JSONDecodeError, TypeError, ValueError):
        source.ledger.lost(block, "its list of transcripts cannot be read")
    if block.get("sub"):
        named.setdefault("en", f"subs_{block.get('sub')}.srt.sjson")
    found = {language: source.static(str(name)) for language, name in sorted(named.items())}
    for child in block.iter("transcript"):
        if child.get("src") and source.static(child.get("src", "")) is None:
            source.ledger.lost(child, f"its file is missing: {child.get('src')}")
    return {language: name for language, name in found.items() if name is not None}


def _captions(tracks: dict[str, str], language: str) -> str:
    code = language if language in tracks else next(iter(tracks), None)
    if code is None or not tracks[code].lower().endswith((".srt", ".vtt")):
        return ""
    return f' captions="{asset_link(kept_name(tracks[code]))}" lang="{code}"'


def _spoken(tracks: dict[str, str], language: str, source: Source) -> str:
    """What is said, to read and to search: other platforms' players do not show our subtitles."""
    name = tracks.get(language) or next(iter(tracks.values()), "")
    if not name.lower().endswith((".srt", ".vtt")):
        return ""
    try:
        text = escape_text(spoken_text(source.files.text(name)))
    except ImportRefused:
        return ""  # the file itself is booked as one that cannot be read
    if not text or len(text) > LONGEST_SPOKEN:
        return ""
    paragraphs = [guard_line_starts(found.strip()) for found in _PARAGRAPH.findall(text)]
    return "\n\n".join([":::details Transcript", *paragraphs]) + "\n:::"


def spoken_text(subtitles: str) -> str:
    """The words of SubRip or WebVTT subtitles, without counters, times and tags."""
    blocks = re.split(r"\n\s*\n", subtitles.replace("\r\n", "\n").replace("\r", "\n"))
    cues = [block.partition("-->")[2].partition("\n")[2] for block in blocks if "-->" in block]
    words = " ".join(re.sub(r"<[^<>\n]*>|\{\\[^{}\n]*\}", "", " ".join(cues)).split())
    return unescape(unescape(words))  # automatic subtitles come escaped twice


def _transcripts(tracks: dict[str, str], video: Video) -> list[str]:
    video.used += tracks.values()
    return [f"[Transcript ({language})]({asset_link(kept_name(name))})" for language, name in tracks.items()]


def _handouts(block: Element, source: Source, video: Video) -> list[str]:
    lines = []
    for tag, words in (("track", "Transcript to download"), ("handout", "Handout")):
        child = block.find(tag)
        address = (child.get("src", "") if child is not None else "") or block.get(tag, "")
        name = source.asset(address) if address else None
        if name is not None:
            video.used.append(name)
            lines.append(f"[{words}]({asset_link(name)})")
        elif child is not None:
            source.ledger.lost(child, f"its file is missing: {address}")
    return lines
