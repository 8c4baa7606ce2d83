"""What a teacher does with a whole course on plain forms: two tabs, undoing, people by the hundred, one person, previews."""

from typing import Any

import pytest

from akademe.assessment import service as assessment
from akademe.assessment.schemas import AssessmentPatch, QuestionPatch, SubmitIn
from akademe.catalog import service as catalog_service
from akademe.catalog.schemas import CoursePatch, LessonIn, LessonPatch, ModuleIn, ModulePatch, StaffIn
from akademe.kernel import db
from akademe.kernel.ctx import open_ctx, system_ctx
from akademe.learning import service as learning
from tests.make import assessment as quizzes
from tests.make import catalog, identity
from tests.make import files as media
from tests.make import learning as learners
from tests.web.reader import Reader, read_as


@pytest.fixture
async def owner(database: Any) -> Any:
    return await identity.user("instructor", email="teacher@example.org")


@pytest.fixture
async def teacher(client: Any, owner: Any) -> Reader:
    return await read_as(client, owner)


async def _course(owner: Any, **fields: Any) -> Any:
    return await catalog.course(owner, title="Plain statistics", **fields)


async def _titles(course: Any) -> list[str]:
    return [lesson.title for lesson in await catalog.lessons(course)]


async def _act(owner: Any, verb: Any, *arguments: Any, **named: Any) -> Any:
    async with open_ctx(await identity.actor(owner)) as ctx:
        return await verb(ctx, *arguments, **named)


async def test_a_lesson_saved_in_two_tabs_keeps_both_texts(teacher: Reader, owner: Any) -> None:
    course = await _course(owner, lessons=1)
    lesson = (await catalog.lessons(course))[0]
    here = f"/teach/{course.slug}/lessons/{lesson.id}"
    await teacher.open(here)
    await _act(owner, catalog_service.update_lesson, lesson.id, LessonPatch(content="Theirs.", draft=False))
    said = await teacher.send(here, {"then": "publish"}, content="Mine.")
    assert teacher.status == 412
    assert "Your text is kept below" in said
    assert teacher.page.find(".//textarea[@name='content']").text.strip() == "Mine."
    assert "Theirs" in said
    assert teacher.page.find(".//form[@data-guard='unsaved']") is not None
    await teacher.send(here, {"then": "publish"})
    assert [one.content.strip() for one in await catalog.lessons(course)] == ["Mine."]


async def test_the_settings_of_a_quiz_and_a_question_say_what_somebody_else_saved(teacher: Reader, owner: Any) -> None:
    course = await _course(owner)
    quiz = await quizzes.assessment(course, "mcq")
    here = f"/teach/{course.slug}/quizzes/{quiz.id}"
    await teacher.open(f"{here}/settings")
    await _act(owner, assessment.update_assessment, quiz.id, AssessmentPatch(title="Theirs"))
    said = await teacher.send("/settings", title="Mine", max_attempts="2")
    assert teacher.status == 412
    assert "What you typed is kept below" in said
    assert "Theirs" in said
    await teacher.send("/settings")
    assert "Mine" in await teacher.open(here)
    question = (await _act(owner, assessment.list_staff_questions, quiz.id))[0]
    await teacher.open(f"{here}/questions/{question.id}")
    await _act(owner, assessment.update_question, question.id, QuestionPatch(question_text="Theirs again"))
    said = await teacher.send(f"/{question.id}", question_text="Mine again")
    assert teacher.status == 412
    assert "Theirs again" in said
    await teacher.send(f"/{question.id}")
    assert "Mine again" in await teacher.open(here)


async def test_a_module_renamed_in_two_tabs_says_what_somebody_else_saved(teacher: Reader, owner: Any) -> None:
    course = await _course(owner, lessons=1)
    module_id = (await catalog.lessons(course))[0].module_id
    await teacher.open(f"/teach/{course.slug}/modules/{module_id}")
    await _act(owner, catalog_service.update_module, module_id, ModulePatch(title="Theirs"))
    said = await teacher.send(f"/modules/{module_id}", title="Mine")
    assert teacher.status == 412
    assert "What you typed is kept below" in said
    assert "Theirs" in said
    await teacher.send(f"/modules/{module_id}")
    assert "Mine" in await teacher.open(f"/teach/{course.slug}")


