"""What a learner does on the pages, with plain forms: the same verbs as the API, on both databases."""

from datetime import timedelta
from typing import Any

import pytest

from akademe.kernel import db
from akademe.kernel.ctx import open_ctx
from akademe.learning import service as learning
from tests.make import assessment as quizzes
from tests.make import catalog, identity
from tests.make import learning as learners
from tests.web.reader import Reader, read_as

QUIZ = ("mcq", "true_false", "short_answer")


@pytest.fixture
async def reader(client: Any) -> Reader:
    """A student in a browser without script."""
    reader = await read_as(client, await identity.user("student", first_name="Ada", last_name="Example"))
    await reader.open("/home")
    return reader


async def _right(reader: Reader) -> dict[str, str]:
    """The right answers to the questions of the open attempt, by the names of their fields."""
    names = [box.get("data-question") for box in reader.page.findall(".//fieldset[@data-question]")]
    return dict(zip([f"q.{name}" for name in names], ("b", "true", "Poincaré"), strict=True))


async def test_enrol_study_pass_the_quiz_and_hold_a_certificate(reader: Reader, jobs: Any) -> None:
    course = await catalog.course(title="Plain statistics", lessons=2)
    last = await catalog.lesson(course, title="Check yourself", content_type="quiz")
    quiz = await quizzes.assessment(course, *QUIZ, title="Check yourself", lesson_id=str(last.id))
    await reader.open("/courses/plain-statistics")
    await reader.send("/enrol")
    assert reader.path == "/learn/plain-statistics"
    first, second, _ = await catalog.lessons(course)
    await reader.open(f"/learn/plain-statistics/{first.id}")
    await reader.send("/complete", time_spent="90")
    assert reader.path == f"/learn/plain-statistics/{second.id}"
    await reader.send("/complete")
    assert reader.path == f"/learn/plain-statistics/{last.id}"
    assert not reader.has_form("/complete")
    assert f"/quizzes/{quiz.id}" in reader.links()
    await reader.open(f"/quizzes/{quiz.id}")
    await reader.send("/start")
    said = await reader.send("/submit", **await _right(reader))
    assert "You passed" in said
    assert reader.path.endswith("/result")
    await jobs()
    assert "You have completed this course" in await reader.open("/learn/plain-statistics")
    assert "Plain statistics" in await reader.open("/certificates")
    link = next(link for link in reader.links() if link.startswith("/certificates/"))
    assert "Ada Example" in await reader.open(link)
    assert "certificate" in (await reader.open("/inbox")).lower()


async def test_home_names_the_one_thing_to_do_next(reader: Reader) -> None:
    assert "Find your first course" in await reader.open("/home")
    course = await catalog.course(title="Graphs", lessons=2)
    first, second = await catalog.lessons(course)
    await reader.open("/courses/graphs")
    await reader.send("/enrol")
    assert f"Start here Graphs {first.title}" in await reader.open("/home")
    await reader.open(f"/learn/graphs/{first.id}")
    await reader.send("/complete")
    said = await reader.open("/home")
    assert f"Continue where you left off Graphs {second.title}" in said
    assert "1 day in a row. Today is done." in said
    assert "You have completed 1 lesson" in await reader.open("/progress")


async def test_a_quiz_that_is_left_is_the_next_thing_to_do(reader: Reader) -> None:
    course = await catalog.course(title="Nearly", lessons=1)
    quiz = await quizzes.assessment(course, *QUIZ, title="At the end")
    await reader.open("/courses/nearly")
    await reader.send("/enrol")
    await reader.open(f"/learn/nearly/{(await catalog.lessons(course))[0].id}")
    await reader.send("/complete")
    assert reader.path == "/learn/nearly"
    assert "Continue where you left off Nearly At the end" in await reader.open("/home")
    assert f"/quizzes/{quiz.id}" in reader.links()


async def test_a_locked_lesson_says_what_opens_it_and_a_free_one_is_read_by_anyone(client: Any) -> None:
    course = await catalog.course(title="Graphs", lessons=1)
    free = await catalog.lesson(course, title="A taste", content="Read **me**.", is_free=True)
    locked = (await catalog.lessons(course))[0]
    nobody = await read_as(client)
    said = await nobody.open(f"/learn/graphs/{locked.id}")
    assert nobody.status == 403
    assert "Sign in and enrol to open this lesson." in said
    assert "Text of lesson" not in said
    assert f"/learn/graphs/{free.id}" in nobody.links()
    assert "Read me" in await nobody.open(f"/lessons/{free.id}")
    assert nobody.path == f"/learn/graphs/{free.id}"
    assert not nobody.has_form("/complete")


