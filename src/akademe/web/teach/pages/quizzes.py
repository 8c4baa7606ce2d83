"""The quizzes of a course: their settings, and GIFT in and out. `questions` has what they ask."""

import secrets
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from starlette.datastructures import FormData

from akademe.assessment import service as assessment
from akademe.assessment.errors import AssessmentChanged
from akademe.assessment.schemas import AssessmentIn, AssessmentPatch, StaffAssessmentOut
from akademe.catalog import service as catalog
from akademe.files.rules import content_disposition
from akademe.interop.gift import service as gift
from akademe.interop.gift.errors import GiftSyntax
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import Invalid, NotFound
from akademe.kernel.http import AnyCtx, PageRouter
from akademe.web.teach.forms import moment_in, said_of, theirs, typed_moment, version_in
from akademe.web.teach.pages.area import area
from akademe.web.ui.questions import answers_from_form
from akademe.web.ui.render import page, read, redirect, see, showing_form, values_of
from akademe.web.ui.words import _, ngettext

router = PageRouter(prefix="/teach/{course}/quizzes")
FLAGS = ("required", "shuffle_questions", "shuffle_options")
NUMBERS, DATES = ("time_limit_minutes", "max_attempts"), ("opens_at", "due_date", "closes_at")


def type_names() -> dict[str, tuple[str, str]]:
    """What the types of questions are called, and what they are for."""
    return {
        "mcq": (_("One right option"), _("Choose one of several.")),
        "multiple_response": (_("Several right options"), _("Choose all that apply.")),
        "true_false": (_("True or false"), _("Judge a statement.")),
        "short_answer": (_("Short answer"), _("Type a word or a few.")),
        "numeric": (_("Number"), _("Type a number, right within a tolerance.")),
        "matching": (_("Pairs"), _("Find the partner of each line.")),
        "ordering": (_("Order"), _("Put lines in the right order.")),
        "cloze": (_("Text with gaps"), _("Fill the gaps of a text.")),
        "essay": (_("Essay"), _("Write a text that you grade.")),
        "description": (_("Text only"), _("Something to read before the next questions.")),
    }


async def quiz_area(ctx: Ctx, key: str, quiz_id: UUID, *, editing: bool = False) -> dict[str, Any]:
    """What every page of one quiz shows. Raises NotFound, Forbidden."""
    course, shown = await area(ctx, key, editing=editing)
    found = await assessment.get_assessment(ctx, quiz_id)
    if not isinstance(found, StaffAssessmentOut) or found.course_id != str(course.id):
        raise NotFound
    return shown | {
        "test": found,
        "types": type_names(),
        "here": f"{shown['base']}/quizzes/{found.id}",
        "waiting": (await assessment.count_waiting(ctx, course.id)).get(quiz_id, 0),
    }


@router.page("", access="user")
async def quizzes(request: Request, ctx: AnyCtx, course: str) -> Response:
    found, shown = await area(ctx, course)
    lessons = {one["id"]: one for one in await lessons_in(ctx, found.id)}
    waiting = {str(id_): count for id_, count in (await assessment.count_waiting(ctx, found.id)).items()}
    tests = [one for one in await assessment.list_assessments(ctx, found.id) if one.type == "quiz"]
    tests.sort(key=lambda one: (one.id not in waiting, _place(lessons, one.lesson_id)))
    return page(request, ctx, "teach/quizzes.html", **shown, tests=tests, lessons=lessons, waiting=waiting)


def _place(lessons: dict[str, Any], lesson_id: str | None) -> int:
    return lessons[lesson_id]["order_index"] if lesson_id in lessons else len(lessons) + 1


async def lessons_in(ctx: Ctx, course_id: UUID) -> list[dict[str, Any]]:
    """The lessons of a course without their texts, in order, hidden ones included; ids as text."""
    modules = await catalog.read_outline(ctx, course_id, fresh=True)
    return [
        one | {"id": str(one["id"]), "quiz_id": str(one["quiz_id"]) if one["quiz_id"] else None}
        for module in modules
        for one in module["lessons"]
    ]


async def _settings(ctx: Ctx, shown: dict[str, Any]) -> dict[str, Any]:
    own = shown["test"].id if shown.get("test") else None
    free = [one for one in await lessons_in(ctx, shown["course"].id) if one["quiz_id"] in (None, own)]
    return shown | {
        "theirs": None,
        "choices": [("", _("None: it is found among the tasks")), *((one["id"], one["title"]) for one in free)],
    }