async def test_the_settings_of_a_course_are_kept_and_compared(teacher: Reader, owner: Any) -> None:
    course = await _course(owner, tags=["old"])
    here = f"/teach/{course.slug}/settings"
    await teacher.open(here)
    await teacher.send(here, prerequisites="no-such-course", tags="mine", opens_at="2040-05-01T18:00")
    assert "#f-prerequisites" in teacher.links()
    await _act(owner, catalog_service.update_course, course.id, CoursePatch(tags=["theirs"]))
    said = await teacher.send(here, prerequisites="")
    assert teacher.status == 412
    assert "theirs" in said
    assert teacher.page.find(".//textarea[@name='tags']").text.strip() == "mine"
    await teacher.send(here)
    await teacher.open(here)
    assert teacher.page.find(".//textarea[@name='tags']").text.strip() == "mine"
    assert teacher.page.find(".//input[@name='opens_at']").get("value") == "2040-05-01T18:00"


async def test_what_one_click_deletes_another_brings_back_to_its_place(teacher: Reader, owner: Any) -> None:
    course = await _course(owner, lessons=3)
    before = await _titles(course)
    first = (await catalog.lessons(course))[0]
    await catalog.module(course, title="Last")
    await catalog.lesson(course, title="In the last")
    here = f"/teach/{course.slug}"
    await teacher.open(here)
    await teacher.send(f"/lessons/{first.id}/delete")
    assert await _titles(course) == [*before[1:], "In the last"]
    await teacher.send(f"/lessons/{first.id}/restore")
    assert await _titles(course) == [*before, "In the last"]
    await teacher.send(f"/modules/{first.module_id}/delete")
    assert await _titles(course) == ["In the last"]
    said = await teacher.send(f"/modules/{first.module_id}/restore")
    assert "The module is back, with its lessons." in said
    assert await _titles(course) == [*before, "In the last"]


async def test_publishing_and_deleting_a_course_can_be_undone(teacher: Reader, owner: Any) -> None:
    course = await _course(owner, lessons=1)
    here = f"/teach/{course.slug}"
    await teacher.open(here)
    assert "The course is archived." in await teacher.send("/status", status="archived")
    assert "The course is published." in await teacher.send("/status?status=published")
    await teacher.open(f"{here}/settings")
    await teacher.send(f"{here}/delete")
    assert teacher.path == "/teach"
    assert "The course is back, as a draft." in await teacher.send(f"/deleted/{course.id}/restore")


async def test_a_deleted_question_and_a_deleted_quiz_come_back_with_what_was_passed(
    teacher: Reader, owner: Any
) -> None:
    course = await _course(owner, lessons=1)
    lesson = (await catalog.lessons(course))[0]
    quiz = await quizzes.assessment(course, "mcq", "true_false", lesson_id=str(lesson.id))
    learner = await quizzes.learner(course)
    asked = await _act(owner, assessment.list_staff_questions, quiz.id)
    answers = {one.id: one.correct_answer for one in asked}
    await _act(learner, assessment.submit, quiz.id, SubmitIn(answers=answers))
    here = f"/teach/{course.slug}/quizzes/{quiz.id}"
    await teacher.open(here)
    assert "1 question" in await teacher.send(f"/{asked[0].id}/delete")
    assert "The question is back." in await teacher.send(f"/{asked[0].id}/restore")
    kept = [one.id for one in await _act(owner, assessment.list_staff_questions, quiz.id)]
    assert kept == [one.id for one in asked]
    await teacher.open(f"{here}/settings")
    assert "The quiz is deleted." in await teacher.send("/delete")
    assert "The quiz is back." in await teacher.send("/restore")
    assert (await catalog.lessons(course))[0].quiz_id == quiz.id
    progress = await _act(learner, learning.progress_of, learner.id, course.id)
    assert [one["passed"] for one in progress["quiz_results"]] == [True]


async def test_lessons_that_nobody_sees_yet_are_counted_and_published_at_once(teacher: Reader, owner: Any) -> None:
    course = await _course(owner, lessons=1)
    for number in range(2):
        given = LessonIn(title=f"Draft {number}", content_type="text", content="Soon.", draft=True)
        await _act(owner, catalog_service.create_lesson, course.id, given)
    assert "2 lessons are not published" in await teacher.open(f"/teach/{course.slug}")
    assert "2 lessons are published." in await teacher.send("/publish")
    assert all(lesson.is_shown for lesson in await catalog.lessons(course))


async def test_a_draft_is_looked_at_without_script_and_takes_a_picture(teacher: Reader, owner: Any) -> None:
    course = await _course(owner, lessons=2)
    lesson = (await catalog.lessons(course))[0]
    here = f"/teach/{course.slug}/lessons/{lesson.id}"
    await teacher.open(here)
    said = await teacher.send(here, {"then": "look"}, content="# A *new* heading")
    assert "A new heading" in said
    assert "Text of lesson 1." not in said
    form = teacher.form(here)
    data = dict(form.form_values()) | {"then": "look"}
    sent = {"picture": ("plan of a house.png", media.png(), "image/png")}
    answer = await teacher.client.post(form.action, data=data, files=sent)
    assert "![plan of a house](/api/v1/files/" in answer.text
    await teacher.open(here)
    await teacher.send(here, {"then": "draft"}, content="Only *drafted* now")
    assert "Only drafted now" in await teacher.open(f"{here}/preview")
    assert f"/teach/{course.slug}/lessons/{(await catalog.lessons(course))[1].id}" in await _links(teacher, here)


