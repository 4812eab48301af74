"""Tools on this machine: found or not, connected with a real client key, and put back as they were."""

import json
import os
import re
import stat
import subprocess
import time
import tomllib

import anthropic
import openai
import pytest
import yaml
from admin import Admin
from daemon import Daemon, binary

CLAUDE = '{\n  // my own remark\n  "permissions": {"allow": ["Bash(ls)"]},\n  "env": {\n    "MY_TOKEN": "keep-this-secret"\n  }\n}\n'
CODEX = '# mine\nmodel = "gpt-5" # fast\nretries = 0x1F\n\n[mcp_servers.docs]\nargs = [\n  "-y", # yes\n]\n'


class Machine:
    """A daemon with a home folder and a folder of executables of its own."""

    def __init__(self, new_daemon, tmp_path, **settings):
        self.home = tmp_path / "home"
        self.bin = tmp_path / "bin"
        self.home.mkdir(exist_ok=True)
        self.bin.mkdir(exist_ok=True)
        self.daemon = new_daemon(
            CLI_CONFIG_HOME=str(self.home),
            CLI_EXTRA_PATHS=str(self.bin),
            CLI_MODE="host",
            REQUIRE_API_KEY="true",
            **settings,
        ).start()
        self.admin = Admin(self.daemon.url, Daemon.PASSWORD)

    def call(self, method, path, body=None, expect=200):
        return self.admin.call(method, f"/api/cli-tools/{path}", body, expect=expect)

    def connect(self, tool, expect=200, **body):
        return self.call("POST", f"{tool}-settings", body, expect=expect)

    def put(self, path, text, mode=0o644):
        file = self.home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)
        return file

    def program(self, name, text="echo '1.2.3 (of a test)'", mode=0o755):
        file = self.bin / name
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(mode)
        return file

    def command(self, *arguments):
        environment = {key: value for key, value in os.environ.items() if key in ("PATH", "LD_LIBRARY_PATH")}
        environment |= {
            "HOME": str(self.home),
            "CLI_CONFIG_HOME": str(self.home),
            "DATA_DIR": str(self.daemon.data_dir),
            "PORT": str(self.daemon.port),
            "CLI_EXTRA_PATHS": str(self.bin),
        }
        return subprocess.run(
            [binary(), "connect", *arguments], env=environment, capture_output=True, text=True, timeout=60
        )


@pytest.fixture
def machine(new_daemon, tmp_path):
    one = Machine(new_daemon, tmp_path)
    yield one
    one.admin.close()


def test_a_tool_that_is_not_there(machine):
    seen = machine.call("GET", "runtime/codex")
    assert (seen["installed"], seen["runnable"], seen["reason"]) == (False, False, "not_found")
    assert (seen["command"], seen["commandPath"], seen["requiresBinary"]) == (None, None, True)
    assert (seen["toolId"], seen["runtimeMode"]) == ("codex", "host")
    assert machine.call("GET", "runtime/nothing", expect=404)["error"]["code"] == "unknown_tool"


def test_a_tool_that_starts(machine):
    path = machine.program("claude")
    seen = machine.call("GET", "runtime/CLAUDE")
    assert (seen["installed"], seen["runnable"], seen["reason"]) == (True, True, None)
    assert (seen["command"], seen["commandPath"], seen["version"]) == ("claude", str(path), "1.2.3 (of a test)")
    # For a minute it is not started again.
    path.write_text("#!/bin/sh\nexit 1\n")
    assert machine.call("GET", "claude-settings")["runnable"] is True


def test_tools_that_do_not_start(machine):
    machine.program("codex", "exit 3")
    machine.program("droid", mode=0o644)
    machine.program("opencode", "exit 1").chmod(0o757)
    machine.program("gemini", '[ "$1" = -v ] && echo 0.9')
    seen = {tool["toolId"]: tool for tool in machine.call("GET", "status")["tools"]}
    assert (seen["codex"]["installed"], seen["codex"]["reason"]) == (True, "healthcheck_failed")
    assert (seen["droid"]["runnable"], seen["droid"]["reason"]) == (False, "not_executable")
    assert seen["opencode"]["reason"] == "unsafe_location"
    # Those that know no --version are asked for -v.
    assert (seen["gemini-cli"]["runnable"], seen["gemini-cli"]["version"]) == (True, "0.9")
    assert (seen["continue"]["requiresBinary"], seen["continue"]["reason"]) == (False, "not_required")
    assert {tool["configStatus"] for tool in seen.values()} == {"not_configured", "not_installed"}
    # What people copy by hand.
    for tool in seen.values():
        assert tool["manual"] or "YOUR-CLIENT-KEY" in "".join(file["text"] for file in tool["manualFiles"])


