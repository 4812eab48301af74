"""The dashboard's page of synchronising, in a real browser."""

from playwright.sync_api import expect
from sync_servers import PASSWORD, USER, WebDAVServer
from test_sync import PASSPHRASE, Machine


def test_setting_up_and_settling_a_conflict(new_daemon, visit, tmp_path):
    server = WebDAVServer(tmp_path / "webdav")
    one, other = Machine(new_daemon(), "one"), Machine(new_daemon(), "other")
    try:
        one.combo("fast")
        one.join(server.endpoint)
        person = visit(other.daemon.url)
        person.expected_statuses = {400, 409}
        page = person.go("/dashboard/sync")
        page.get_by_label("Address").fill(server.endpoint["url"])
        page.get_by_label("User", exact=True).fill(USER)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_label("Passphrase").fill("short")
        page.get_by_role("button", name="Set up").click()
        expect(page.get_by_text("must have at least 10 characters")).to_be_visible()
        # A wrong one is told, and nothing is taken over.
        page.get_by_label("Passphrase").fill("another passphrase")
        page.get_by_role("button", name="Set up").click()
        page.get_by_role("button", name="Turn on").click()
        expect(page.get_by_text("the passphrase is not the one that the other machines use").first).to_be_visible()
        assert other.combos == {}
        page.get_by_label("Passphrase").fill(PASSPHRASE)
        page.get_by_role("button", name="Save").click()
        page.get_by_role("button", name="Turn on").click()
        expect(page.get_by_role("button", name="Synchronise now")).to_be_visible()
        assert set(other.combos) == {"fast"}

        one.change_combo("fast", description="written on one")
        one.sync()
        other.change_combo("fast", description="written on the other")
        page.get_by_role("button", name="Synchronise now").click()
        conflict = page.get_by_role("region", name="fast")
        expect(conflict.get_by_text("written on one")).to_be_visible()
        expect(conflict.get_by_text("written on the other")).to_be_visible()
        person.check_accessibility()
        person.check_width()
        conflict.get_by_role("button", name="Keep theirs").click()
        expect(conflict).to_have_count(0)
        assert other.combos["fast"]["description"] == "written on one"

        page.get_by_role("button", name="Turn off").click()
        page.get_by_role("dialog").get_by_role("button", name="Turn off").click()
        expect(page.get_by_role("button", name="Turn on")).to_be_visible()
        assert other.status["enabled"] is False
    finally:
        one.admin.close()
        other.admin.close()
        server.stop()


def test_a_token_for_another_machine_is_shown_once(new_daemon, visit):
    machine = Machine(new_daemon(), "one")
    page = visit(machine.daemon.url).go("/dashboard/sync")
    page.get_by_role("button", name="New token").click()
    page.get_by_label("Machine", exact=True).fill("laptop")
    page.get_by_role("button", name="Make the token").click()
    token = page.locator("dialog .code code").inner_text()
    assert token.startswith("osync-")
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("laptop")).to_be_visible()
    assert token not in page.content()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("None yet")).to_be_visible()
    assert machine.admin.call("GET", "/api/sync/tokens")["tokens"] == []
    machine.admin.close()
