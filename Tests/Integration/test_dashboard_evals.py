"""The pages of evals in a real browser."""

import pytest
from browser import PHONE
from mock_upstream import say
from playwright.sync_api import expect
from router import Router


@pytest.fixture(scope="module")
def served(shared_mock):
    router = Router.start(shared_mock)
    yield router
    router.stop()


def _judge(text):
    return {"type": "exact", "value": text}


@pytest.fixture
def compared(served, mock):
    """Two runs of a suite, the second of which broke a case."""
    cases = [{"name": f"Case {name}", "id": name, "input": name, "judges": [_judge("Hi!")]} for name in ("steady", "shaky")]
    suite = served.admin.call("POST", "/api/evals", {"name": "Greeting", "cases": cases}, expect=201)
    runs = []
    for last in ("Hi!", "Bye!"):
        mock.reply_with(say("Hi!"), say(last))
        body = {"suiteId": suite["id"], "model": "mo/m", "wait": True, "concurrency": 1, "note": f"says {last}"}
        runs.append(served.admin.call("POST", "/api/evals", body))
    yield suite, runs
    served.admin.call("DELETE", f"/api/evals/{suite['id']}")
    for run in runs:
        served.admin.call("DELETE", f"/api/evals/runs/{run['id']}", expect=(200, 404))


def test_a_suite_is_made_run_and_followed(served, mock, visit):
    person = visit(served.daemon.url)
    person.expected_statuses = {400}
    page = person.go("/dashboard/evals")
    page.get_by_role("button", name="New suite").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("Capitals")
    dialog.get_by_label("Name of the case").fill("France")
    dialog.get_by_label("Question").fill("The capital of France?")
    dialog.get_by_label("Judge", exact=True).select_option(label="Pattern")
    dialog.get_by_label("Expected").fill("(Paris")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("'(' without its ')'").first).to_be_visible()
    dialog.get_by_label("Expected").fill("Paris|Lutetia")
    dialog.get_by_role("button", name="Add a judge").click()
    dialog.get_by_label("Expected").last.fill("paris")
    dialog.get_by_role("button", name="Add a case").click()
    dialog.get_by_label("Name of the case").last.fill("Italy")
    dialog.get_by_label("Question").last.fill("The capital of Italy?")
    dialog.get_by_label("Expected").last.fill("Rome")
    dialog.get_by_role("button", name="Save").click()
    suite = page.get_by_role("region", name="Capitals")
    expect(suite.get_by_text("2 cases")).to_be_visible()
    (made,) = [one for one in served.admin.call("GET", "/api/evals") if one["name"] == "Capitals"]
    whole = served.admin.call("GET", f"/api/evals/{made['id']}")
    assert [judge["type"] for judge in whole["cases"][0]["judges"]] == ["regex", "contains"]

    mock.always(say("It is Paris."))
    suite.get_by_role("button", name="Run", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Models", exact=True).fill("mo/m\nma/m")
    dialog.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="Capitals", level=1)).to_be_visible()
    expect(page.get_by_text("done", exact=True)).to_be_visible()
    results = page.get_by_role("region", name="Results")
    expect(results.get_by_role("listitem")).to_have_count(4)
    expect(results.get_by_text("passed", exact=True)).to_have_count(2)
    results.get_by_role("button", name="Not passed").click()
    expect(results.get_by_role("listitem").filter(visible=True)).to_have_count(2)
    failed = results.get_by_role("listitem").filter(visible=True).first
    failed.locator("summary").click()
    expect(failed.get_by_text("It is Paris.")).to_be_visible()
    expect(failed.get_by_text("does not hold 'Rome'")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Evals", exact=True)).to_be_visible()
    assert served.admin.call("GET", f"/api/evals/runs?suiteId={made['id']}")["total"] == 0


def test_what_is_edited_stays_whole(served, visit, compared):
    suite, _ = compared
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Well?"}]
    judges = [{"type": "contains", "values": ["a", "b"], "match": "any", "ignoreCase": False}, {"type": "exact", "value": "x", "negate": True}]
    cases = [{"id": "talk", "name": "Talk", "input": {"messages": messages, "temperature": 0}, "judges": judges, "tags": ["t"]}]
    before = served.admin.call("PATCH", f"/api/evals/{suite['id']}", {"cases": cases})
    page = visit(served.daemon.url).go("/dashboard/evals")
    page.get_by_role("region", name="Greeting").get_by_role("button", name="Edit").click()
    page.get_by_role("dialog").get_by_label("Description").fill("Edited")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Edited")).to_be_visible()
    after = served.admin.call("GET", f"/api/evals/{suite['id']}")
    assert after["cases"] == before["cases"] and after["description"] == "Edited"


def test_runs_are_held_against_each_other(served, visit, compared):
    _, (first, second) = compared
    page = visit(served.daemon.url).go("/dashboard/evals")
    runs = page.get_by_role("region", name="Runs", exact=True).first
    for note in ("says Hi!", "says Bye!"):
        runs.get_by_role("row").filter(has_text=note).get_by_role("checkbox").check()
    runs.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="Runs side by side")).to_be_visible()
    expect(page.get_by_text("1 broken")).to_be_visible()
    cases = page.get_by_role("region", name="Cases").first
    cases.get_by_role("button", name="Changed").click()
    expect(cases.get_by_role("row")).to_have_count(2)
    cases.get_by_role("button", name="Answers side by side").click()
    expect(page.get_by_role("dialog").get_by_text("Bye!", exact=True)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible_and_fit_a_phone(served, visit, compared, scheme):
    _, (first, second) = compared
    paths = [
        "/dashboard/evals", f"/dashboard/evals/runs/{second['id']}", f"/dashboard/evals/compare?runs={first['id']},{second['id']}",
    ]
    wide = visit(served.daemon.url, color_scheme=scheme, reduced_motion="reduce")
    phone = visit(
        served.daemon.url, viewport=PHONE, has_touch=True, is_mobile=True, color_scheme=scheme, reduced_motion="reduce"
    )
    for path in paths:
        for person in (wide, phone):
            page = person.go(path)
            expect(page.locator("h1")).to_be_visible()
            expect(page.locator("main .skeleton")).to_have_count(0)
            person.check_accessibility()
            person.check_width()
    page = wide.go("/dashboard/evals")
    page.get_by_role("region", name="Greeting").get_by_role("button", name="Edit").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_role("dialog").locator("summary").first.click()
    wide.check_accessibility()
