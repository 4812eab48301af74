"""Conditions, limits, conversations and the comparing cache, as people set them in a real browser."""

import httpx
import pytest
from browser import PHONE
from playwright.sync_api import expect
from router import Router


@pytest.fixture(scope="module")
def served(shared_mock):
    router = Router.start(shared_mock)
    yield router
    router.stop()


def ask(served, model: str, text: str = "Hello!", session: str | None = None, **more) -> httpx.Response:
    headers = {"authorization": f"Bearer {served.key}"} | ({"x-session-id": session} if session else {})
    body = {"model": model, "messages": [{"role": "user", "content": text}]} | more
    return httpx.post(
        f"{served.daemon.url}/v1/chat/completions", json=body, headers=headers, timeout=10, trust_env=False)


def test_steps_of_a_combo_have_conditions(served, visit):
    person = visit(served.daemon.url)
    person.expected_statuses = {400}
    page = person.go("/dashboard/combos")
    page.get_by_role("button", name="New combo").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("sorted")
    for model in ("sim/long", "sim/echo"):
        dialog.get_by_label("Model, alias or combo").fill(model)
        page.keyboard.press("Enter")
    dialog.get_by_role("button", name="When and how sim/long is tried").click()
    step = dialog.locator(".step-details:visible")
    step.get_by_label("Tools").select_option(label="Only with")
    step.get_by_role("button", name="OpenAI Chat").click()
    step.get_by_label("Input tokens at least").fill("20")
    step.get_by_label("Input tokens at most").fill("10")
    step.get_by_label("Time for an attempt").fill("9000")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("must not be less than minInputTokens")).to_be_visible()
    step.get_by_label("Input tokens at least").fill("")
    step.get_by_label("Input tokens at most").fill("1000")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="sorted").get_by_role("listitem").first).to_contain_text("Tools: Yes")
    [combo] = [one for one in served.admin.call("GET", "/api/combos")["combos"] if one["name"] == "sorted"]
    assert combo["models"] == [
        {"model": "sim/long", "weight": 1, "timeoutMs": 9000,
         "conditions": {"maxInputTokens": 1000, "tools": True, "formats": ["openai-chat"]}},
        "sim/echo",
    ]
    assert ask(served, "sorted", "passed over").json()["choices"][0]["message"]["content"] == "passed over"
    # Opened and saved again nothing changes, and what is taken away is gone.
    page.get_by_role("region", name="sorted").get_by_role("button", name="Edit").click()
    dialog.get_by_role("button", name="When and how sim/long is tried").click()
    expect(step.get_by_label("Input tokens at most")).to_have_value("1000")
    step.get_by_label("Tools").select_option(label="With or without")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    [combo] = [one for one in served.admin.call("GET", "/api/combos")["combos"] if one["name"] == "sorted"]
    assert combo["models"][0]["conditions"] == {"maxInputTokens": 1000, "formats": ["openai-chat"]}


def test_a_policy_has_times_and_dialects(served, visit):
    page = visit(served.daemon.url, timezone_id="America/St_Johns").go("/dashboard/policies")
    page.get_by_role("button", name="New policy").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("nights")
    dialog.get_by_label("Models", exact=True).fill("sim/*")
    dialog.get_by_role("button", name="Anthropic Messages").click()
    for _ in range(2):
        dialog.get_by_role("button", name="Add a time").click()
    windows = dialog.locator(".time-window")
    windows.nth(0).get_by_label("From").fill("22:00")
    windows.nth(0).get_by_label("Until").fill("00:00")
    windows.nth(0).get_by_role("button", name="Fri").click()
    windows.nth(0).get_by_role("button", name="Mon").click()
    windows.nth(1).get_by_label("From").fill("00:00")
    windows.nth(1).get_by_label("Until").fill("06:30")
    dialog.get_by_role("button", name="Save").click()
    row = page.get_by_role("row").filter(has_text="nights")
    expect(row).to_contain_text("22:00–24:00, 00:00–06:30")
    [policy] = served.admin.call("GET", "/api/policies")["policies"]
    assert policy["match"]["formats"] == ["anthropic"]
    first, second = policy["match"]["times"]
    assert (first["days"], first["from"], first["until"]) == ([1, 5], "22:00", "24:00")
    # Newfoundland, whose offset is no whole hour, in winter or summer.
    assert first["utcOffsetMinutes"] in (-210, -150)
    assert (second["days"], second["until"]) == ([], "06:30")
    row.get_by_role("button", name="Edit").click()
    windows.nth(0).get_by_role("button", name="Remove").click()
    dialog.get_by_role("button", name="Anthropic Messages").click()
    dialog.get_by_role("button", name="Save").click()
    expect(row).not_to_contain_text("22:00")
    [policy] = served.admin.call("GET", "/api/policies")["policies"]
    assert policy["match"]["times"] == [second] and policy["match"]["formats"] == []
    served.admin.call("DELETE", f"/api/policies/{policy['id']}")