async def test_words_and_texts_each_say_their_language_and_direction(client: Any) -> None:
    reader = await read_as(client, await identity.user("student", locale="ar"))
    course = await catalog.course(title="مقدمة", language="ar")
    lesson = await catalog.lesson(course, title="الأول", content="نص.", is_free=True)
    await reader.open(f"/learn/{course.slug}/{lesson.id}")
    page, text = reader.page.getroottree().getroot(), reader.page.find(".//article")
    assert (page.get("lang"), page.get("dir")) == ("en", "ltr")
    assert (text.get("lang"), text.get("dir")) == ("ar", "rtl")


async def test_what_is_not_published_is_not_there_but_for_its_staff(client: Any) -> None:
    owner = await identity.user("instructor")
    course = await catalog.course(owner, title="Secret", lessons=1, published=False)
    lesson = (await catalog.lessons(course))[0]
    stranger = await read_as(client, await identity.user("student"))
    for path in ("/learn/secret", f"/learn/secret/{lesson.id}", "/learn/secret/none", f"/lessons/{lesson.id}"):
        await stranger.open(path)
        assert stranger.status == 404
    staff = await read_as(client, owner)
    assert "You are looking at this as its learners see it." in await staff.open(f"/learn/secret/{lesson.id}")
    assert not staff.has_form("/complete")


async def test_an_archived_course_is_read_and_nothing_in_it_changes(reader: Reader) -> None:
    course = await catalog.course(title="Old", lessons=2)
    first, _ = await catalog.lessons(course)
    await reader.open("/courses/old")
    await reader.send("/enrol")
    await catalog.publish(course.id, "archived")
    assert "This course is archived." in await reader.open(f"/learn/old/{first.id}")
    assert not reader.has_form("/complete")
    await reader.open("/learn/old")
    assert not reader.has_form("/drop")


async def test_a_full_course_gives_a_place_in_line_then_a_seat(reader: Reader, jobs: Any) -> None:
    course = await catalog.course(title="Small", lessons=1, enrollment_limit=1)
    before = await identity.user("student")
    seat = await learners.enrolment(before, course)
    await reader.open("/courses/small")
    said = await reader.send("/enrol")
    assert "You are number 1 in line." in said
    async with open_ctx(await identity.actor(before)) as ctx:
        await learning.drop_enrolment(ctx, seat.id)
    assert "A seat is kept for you in Small" in await reader.open("/home")
    await reader.send("/courses/small/enrol")
    assert reader.has_form("/drop")
    await reader.send("/drop")
    assert reader.path == "/home"


async def test_prerequisites_are_named_where_they_are_missing(reader: Reader) -> None:
    await catalog.course(title="First steps", lessons=1)
    await catalog.course(title="Second steps", lessons=1, prerequisites=["first-steps"])
    await reader.open("/courses/second-steps")
    token = reader.page.find('.//input[@name="csrf_token"]').get("value")
    answer = await reader.client.post("/courses/second-steps/enrol", data={"csrf_token": token})
    assert answer.status_code == 409
    assert '/courses/first-steps"' in answer.text


async def test_an_attempt_is_saved_resumed_and_asked_about_before_it_is_handed_in(reader: Reader) -> None:
    course = await catalog.course(title="Quizzed", lessons=1)
    quiz = await quizzes.assessment(course, *QUIZ, max_attempts=2)
    await reader.open("/courses/quizzed")
    await reader.send("/enrol")
    said = await reader.open(f"/quizzes/{quiz.id}")
    assert "3 questions, 3 points in all." in said
    assert "You may take it 2 times; the best attempt counts." in said
    await reader.send("/start")
    answers = await _right(reader)
    first = next(iter(answers))
    await reader.client.post(
        f"{reader.path}/save", data={"csrf_token": reader.form("/submit").fields["csrf_token"], first: answers[first]}
    )
    await reader.open(f"/quizzes/{quiz.id}")
    await reader.open(next(link for link in reader.links() if link.startswith("/attempts/")))
    assert dict(reader.form("/submit").form_values())[first] == "b"
    said = await reader.send("/submit")
    assert reader.status == 422
    assert "2 questions have no answer yet." in said
    said = await reader.send("/submit", button={"anyway": "1"})
    assert "Not passed yet" in said
    assert "Attempts left: 1." in said
    assert "Not passed" in await reader.open(f"/quizzes/{quiz.id}")