async def _links(reader: Reader, path: str) -> list[str]:
    await reader.open(path)
    return reader.links()


async def test_captions_are_changed_taken_away_and_keep_their_language(teacher: Reader, owner: Any) -> None:
    course = await _course(owner, language="fi", lessons=1)
    lesson = (await catalog.lessons(course))[0]
    tracks = [{"language": "fi", "url": "/a.vtt"}, {"language": "sv", "url": "/b.vtt"}]
    await _act(owner, catalog_service.update_lesson, lesson.id, LessonPatch(captions=tracks))
    here = f"/teach/{course.slug}/lessons/{lesson.id}"

    async def kept() -> list[tuple[str, str]]:
        media_of = (await catalog.lessons(course))[0].media
        return [(track["language"], track["url"]) for track in media_of["captions"]]

    await teacher.open(here)
    await teacher.send(here, {"then": "publish"}, content="Another text.")
    assert await kept() == [("fi", "/a.vtt"), ("sv", "/b.vtt")]
    await teacher.open(here)
    await teacher.send(here, {"then": "publish"}, captions_url="/c.vtt")
    assert await kept() == [("fi", "/c.vtt"), ("sv", "/b.vtt")]
    await teacher.open(here)
    await teacher.send(here, {"then": "publish"}, captions_url="")
    assert await kept() == [("sv", "/b.vtt")]


async def test_a_hundred_and_twenty_people_come_in_are_found_and_some_removed_and_returned(
    teacher: Reader, owner: Any
) -> None:
    course = await _course(owner)
    people = [await identity.user("student", email=f"p{n}@example.org", last_name=f"Nr{n}") for n in range(120)]
    here = f"/teach/{course.slug}/people"
    await teacher.open(here)
    said = await teacher.send("/people", emails=", ".join(person.email for person in people) + " ghost@example.org")
    assert teacher.status == 422
    assert "ghost@example.org" in said
    said = await teacher.send("/people", emails="\n".join(person.email for person in people))
    assert "120 people are in the course." in said
    with db.queries(at_most=8):
        assert "p42@example.org" in await teacher.open(f"{here}?q=Nr42")
    assert "p41@example.org" not in await teacher.open(f"{here}?q=Nr42")
    assert "Nobody is called that here" in await teacher.open(f"{here}?q=zzz")
    await teacher.open(here)
    boxes = [box.get("value") for box in teacher.page.findall(".//input[@name='who']")][:3]
    said = await teacher.send("/people/remove", who=boxes)
    assert "3 people are removed." in said
    assert "Left 3" in said
    undo = next(form.action for form in teacher.page.forms if "/people/return" in form.action)
    assert "3 people are in the course again." in await teacher.send(undo)
    assert "Enrolled 120" in await teacher.open(here)


async def test_one_person_gets_more_attempts_and_loses_a_certificate(teacher: Reader, owner: Any) -> None:
    course = await _course(owner, lessons=1)
    quiz = await quizzes.assessment(course, "mcq", max_attempts=1, required=False)
    learner = await quizzes.learner(course)
    other = await quizzes.learner(course)
    for person in (learner, other):
        await _act(person, assessment.submit, quiz.id, SubmitIn(answers={}))
    here = f"/teach/{course.slug}/people/{learner.id}"
    said = await teacher.open(here)
    assert "A quiz 1 0% Not passed" in said
    await teacher.send("/dates", ref_id=str(quiz.id), extra_attempts="nine")
    assert teacher.status == 422
    said = await teacher.send("/dates", ref_id=str(quiz.id), extra_attempts="2", due_at="2040-05-01T18:00")
    assert "2 attempts more" in said
    again = await _act(learner, assessment.submit, quiz.id, SubmitIn(answers={}))
    assert again.attempts_left == 1
    await learners.completed(learner, course)
    async with system_ctx(course.organization_id) as ctx:
        enrolment = await learning.current_enrolment(ctx, learner.id, course.id)
        certificate = await learning.issue_certificate(ctx, enrolment.id)
    said = await teacher.open(here)
    assert certificate.code in said
    await teacher.send("/revoke", reason="x")
    assert teacher.status == 422
    assert "The certificate is withdrawn." in await teacher.send("/revoke", reason="Taken by mistake")
    assert "withdrawn" in await teacher.open(f"/certificates/{certificate.code}")