def test_a_tool_that_hangs_is_ended(machine):
    mark = machine.home / "pid"
    machine.program("claude", f"echo $$ > {mark}\nsleep 600 & wait")
    began = time.monotonic()
    assert machine.call("GET", "runtime/claude")["reason"] == "healthcheck_failed"
    assert 3 < time.monotonic() - began < 9
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


def test_a_program_sees_no_secret_of_the_daemon(new_daemon, tmp_path):
    machine = Machine(new_daemon, tmp_path, STORAGE_ENCRYPTION_KEY="never-shown-to-programs-0123456789")
    seen = machine.home / "environment"
    machine.program("claude", f"env > {seen}; echo 1")
    assert machine.call("GET", "runtime/claude")["runnable"] is True
    assert "never-shown" not in seen.read_text() and Daemon.PASSWORD not in seen.read_text()
    machine.admin.close()


def test_executables_by_name_and_containers(new_daemon, tmp_path):
    named = tmp_path / "elsewhere"
    named.write_text("#!/bin/sh\nexit 7\n")
    named.chmod(0o755)
    machine = Machine(new_daemon, tmp_path, CLI_CODEX_BIN=str(named), CLI_CLAUDE_BIN="/nothing/here")
    assert machine.call("GET", "runtime/codex")["commandPath"] == str(named)
    assert machine.call("GET", "runtime/claude")["reason"] == "missing_command"
    machine.admin.close()
    (tmp_path / "second").mkdir()
    container = new_daemon(CLI_MODE="container", CLI_CODEX_BIN=str(named), CLI_CONFIG_HOME=str(machine.home)).start()
    admin = Admin(container.url, Daemon.PASSWORD)
    seen = admin.call("GET", "/api/cli-tools/runtime/codex")
    # Nothing is started there: that it would end with an error is not seen.
    assert (seen["runnable"], seen["runtimeMode"]) == (True, "container")
    admin.close()


def test_claude_code_works_with_what_was_written(machine):
    file = machine.put(".claude/settings.json", CLAUDE)
    done = machine.connect("claude", model="sim/echo")
    assert (done["changed"], done["keyCreated"]) == (True, True)
    assert "new client key" in done["message"]
    text = file.read_text()
    assert "// my own remark" in text and '"permissions": {"allow": ["Bash(ls)"]}' in text
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    env = json.loads(re.sub(r"//.*(?=\n)", "", text.replace("http://", "http:@@")))["env"]
    env = {name: value.replace("http:@@", "http://") for name, value in env.items()}
    assert env["ANTHROPIC_BASE_URL"] == f"http://localhost:{machine.daemon.port}"
    assert env["MY_TOKEN"] == "keep-this-secret"
    client = anthropic.Anthropic(
        base_url=env["ANTHROPIC_BASE_URL"], auth_token=env["ANTHROPIC_AUTH_TOKEN"], api_key=None, max_retries=0,
        http_client=anthropic.DefaultHttpxClient(trust_env=False),
    )
    answer = client.messages.create(
        model=env["ANTHROPIC_DEFAULT_SONNET_MODEL"], max_tokens=50, messages=[{"role": "user", "content": "Hello!"}]
    )
    assert answer.content[0].text
    client.close()
    seen = machine.call("GET", "claude-settings")
    assert (seen["hasOmniRoute"], seen["configStatus"], seen["model"]) == (True, "configured", "sim/echo")
    assert (seen["keyId"], seen["settingsPath"]) == (done["keyId"], str(file))
    assert seen["settings"]["env"]["ANTHROPIC_BASE_URL"] == env["ANTHROPIC_BASE_URL"]
    assert env["ANTHROPIC_AUTH_TOKEN"] not in json.dumps(seen) and "keep-this" not in json.dumps(seen)