async def test_a_quiz_whose_time_is_up_is_handed_in_with_what_was_saved(reader: Reader) -> None:
    course = await catalog.course(title="Timed", lessons=1)
    quiz = await quizzes.assessment(course, *QUIZ, time_limit_minutes=10)
    await reader.open("/courses/timed")
    await reader.send("/enrol")
    assert "You have 10 min from the start." in await reader.open(f"/quizzes/{quiz.id}")
    await reader.send("/start")
    attempt = reader.path
    with db.at(db.clock() + timedelta(minutes=11)):
        said = await reader.open(attempt)
    assert reader.path == f"{attempt}/result"
    assert "The time was up" in said


async def test_an_essay_waits_for_a_person(reader: Reader) -> None:
    course = await catalog.course(title="Written", lessons=1)
    quiz = await quizzes.assessment(course, "essay")
    await reader.open("/courses/written")
    await reader.send("/enrol")
    await reader.open(f"/quizzes/{quiz.id}")
    await reader.send("/start")
    field = reader.page.find(".//textarea").get("name")
    assert "A person grades what you wrote." in await reader.send("/submit", **{field: "What a number hides."})
    assert "waits for a person" in await reader.open(f"/quizzes/{quiz.id}")


async def test_a_video_is_played_here_or_in_a_frame_that_may_be_shown(reader: Reader) -> None:
    course = await catalog.course(title="Seen", lessons=0)
    framed = await catalog.lesson(course, content_type="video", video_url="https://youtu.be/abcdefghijk")
    captions = [{"url": "/captions.vtt", "language": "en", "label": "English"}]
    own = await catalog.lesson(
        course, content_type="video", video_url="/film.mp4", captions=captions, transcript_url="/film.txt"
    )
    elsewhere = await catalog.lesson(course, content_type="video", video_url="https://example.org/film.mp4")
    await reader.open("/courses/seen")
    await reader.send("/enrol")
    await reader.open(f"/learn/seen/{framed.id}")
    assert reader.page.find(".//iframe").get("src") == "https://www.youtube-nocookie.com/embed/abcdefghijk"
    await reader.open(f"/learn/seen/{own.id}")
    video = reader.page.find(".//video")
    assert (video.get("src"), video.get("data-player")) == ("/film.mp4", str(own.id))
    assert video.find("track").attrib["srclang"] == "en"
    assert "/film.txt" in reader.links()
    await reader.open(f"/learn/seen/{elsewhere.id}")
    assert reader.page.find(".//video") is None
    assert "https://example.org/film.mp4" in reader.links()


async def test_an_open_course_enrols_whoever_starts_to_work(reader: Reader) -> None:
    course = await catalog.course(title="Open", lessons=1, access="open")
    lesson = (await catalog.lessons(course))[0]
    quiz = await quizzes.assessment(course, *QUIZ, lesson_id=str(lesson.id))
    await reader.open(f"/learn/open/{lesson.id}")
    assert f"/quizzes/{quiz.id}" in reader.links()
    await reader.send("/complete")
    assert "You have completed every lesson." in await reader.open("/learn/open")


async def test_one_person_never_sees_the_attempts_and_messages_of_another(client: Any, jobs: Any) -> None:
    course = await catalog.course(title="Mine", lessons=1)
    quiz = await quizzes.assessment(course, *QUIZ)
    owner = await read_as(client, await quizzes.learner(course))
    await owner.open(f"/quizzes/{quiz.id}")
    await owner.send("/start")
    attempt = owner.path
    await jobs()
    await owner.open("/inbox")
    message = next(form.action for form in owner.page.forms if form.action.endswith("/read"))
    other = await read_as(client, await quizzes.learner(course))
    await other.open(attempt)
    assert other.status == 404
    await other.open("/inbox")
    token = other.page.find('.//input[@name="csrf_token"]').get("value")
    assert (await client.post(message, data={"csrf_token": token})).status_code == 404


async def test_the_inbox_is_filtered_read_and_counted(reader: Reader, jobs: Any) -> None:
    await catalog.course(title="Told", lessons=1)
    await reader.open("/courses/told")
    await reader.send("/enrol")
    await jobs()
    assert "You are enrolled in Told" in await reader.open("/inbox")
    unread = (await reader.client.get("/inbox/count")).json()["unread"]
    assert unread >= 1
    message = next(form for form in reader.page.forms if "You are enrolled in Told" in form.text_content())
    await reader.send(message.action)
    assert reader.path == "/courses/told"
    assert (await reader.client.get("/inbox/count")).json() == {"unread": unread - 1}
    assert "Nothing matches" in await reader.open("/inbox?q=no-such-word")
    await reader.open("/inbox")
    if unread > 1:
        await reader.send("/read-all")
    assert "Nothing matches" in await reader.open("/inbox?show=unread")


