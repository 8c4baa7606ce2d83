"""Files in lessons: as open as the lesson that shows them."""

import pytest

from akademe.catalog import service
from akademe.catalog.models import Course
from akademe.files.models import File
from akademe.kernel.ctx import system_ctx
from tests.make import catalog, files, identity

API = "/api/v1"


@pytest.fixture
async def owner(database):
    return await identity.user("instructor")


async def test_an_upload_becomes_the_course_s_and_opens_with_its_lesson(owner, as_user, client):
    teacher, learner, stranger = await as_user(owner), await identity.user(), await as_user(await identity.user())
    course = await catalog.course(owner)
    await catalog.member(learner, course)
    student = await as_user(learner)
    picture = await files.file(owner, "plot.png", files.png())
    content = f"![A plot](asset:{picture.id})"
    given = {"title": "Plot", "content_type": "text", "content": content}
    lesson = (await teacher.post(f"{API}/courses/{course.id}/lessons", json=given)).json()
    url = f"{API}/files/{picture.id}/content"
    assert f'src="{url}"' in lesson["content_html"]

    async def statuses():
        return [(await who.get(url)).status_code for who in (client, stranger, student, teacher)]

    assert await statuses() == [404, 404, 200, 200]
    await teacher.patch(f"{API}/contents/{lesson['id']}", json={"is_free": True})
    assert await statuses() == [200, 200, 200, 200]
    await teacher.patch(f"{API}/contents/{lesson['id']}", json={"content": "No plot"})
    assert await statuses() == [404, 404, 200, 200]
    await teacher.patch(f"{API}/courses/{course.id}", json={"thumbnail_url": url})
    assert await statuses() == [200, 200, 200, 200]
    await teacher.patch(f"{API}/courses/{course.id}", json={"status": "draft"})
    assert await statuses() == [404, 404, 404, 200]


async def test_a_lesson_opens_nobody_else_s_file(owner, as_user, client):
    other = await identity.user("instructor")
    secret = await files.file(other, "secret.png", files.png())
    closed = await catalog.course(other)
    theirs = await files.file(other, "exam.png", files.png(), owner_kind="course", owner_id=closed.id)
    teacher = await as_user(owner)
    course = await catalog.course(owner)
    for file in (secret, theirs):
        given = {"title": "Stolen", "content_type": "text", "content": f"![x](asset:{file.id})", "is_free": True}
        assert (await teacher.post(f"{API}/courses/{course.id}/lessons", json=given)).status_code == 201
        assert (await teacher.get(f"{API}/files/{file.id}/content")).status_code == 404
        assert (await client.get(f"{API}/files/{file.id}/content")).status_code == 404
        named = {"title": "Stolen", "content_type": "file", "file_id": str(file.id)}
        assert (await teacher.post(f"{API}/courses/{course.id}/lessons", json=named)).status_code == 422


async def test_the_purge_takes_the_files(owner, database):
    course = await catalog.course(owner)
    picture = await files.file(owner, "plot.png", files.png(), owner_kind="course", owner_id=course.id)
    async with system_ctx() as ctx:
        (await ctx.get(Course, course.id)).deleted_at = ctx.now.replace(year=2020)
    async with system_ctx() as ctx:
        await service.purge_deleted(ctx)
    async with system_ctx() as ctx:
        assert (await ctx.get(File, picture.id)).deleted_at is not None


async def test_a_file_added_without_a_new_text_opens_with_its_lesson(owner, as_user, client):
    teacher = await as_user(owner)
    course = await catalog.course(owner)
    lesson = await catalog.lesson(course, content_type="file", is_free=True, content="Read this:")
    first, second = [await files.file(owner, f"{n}.pdf", files.PDF + bytes([n])) for n in range(2)]

    async def statuses():
        return [(await client.get(f"{API}/files/{file.id}/content")).status_code for file in (first, second)]

    for file, expected in ((first, [200, 404]), (second, [404, 200])):
        changed = await teacher.patch(f"{API}/contents/{lesson.id}", json={"file_id": str(file.id)})
        assert changed.status_code == 200
        assert await statuses() == expected


async def test_what_a_hidden_lesson_shows_is_for_the_staff(owner, as_user):
    learner, helper = await identity.user(), await identity.user("ta")
    course = await catalog.course(owner)
    await catalog.member(learner, course)
    await catalog.member(helper, course, "ta")
    teacher, student, assistant = await as_user(owner), await as_user(learner), await as_user(helper)
    key = await files.file(owner, "answers.pdf", files.PDF)
    given = {"title": "Answers", "content_type": "text", "content": f"[All](asset:{key.id})", "draft": True}
    lesson = (await teacher.post(f"{API}/courses/{course.id}/lessons", json=given)).json()
    where, url = f"{API}/contents/{lesson['id']}", f"{API}/files/{key.id}/content"

    async def statuses():
        return [(await who.get(url)).status_code for who in (student, assistant, teacher)]

    assert await statuses() == [404, 200, 200]
    assert (await teacher.patch(where, json={"draft": False})).status_code == 200
    assert await statuses() == [200, 200, 200]
    await teacher.patch(where, json={"is_active": False})
    assert await statuses() == [404, 200, 200]


async def test_an_upload_shown_by_a_question_opens_for_who_takes_the_quiz(owner, as_user, client):
    teacher, learner = await as_user(owner), await identity.user()
    course = await catalog.course(owner)
    await catalog.member(learner, course)
    student = await as_user(learner)
    first, second = [await files.file(owner, f"{n}.png", files.png(n, n)) for n in (5, 6)]
    question = {"question_text": f"![x](asset:{first.id})", "question_type": "true_false", "correct_answer": True}
    given = {"title": "Look", "questions": [question]}
    made = (await teacher.post(f"{API}/courses/{course.id}/assessments", json=given)).json()
    assert (await student.get(f"{API}/files/{first.id}/content")).status_code == 200
    assert (await student.get(f"{API}/files/{second.id}/content")).status_code == 404
    corrected = {"feedback": {"correct": f"![y](asset:{second.id})"}}
    answer = await teacher.patch(f"{API}/questions/{made['questions'][0]['id']}", json=corrected)
    assert answer.status_code == 200, answer.text
    assert (await student.get(f"{API}/files/{second.id}/content")).status_code == 200
    assert (await client.get(f"{API}/files/{second.id}/content")).status_code == 404