async def test_progress_in_a_long_course_is_shown_by_module(teacher: Reader, owner: Any) -> None:
    course = await _course(owner)
    async with system_ctx(course.organization_id) as ctx:
        for number in range(3):
            module = await catalog_service.create_module(ctx, course.id, ModuleIn(title=f"Week {number}"))
            for place in range(20):
                given = LessonIn(title=f"L{number}.{place}", content_type="text", content="x", module_id=module.id)
                await catalog_service.create_lesson(ctx, course.id, given)
    learner = await quizzes.learner(course)
    await learners.completion(learner, course, (await catalog.lessons(course))[0])
    with db.queries(at_most=12):
        said = await teacher.open(f"/teach/{course.slug}/progress")
    assert "1 /20" in said
    assert "L0.1" not in said
    module_id = (await catalog.lessons(course))[0].module_id
    said = await teacher.open(f"/teach/{course.slug}/progress?module={module_id}")
    assert "L0.1" in said
    assert "L1.1" not in said


async def test_what_waits_for_a_grade_is_the_first_thing_a_teacher_sees(teacher: Reader, owner: Any) -> None:
    course = await _course(owner)
    quiz = await quizzes.assessment(course, "essay", title="Tell us")
    stranger = await quizzes.assessment(await catalog.course(), "essay", title="Not yours")
    assert "To grade" not in await teacher.open("/teach")
    for test in (quiz, stranger):
        learner = await quizzes.learner(await _by_id(test.course_id))
        question = (await _act(learner, assessment.list_questions, test.id))[0]
        await _act(learner, assessment.submit, test.id, SubmitIn(answers={question.id: "All that I know."}))
    with db.queries(at_most=6):
        said = await teacher.open("/teach")
    assert "1 attempt waits in Tell us" in said
    assert "Not yours" not in said


async def _by_id(course_id: Any) -> Any:
    async with system_ctx() as ctx:
        return await catalog_service.get_course(ctx, course_id)


async def test_a_teaching_assistant_finds_the_way_to_teach_and_cannot_edit(client: Any, owner: Any) -> None:
    course = await _course(owner, lessons=1)
    assistant = await identity.user("student")
    reader = await read_as(client, assistant)
    assert "/teach" not in await _nav(reader)
    await _act(owner, catalog_service.add_staff, course.id, StaffIn(user_id=assistant.id, role="ta"))
    assert "/teach" in await _nav(reader)
    said = await reader.open(f"/teach/{course.slug}")
    assert "Settings" not in said
    assert not reader.has_form("/status")
    assert not reader.has_form("/modules")


async def _nav(reader: Reader) -> list[str]:
    await reader.open("/teach")
    return [link.get("href") for link in reader.page.findall(".//header//nav//a")]


async def test_the_staff_of_a_course_come_and_go_and_an_owner_stays(teacher: Reader, owner: Any) -> None:
    course = await _course(owner)
    colleague = await identity.user("instructor", email="colleague@example.org")
    here = f"/teach/{course.slug}/settings"
    await teacher.open(here)
    said = await teacher.send("/settings/staff", email="ghost@example.org", role="ta")
    assert teacher.status == 422
    assert teacher.page.get_element_by_id("staff-email").get("value") == "ghost@example.org"
    assert "is on the staff" in await teacher.send("/settings/staff", email=colleague.email, role="ta")
    assert "Removed from the staff." in await teacher.send(f"/staff/{colleague.id}/remove")
    assert "Back on the staff." in await teacher.send(f"/staff/{colleague.id}/return?role=ta")
    said = await teacher.send(f"/staff/{owner.id}/remove")
    assert teacher.path == here
    assert "A course always has an owner" in said


async def test_a_quiz_is_tried_as_a_learner_would_take_it_and_nothing_is_kept(teacher: Reader, owner: Any) -> None:
    course = await _course(owner, published=False)
    quiz = await quizzes.assessment(course, *quizzes.QUESTIONS, time_limit_minutes=5, shuffle_options=True)
    here = f"/teach/{course.slug}/quizzes/{quiz.id}"
    said = await teacher.open(f"{here}/try")
    assert "Nothing of this is kept" in said
    assert "Poincaré" not in said
    asked = await _act(owner, assessment.list_staff_questions, quiz.id)
    by_kind = {one.question_type: one for one in asked}
    answers = {f"q.{by_kind['mcq'].id}": by_kind["mcq"].correct_answer, f"q.{by_kind['essay'].id}": "All I know"}
    said = await teacher.send("/try", **answers)
    assert "Your answer, right" in said
    assert "Essays would wait" in said
    assert "Nobody has handed in" in await teacher.open(f"{here}/results")
