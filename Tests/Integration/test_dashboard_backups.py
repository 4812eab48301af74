"""The page of backups, as people use it."""

import pytest
from browser import PHONE
from playwright.sync_api import expect
from router import Router

PASSPHRASE = "correct horse battery"


@pytest.fixture(scope="module")
def served(shared_mock):
    router = Router.start(shared_mock)
    yield router
    router.stop()


def aliases(served) -> dict:
    return served.admin.call("GET", "/api/models/alias")["aliases"]


def test_back_up_change_and_restore(served, visit):
    served.admin.alias("fast", "mo/m")
    page = visit(served.daemon.url).go("/dashboard/backups")
    expect(page.get_by_text("No backups yet")).to_be_visible()
    page.get_by_role("button", name="Back up now").click()
    expect(page.get_by_text("The backup is made")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="by hand")
    expect(row).to_contain_text("7 accounts, 0 combos, 2 client keys")

    served.admin.call("DELETE", "/api/models/alias?alias=fast")
    served.admin.alias("slow", "mo/m")
    row.get_by_role("button", name="Restore").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Requests under way go on")
    dialog.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("Restored and in force")).to_be_visible()
    assert aliases(served) == {"fast": "mo/m"}

    # The state before can be had back, and what is not needed can go.
    page.get_by_role("row").filter(has_text="before a restore").get_by_role("button", name="Restore").click()
    page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    expect(page.get_by_role("row").filter(has_text="before a restore")).to_have_count(2)
    assert aliases(served) == {"slow": "mo/m"}
    row.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)


def test_download_and_bring_back(served, visit, tmp_path):
    served.admin.alias("taken", "mo/m")
    person = visit(served.daemon.url)
    person.expected_statuses = {400, 422}
    page = person.go("/dashboard/backups")
    page.locator(".page-head").get_by_role("button", name="Download").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("it can be restored here only")
    dialog.get_by_label("What").select_option("exportAll")
    dialog.get_by_label("Passphrase").fill("short")
    expect(dialog.get_by_text("it can be restored here only")).to_be_hidden()
    dialog.get_by_role("button", name="Download").click()
    expect(dialog.get_by_text("the passphrase must have at least 10 characters")).to_be_visible()
    dialog.get_by_label("Passphrase").fill(PASSPHRASE)
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Download").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.suffix == ".omniroute"
    assert file.read_bytes().startswith(b"OMNISEAL")

    served.admin.call("DELETE", "/api/models/alias?alias=taken")
    page.get_by_role("button", name="Restore a file").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("File", exact=True).set_input_files(file)
    dialog.get_by_role("button", name="Restore").click()
    expect(dialog.get_by_text("sealed with a passphrase")).to_be_visible()
    dialog.get_by_label("Passphrase").fill("another passphrase")
    dialog.get_by_role("button", name="Restore").click()
    expect(dialog.get_by_text("not the one this was sealed with")).to_be_visible()
    dialog.get_by_label("Passphrase").fill(PASSPHRASE)
    dialog.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("Restored and in force")).to_be_visible()
    assert "taken" in aliases(served)


def test_how_long_they_are_kept(served, visit):
    person = visit(served.daemon.url)
    person.expected_statuses = {400}
    page = person.go("/dashboard/backups")
    page.get_by_label("How many are kept").fill("1")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("must be a whole number from 2 to 1000")).to_be_visible()
    page.get_by_label("How many are kept").fill("7")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    assert served.admin.call("GET", "/api/db-backups/settings")["keepCount"] == 7


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_it(served, visit, theme):
    person = visit(served.daemon.url, color_scheme=theme, reduced_motion="reduce")
    served.admin.call("PUT", "/api/db-backups")
    page = person.go("/dashboard/backups")
    expect(page.get_by_role("row").filter(has_text="by hand").first).to_be_visible()
    person.check_accessibility()
    page.get_by_role("button", name="Restore a file").click()
    person.check_accessibility()


def test_on_a_phone(served, visit):
    person = visit(served.daemon.url, viewport=PHONE)
    served.admin.call("PUT", "/api/db-backups")
    page = person.go("/dashboard/backups")
    expect(page.get_by_role("row").filter(has_text="by hand").first).to_be_visible()
    person.check_width()
