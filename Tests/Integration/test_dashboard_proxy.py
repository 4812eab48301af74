"""The page of network proxies, as a person uses it."""

import pytest
from browser import PHONE, expect
from proxies import PASSWORD, USER, Proxies, echo, server
from router import Router

PATH = "/api/settings/proxy"


@pytest.fixture(scope="module")
def served(shared_mock):
    router = Router.start(shared_mock)
    yield router
    router.stop()


@pytest.fixture
def proxies():
    made = Proxies()
    yield made
    made.stop()


def test_a_proxy_is_set_tested_and_removed(served, visit, proxies):
    proxy = proxies.start("socks5", login=True)
    person = visit(served.daemon.url)
    page = person.go("/dashboard/proxy")
    with server(echo) as port:
        page.get_by_label("Address asked by tests").fill(f"http://127.0.0.1:{port}/")
        page.get_by_role("region", name="Exceptions").get_by_role("button", name="Save").click()
        expect(page.get_by_text("Saved")).to_be_visible()
        page.get_by_role("button", name="Add a proxy").first.click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("For").select_option(label="Provider: openai")
        dialog.get_by_label("Kind").select_option(label="SOCKS5")
        dialog.get_by_label("Host").fill("127.0.0.1")
        dialog.get_by_label("Port").fill(str(proxy.port))
        dialog.get_by_label("User name").fill(USER)
        dialog.get_by_label("Password").fill("not this one")
        dialog.get_by_role("button", name="Test").click()
        expect(dialog.get_by_text("wants a user name and a password")).to_be_visible()
        dialog.get_by_label("Password").fill(PASSWORD)
        dialog.get_by_role("button", name="Test").click()
        expect(dialog.get_by_text("seen as 203.0.113.9")).to_be_visible()
        person.check_accessibility()
        dialog.get_by_role("button", name="Save").click()
        row = page.get_by_role("row").filter(has_text=f"socks5://127.0.0.1:{proxy.port}")
        expect(row).to_contain_text("openai")
        expect(row).to_contain_text("••••••")
        row.get_by_role("button", name="Test").click()
        expect(page.locator("omni-toasts")).to_contain_text("seen as 203.0.113.9")
        # The password is not in the page; what is not typed again stays.
        row.get_by_role("button", name="Edit").click()
        expect(dialog.get_by_label("Password")).to_have_value("")
        dialog.get_by_role("button", name="Save").click()
        expect(dialog).to_have_count(0)
        assert PASSWORD not in page.content()
        stored = served.admin.call("POST", f"{PATH}/test", {"level": "provider", "id": "openai"})
        assert stored["success"] is True
    row.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Everything goes directly")).to_be_visible()
    assert served.admin.call("GET", PATH)["providers"] == {}


def test_what_is_wrong_stands_at_its_field(served, visit):
    person = visit(served.daemon.url, viewport=PHONE)
    person.expected_statuses = {400}
    page = person.go("/dashboard/proxy")
    page.get_by_role("button", name="Add a proxy").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Host").fill("http://proxy.example.org")
    dialog.get_by_label("Port").fill("3128")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_label("Host")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("Kind").select_option(label="None, directly")
    expect(dialog.get_by_label("Host")).to_be_hidden()
    person.check_width()
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row").filter(has_text="All providers")).to_contain_text("None, directly")
    served.admin.call("DELETE", PATH, params={"level": "global"})