def test_codex_works_with_what_was_written(machine):
    file = machine.put(".codex/config.toml", CODEX)
    auth = machine.put(".codex/auth.json", '{"OPENAI_API_KEY": "of the person"}')
    machine.connect("codex", model="sim/echo")
    text = file.read_text()
    assert text.startswith('# mine\nmodel = "sim/echo" # fast\nretries = 0x1F\nmodel_provider = "omniroute"\n')
    assert '[mcp_servers.docs]\nargs = [\n  "-y", # yes\n]\n' in text
    written = tomllib.loads(text)
    provider = written["model_providers"][written["model_provider"]]
    assert (provider["wire_api"], auth.read_text()) == ("responses", '{"OPENAI_API_KEY": "of the person"}')
    client = openai.OpenAI(
        base_url=provider["base_url"], api_key=provider["experimental_bearer_token"], max_retries=0,
        http_client=openai.DefaultHttpxClient(trust_env=False),
    )
    assert client.responses.create(model=written["model"], input="Hello!").output_text
    client.close()
    done = machine.call("DELETE", "codex-settings")
    assert done["changed"] is True
    # The model was the person's before; the copy has it.
    assert file.read_text() == CODEX.replace('model = "gpt-5" # fast\n', "")
    assert machine.call("POST", "backups", {"tool": "codex"})["changed"] is True
    assert file.read_text() == text
    first = machine.call("GET", "backups?tool=codex")["backups"][-1]
    assert (first["reason"], first["files"][0]["path"]) == ("connect", "~/.codex/config.toml")
    machine.call("POST", "backups", {"backupId": first["id"]})
    assert file.read_text() == CODEX


@pytest.mark.parametrize(
    "tool", ["claude", "codex", "gemini", "opencode", "droid", "openclaw", "cline", "kilo", "continue", "aider"]
)
def test_each_tool_from_nothing_and_back(machine, tool):
    done = machine.connect(tool, model="sim/echo")
    assert done["files"] and {file["change"] for file in done["files"]} == {"created"}
    texts = {}
    for file in done["files"]:
        path = machine.home / file["path"].removeprefix("~/")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        texts[path] = path.read_text()
        if path.suffix == ".json":
            json.loads(texts[path])
        elif path.suffix in (".yaml", ".yml"):
            assert yaml.safe_load(texts[path])
    key = re.search(r"sk-omni-\w+", "".join(texts.values())).group(0)
    assert key not in json.dumps(done)
    assert machine.call("GET", f"{tool}-settings")["hasOmniRoute"] is True
    # The key that is there is used again, so nothing is left to do.
    again = machine.connect(tool, model="sim/echo")
    assert (again["changed"], again["keyCreated"], again["keyId"]) == (False, False, done["keyId"])
    changed = machine.connect(tool, model="sim/other")
    assert (changed["changed"], changed["keyId"]) == (True, done["keyId"])
    machine.call("DELETE", f"{tool}-settings")
    assert machine.call("GET", f"{tool}-settings")["hasOmniRoute"] is False
    assert all(key not in path.read_text() for path in texts)
    # Back to when there were no files.
    first = machine.call("GET", f"backups?tool={tool}")["backups"][-1]
    machine.call("POST", "backups", {"backupId": first["backupId"]})
    assert not any(path.exists() for path in texts)


def test_a_preview_changes_nothing(machine):
    file = machine.put(".claude/settings.json", CLAUDE)
    done = machine.connect("claude", model="sim/echo", dryRun=True)
    assert (done["dryRun"], done["keyCreated"], done["keyId"], done["backupId"]) == (True, True, None, None)
    assert '+    "ANTHROPIC_BASE_URL": "http://localhost:' in done["diff"]
    assert "sk-omni" not in done["diff"] and "keep-this-secret" not in done["diff"]
    assert file.read_text() == CLAUDE and stat.S_IMODE(file.stat().st_mode) == 0o644
    assert machine.call("GET", "backups")["total"] == 0
    assert [key["name"] for key in machine.admin.call("GET", "/api/keys")["keys"]] == ["first key"]


def test_keys(machine):
    mine = machine.admin.call(
        "POST", "/api/keys", {"name": "mine", "allowedModels": ["sim/*"]}, expect=201
    )
    # Its text is known to whoever made it.
    done = machine.connect("claude", apiKey=mine["key"])
    assert (done["keyId"], done["keyCreated"]) == (mine["id"], False)
    # By its id the same file goes on with it; another tool gets a key with the same limits.
    assert machine.connect("claude", keyId=mine["id"])["keyId"] == mine["id"]
    other = machine.connect("codex", keyId=mine["id"], model="sim/echo")
    assert (other["keyCreated"], other["keyName"]) == (True, "mine (Codex)")
    assert machine.admin.call("GET", f"/api/keys/{other['keyId']}")["allowedModels"] == ["sim/*"]
    listed = machine.admin.call("GET", f"/api/keys/{mine['id']}")["key"]
    refused = machine.connect("droid", apiKey=listed, model="sim/echo", expect=400)["error"]
    assert refused["field"] == "apiKey"
    assert machine.connect("droid", keyId="nothing", model="sim/echo", expect=400)["error"]["field"] == "keyId"
    assert not (machine.home / ".factory").exists()
    # A key that was revoked is not used again.
    machine.admin.call("DELETE", f"/api/keys/{mine['id']}")
    assert machine.connect("claude")["keyCreated"] is True


