"""One question: typed, looked at as a learner will see it, saved; a corrected key says whose score changed."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response
from starlette.datastructures import FormData

from akademe.assessment import service as assessment
from akademe.assessment.errors import AssessmentChanged
from akademe.assessment.rules.drawing import shown_options
from akademe.assessment.schemas import LearnerQuestion, QuestionIn, QuestionOut, QuestionPatch
from akademe.catalog.rules import as_id
from akademe.kernel import markdown
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import NotFound
from akademe.kernel.http import AnyCtx, PageRouter
from akademe.web.teach.forms import said_of, version_in
from akademe.web.teach.pages.quizzes import quiz_area, type_names
from akademe.web.teach.typed import read_typed, say_typed
from akademe.web.ui.render import is_part, page, read, redirect, showing_form, toast, values_of
from akademe.web.ui.words import _

router = PageRouter(prefix="/teach/{course}/quizzes/{quiz_id}/questions")
TEMPLATE, AT = "teach/question.html", {"options": "typed", "correct_answer": "typed"}
SAID = ("general", "correct", "incorrect")


async def _area(ctx: Ctx, key: str, quiz_id: UUID, question_id: UUID | None = None) -> dict[str, Any]:
    shown = await quiz_area(ctx, key, quiz_id, editing=True)
    shown |= {"question": None, "preview": None, "conflict": None}
    if question_id is not None:
        there = {one.id: one for one in shown["test"].questions or ()}
        if str(question_id) not in there:
            raise NotFound
        shown["question"] = there[str(question_id)]
    return shown


@router.page("/new", access="user")
async def new(request: Request, ctx: AnyCtx, course: str, quiz_id: UUID) -> Response:
    shown = await _area(ctx, course, quiz_id)
    kind = request.query_params.get("type", "")
    if kind not in type_names():
        return page(request, ctx, "teach/question_types.html", **shown)
    return page(request, ctx, TEMPLATE, **shown, kind=kind, values={"points": "1"}, errors={})


@router.page("/new", access="user", methods=("POST",))
async def create(request: Request, ctx: AnyCtx, course: str, quiz_id: UUID) -> Response:
    form = await request.form()
    shown = await _area(ctx, course, quiz_id)
    shown |= {"kind": _kind(form), "values": values_of(form)}
    with showing_form(TEMPLATE, **shown):
        given = _read(form, None)
        if "preview" in form:
            return _previewed(request, ctx, shown, given)
        await assessment.add_questions(ctx, quiz_id, [given])
    if form.get("then") == "another":
        again = f"/teach/{course}/quizzes/{quiz_id}/questions/new?type={given.question_type}"
        return redirect(request, again, flash=_("The question is added."))
    return redirect(request, f"/teach/{course}/quizzes/{quiz_id}#end", flash=_("The question is added."))


def _kind(form: FormData) -> str:
    kind = str(form.get("question_type", ""))
    if kind not in type_names():
        raise NotFound
    return kind


def _read(form: FormData, before: QuestionOut | None) -> QuestionIn:
    """The question in the form. Raises Invalid by field."""
    kind = _kind(form)
    same = before if before is not None and before.question_type == kind else None
    typed = str(form.get("typed", ""))
    options, key = read_typed(kind, typed, same.options if same else None, same.correct_answer if same else None)
    feedback = {name: str(form.get(f"said_{name}", "")).replace("\r\n", "\n").strip() or None for name in SAID}
    return read(
        QuestionIn,
        {
            "question_text": str(form.get("question_text", "")).replace("\r\n", "\n").strip(),
            "question_type": kind,
            "options": options,
            "correct_answer": key,
            "points": str(form.get("points", "")).strip() or "1",
            "feedback": feedback,
            "pool": str(form.get("pool", "")).strip() or None,
            "exact": "exact" in form,
        },
    )


def _previewed(request: Request, ctx: Ctx, shown: dict[str, Any], given: QuestionIn) -> Response:
    preview = LearnerQuestion(
        id="preview",
        assessment_id=shown["test"].id,
        question_text=given.question_text,
        question_type=given.question_type,
        options=shown_options(given.question_type, given.options, "preview", "preview", shuffle=False),
        points=given.points,
        order_index=1,
    )
    return page(request, ctx, TEMPLATE, **shown | {"preview": preview}, errors={})


def _values(question: QuestionOut) -> dict[str, str]:
    """A stored question as the form has it."""
    found = {f"said_{name}": getattr(question.feedback, name) or "" for name in SAID}
    found |= {"question_text": question.question_text, "pool": question.pool or "", "version": str(question.version)}
    found |= {"exact": "1"} if question.exact else {}
    typed = say_typed(question.question_type, question.options, question.correct_answer)
    return found | {"points": f"{float(question.points):g}", "typed": typed}


@router.page("/order", access="user", methods=("POST",))
async def order(request: Request, ctx: AnyCtx, course: str, quiz_id: UUID) -> Response:
    """The whole order as the page has it after a drag."""
    ids = [as_id(str(value)) for value in (await request.form()).getlist("order")]
    await assessment.order_questions(ctx, quiz_id, [id_ for id_ in ids if id_ is not None])
    if is_part(request):
        return toast(Response(status_code=200), _("Order saved."))
    return redirect(request, f"/teach/{course}/quizzes/{quiz_id}")


@router.page("/{question_id}", access="user")
async def edit(request: Request, ctx: AnyCtx, course: str, quiz_id: UUID, question_id: UUID) -> Response:
    shown = await _area(ctx, course, quiz_id, question_id)
    question = shown["question"]
    return page(request, ctx, TEMPLATE, **shown, kind=question.question_type, values=_values(question), errors={})


@router.page("/{question_id}", access="user", methods=("POST",))
async def save(request: Request, ctx: AnyCtx, course: str, quiz_id: UUID, question_id: UUID) -> Response:
    form = await request.form()
    shown = await _area(ctx, course, quiz_id, question_id)
    shown |= {"kind": _kind(form), "values": values_of(form)}
    with showing_form(TEMPLATE, fields=AT, **shown):
        given = _read(form, shown["question"])
        if "preview" in form:
            return _previewed(request, ctx, shown, given)
        fields = given.model_dump(exclude={"source", "source_id", "skills"})
        patch = QuestionPatch.model_validate(fields | {"reason": str(form.get("reason", "")).strip()[:500] or None})
        try:
            saved = await assessment.update_question(ctx, question_id, patch, version_in(form))
        except AssessmentChanged:
            with showing_form(TEMPLATE, **_with_theirs(shown)):
                raise
    here = f"/teach/{course}/quizzes/{quiz_id}"
    if saved.regraded is not None and saved.regraded.attempts:
        return redirect(request, f"{here}/changes", flash=said_of(saved.regraded))
    return redirect(request, f"{here}#question-{saved.order_index}", flash=_("Saved."))


def _with_theirs(shown: dict[str, Any]) -> dict[str, Any]:
    """What somebody else saved meanwhile against what was typed; saving again then keeps what was typed."""
    stored, typed = _values(shown["question"]), shown["values"]
    texts = [
        "\n\n".join(values.get(name, "").replace("\r\n", "\n").strip() for name in ("question_text", "typed"))
        for values in (stored, typed)
    ]
    return shown | {"values": typed | {"version": stored["version"]}, "conflict": list(markdown.diff(*texts))}


@router.page("/{question_id}/move", access="user", methods=("POST",))
async def move(request: Request, ctx: AnyCtx, course: str, quiz_id: UUID, question_id: UUID) -> Response:
    """One place up or down among the questions."""
    shown = await _area(ctx, course, quiz_id, question_id)
    order = [one.id for one in shown["test"].questions]
    place = order.index(str(question_id)) + (0 if (await request.form()).get("to") == "up" else 2)
    place = min(max(place, 1), len(order))
    await assessment.update_question(ctx, question_id, QuestionPatch(order_index=place))
    return redirect(request, f"/teach/{course}/quizzes/{quiz_id}#question-{place}")


@router.page("/{question_id}/delete", access="user", methods=("POST",))
async def delete(request: Request, ctx: AnyCtx, course: str, quiz_id: UUID, question_id: UUID) -> Response:
    await _area(ctx, course, quiz_id, question_id)
    await assessment.delete_question(ctx, question_id)
    said = _("The question is deleted. Attempts that had it keep it.")
    here = f"/teach/{course}/quizzes/{quiz_id}"
    return redirect(request, here, flash=said, undo=f"{here}/questions/{question_id}/restore")


@router.page("/{question_id}/restore", access="user", methods=("POST",))
async def restore(request: Request, ctx: AnyCtx, course: str, quiz_id: UUID, question_id: UUID) -> Response:
    await assessment.restore_question(ctx, question_id)
    return redirect(request, f"/teach/{course}/quizzes/{quiz_id}", flash=_("The question is back."))
