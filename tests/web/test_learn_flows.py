"""The lesson, the quiz and the inbox in a browser: with script, without it, by keyboard, on a phone."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.web.conftest import PHONE, Site
from tests.web.test_flows import NEW_PASSWORD

Visit = Callable[..., Any]


def _newcomer(visit: Visit, site: Site, name: str, **options: Any) -> Any:
    """A page in which somebody new is signed in."""
    page = visit(**options)
    page.goto(site.at("/register"))
    page.fill("[name=full_name]", "Nora Newcomer")
    page.fill("[name=email]", f"{name}@example.org")
    page.fill("[name=password]", NEW_PASSWORD)
    page.click("main .button-primary")
    page.wait_for_url(lambda url: "/register" not in url)
    return page


def _take_quiz(page: Any) -> None:
    """Hand in the two questions of the short quiz, both right."""
    page.get_by_label("Median").check()
    page.get_by_label("True", exact=True).check()
    page.get_by_role("button", name="Hand in").click()
    page.wait_for_url("**/result")


@pytest.mark.parametrize("script", [True, False])
def test_a_course_from_enrolling_to_the_certificate(visit: Visit, site: Site, script: bool) -> None:
    page = _newcomer(visit, site, f"flow-{script}".lower(), script=script)
    page.goto(site.at("/courses/first-words-of-finnish"))
    page.click("form[action$='/enrol'] button")
    page.wait_for_url("**/learn/first-words-of-finnish")
    page.locator("main .page-head .button-primary").click()
    page.wait_for_url("**/learn/first-words-of-finnish/*")
    page.get_by_role("button", name="Complete the lesson").click()
    page.wait_for_url("**/learn/first-words-of-finnish")
    expect(page.get_by_role("heading", name="You have completed this course")).to_be_visible()
    certificate = page.get_by_role("link", name="See your certificate")
    for _ in range(40):
        if certificate.count():
            break
        page.wait_for_timeout(250)
        page.reload()
    certificate.click()
    expect(page.get_by_text("Nora Newcomer").first).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_a_quiz_is_taken_and_passed(visit: Visit, site: Site, script: bool) -> None:
    page = _newcomer(visit, site, f"quiz-{script}".lower(), script=script)
    page.goto(site.at("/courses/{course}"))
    page.click("form[action$='/enrol'] button")
    page.goto(site.at("/quizzes/{short}"))
    page.get_by_role("button", name="Start the quiz").click()
    page.wait_for_url("**/attempts/*")
    _take_quiz(page)
    expect(page.get_by_role("heading", name="You passed")).to_be_visible()
    page.goto(site.at("/quizzes/{short}"))
    expect(page.get_by_text("You have passed.")).to_be_visible()


def test_answers_are_saved_while_they_are_given(visit: Visit, site: Site) -> None:
    page = _newcomer(visit, site, "saving")
    page.goto(site.at("/courses/{course}"))
    page.click("form[action$='/enrol'] button")
    page.goto(site.at("/quizzes/{quiz}"))
    page.get_by_role("button", name="Start the quiz").click()
    page.wait_for_url("**/attempts/*")
    expect(page.locator("[data-left]")).to_contain_text(":")
    page.get_by_label("Median").check()
    expect(page.locator("[data-save-status]")).to_contain_text("Saved")
    order = page.locator(".question", has_text="A question of type ordering")
    jump = page.locator("[data-jump][href='#question-7']")
    expect(jump).not_to_have_attribute("data-answered", "")
    order.get_by_role("button", name="Keep this order").click()
    expect(order.get_by_text("Not answered yet")).to_have_count(0)
    expect(jump).to_have_attribute("data-answered", "")
    page.goto(site.at("/quizzes/{quiz}"))
    page.get_by_role("link", name="Go on with your attempt").click()
    expect(page.get_by_label("Median")).to_be_checked()
    page.get_by_role("button", name="Hand in").click()
    expect(page.get_by_text("questions have no answer yet")).to_be_visible()
    page.get_by_role("button", name="Hand in as it is").click()
    page.wait_for_url("**/result")


def test_answers_stay_on_the_page_while_there_is_no_connection(visit: Visit, site: Site) -> None:
    page = _newcomer(visit, site, "offline")
    page.goto(site.at("/courses/{course}"))
    page.click("form[action$='/enrol'] button")
    page.goto(site.at("/quizzes/{short}"))
    page.get_by_role("button", name="Start the quiz").click()
    page.wait_for_url("**/attempts/*")
    page.context.set_offline(True)
    page.get_by_label("Median").check()
    status = page.locator("[data-save-status]")
    expect(status).to_contain_text("Not saved yet")
    page.get_by_role("button", name="Hand in").click()
    expect(status).to_contain_text("Your answers stay on this page")
    expect(page.get_by_role("button", name="Hand in")).not_to_have_attribute("data-busy", "")
    page.context.set_offline(False)
    expect(status).to_contain_text("Saved")
    _take_quiz(page)
    expect(page.get_by_role("heading", name="You passed")).to_be_visible()


def test_lessons_are_walked_by_keyboard(visit: Visit, site: Site) -> None:
    page = visit("learner")
    page.goto(site.at("/learn/{course}/{free}"))
    page.keyboard.press("j")
    page.wait_for_url(site.at("/learn/{course}/{lesson}"))
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(site.at("/learn/{course}/{free}"))
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("Previous and next lesson")


def test_the_lesson_fits_a_phone_and_its_outline_is_a_drawer(visit: Visit, site: Site) -> None:
    page = visit("learner", width=PHONE)
    page.goto(site.at("/learn/{course}/{lesson}"))
    outline = page.locator("#side")
    expect(outline).not_to_be_visible()
    page.get_by_role("button", name="Course outline").click()
    expect(outline).to_be_visible()
    outline.get_by_role("link", name="A question worth asking").click()
    page.wait_for_url(site.at("/learn/{course}/{free}"))
    bar = page.locator(".lessonbar").bounding_box()
    assert bar["y"] + bar["height"] <= page.viewport_size["height"] + 1


def test_the_next_lesson_is_fetched_ahead(visit: Visit, site: Site) -> None:
    page = visit("learner")
    answer = page.goto(site.at("/learn/{course}/{free}"))
    rules = page.request.get(site.at(answer.headers["speculation-rules"].strip('"')))
    assert rules.headers["content-type"] == "application/speculationrules+json"
    assert rules.json()["prefetch"][0]["where"] == {"selector_matches": "a[rel~=next]"}


def test_the_badge_counts_what_is_unread(visit: Visit, site: Site) -> None:
    page = _newcomer(visit, site, "badge")
    page.goto(site.at("/courses/{course}"))
    page.click("form[action$='/enrol'] button")
    badge = page.locator(".topbar [data-inbox-count]")
    expect(badge).not_to_be_empty(timeout=10_000)
    expect(page.get_by_role("link", name=f"Inbox {badge.inner_text()}").first).to_be_visible()
    page.goto(site.at("/inbox"))
    page.get_by_role("button", name="Mark all as read").click()
    expect(badge).to_be_empty()