def test_the_form_of_claude_codes_own_variables(machine):
    env = {"ANTHROPIC_BASE_URL": f"{machine.daemon.url}/v1", "ANTHROPIC_DEFAULT_OPUS_MODEL": "sim/echo"}
    machine.connect("claude", env=env)
    written = json.loads((machine.home / ".claude/settings.json").read_text())["env"]
    assert written["ANTHROPIC_BASE_URL"] == machine.daemon.url
    assert written["ANTHROPIC_DEFAULT_OPUS_MODEL"] == "sim/echo"
    assert "ANTHROPIC_DEFAULT_HAIKU_MODEL" not in written
    refused = machine.connect("claude", env={"NODE_OPTIONS": "--require /tmp/x"}, expect=400)["error"]
    assert refused["field"] == "env.NODE_OPTIONS"


@pytest.mark.parametrize(
    ("tool", "body", "field"),
    [
        ("codex", {}, "model"),
        ("codex", {"model": "x" * 201}, "model"),
        ("codex", {"model": "a\nb"}, "model"),
        ("codex", {"model": "m", "baseUrl": "ftp://x"}, "baseUrl"),
        ("codex", {"model": "m", "baseUrl": "http://user:pass@x"}, "baseUrl"),
        ("codex", {"model": "m", "baseUrl": 'http://x"y'}, "baseUrl"),
        ("codex", {"model": "m", "keyId": 7}, "keyId"),
        ("codex", {"model": "m", "models": {"opus": "m"}}, "models.opus"),
        ("claude", {"models": {"opus": 7}}, "models.opus"),
        ("claude", {"env": []}, "env"),
        ("claude", {"dryRun": "maybe"}, "dryRun"),
    ],
)
def test_what_is_refused(machine, tool, body, field):
    assert machine.connect(tool, expect=400, **body)["error"]["field"] == field
    assert list(machine.home.iterdir()) == []


def test_cursor_is_told_by_hand(machine):
    assert "Override OpenAI Base URL" in machine.call("GET", "cursor-settings")["manual"]
    assert machine.connect("cursor", model="m", expect=400)["error"]["code"] == "manual_only"


@pytest.mark.parametrize(
    ("tool", "path", "text"),
    [
        ("claude", ".claude/settings.json", '{"env": {'),
        ("codex", ".codex/config.toml", "model = \n"),
        ("continue", ".continue/config.yaml", "models:\n\t- name: a\n"),
        ("continue", ".continue/config.yaml", "models: [{name: a}]\n"),
        ("droid", ".factory/settings.json", '{"customModels": {}}'),
        ("gemini", ".gemini/.env", "A='x\n"),
        ("claude", ".claude/settings.json", "\0"),
    ],
)
def test_files_that_are_not_understood_stay(machine, tool, path, text):
    file = machine.put(path, text)
    refused = machine.connect(tool, model="sim/echo", expect=409)["error"]
    assert refused["code"] in ("unparseable", "unsupported") and path in refused["message"]
    assert file.read_text() == text
    assert machine.call("GET", "backups")["total"] == 0
    # No key is left over from it.
    assert len(machine.admin.call("GET", "/api/keys")["keys"]) == 1
    if refused["code"] == "unparseable":
        seen = machine.call("GET", f"{tool}-settings")
        assert (seen["settings"], seen["configStatus"]) == (None, "unknown") and path in seen["fault"]


def test_another_router_is_not_ours(machine):
    text = '{"env": {"ANTHROPIC_BASE_URL": "https://llm.example.com", "ANTHROPIC_AUTH_TOKEN": "theirs"}}'
    file = machine.put(".claude/settings.json", text)
    assert machine.call("GET", "claude-settings")["hasOmniRoute"] is False
    assert machine.call("DELETE", "claude-settings")["changed"] is False
    assert file.read_text() == text


def test_symbolic_links(machine, tmp_path):
    outside = tmp_path / "outside.json"
    outside.write_text("{}")
    (machine.home / ".claude").mkdir()
    link = machine.home / ".claude/settings.json"
    link.symlink_to(outside)
    assert machine.connect("claude", expect=409)["error"]["code"] == "unsafe_path"
    assert outside.read_text() == "{}"
    # One that stays in the home folder is followed, and stays a link.
    link.unlink()
    inside = machine.put("dotfiles/claude.json", "{}")
    link.symlink_to("../dotfiles/claude.json")
    machine.connect("claude")
    assert link.is_symlink() and "ANTHROPIC_BASE_URL" in inside.read_text()
    # A folder that leads out is no better.
    (tmp_path / "away").mkdir()
    (machine.home / ".codex").symlink_to(tmp_path / "away")
    assert machine.connect("codex", model="sim/echo", expect=409)["error"]["code"] == "unsafe_path"
    assert list((tmp_path / "away").iterdir()) == []


