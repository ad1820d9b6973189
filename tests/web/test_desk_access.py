"""Who comes in, what other sites can do, and what every answer carries."""

import re

import aiohttp
import pytest
import pytest_asyncio

from intake.domain import contact
from intake.web import passwords, services
from tests.support import site


@pytest_asyncio.fixture
async def running(tmp_path):
    async with site.running(tmp_path) as opened:
        yield opened


async def test_a_visitor_is_sent_to_the_log_in_page_and_back(running):
    browser = await running.browser()
    answer = await browser.ask("GET", "/werkplek/12345678?lijst=mijn")
    assert answer.status == 303
    assert answer.headers["Location"] == "/inloggen?naar=/werkplek/12345678%3Flijst%3Dmijn"
    answer = await browser.post(
        "/inloggen?naar=/werkplek?lijst=wacht", {"email": running.desk.karin.email, "password": site.PASSWORD}
    )
    assert (answer.status, answer.headers["Location"]) == (303, "/werkplek?lijst=wacht")


@pytest.mark.parametrize("path", ["https://kwaad.example/", "//kwaad.example", "/\\kwaad.example", "werkplek"])
async def test_after_log_in_nobody_is_sent_to_another_site(running, path):
    browser = await running.browser()
    answer = await browser.post(
        "/inloggen", {"email": running.desk.karin.email, "password": site.PASSWORD}, params={"naar": path}
    )
    assert answer.headers["Location"] == "/werkplek"


async def test_a_wrong_password_says_how_many_tries_are_left(running):
    browser = await running.browser()
    answer = await browser.post("/inloggen", {"email": "karin@stad.example", "password": "nee"})
    text = await answer.text()
    assert answer.status == 403
    assert "U kunt nog 4 keer proberen." in text
    assert 'value="karin@stad.example"' in text
    assert 'aria-describedby="password-problem"' in text
    assert not answer.cookies


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_new_at_each_log_in(running):
    browser = await running.browser()
    fields = {"email": running.desk.karin.email, "password": site.PASSWORD}
    first = (await browser.post("/inloggen", fields)).cookies["onthaal"]
    assert (first["httponly"], first["samesite"], first["path"], first["secure"]) == (True, "Lax", "/", "")
    second = (await browser.post("/inloggen", fields | {"csrf": await token(browser)})).cookies["onthaal"]
    assert first.value != second.value
    old = {"Cookie": f"onthaal={first.value}"}
    async with (
        aiohttp.ClientSession() as other,
        other.get(f"{running.url}/werkplek", headers=old, allow_redirects=False) as answer,
    ):
        assert answer.status == 303


async def token(browser):
    return re.search(r'name="csrf" value="([^"]+)"', await browser.get("/werkplek"))[1]


async def test_over_https_the_cookie_is_bound_to_the_host(tmp_path):
    async with site.running(tmp_path, is_secure=True) as running:
        browser = await running.browser()
        answer = await browser.post("/inloggen", {"email": running.desk.karin.email, "password": site.PASSWORD})
        cookie = answer.cookies["__Host-onthaal"]
        assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
        assert "Strict-Transport-Security" in answer.headers


async def test_logging_out_ends_the_session_on_the_server(running):
    browser = await running.browser(running.desk.karin)
    kept = {cookie.key: cookie.value for cookie in browser.http.cookie_jar}
    answer = await browser.post("/uitloggen")
    assert (answer.status, answer.headers["Location"]) == (303, "/inloggen")
    again = await running.browser()
    answer = await again.ask("GET", "/werkplek", cookies=kept)
    assert answer.status == 303


async def test_an_idle_session_is_over(running):
    browser = await running.browser(running.desk.karin)
    running.desk.clock.pass_time(minutes=31)
    answer = await browser.ask("GET", "/werkplek")
    assert answer.status == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://kwaad.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_another_site_cannot_make_a_browser_act(running, headers):
    number = await running.queued()
    browser = await running.browser(running.desk.karin)
    answer = await browser.post(f"/werkplek/{number}/neem", headers=headers)
    assert answer.status == 403
    assert (await running.desk.contact()).owner is contact.Owner.QUEUE


@pytest.mark.parametrize("given", ["", "verkeerd"])
async def test_an_act_without_the_token_of_the_session_is_refused(running, given):
    number = await running.queued()
    browser = await running.browser(running.desk.karin)
    answer = await browser.post(f"/werkplek/{number}/neem", {"csrf": given})
    assert answer.status == 403
    assert "Laad de pagina opnieuw" in await answer.text()
    answer = await browser.post(f"/werkplek/{number}/neem", headers={"X-CSRF-Token": browser.csrf})
    assert answer.status == 303


