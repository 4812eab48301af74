"""The dashboard's pages of the audit log, of access, and of the process's end."""

import re
import time

import httpx
import pytest
from browser import PHONE
from daemon import Daemon
from playwright.sync_api import expect


@pytest.fixture
def daemon(new_daemon):
    return new_daemon().start()


def test_a_token_is_made_used_and_revoked(daemon, visit):
    page = visit(daemon.url).go("/dashboard/access")
    page.get_by_role("button", name="Make a token").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("backup script")
    dialog.get_by_label("May").select_option("read write")
    dialog.get_by_role("button", name="Make a token").click()
    token = dialog.locator(".code code").first.inner_text()
    answer = httpx.post(
        f"{daemon.url}/api/keys", json={"name": "by a token"}, headers={"authorization": f"Bearer {token}"},
        trust_env=False,
    )
    assert answer.status_code == 201
    dialog.get_by_role("button", name="Done").click()
    expect(page.get_by_text(token)).to_have_count(0)
    row = page.get_by_role("row").filter(has_text="backup script")
    row.get_by_role("link", name="Audit log").click()
    expect(page.get_by_text("keys.create")).to_be_visible()
    page.go_back()
    row.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(row).to_have_count(0)
    refused = httpx.get(f"{daemon.url}/api/keys", headers={"authorization": f"Bearer {token}"}, trust_env=False)
    assert refused.status_code == 401


def test_sessions_are_ended(daemon, visit):
    other = httpx.Client(base_url=daemon.url, trust_env=False, headers={"user-agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"})
    assert other.post("/api/auth/login", json={"password": Daemon.PASSWORD}).status_code == 200
    person = visit(daemon.url)
    # What the page was asking when its own session ended.
    person.expected_statuses = {401}
    page = person.go("/dashboard/access")
    row = page.get_by_role("row").filter(has_text="Firefox, Linux")
    row.get_by_role("button", name="End this session").click()
    expect(row).to_have_count(0)
    assert other.get("/api/keys").status_code == 401
    page.get_by_role("button", name="Sign out everywhere").click()
    page.get_by_role("dialog").get_by_role("button", name="Sign out everywhere").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    other.close()


def test_the_audit_log_is_filtered_verified_and_saved(daemon, visit):
    wrong = httpx.post(f"{daemon.url}/api/auth/login", json={"password": "wrong one"}, trust_env=False)
    assert wrong.status_code == 401
    page = visit(daemon.url).go("/dashboard/audit")
    table = page.get_by_role("table")
    expect(table.get_by_text("auth.login")).to_have_count(2)
    page.get_by_label("All outcomes").select_option("failure")
    expect(table.get_by_text("auth.login")).to_have_count(1)
    expect(page).to_have_url(re.compile("outcome=failure"))
    table.get_by_text("auth.login").click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_text("wrong_password")).to_be_visible()
    page.keyboard.press("Escape")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    text = download.value.path().read_text()
    assert text.startswith("id,timestamp") and "wrong_password" in text and text.count("\n") == 2
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_text("none was changed or removed")).to_be_visible()
    page.get_by_label("All areas").select_option("keys")
    expect(page.get_by_text("Nothing fits")).to_be_visible()


def test_the_router_restarts_and_ends(daemon, visit):
    person = visit(daemon.url)
    # Nobody answers for a moment.
    person.expected_statuses = {503}
    page = person.go("/dashboard/settings?section=about")
    page.get_by_role("button", name="Restart").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert daemon.process.poll() is None
    page.get_by_role("button", name="Shut down").click()
    page.get_by_role("dialog").get_by_role("button", name="Shut down").click()
    deadline = time.monotonic() + 20
    while daemon.process.poll() is None and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    assert daemon.process.poll() == 0
    person.faults.clear()  # The page that stays open asks for its events in vain.


def test_the_owner_chooses_for_those_who_have_not(daemon, visit):
    page = visit(daemon.url, color_scheme="light").go("/dashboard/settings?section=general")
    page.get_by_label("Name of this router").fill("Home router")
    page.get_by_label("Theme, for whoever has chosen none").select_option("dark")
    page.get_by_label("Language, for whoever has chosen none").select_option("de")
    page.get_by_label("Blocked providers").fill("openai\n")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    other = visit(daemon.url, color_scheme="light", password=None)
    page = other.go("/login")
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.title().endswith("Home router")
    # Who has chosen keeps what they chose.
    page.evaluate("localStorage.setItem('omniroute.theme', 'light'); localStorage.setItem('omniroute.language', 'en')")
    page.reload()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    assert page.evaluate("document.documentElement.dataset.theme") == "light"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_the_pages(daemon, visit, scheme):
    person = visit(daemon.url, color_scheme=scheme, reduced_motion="reduce")
    phone = visit(daemon.url, color_scheme=scheme, reduced_motion="reduce", viewport=PHONE, has_touch=True, is_mobile=True)
    made = person.context.request.post("/api/tokens", data={"name": "a program with a name that is quite long indeed"})
    assert made.ok
    for one in (person, phone):
        for path in ("access", "audit", "settings?section=about", "settings?section=general"):
            page = one.go(f"/dashboard/{path}")
            expect(page.locator("h1")).to_be_visible()
            expect(page.locator("main .skeleton")).to_have_count(0)
            one.check_accessibility()
            one.check_width()
        one.go("/dashboard/audit").get_by_role("row").filter(has_text="tokens.create").click()
        expect(one.page.get_by_role("dialog")).to_be_visible()
        one.check_accessibility()