@router.page("/new", access="user")
async def new(request: Request, ctx: AnyCtx, course: str) -> Response:
    _found, shown = await area(ctx, course, editing=True)
    shown = await _settings(ctx, shown | {"test": None})
    lesson_id = request.query_params.get("lesson_id", "")
    title = next((label for id_, label in shown["choices"] if id_ and id_ == lesson_id), "")
    values = {"lesson_id": lesson_id, "title": title, "required": "1"}
    return page(request, ctx, "teach/quiz_settings.html", **shown, values=values, errors={})


@router.page("/new", access="user", methods=("POST",))
async def create(request: Request, ctx: AnyCtx, course: str) -> Response:
    form = await request.form()
    see(request, ctx)
    _found, shown = await area(ctx, course, editing=True)
    shown = await _settings(ctx, shown | {"test": None})
    with showing_form("teach/quiz_settings.html", **shown, values=values_of(form)):
        made = await assessment.create_assessment(ctx, course, read(AssessmentIn, _given(form)))
    said = _("The quiz is here. Add its first question.")
    return redirect(request, f"/teach/{course}/quizzes/{made.id}", flash=said)


def _given(form: FormData) -> dict[str, Any]:
    """The settings as the schemas name them; what was emptied is None."""
    given: dict[str, Any] = {name: name in form for name in FLAGS}
    given |= {name: str(form.get(name, "")).strip() or None for name in (*NUMBERS, "instructions", "lesson_id")}
    given |= {name: moment_in(form, name) for name in DATES}
    given |= {"title": str(form.get("title", "")).strip(), "review": str(form.get("review", "after_submit"))}
    return given | {"passing_score": _share(form), "pools": _pools(form)}


def _share(form: FormData) -> float:
    said = str(form.get("passing_score", "")).strip().removesuffix("%").strip() or "70"
    if not said.replace(".", "", 1).isdecimal() or float(said) > 100:
        raise Invalid.field("passing_score", _("Give a percentage from 0 to 100."))
    return round(float(said) / 100, 4)


def _pools(form: FormData) -> list[dict[str, Any]]:
    pools = []
    for line in str(form.get("pools", "")).splitlines():
        name, colon, draw = line.rpartition(":")
        if line.strip() and (not colon or not draw.strip().isdecimal()):
            raise Invalid.field("pools", _("Write each pool as name: number of questions."))
        if line.strip():
            pools.append({"name": name.strip(), "draw": int(draw)})
    return pools


@router.page("/{quiz_id}", access="user")
async def quiz(request: Request, ctx: AnyCtx, course: str, quiz_id: UUID) -> Response:
    return page(request, ctx, "teach/quiz.html", **await quiz_area(ctx, course, quiz_id), values={}, errors={})


@router.page("/{quiz_id}/try", access="user")
async def look(request: Request, ctx: AnyCtx, course: str, quiz_id: UUID) -> Response:
    """The quiz as a learner would be asked it now; each time drawn and shuffled anew."""
    shown = await quiz_area(ctx, course, quiz_id)
    seed = secrets.token_hex(8)
    asked = [(one, None, None) for one in await assessment.try_questions(ctx, quiz_id, seed)]
    return page(request, ctx, "teach/try.html", **shown, seed=seed, asked=asked, result=None)


@router.page("/{quiz_id}/try", access="user", methods=("POST",))
async def tried(request: Request, ctx: AnyCtx, course: str, quiz_id: UUID) -> Response:
    form = await request.form()
    shown = await quiz_area(ctx, course, quiz_id)
    seed = str(form.get("seed", ""))[:64]
    answers = answers_from_form(await assessment.try_questions(ctx, quiz_id, seed), form)
    result = await assessment.grade_trial(ctx, quiz_id, seed, answers)
    lines = {line.question_id: line for line in result.results or ()}
    asked = [(one, lines[one.id].answer, lines[one.id]) for one in result.questions or ()]
    return page(request, ctx, "teach/try.html", **shown, seed=seed, asked=asked, result=result)


@router.page("/{quiz_id}/settings", access="user")
async def settings(request: Request, ctx: AnyCtx, course: str, quiz_id: UUID) -> Response:
    shown = await _settings(ctx, await quiz_area(ctx, course, quiz_id, editing=True))
    see(request, ctx)
    return page(request, ctx, "teach/quiz_settings.html", **shown, values=_values(shown["test"]), errors={})


