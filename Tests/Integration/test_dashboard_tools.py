"""The page of tools: preview, write, undo, in a real browser."""

import json

import httpx
from browser import PHONE
from playwright.sync_api import expect

CLAUDE = '{\n  "env": {\n    "MY_SECRET": "never-shown-0123456789"\n  }\n}\n'


def test_connecting_a_tool_and_taking_it_back(new_daemon, visit, tmp_path):
    (tmp_path / ".claude").mkdir()
    file = tmp_path / ".claude/settings.json"
    file.write_text(CLAUDE)
    program = tmp_path / "claude"
    program.write_text("#!/bin/sh\necho '9.8.7 (Claude Code)'\n")
    program.chmod(0o755)
    daemon = new_daemon(CLI_CONFIG_HOME=str(tmp_path), CLI_EXTRA_PATHS=str(tmp_path), CLI_MODE="host").start()
    person = visit(daemon.url)
    page = person.go("/dashboard/tools")
    card = page.locator("#tool-claude")
    expect(card.get_by_text("9.8.7 (Claude Code)")).to_be_visible()
    expect(card.get_by_text("Found", exact=True)).to_be_visible()
    expect(page.locator("#tool-droid").get_by_text("Not found")).to_be_visible()
    person.check_accessibility()

    card.get_by_role("button", name="Connect Claude Code").click()
    page.get_by_label("Model", exact=True).fill("sim/echo")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text('"ANTHROPIC_BASE_URL"')).to_be_visible()
    expect(page.get_by_text("A new client key is made: Claude Code.")).to_be_visible()
    assert "never-shown" not in page.content()
    person.check_accessibility()
    assert file.read_text() == CLAUDE
    page.get_by_role("button", name="Write the file").click()
    expect(card.get_by_text("Connected", exact=True)).to_be_visible()
    env = json.loads(file.read_text())["env"]
    answer = httpx.post(
        f"{env['ANTHROPIC_BASE_URL']}/v1/messages",
        json={"model": "sim/echo", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello!"}]},
        headers={"authorization": f"Bearer {env['ANTHROPIC_AUTH_TOKEN']}"},
        timeout=10,
        trust_env=False,
    )
    assert answer.status_code == 200

    card.get_by_role("button", name="Undo the last change of Claude Code").click()
    page.get_by_role("button", name="Undo", exact=True).last.click()
    expect(card.get_by_text("Found", exact=True)).to_be_visible()
    assert file.read_text() == CLAUDE

    card.get_by_role("button", name="Lines for Claude Code").click()
    expect(page.get_by_text("YOUR-CLIENT-KEY")).to_be_visible()


def test_what_is_wrong_is_told(new_daemon, visit, tmp_path):
    (tmp_path / ".codex").mkdir()
    (tmp_path / ".codex/config.toml").write_text("oops")
    daemon = new_daemon(CLI_CONFIG_HOME=str(tmp_path), CLI_MODE="host", CLI_ALLOW_CONFIG_WRITES="false").start()
    person = visit(daemon.url, viewport=PHONE)
    page = person.go("/dashboard/tools")
    expect(page.get_by_text("Writing tools’ files is switched off")).to_be_visible()
    expect(page.locator("#tool-codex").get_by_text("File unreadable")).to_be_visible()
    expect(page.get_by_role("button", name="Connect Claude Code")).to_have_count(0)
    person.check_width()