def test_similar_questions_are_switched_on(served, visit):
    person = visit(served.daemon.url)
    person.expected_statuses = {400}
    page = person.go("/dashboard/settings?section=cache")
    page.get_by_label("Compare questions").check()
    save = page.get_by_role("button", name="Save").last
    save.click()
    expect(page.get_by_text("must name an embedding model")).to_be_visible()
    page.get_by_label("Embedding model").fill("mo/embed")
    page.get_by_label("How alike they must be").fill("0.9")
    page.get_by_label("What may be worded otherwise").select_option(label="All turns")
    save.click()
    expect(page.get_by_text("Saved")).to_be_visible()
    kept = served.admin.call("GET", "/api/settings")["cache"]["semantic"]
    assert kept | {"enabled": True, "model": "mo/embed", "threshold": 0.9, "part": "conversation"} == kept
    served.admin.call("PATCH", "/api/settings", {"cache": {"semantic": {"enabled": False}}})


def test_limits_are_set_seen_and_taken_away(served, visit):
    page = visit(served.daemon.url).go("/dashboard/rate-limits")
    card = page.get_by_role("region", name="openai / openai account")
    card.get_by_role("button", name="Edit").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Requests per minute").fill("50")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    assert ask(served, "openai/gpt-4o-mini").status_code == 200
    expect(card.get_by_text("1 / 50")).to_be_visible()
    card.get_by_role("button", name="Limit a model").click()
    dialog.get_by_label("Model").fill("gpt-4o")
    dialog.get_by_label("At once").fill("3")
    dialog.get_by_role("button", name="Save").click()
    line = card.get_by_role("listitem").filter(has_text="gpt-4o")
    expect(line).to_contain_text("3")
    [limits] = [one for one in served.admin.call("GET", "/api/rate-limits")["connections"] if one["name"] == "openai account"]
    assert limits["requestsPerMinute"] == 50 and limits["modelLimits"] == {"gpt-4o": {"maxConcurrent": 3}}
    line.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(line).to_have_count(0)
    card.get_by_role("switch").uncheck()
    expect(page.get_by_text("Saved").first).to_be_visible()
    [limits] = [one for one in served.admin.call("GET", "/api/rate-limits")["connections"] if one["name"] == "openai account"]
    assert limits["enabled"] is False and limits["modelLimits"] == {}


def test_conversations_are_listed_and_searched(served, visit):
    for session, model in (("one", "mo/first"), ("one", "mo/first"), ("two", "ma/second")):
        assert ask(served, model, f"of {session}", session=session).status_code == 200
    page = visit(served.daemon.url).go("/dashboard/conversations")
    first = page.get_by_role("row").filter(has_text="first")
    expect(first).to_have_count(1)
    expect(first.get_by_role("cell").nth(3)).to_have_text("2")
    page.get_by_label("Search id, model, account").fill("second")
    expect(first).to_have_count(0)
    expect(page.get_by_role("row").filter(has_text="second")).to_have_count(1)
    page.get_by_label("Search id, model, account").fill("nobody")
    expect(page.get_by_role("heading", name="No conversation")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_forms_are_accessible(served, visit, scheme):
    person = visit(served.daemon.url, color_scheme=scheme, reduced_motion="reduce")
    page = person.go("/dashboard/policies")
    page.get_by_role("button", name="New policy").first.click()
    page.get_by_role("button", name="Add a time").click()
    person.check_accessibility()
    page = person.go("/dashboard/combos?add=1")
    page.get_by_label("Model, alias or combo").first.fill("sim/echo")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="When and how sim/echo is tried").click()
    person.check_accessibility()


def test_the_forms_fit_a_phone(served, visit):
    person = visit(served.daemon.url, viewport=PHONE, has_touch=True, is_mobile=True)
    page = person.go("/dashboard/policies")
    page.get_by_role("button", name="New policy").first.click()
    page.get_by_role("button", name="Add a time").click()
    person.check_width()
    wider = page.evaluate("(() => { const it = document.querySelector('dialog .content'); return it.scrollWidth - it.clientWidth; })()")
    assert wider <= 0