def test_backups(machine, tmp_path):
    file = machine.put(".claude/settings.json", CLAUDE)
    done = machine.connect("claude")
    kept = machine.daemon.data_dir / "tool-backups" / done["backupId"]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    assert {stat.S_IMODE(one.stat().st_mode) for one in kept.iterdir()} == {0o600}
    for method in ("POST", "DELETE"):
        for wrong in ("../../outside", f"../tool-backups/{done['backupId']}", done["backupId"] + "/..", "claude-1-00000000"):
            machine.call(method, "backups", {"backupId": wrong}, expect=404)
        machine.call(method, "backups", {"backupId": 7}, expect=400)
        machine.call(method, "backups", {}, expect=400)
    machine.call("POST", "backups", {"tool": "nothing"}, expect=400)
    machine.call("POST", "backups", {"tool": "codex"}, expect=404)
    connected = file.read_text()
    machine.call("POST", "backups", {"tool": "claude"})
    assert file.read_text() == CLAUDE
    # Undoing is undone the same way.
    machine.call("POST", "backups", {"tool": "claude"})
    assert file.read_text() == connected
    machine.call("DELETE", f"backups?backupId={done['backupId']}")
    assert not kept.exists()
    for number in range(14):
        machine.connect("claude", model=f"sim/{number}")
    assert machine.call("GET", "backups")["total"] == 10


def test_writing_can_be_switched_off(new_daemon, tmp_path):
    machine = Machine(new_daemon, tmp_path, CLI_ALLOW_CONFIG_WRITES="off")
    assert machine.connect("claude", expect=403)["error"]["code"] == "writes_off"
    for method in ("POST", "DELETE"):
        machine.call(method, "backups", {"backupId": "claude-1-00000000"}, expect=(403, 404))
    machine.call("DELETE", "claude-settings", expect=403)
    assert machine.connect("claude", dryRun=True)["changed"] is True
    assert machine.call("GET", "claude-settings")["writable"] is False
    assert list(machine.home.iterdir()) == []
    machine.admin.close()


def test_only_who_has_logged_in(machine):
    stranger = Admin(machine.daemon.url, None)
    for method, path in [
        ("GET", "status"), ("GET", "runtime/claude"), ("GET", "claude-settings"), ("POST", "claude-settings"),
        ("DELETE", "claude-settings"), ("GET", "backups"), ("POST", "backups"), ("DELETE", "backups"),
    ]:
        stranger.call(method, f"/api/cli-tools/{path}", {} if method != "GET" else None, expect=401)
    stranger.close()


def test_the_command(machine):
    file = machine.put(".claude/settings.json", CLAUDE)
    shown = machine.command("claude", "--model", "sim/echo", "--dry-run")
    assert shown.returncode == 0 and "+++ ~/.claude/settings.json" in shown.stdout, shown.stderr
    assert file.read_text() == CLAUDE
    done = machine.command("claude", "--model", "sim/echo")
    assert done.returncode == 0 and "Claude Code: connected to http://localhost" in done.stdout, done.stderr
    key = re.search(r"sk-omni-\w+", file.read_text()).group(0)
    assert key not in done.stdout + shown.stdout
    # The daemon learns of the key by itself.
    client = anthropic.Anthropic(
        base_url=machine.daemon.url, auth_token=key, api_key=None, max_retries=10,
        http_client=anthropic.DefaultHttpxClient(trust_env=False),
    )
    deadline = time.monotonic() + 10
    while True:
        try:
            client.messages.create(model="sim/echo", max_tokens=9, messages=[{"role": "user", "content": "Hi"}])
            break
        except anthropic.AuthenticationError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    client.close()
    assert "claude      connected" in machine.command().stdout
    assert machine.call("GET", "claude-settings")["hasOmniRoute"] is True
    undone = machine.command("claude", "--undo")
    assert undone.returncode == 0 and file.read_text() == CLAUDE, undone.stderr
    machine.command("claude", "--model", "sim/echo")
    assert machine.command("claude", "--remove").returncode == 0
    assert file.read_text() == CLAUDE
    machine.put(".codex/config.toml", "oops")
    failed = machine.command("codex", "--model", "sim/echo")
    assert failed.returncode == 1 and ".codex/config.toml" in failed.stderr
    assert machine.command("nothing").returncode == 1
    assert "--model" in machine.command("droid").stderr
