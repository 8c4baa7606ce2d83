"""A small course in files, and what tests ask about it."""

import re
from typing import Any

import httpx

from tests.make import interop as make

FILE = re.compile(r"/api/v1/files/[0-9a-f-]{36}/content")
COURSE = """format: akademe-course/1
id: plain-course
title: {title}
description: About the course.
modules:
  - id: m1
    title: One
    lessons: [{lessons}]
"""
FILES = {
    "course.yaml": COURSE.format(title="A course", lessons="lessons/a.md, lessons/b.md"),
    "lessons/a.md": "---\nid: a\ntitle: A\nquiz: quizzes/q.yaml\n---\n\nText of A, see [B](b.md) and [the notes](../assets/n.txt).\n",
    "lessons/b.md": "---\nid: b\ntitle: B\n---\n\nText of B.\n",
    "quizzes/q.yaml": "id: q\ntitle: Q\nquestions:\n  - {id: one, text: One?, type: true_false, answer: true}\n",
    "assets/n.txt": "Notes.",
}


def zipped(**changes: str | None) -> bytes:
    """The course with some of its files changed: `a__b_md` is `a/b.md`; None leaves one out."""
    named = {
        name.replace("__", "/").replace("_yaml", ".yaml").replace("_md", ".md"): text for name, text in changes.items()
    }
    return make.zip_bytes({name: text for name, text in (FILES | named).items() if text is not None})


async def lessons_of(client: httpx.AsyncClient, course_id: str) -> dict[str, dict[str, Any]]:
    """By title."""
    listed = (await client.get(f"/api/v1/courses/{course_id}/lessons?content=true")).json()
    return {lesson["title"]: lesson for lesson in listed}


def reasons_of(job: dict[str, Any]) -> dict[str, str]:
    """Why elements were left out, by element."""
    return {row["element"]: row["reason"] for row in job["result"]["report"] if "reason" in row}