def _values(test: StaffAssessmentOut) -> dict[str, str]:
    """The settings as the form has them."""
    plain = ("title", "instructions", "lesson_id", "review", *NUMBERS)
    found = {name: str(getattr(test, name) or "") for name in plain}
    found |= {name: "1" for name in FLAGS if getattr(test, name)}
    found |= {name: typed_moment(getattr(test, name)) for name in DATES}
    found["pools"] = "\n".join(f"{pool.name}: {pool.draw}" for pool in test.pools)
    return found | {"passing_score": f"{test.passing_score * 100:g}", "version": str(test.version)}


@router.page("/{quiz_id}/settings", access="user", methods=("POST",))
async def save(request: Request, ctx: AnyCtx, course: str, quiz_id: UUID) -> Response:
    form = await request.form()
    see(request, ctx)
    shown = await _settings(ctx, await quiz_area(ctx, course, quiz_id, editing=True))
    with showing_form("teach/quiz_settings.html", **shown, values=values_of(form)):
        patch = read(AssessmentPatch, _given(form))
        try:
            _changed, regraded = await assessment.update_assessment(ctx, quiz_id, patch, version_in(form))
        except AssessmentChanged:
            with showing_form("teach/quiz_settings.html", **_with_theirs(shown, form)):
                raise
    here = f"/teach/{course}/quizzes/{quiz_id}"
    if regraded is not None and regraded.attempts:
        return redirect(request, f"{here}/changes", flash=said_of(regraded))
    return redirect(request, here, flash=_("Saved."))


def _with_theirs(shown: dict[str, Any], form: FormData) -> dict[str, Any]:
    """What somebody else saved meanwhile, beside what was typed; saving again then keeps what was typed."""
    stored, labels = _values(shown["test"]), _labels()
    lessons = dict(shown["choices"])
    stored["lesson_id"] = lessons.get(stored["lesson_id"], "")
    typed = values_of(form) | {"lesson_id": lessons.get(str(form.get("lesson_id", "")), "")}
    values = values_of(form) | {"version": stored["version"]}
    return shown | {"values": values, "theirs": theirs(stored, typed, labels)}


def _labels() -> dict[str, str]:
    return {
        "title": _("Title"),
        "lesson_id": _("Lesson"),
        "instructions": _("What learners should know before they begin"),
        "time_limit_minutes": _("Time limit in minutes"),
        "max_attempts": _("Attempts"),
        "passing_score": _("Percent to pass"),
        "opens_at": _("Opens"),
        "due_date": _("Due"),
        "closes_at": _("Closes"),
        "pools": _("Pools"),
    }


@router.page("/{quiz_id}/delete", access="user", methods=("POST",))
async def delete(request: Request, ctx: AnyCtx, course: str, quiz_id: UUID) -> Response:
    await quiz_area(ctx, course, quiz_id, editing=True)
    await assessment.delete_assessment(ctx, quiz_id)
    here = f"/teach/{course}/quizzes"
    return redirect(request, here, flash=_("The quiz is deleted."), undo=f"{here}/{quiz_id}/restore")


@router.page("/{quiz_id}/restore", access="user", methods=("POST",))
async def restore(request: Request, ctx: AnyCtx, course: str, quiz_id: UUID) -> Response:
    await assessment.restore_assessment(ctx, quiz_id)
    return redirect(request, f"/teach/{course}/quizzes/{quiz_id}", flash=_("The quiz is back."))


@router.page("/{quiz_id}/gift", access="user", methods=("POST",))
async def paste(request: Request, ctx: AnyCtx, course: str, quiz_id: UUID) -> Response:
    """Questions pasted as GIFT, added at the end."""
    form = await request.form()
    shown = await quiz_area(ctx, course, quiz_id, editing=True)
    with showing_form("teach/quiz.html", fields={GiftSyntax: "gift"}, **shown, values=values_of(form)):
        given = await gift.read_questions(str(form.get("gift", "")))
        if not given:
            raise Invalid.field("gift", _("There are no questions in this text."))
        added = await assessment.add_questions(ctx, quiz_id, given)
    said = ngettext("%(num)d question is added.", "%(num)d questions are added.", len(added))
    return redirect(request, f"/teach/{course}/quizzes/{quiz_id}", flash=said)


@router.page("/{quiz_id}/export.gift", access="user")
async def download(_request: Request, ctx: AnyCtx, course: str, quiz_id: UUID) -> Response:
    await quiz_area(ctx, course, quiz_id)
    title, text = await gift.export_gift(ctx, quiz_id)
    headers = {"content-disposition": content_disposition(f"{title}.gift", inline=False)}
    return Response(text, media_type="text/plain; charset=utf-8", headers=headers)
