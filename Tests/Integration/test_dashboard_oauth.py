"""Accounts that log in, in a real browser with a real OAuth server behind it."""

import re

import httpx
import pytest
from browser import PHONE
from oauth_server import EMAIL, OAuthServer
from playwright.sync_api import expect
from router import Router


@pytest.fixture(scope="module")
def served(shared_mock):
    router = Router.start(shared_mock)
    yield router
    router.stop()


@pytest.fixture
def server(served):
    """An OAuth server whose accounts become those of the node `mo`."""
    server = OAuthServer()
    server.client.redirect_uris = [f"{served.daemon.url}/api/oauth/acme/callback"]
    [node] = [one for one in served.admin.call("GET", "/api/provider-nodes")["nodes"] if one["prefix"] == "mo"]
    served.admin.call("PUT", "/api/settings/oauth/acme", server.settings(node["id"], name="Acme"))
    yield server
    served.admin.call("DELETE", "/api/settings/oauth/acme")
    for one in served.admin.call("GET", "/api/providers")["connections"]:
        if one["authType"] == "oauth":
            served.admin.call("DELETE", f"/api/providers/{one['id']}")
    server.stop()


def begin(visit, served, **options):
    person = visit(served.daemon.url, **options)
    page = person.go("/dashboard/providers")
    page.get_by_role("button", name="Log in to a provider").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Acme").click()
    return person, page, dialog


def test_a_login_in_the_browser(served, server, visit):
    person, page, dialog = begin(visit, served)
    dialog.get_by_label("Name", exact=True).fill("logged in")
    with person.context.expect_page() as opened:
        dialog.get_by_role("button", name="Open the login page").click()
    # The test's server agrees at once and sends the browser back to the router, which knows it.
    expect(opened.value.get_by_text("was added")).to_be_visible()
    expect(dialog).to_have_count(0)
    account = page.get_by_role("listitem").filter(has_text="logged in")
    expect(account).to_contain_text(EMAIL)
    expect(account).to_contain_text("token ends")
    before = server.refreshes()
    account.get_by_role("button", name="Renew the tokens now").click()
    expect(page.get_by_text("The tokens are new")).to_be_visible()
    assert server.refreshes() == before + 1


def test_an_address_is_pasted(served, server, visit):
    person, page, dialog = begin(visit, served)
    # A browser that never comes back.
    server.client.redirect_uris = [f"{served.daemon.url}/api/oauth/acme/callback"]
    person.context.route("**/authorize?*", lambda route: route.fulfill(status=200, body="a page that leads nowhere"))
    person.context.on("page", lambda other: other.close())
    dialog.get_by_role("button", name="Open the login page").click()
    address = dialog.get_by_role("link", name="Open the login page once more").get_attribute("href")
    answer = httpx.get(address)
    dialog.get_by_text("The browser did not come back?").click()
    dialog.get_by_label("Address it ended at").fill(answer.headers["location"])
    dialog.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("listitem").filter(has_text=EMAIL)).to_be_visible()


def test_a_code_is_entered_on_another_device(served, server, visit):
    person, page, dialog = begin(visit, served, viewport=PHONE, has_touch=True, is_mobile=True)
    dialog.get_by_role("tab", name="On another device").click()
    dialog.get_by_role("button", name="Get a code").click()
    shown = dialog.get_by_label("Code", exact=True)
    expect(shown).to_have_text(re.compile("^[A-Z0-9-]+$"))
    expect(dialog.get_by_text(re.compile(r"^\d+:\d\d$"))).to_be_visible()
    person.check_width()
    server.user_grants[shown.inner_text()] = ("subject-1", True)
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("listitem").filter(has_text=EMAIL)).to_be_visible()


def test_a_refused_code_says_so(served, server, visit):
    _, _, dialog = begin(visit, served)
    dialog.get_by_role("tab", name="On another device").click()
    dialog.get_by_role("button", name="Get a code").click()
    server.user_grants[dialog.get_by_label("Code", exact=True).inner_text()] = ("subject-1", False)
    expect(dialog.get_by_role("alert").filter(has_text=re.compile("."))).to_be_visible()


def test_tokens_are_imported_and_an_ended_account_logs_in_again(served, server, visit):
    person, page, dialog = begin(visit, served)
    person.expected_statuses = {400, 409}
    dialog.get_by_role("tab", name="With tokens").click()
    dialog.get_by_role("button", name="Add the account").click()
    expect(dialog.get_by_text("required, or")).to_be_visible()
    given = server.give()
    dialog.get_by_label("Access token").fill(given.access_token)
    dialog.get_by_label("Refresh token").fill(given.refresh_token)
    dialog.get_by_role("button", name="Add the account").click()
    expect(dialog).to_have_count(0)
    assert given.access_token not in page.content()
    server.revoke_all()
    account = page.get_by_role("listitem").filter(has=page.get_by_role("button", name="Renew the tokens now"))
    account.get_by_role("button", name="Renew the tokens now").click()
    page.reload()
    expect(page.get_by_text("Needs a new login")).to_be_visible()
    page.get_by_role("button", name="Log in again").click()
    with person.context.expect_page():
        page.get_by_role("dialog").get_by_role("button", name="Open the login page").click()
    expect(page.get_by_text("is logged in")).to_be_visible()
    expect(page.get_by_text("Needs a new login")).to_have_count(0)


def test_a_client_is_registered_and_forgotten(served, visit):
    person = visit(served.daemon.url)
    page = person.go("/dashboard/settings?section=oauth")
    line = page.get_by_role("listitem").filter(has_text="Hugging Face")
    expect(line).to_contain_text("no client yet")
    line.get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("/api/oauth/huggingface/callback")).to_be_visible()
    dialog.get_by_label("Client id").fill("my-client")
    dialog.get_by_label("Client secret").fill("my-secret-of-the-test")
    dialog.get_by_text("More", exact=True).click()
    dialog.get_by_label("Further parameters of the login").fill("prompt: consent")
    dialog.get_by_role("button", name="Save").click()
    expect(line).to_contain_text("ready")
    kept = served.admin.call("GET", "/api/settings/oauth/huggingface")["provider"]
    assert kept["clientId"] == "my-client" and kept["hasClientSecret"] is True
    assert kept["authorizeParameters"] == {"prompt": "consent"} and "inference-api" in kept["scopes"]
    line.get_by_role("button", name="Edit").click()
    assert "my-secret-of-the-test" not in page.content()
    dialog.get_by_role("button", name="Save").click()
    assert served.admin.call("GET", "/api/settings/oauth/huggingface")["provider"]["hasClientSecret"] is True
    person.check_accessibility()
    line.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(line).to_contain_text("no client yet")


def test_a_server_of_ones_own_is_described(served, visit):
    person = visit(served.daemon.url)
    person.expected_statuses = {400}
    page = person.go("/dashboard/settings?section=oauth")
    page.get_by_role("button", name="Add an OAuth server").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Id", exact=True).fill("own")
    dialog.get_by_label("Its accounts belong to").select_option("openai")
    dialog.get_by_label("Address of tokens").fill("http://example.org/token")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("must be an https URL")).to_be_visible()
    dialog.get_by_label("Address of tokens").fill("https://example.org/token")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("listitem").filter(has_text="https://example.org/token")).to_be_visible()
    served.admin.call("DELETE", "/api/settings/oauth/own")