async def test_what_one_is_told_is_chosen(reader: Reader) -> None:
    await reader.open("/inbox/preferences")
    form = reader.form("/inbox/preferences")
    kinds = [box.get("value") for box in form.findall('.//input[@name="email"]')]
    await reader.send("/inbox/preferences", email=kinds[:1])
    ticked = [box.get("value") for box in reader.page.findall('.//input[@name="email"]') if "checked" in box.attrib]
    assert ticked == kinds[:1]


async def test_time_is_noted_modestly(reader: Reader) -> None:
    course = await catalog.course(title="Slow", lessons=1)
    lesson = (await catalog.lessons(course))[0]
    await reader.open("/courses/slow")
    await reader.send("/enrol")
    await reader.open(f"/learn/slow/{lesson.id}")
    token = reader.form("/complete").fields["csrf_token"]
    for claimed in ("90", "never", "-5"):
        path = f"/learn/slow/{lesson.id}/time"
        answer = await reader.client.post(path, data={"csrf_token": token, "time_spent": claimed})
        assert answer.status_code == 204
    assert "You have spent 2 min here." in await reader.open("/learn/slow")


async def test_a_form_without_its_token_changes_nothing(reader: Reader) -> None:
    course = await catalog.course(title="Safe", lessons=1)
    for path in ("/courses/safe/enrol", "/inbox/read-all", f"/quizzes/{course.id}/start"):
        assert (await reader.client.post(path)).status_code == 403


async def test_a_course_with_a_price_says_it_before_and_after_one_tries(reader: Reader) -> None:
    await catalog.course(title="Pianos", lessons=1, price=49, currency="EUR")
    assert "Enrol for €49.00" in await reader.open("/courses/pianos")
    said = await reader.send("/enrol")
    assert reader.status == 402
    assert "This course costs €49.00" in said
    assert "/courses/pianos" in reader.links()


async def test_a_finished_course_offers_its_certificate_and_no_quiz_that_is_left(reader: Reader, jobs: Any) -> None:
    course = await catalog.course(title="Brief", lessons=1)
    await quizzes.assessment(course, *QUIZ, title="If you like", required=False)
    await reader.open("/courses/brief")
    await reader.send("/enrol")
    await reader.open(f"/learn/brief/{(await catalog.lessons(course))[0].id}")
    await reader.send("/complete")
    await jobs()
    await reader.open("/learn/brief")
    chosen = reader.page.xpath("//main//a[contains(@class, 'button-primary')]")
    assert [link.text_content() for link in chosen] == ["See your certificate"]
    said = await reader.open(chosen[0].get("href"))
    assert "Whoever opens the address of this page" in said
    assert str(db.clock().year) in said


async def test_a_code_that_is_none_asks_for_another(client: Any) -> None:
    nobody = await read_as(client)
    said = await nobody.open("/certificates/ABCD-EFGH-JKLM")
    assert nobody.status == 404
    assert "There is no certificate with this code." in said
    assert nobody.page.find(".//main//input[@name='code']").get("value") == "ABCD-EFGH-JKLM"


async def test_a_full_course_offers_its_waiting_list(reader: Reader, jobs: Any) -> None:
    course = await catalog.course(title="One seat", enrollment_limit=1)
    assert "Join the waiting list" not in await reader.open("/courses/one-seat")
    with db.at(db.clock() - timedelta(minutes=5)):
        await learners.enrolment(await identity.user(), course)
    await jobs()
    assert "Join the waiting list" in await reader.open("/courses/one-seat")
    await reader.send("/enrol")
    assert "You are on the waiting list" in await reader.open("/courses/one-seat")


async def test_a_found_lesson_says_of_which_course_it_is(reader: Reader) -> None:
    course = await catalog.course(title="Plain statistics")
    await catalog.lesson(course, title="Where the middle is")
    assert "Lesson in Plain statistics" in await reader.open("/search?q=middle")


async def test_a_search_that_finds_much_shows_more_of_it(client: Any) -> None:
    course = await catalog.course(title="Statistics")
    for number in range(70):
        await catalog.lesson(course, title=f"Statistics {number}")
    reader = await read_as(client)
    counts = []
    path: str | None = "/search?q=statistics"
    while path:
        assert "71 results" in await reader.open(path)
        hits = [hit.get("href") for hit in reader.page.findall(".//li[@class='hit']/a")]
        assert len(set(hits)) == len(hits)
        counts.append(len(hits))
        [path] = [link.get("href") for link in reader.page.findall(".//a[@rel='next']")] or [None]
        assert path is None or path.endswith(f"#hit-{len(hits) + 1}")
    assert counts == [30, 60, 71]
    for odd in ("-1", "x", "99999999999999999999", "²"):
        await reader.open(f"/search?q=statistics&shown={odd}")
        assert reader.status == 200
