"""The dashboard in a real browser, as people use it."""

import re

import httpx
import pytest
from browser import PHONE
from daemon import Daemon
from playwright.sync_api import expect
from router import Router

PAGES = [
    "", "requests", "playground", "translator", "providers", "models", "combos", "aliases", "policies", "rate-limits",
    "conversations", "keys", "usage", "budgets", "connect", "proxy", "resilience", "sync", "settings", "tools", "backups",
]


@pytest.fixture(scope="module")
def served(shared_mock):
    router = Router.start(shared_mock)
    yield router
    router.stop()


def ask(url: str, key: str | None, model: str = "sim/echo", text: str = "Hello!") -> httpx.Response:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    body = {"model": model, "messages": [{"role": "user", "content": text}]}
    return httpx.post(f"{url}/v1/chat/completions", json=body, headers=headers, timeout=10, trust_env=False)


def test_first_run(new_daemon, visit, mock):
    daemon = new_daemon(INITIAL_PASSWORD=None).start()
    page = visit(daemon.url, password=None).go("/dashboard")
    expect(page.get_by_role("heading", name="Welcome to omniroute")).to_be_visible()
    page.get_by_label("Setup token").fill(daemon.printed("setup-"))
    page.keyboard.press("Enter")
    page.get_by_label("New password").fill("long enough")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="OpenAI", exact=True).click()
    page.get_by_label("API key").fill("sk-of-the-first-provider-0123")
    page.get_by_label("Address").fill(mock.url("openai", genuine=True))
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_text("The connection works")).to_be_visible()
    page.get_by_role("button", name="Add and continue").click()
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_text("Waiting for your first request")).to_be_visible()
    key = page.locator(".code code").first.inner_text()
    page.get_by_role("tab", name="curl").click()
    expect(page.get_by_text("curl " + daemon.url)).to_be_visible()
    assert ask(daemon.url, key).status_code == 200
    expect(page.get_by_text("First request seen")).to_be_visible()
    page.get_by_role("button", name="Go to the dashboard").click()
    expect(page.get_by_role("heading", name="Home", exact=True)).to_be_visible()