async def test_under_the_name_of_another_site_nothing_can_be_changed(running):
    browser = await running.browser()
    fields = {"email": running.desk.karin.email, "password": site.PASSWORD}
    headers = {"Host": "kwaad.example", "Origin": "http://kwaad.example"}
    answer = await browser.post("/inloggen", fields, headers=headers)
    assert answer.status == 403
    assert "http://stad" in await answer.text()
    assert (await browser.ask("GET", "/", headers=headers)).status == 200


async def test_under_the_name_of_another_site_the_demo_shows_nothing(tmp_path):
    demo = services.Demo(
        logins=[("karin@stad.example", "geheim-woord", "Onthaal")], mails=lambda _: (), mail=lambda _: None
    )
    async with site.running(tmp_path, demo=demo) as running:
        browser = await running.browser()
        answer = await browser.ask("GET", "/inloggen", headers={"Host": "kwaad.example"})
        assert answer.status == 403
        assert "geheim-woord" not in await answer.text()


async def test_a_webhook_of_a_channel_needs_no_origin_and_no_token(running):
    browser = await running.browser(running.desk.karin)
    answer = await browser.ask("POST", "/haken/test", headers={"Origin": "https://elders.example"})
    assert answer.status == 200


async def test_a_body_that_is_too_large_is_refused_in_words(running):
    browser = await running.browser(running.desk.karin)
    answer = await browser.post("/inloggen", {"email": "x" * 300_000})
    assert answer.status == 413
    assert "Dit is te groot" in await answer.text()


PAGES = [
    "/",
    "/producten",
    "/producten/paspoort",
    "/privacy",
    "/toegankelijkheid",
    "/inloggen",
    "/werkplek",
    "/nergens",
]


@pytest.mark.parametrize("path", [*PAGES, "/healthz", "/static/css/base.css"])
async def test_every_answer_carries_the_headers_that_keep_others_out(running, path):
    browser = await running.browser(running.desk.karin)
    answer = await browser.ask("GET", path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("path", PAGES)
async def test_no_page_holds_what_its_policy_forbids(running, path):
    await running.queued()
    browser = await running.browser(running.desk.karin)
    text = await (await browser.ask("GET", path)).text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", text)


async def test_pages_with_personal_data_are_not_kept_by_the_browser(running):
    browser = await running.browser(running.desk.karin)
    assert (await browser.ask("GET", "/werkplek")).headers["Cache-Control"] == "no-store"


async def test_static_files_are_kept_for_ever_by_their_content_and_else_checked(running):
    browser = await running.browser()
    page = await browser.get("/inloggen")
    address = re.search(r'"(/static/desk/desk.css\?v=[0-9a-f]{12})"', page)[1]
    assert "immutable" in (await browser.ask("GET", address)).headers["Cache-Control"]
    plain = await browser.ask("GET", "/static/desk/desk.css")
    assert plain.headers["Cache-Control"] == "no-cache"
    again = await browser.ask("GET", "/static/desk/desk.css", headers={"If-None-Match": plain.headers["ETag"]})
    assert again.status == 304


async def test_the_chat_may_be_used_on_other_sites_and_nothing_else_may(running):
    browser = await running.browser()
    chat = await browser.ask("GET", "/static/chat/onthaal-chat.js")
    assert chat.headers["Access-Control-Allow-Origin"] == "*"
    assert chat.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Access-Control-Allow-Origin" not in (await browser.ask("GET", "/static/js/desk.js")).headers


async def test_only_named_files_of_npm_are_served(running):
    browser = await running.browser()
    await browser.get("/static/vendor/htmx.js")
    await browser.get("/static/vendor/../../package.json", status=404)
    await browser.get("/static/vendor/package.json", status=404)


async def test_health_is_told_to_probes(running):
    browser = await running.browser()
    answer = await browser.ask("GET", "/healthz")
    assert await answer.json() == {"status": "ok", "parts": {}}


async def test_an_unexpected_error_gives_a_code_and_keeps_its_cause_to_itself(tmp_path, caplog):
    async def broken():
        raise RuntimeError("geheim van de burger")

    async with site.running(tmp_path, health=broken) as running:
        browser = await running.browser()
        answer = await browser.ask("GET", "/healthz")
        assert answer.status == 500
        assert "geheim" not in await answer.text()
        assert [record.getMessage() for record in caplog.records] == ["web_failed"]


async def test_a_password_is_kept_as_argon2id_and_checked():
    hasher = passwords.Argon2()
    kept = await hasher.hash("een lang wachtwoord")
    assert kept.startswith("$argon2id$")
    assert await hasher.verify(kept, "een lang wachtwoord")
    assert not await hasher.verify(kept, "een ander wachtwoord")
    assert not await hasher.verify("geen hash", "een lang wachtwoord")
    hasher.close()
