"""What people do on the public pages and with their account, in a browser, with script and without."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.web.conftest import PHONE, Site, sign_in

NEW_PASSWORD = "seven quiet herons wade"


@pytest.mark.parametrize("script", [True, False])
def test_somebody_new_registers_signs_out_and_in_again(visit: Callable[..., Any], site: Site, script: bool) -> None:
    page = visit(script=script)
    email = f"new-{script}@example.org".lower()
    page.goto(site.at("/register?next=/courses/{course}"))
    page.fill("[name=full_name]", "Nora Newcomer")
    page.fill("[name=email]", email)
    page.fill("[name=password]", "password")
    page.click("main .button-primary")
    assert page.locator(".field .error").count() == 1
    assert page.input_value("[name=full_name]") == "Nora Newcomer"
    page.fill("[name=password]", NEW_PASSWORD)
    page.click("main .button-primary")
    page.wait_for_url(site.at("/courses/{course}"))
    assert page.locator(".notice-success").is_visible()
    page.click("[popovertarget=person-menu]")
    page.click("form[action='/sign-out'] button")
    page.wait_for_url(site.at("/"))
    page.goto(site.at("/account"))
    assert "/sign-in?next=/account" in page.url
    page.fill("[name=identifier]", email)
    page.fill("main [name=password]", NEW_PASSWORD)
    page.click("main .button-primary")
    page.wait_for_url(site.at("/account"))


def test_a_wrong_password_is_said_kindly_and_the_address_is_kept(visit: Callable[..., Any], site: Site) -> None:
    page = visit()
    page.goto(site.at("/sign-in"))
    page.fill("[name=identifier]", "nobody@example.org")
    page.fill("main [name=password]", "wrong and wrong")
    page.click("main .button-primary")
    assert "do not match" in page.locator("[role=alert]").inner_text()
    assert page.input_value("[name=identifier]") == "nobody@example.org"


def test_the_password_meter_gives_its_reason(visit: Callable[..., Any], site: Site) -> None:
    page = visit()
    page.goto(site.at("/register"))
    page.locator("[name=password]").press_sequentially("password1")
    page.wait_for_selector("meter")
    assert page.locator("#f-password-strength .hint").inner_text()
    page.click("[data-reveal]")
    assert page.get_attribute("[name=password]", "type") == "text"


def test_the_profile_is_saved_and_a_sign_in_is_ended(visit: Callable[..., Any], site: Site) -> None:
    page = visit("learner")
    page.goto(site.at("/account"))
    page.fill("[name=career_goals]", "Read more\nCalculate less")
    page.select_option("[name=time_zone]", "Europe/Vienna")
    page.click("text=Save profile")
    page.wait_for_selector(".notice-success")
    assert page.input_value("[name=career_goals]") == "Read more\nCalculate less"
    page.goto(site.at("/account/security"))
    before = page.locator("#sessions li").count()
    other = visit()
    sign_in(other, site, "learner@example.org")
    page.reload()
    assert page.locator("#sessions li").count() == before + 1
    page.locator("#sessions .button").first.click()
    expect(page.locator("#sessions li")).to_have_count(before)
    other.goto(site.at("/account"))
    assert "/sign-in" in other.url


def test_the_menu_says_who_is_signed_in(visit: Callable[..., Any], site: Site) -> None:
    page = visit("learner")
    page.goto(site.at("/account"))
    page.click("[popovertarget=person-menu]")
    expect(page.locator("#person-menu .menu-head")).to_contain_text("learner@example.org")


def test_results_come_while_typing_and_keys_choose_them(visit: Callable[..., Any], site: Site) -> None:
    page = visit()
    page.goto(site.at("/courses"))
    page.locator("h1").click()
    page.keyboard.press("/")
    page.keyboard.type("statistics")
    page.wait_for_selector("#finder-results [role=option]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(site.at("/courses/{course}"))


def test_the_catalogue_filters_in_the_url_and_shows_more(visit: Callable[..., Any], site: Site) -> None:
    page = visit()
    page.goto(site.at("/courses"))
    first = page.locator(".course").count()
    page.click(".more a")
    expect(page.locator(".course").nth(first)).to_be_attached()
    page.select_option("[name=category]", "Mathematics")
    page.wait_for_url("**category=Mathematics**")
    expect(page.locator(".course")).to_have_count(1)
    page.reload()
    assert page.locator(".course").count() == 1


def test_the_catalogue_works_without_script(visit: Callable[..., Any], site: Site) -> None:
    page = visit(script=False)
    page.goto(site.at("/courses"))
    page.click(".more a")
    assert page.locator(".course").count() > 0
    page.fill("#f-q", "statistics")
    page.click("main form .button")
    assert page.locator(".course").count() == 1


@pytest.mark.parametrize("script", [True, False])
def test_the_theme_is_kept(visit: Callable[..., Any], site: Site, script: bool) -> None:
    page = visit(script=script)
    page.goto(site.at("/courses"))
    page.click("[popovertarget=person-menu]")
    with page.expect_response("**/theme"):
        page.click("[name=theme][value=dark]")
    page.goto(site.at("/courses"))
    assert page.get_attribute("html", "data-theme") == "dark"


def test_the_keyboard_help_opens_and_closes(visit: Callable[..., Any], site: Site) -> None:
    page = visit()
    page.goto(site.at("/courses"))
    page.keyboard.press("?")
    page.wait_for_selector("#keys[open]")
    page.keyboard.press("Escape")
    assert page.locator("#keys[open]").count() == 0


def test_an_order_is_made_by_dragging_by_keys_and_by_buttons(visit: Callable[..., Any], site: Site) -> None:
    page = visit("teacher")
    page.goto(site.at("/ui"))
    page.wait_for_timeout(300)
    rows = page.locator("[data-sortable=places] > li")
    first = rows.nth(0).get_attribute("data-id")
    rows.nth(0).locator("[data-move=down]").click()
    assert rows.nth(1).get_attribute("data-id") == first
    rows.nth(1).scroll_into_view_if_needed()
    box, target = rows.nth(1).bounding_box(), rows.nth(3).bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(target["x"] + 60, target["y"] + target["height"] - 4, steps=8)
    page.mouse.up()
    assert rows.nth(3).get_attribute("data-id") == first
    assert rows.nth(3).locator("input").input_value() == "4"


def test_a_phone_gets_the_bottom_bar_and_the_drawer(visit: Callable[..., Any], site: Site) -> None:
    page = visit("teacher", width=PHONE)
    page.goto(site.at("/ui"))
    assert page.locator(".bottombar").is_visible()
    assert not page.locator("#side").is_visible()
    page.click(".side-open")
    assert page.locator("#side").is_visible()


def test_the_certificate_is_found_by_its_code(visit: Callable[..., Any], site: Site) -> None:
    page = visit(script=False)
    page.goto(site.at("/verify"))
    page.fill("[name=code]", site.names["code"])
    page.click("main .button-primary")
    page.wait_for_url(site.at("/certificates/{code}"))
    assert "genuine" in page.locator(".notice-success").inner_text()
    assert page.locator("svg.qr").count() == 1