def test_log_in_and_out(served, visit):
    person = visit(served.daemon.url, password=None)
    person.expected_statuses = {401}
    page = person.go("/dashboard/keys")
    expect(page).to_have_url(re.compile("/login$"))
    page.get_by_label("Password").fill("not it")
    page.keyboard.press("Enter")
    expect(page.get_by_text("the password is wrong")).to_be_visible()
    page.get_by_label("Password").fill(Daemon.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Home", exact=True)).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_an_ended_session_leads_to_the_login(served, visit):
    person = visit(served.daemon.url)
    # What the page was asking at that moment.
    person.expected_statuses = {401}
    page = person.go("/dashboard/playground")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    assert person.context.request.post("/api/auth/logout").ok
    # This page asks for nothing by itself; its events told it.
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_a_provider_is_added_tested_and_deleted(served, visit, mock):
    person = visit(served.daemon.url)
    person.expected_statuses = {400}
    page = person.go("/dashboard/providers")
    page.get_by_role("button", name="Add provider").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Provider", exact=True).select_option("openai")
    dialog.get_by_label("Name", exact=True).fill("second")
    dialog.get_by_role("button", name="Add provider").click()
    # What the router refuses stands at the field.
    expect(dialog.get_by_text("required")).to_be_visible()
    dialog.get_by_label("API key").fill("sk-of-the-second-account-0123")
    dialog.get_by_label("Address").fill(mock.url("openai", genuine=True))
    dialog.get_by_role("button", name="Add provider").click()
    account = page.get_by_role("listitem").filter(has_text="second")
    expect(account.get_by_text("Works")).to_be_visible()
    # The order changes by keyboard.
    account.get_by_role("button", name="Move second up or down").press("ArrowUp")
    expect(page.get_by_text("The new order holds")).to_be_visible()
    connections = served.admin.call("GET", "/api/providers?provider=openai")["connections"]
    assert [one["name"] for one in connections] == ["second", "openai account"]
    account.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(account).to_have_count(0)


def test_a_key_is_made_limited_and_revoked(served, visit):
    page = visit(served.daemon.url).go("/dashboard/keys")
    page.get_by_role("button", name="Make a key").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("tablet")
    dialog.get_by_label("Models it may use").fill("sim/long\n")
    dialog.get_by_role("button", name="Make a key").click()
    key = dialog.locator(".code code").first.inner_text()
    assert ask(served.daemon.url, key, "sim/long").status_code == 200
    assert ask(served.daemon.url, key, "sim/echo").status_code == 403
    dialog.get_by_role("button", name="Done").click()
    expect(dialog).to_have_count(0)
    row = page.get_by_role("row").filter(has_text="tablet")
    expect(row).to_contain_text("sim/long")
    assert key not in page.content()
    row.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(row.get_by_text("revoked")).to_be_visible()
    assert ask(served.daemon.url, key, "sim/long").status_code == 401


def test_requests_arrive_live(served, visit):
    person = visit(served.daemon.url)
    # The log is written in batches; the page of a request that just ended asks again.
    person.expected_statuses = {404}
    page = person.go("/dashboard/requests")
    expect(page.get_by_text("Live", exact=True).first).to_be_visible()
    served.admin.call("POST", "/api/combos", {"name": "watched", "models": ["sim/fail", "sim/echo"]}, expect=201)
    assert ask(served.daemon.url, served.key, "watched").status_code == 200
    row = page.get_by_role("row").filter(has_text="watched").first
    expect(row).to_contain_text("sim/echo")
    row.get_by_role("link", name="watched").click()
    expect(page.get_by_role("heading", name="watched")).to_be_visible()
    attempts = page.get_by_role("region", name="Attempts")
    expect(attempts.get_by_role("listitem")).to_have_count(2)
    expect(attempts.get_by_text("Served", exact=True)).to_be_visible()
    page.go_back()
    page.get_by_label("Search models, errors, ids").fill("nothing is called that")
    expect(page.get_by_role("heading", name="No request yet")).to_be_visible()


def test_bodies_are_logged_shown_and_removed(served, visit):
    person = visit(served.daemon.url)
    person.expected_statuses = {404}
    page = person.go("/dashboard/settings?section=bodies")
    page.get_by_label("Log bodies of").select_option(label="Everybody")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    request = ask(served.daemon.url, served.key, text="Keep this sentence").headers["x-request-id"]
    served.admin.call("PATCH", "/api/settings", {"bodyLog": {"mode": "off"}})
    bodies = page.get_by_role("region", name="Bodies")
    for _ in range(20):  # They are written a quarter of a second after the request.
        page.goto(f"/dashboard/requests/{request}")
        expect(page.get_by_role("region", name="Attempts")).to_be_visible()
        if bodies.count() > 0:
            break
    expect(bodies.get_by_text("Keep this sentence")).to_be_visible()
    bodies.get_by_role("tab", name="Sent to the client").click()
    expect(bodies.get_by_text("chat.completion")).to_be_visible()
    bodies.get_by_role("button", name="Remove bodies").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(bodies).to_have_count(0)
    assert served.admin.call("GET", f"/api/usage/request-logs/{request}")["log"]["requestBody"] is None


def test_home_counts_what_happens(served, visit):
    page = visit(served.daemon.url).go("/dashboard")
    figure = page.locator(".figure").filter(has_text="Requests").first
    expect(figure).to_contain_text("0")
    for _ in range(20):
        assert ask(served.daemon.url, served.key, "sim/long").status_code == 200
    expect(figure.locator(".value")).not_to_have_text("0 /s")
    providers = page.get_by_role("region", name="Providers", exact=True)
    expect(providers.get_by_role("listitem").filter(has_text="sim")).to_contain_text("errors")


def test_a_combo_is_built_and_explained(served, visit):
    page = visit(served.daemon.url).go("/dashboard/combos")
    page.get_by_role("button", name="New combo").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("built")
    for model in ("sim/echo", "sim/fail"):
        dialog.get_by_label("Model, alias or combo").fill(model)
        page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Move sim/fail up or down").press("ArrowUp")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="built").get_by_role("listitem").first).to_contain_text("sim/fail")
    combo = next(one for one in served.admin.call("GET", "/api/combos")["combos"] if one["name"] == "built")
    assert combo["models"] == ["sim/fail", "sim/echo"]
    explain = page.get_by_role("region", name="Dry run")
    explain.get_by_label("Model, alias or combo").fill("built")
    explain.get_by_role("button", name="Explain").click()
    expect(explain.get_by_text("Goes to sim/fail")).to_be_visible()
    expect(explain.get_by_text("next in line")).to_be_visible()


def test_a_limit_refuses(served, visit):
    page = visit(served.daemon.url).go("/dashboard/budgets")
    page.get_by_role("button", name="Set a limit").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("For").select_option(label="Key: integration")
    dialog.get_by_label("Requests a minute").fill("1")
    dialog.get_by_role("button", name="Save").click()
    card = page.get_by_role("region", name="Key: integration")
    expect(card).to_be_visible()
    answers = [ask(served.daemon.url, served.key).status_code for _ in range(2)]
    assert answers[-1] == 429
    card.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(card).to_have_count(0)
    assert ask(served.daemon.url, served.key).status_code == 200


@pytest.mark.parametrize("dialect", ["OpenAI Chat", "OpenAI Responses", "Anthropic Messages", "Gemini", "Ollama"])
def test_the_playground_speaks_every_dialect(served, visit, dialect):
    page = visit(served.daemon.url).go("/dashboard/playground")
    page.get_by_label("Model or combo").fill("sim/echo")
    page.get_by_label("Dialect").select_option(label=dialect)
    page.get_by_label("Message").fill(f"Say {dialect}")
    page.keyboard.press("Enter")
    expect(page.locator(".turn.assistant .text").last).to_have_text(f"Say {dialect}")
    expect(page.locator(".turn.assistant")).to_contain_text("sim/echo")
    expect(page.locator(".events div").first).to_be_visible()
    page.get_by_role("tab", name="Request").click()
    expect(page.get_by_text("POST /")).to_be_visible()


def test_a_setting_is_saved_and_a_wrong_one_explained(served, visit):
    person = visit(served.daemon.url)
    person.expected_statuses = {400}
    page = person.go("/dashboard/settings")
    attempts = page.get_by_label("Attempts in all")
    attempts.fill("1000")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("from 1 to 100")).to_be_visible()
    attempts.fill("7")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    assert served.admin.call("GET", "/api/settings")["maxAttempts"] == 7


