"""Makes the pictures of docs/dashboard.md with a daemon of its own: `python Tests/Integration/dashboard_pictures.py`."""

import random
import time

import httpx
from admin import Admin
from browser import PHONE, Visit, chromium
from daemon import ROOT, Daemon
from mock_upstream import MockUpstream
from playwright.sync_api import expect

FOLDER = ROOT / "docs" / "pictures"
# What is asked, the more often the more often it stands here.
MODELS = ["openai/gpt-4o-mini"] * 5 + ["anthropic/claude-sonnet-4-5"] * 4 + ["coding"] * 2 + ["sim/long", "sim/fail-429"]


def configure(admin: Admin, mock: MockUpstream) -> str:
    for provider, name in [("openai", "Team"), ("openai", "Personal"), ("anthropic", "Main")]:
        connection = admin.connection(
            provider, f"sk-{provider}-{name}-0123456789", name, baseUrl=mock.url(provider, genuine=True)
        )
        admin.call("POST", f"/api/providers/{connection['id']}/test")
    node = admin.node("local", "ollama", mock.url("ollama"), name="Ollama")
    admin.connection(node["id"], "none-0123456789", "this machine")
    admin.call("POST", "/api/combos", {"name": "coding", "models": ["sim/fail", "sim/slow"]}, expect=201)
    return admin.key("laptop")["key"]


def ask(url: str, key: str, seconds: float):
    """Requests at an uneven pace."""
    chance = random.Random(7)
    end = time.monotonic() + seconds
    with httpx.Client(base_url=url, headers={"x-api-key": key}, timeout=30, trust_env=False) as client:
        while time.monotonic() < end:
            question = "Why is the sky blue? " * chance.randrange(1, 60)
            body = {"max_tokens": 200, "messages": [{"role": "user", "content": question}]}
            client.post("/v1/messages", json=body | {"model": chance.choice(MODELS)})
            time.sleep(chance.random() * 0.3)


def translator(browser, daemon: Daemon):
    request = Visit(browser, daemon.url, Daemon.PASSWORD)
    page = request.go("/dashboard/translator")
    for name in ("OpenAI Chat", "OpenAI Responses", "Gemini", "Ollama"):
        page.get_by_role("group", name="Upstreams").get_by_role("button", name=name, exact=True).click()
    expect(page.get_by_role("region", name="anthropic: claude-sonnet-4-5").get_by_text("logit_bias")).to_be_visible()
    page.mouse.move(0, 0)
    page.screenshot(path=FOLDER / "translator.png")
    request.close()
    stream = Visit(browser, daemon.url, Daemon.PASSWORD, color_scheme="dark")
    page = stream.go("/dashboard/translator?view=stream")
    page.get_by_label("Event", exact=True).fill("6")
    page.get_by_role("button", name="One event back").click()
    page.mouse.move(0, 0)
    page.screenshot(path=FOLDER / "stream.png")
    stream.close()


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    mock = MockUpstream()
    daemon = Daemon().start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    try:
        key = configure(admin, mock)
        with chromium() as browser:
            home = Visit(browser, daemon.url, Daemon.PASSWORD)
            home.go("/dashboard")
            ask(daemon.url, key, seconds=45)
            # Figures of today are fetched every ten seconds.
            time.sleep(10)
            home.page.screenshot(path=FOLDER / "home.png")
            home.close()
            logs = admin.call("GET", "/api/usage/request-logs?search=coding")["logs"]
            request = max(logs, key=lambda log: log["attempts"])
            detail = Visit(browser, daemon.url, Daemon.PASSWORD, color_scheme="dark")
            detail.go(f"/dashboard/requests/{request['id']}")
            expect(detail.page.get_by_role("region", name="Attempts")).to_be_visible()
            detail.page.screenshot(path=FOLDER / "request.png")
            detail.close()
            translator(browser, daemon)
            phone = Visit(browser, daemon.url, Daemon.PASSWORD, viewport=PHONE, is_mobile=True, has_touch=True)
            phone.go("/dashboard/providers")
            expect(phone.page.get_by_role("listitem").filter(has_text="Team")).to_be_visible()
            phone.page.screenshot(path=FOLDER / "phone.png")
            phone.close()
    finally:
        admin.close()
        daemon.remove()
        mock.stop()


if __name__ == "__main__":
    main()
