"""Looks into single requests in a real browser: the translator, and requests sent again."""

import json
import re

import httpx
import pytest
from browser import PHONE
from playwright.sync_api import expect
from router import Router


@pytest.fixture(scope="module")
def served(shared_mock):
    router = Router.start(shared_mock)
    router.admin.call("PATCH", "/api/settings", {"bodyLog": {"mode": "all"}})
    yield router
    router.stop()


def logged(served, body: dict) -> str:
    """A request by its id, when its bodies are written."""
    answer = httpx.post(
        f"{served.daemon.url}/v1/chat/completions", json=body, headers={"authorization": f"Bearer {served.key}"},
        timeout=10, trust_env=False)
    id_ = answer.headers["x-request-id"]

    def is_written():
        found = served.admin.http.get(f"/api/usage/request-logs/{id_}")
        return found.status_code == 200 and found.json()["log"]["hasResponseBody"]

    served.mock.wait_until(is_written, timeout=4, why="it is written")
    return id_


def test_losses_are_named_and_marked(served, visit):
    page = visit(served.daemon.url).go("/dashboard/translator")
    anthropic = page.get_by_role("region", name="anthropic: claude-sonnet-4-5")
    expect(anthropic.get_by_text("seed", exact=True)).to_be_visible()
    source = page.get_by_role("region", name="What the client sends").first
    expect(source.locator('.row.marked[data-mark="seed"]')).to_contain_text('"seed": 7')
    expect(source.get_by_text("Looks like OpenAI Chat")).to_be_visible()
    # The same dialect passes on what came.
    expect(page.get_by_role("region", name="openai-chat: gpt-4o-mini").get_by_text("passed on")).to_be_visible()
    anthropic.get_by_role("button", name="response_format").click()
    expect(source.locator(".row.pointed").first).to_be_in_viewport()


def test_bytes_are_shown_as_sent(served, visit):
    page = visit(served.daemon.url).go("/dashboard/translator")
    page.get_by_label("Models, aliases or combos").fill("ma/mock-model")
    page.keyboard.press("Enter")
    card = page.get_by_role("region", name="ma/mock-model", exact=True)
    card.get_by_role("button", name="As sent").click()
    shown = card.locator("pre.json").inner_text()
    body = page.get_by_role("textbox", name="What the client sends")
    page.get_by_role("button", name="Edit").click()
    answer = served.admin.call(
        "POST", "/api/translator/translate", {"body": body.input_value(), "targets": ["ma/mock-model"]})
    assert shown == answer["targets"][0]["body"]


def test_a_pasted_request_is_translated_as_it_is_written(served, visit):
    person = visit(served.daemon.url)
    person.expected_statuses = {400}
    page = person.go("/dashboard/translator")
    page.get_by_role("button", name="Paste your own").click()
    source = page.get_by_role("textbox", name="What the client sends")
    source.fill(json.dumps({"contents": [{"role": "user", "parts": [{"text": "Hi"}]}], "generationConfig": {"topK": 3}}))
    expect(page.get_by_text("Looks like Gemini")).to_be_visible()
    card = page.get_by_role("region", name="openai-chat: gpt-4o-mini")
    expect(card.get_by_text("generationConfig.topK")).to_be_visible()
    source.fill("{")
    expect(page.get_by_text(re.compile("looks like no dialect"))).to_be_visible()


def test_a_stream_is_stepped_through(served, visit):
    page = visit(served.daemon.url).go("/dashboard/translator?view=stream")
    rows = page.locator(".stream-steps > li:visible")
    expect(rows).to_have_count(16)
    page.get_by_label("Event", exact=True).fill("1")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("message_start")
    for _ in range(3):
        page.get_by_role("button", name="Next event").click()
    expect(page.get_by_text("4 / 16")).to_be_visible()
    expect(rows.last).to_contain_text("Look up Paris.")
    expect(rows.last).to_contain_text("reasoning_content")
    expect(rows.last).to_contain_text("From here the answer counts")
    page.get_by_label("Sample").last.select_option("brokenStream")
    expect(page.get_by_text("The server had an error").first).to_be_visible()
    page.locator(".stream-steps").press("Home")
    expect(rows).to_have_count(1)


def test_a_logged_request_is_looked_at_and_sent_again(served, visit):
    id_ = logged(served, {"model": "sim/echo", "stream": True, "messages": [{"role": "user", "content": "Say it twice"}]})
    page = visit(served.daemon.url).go(f"/dashboard/requests/{id_}")
    again = page.get_by_role("region", name="Send again", exact=True)
    again.get_by_label("To model").fill("sim/long")
    again.get_by_role("button", name="Send again").click()
    expect(again.get_by_role("region", name="Then")).to_contain_text("Say it twice")
    now = again.get_by_role("region", name="Now")
    expect(now).to_contain_text("sim/long")
    expect(now.locator(".words")).not_to_have_text("No text")
    page.get_by_role("link", name="See it translated").click()
    expect(page.get_by_role("region", name="What the client sends").first).to_contain_text("Say it twice")
    page.get_by_role("tab", name="Stream").click()
    expect(page.locator(".stream-steps > li").first).to_contain_text("chat.completion.chunk")


def test_a_logged_request_is_picked(served, visit):
    logged(served, {"model": "sim/echo", "messages": [{"role": "user", "content": "Pick me"}]})
    page = visit(served.daemon.url).go("/dashboard/translator")
    page.get_by_role("button", name="Pick a logged request").click()
    page.get_by_role("dialog").get_by_role("button", name="sim/echo").first.click()
    expect(page.get_by_role("region", name="What the client sends").first).to_contain_text("Pick me")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible(served, visit, scheme):
    person = visit(served.daemon.url, color_scheme=scheme, reduced_motion="reduce")
    page = person.go("/dashboard/translator")
    expect(page.locator(".row.marked").first).to_be_visible()
    person.check_accessibility()
    page.get_by_role("tab", name="Stream").click()
    expect(page.locator(".stream-steps > li").first).to_be_visible()
    person.check_accessibility()


def test_it_fits_a_phone(served, visit):
    person = visit(served.daemon.url, viewport=PHONE, has_touch=True, is_mobile=True)
    page = person.go("/dashboard/translator")
    expect(page.locator(".row.marked").first).to_be_visible()
    person.check_width()
    page.get_by_role("tab", name="Stream").click()
    expect(page.locator(".stream-steps > li").first).to_be_visible()
    person.check_width()