def test_everything_can_be_reached_by_name(served, visit):
    page = visit(served.daemon.url).go("/dashboard")
    expect(page.get_by_role("heading", name="Home", exact=True)).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("budg")
    expect(page.get_by_role("dialog").get_by_role("option", selected=True)).to_have_text("Budgets")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Budgets", exact=True)).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("make a key")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_label("Name")).to_be_focused()


def test_dark_mode_is_remembered(served, visit):
    page = visit(served.daemon.url, color_scheme="light").go("/dashboard")
    background = "getComputedStyle(document.documentElement).backgroundColor"
    theme = page.get_by_role("button", name="Theme").first
    light = page.evaluate(background)
    theme.click()
    theme.click()
    dark = page.evaluate(background)
    assert sum(map(int, re.findall(r"\d+", dark)[:3])) < 150 < sum(map(int, re.findall(r"\d+", light)[:3]))
    page.reload()
    assert page.evaluate(background) == dark


def test_every_page_on_a_phone(served, visit):
    person = visit(served.daemon.url, viewport=PHONE, has_touch=True, is_mobile=True)
    for name in PAGES:
        page = person.go(f"/dashboard/{name}".rstrip("/"))
        expect(page.locator("h1")).to_be_visible()
        expect(page.locator("main .skeleton")).to_have_count(0)
        person.check_width()
    menu = page.get_by_role("button", name="Open the menu")
    menu.click()
    page.get_by_role("navigation").get_by_role("link", name="Providers").click()
    expect(page.get_by_role("heading", name="Providers", exact=True)).to_be_visible()
    menu.click()
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible(served, visit, scheme):
    # Colours on their way from transparent would be taken for weak ones.
    person = visit(served.daemon.url, color_scheme=scheme, reduced_motion="reduce")
    for name in PAGES:
        page = person.go(f"/dashboard/{name}".rstrip("/"))
        expect(page.locator("h1")).to_be_visible()
        expect(page.locator("main .skeleton")).to_have_count(0)
        person.check_accessibility()


def test_german_says_everything_english_does(served, visit):
    page = visit(served.daemon.url).go("/dashboard")
    base = page.locator("link[rel=icon]").get_attribute("href").removesuffix("mark.svg")
    keys = [page.evaluate(f"import('{base}i18n/{name}.js').then((it) => Object.keys(it.default))") for name in ("en", "de")]
    assert sorted(keys[0]) == sorted(keys[1])
    page.get_by_label("Language").select_option("de")
    expect(page.get_by_role("heading", name="Übersicht")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "de"


def test_the_first_load_is_small(served, visit):
    page = visit(served.daemon.url).go("/dashboard")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    sizes = page.evaluate(
        "performance.getEntriesByType('resource').filter((one) => one.name.includes('/assets/')).map((one) => one.encodedBodySize)"
    )
    assert len(sizes) > 10 and sum(sizes) < 150_000
