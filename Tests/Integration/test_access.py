"""Tokens, sessions, the audit log, and the daemon's own end: over the wire and over restarts."""

import csv
import io
import json
import os
import sqlite3
import subprocess
import time

import httpx
import pytest
from admin import Admin
from daemon import Daemon, binary
from mock_upstream import Gate, faults, say
from raw_http import Wire, chat_body, request_bytes


@pytest.fixture
def daemon(new_daemon):
    return new_daemon().start()


@pytest.fixture
def admin(daemon):
    admin = Admin(daemon.url, Daemon.PASSWORD)
    yield admin
    admin.close()


def bearer(daemon, token: str) -> httpx.Client:
    return httpx.Client(base_url=daemon.url, headers={"authorization": f"Bearer {token}"}, trust_env=False)


def audit(admin, query: str = "") -> list[dict]:
    return admin.call("GET", f"/api/compliance/audit-log{query}")


def test_tokens_work_and_survive_a_restart(daemon, admin):
    made = admin.call("POST", "/api/tokens", {"name": "ci", "scopes": ["read", "write"], "expiresInDays": 7}, expect=201)
    assert made["token"].startswith("omni_admin_") and made["scopes"] == ["read", "write"]
    with bearer(daemon, made["token"]) as http:
        created = http.post("/api/keys", json={"name": "made by a token"})
        assert created.status_code == 201
    daemon.stop()
    daemon.start()
    with bearer(daemon, made["token"]) as http:
        assert http.get("/api/keys").status_code == 200
        shown = http.get("/api/tokens").json()["tokens"][0]
        assert shown["lastUsedFrom"] == "127.0.0.1" and shown["lastUsedAt"]
        entry = http.get("/api/compliance/audit-log?action=keys.create&actor=ci").json()[0]
        assert entry["actor"] == f"token:{made['id']}" and entry["actorName"] == "ci"
        assert entry["target"] == created.json()["id"]
    again = Admin(daemon.url, Daemon.PASSWORD)
    again.call("DELETE", f"/api/tokens/{made['id']}")
    with bearer(daemon, made["token"]) as http:
        assert http.get("/api/keys").status_code == 401
    again.close()
    assert all(made["token"].encode() not in data for data in daemon.written_bytes().values())


def test_the_audit_log_holds_no_secret(daemon, admin, mock):
    secrets = {
        "key": "sk-audit-secret-0123456789abcdef", "password": "another-password", "header": "header-secret-value-1",
    }
    node = admin.node("logged", "openai", mock.url("openai"))
    connection = admin.connection(node["id"], secrets["key"], "main")
    admin.call("PATCH", f"/api/providers/{connection['id']}", {"apiKey": secrets["key"] + "x", "priority": 4})
    client = admin.key("phone")
    admin.call("PUT", "/api/settings/system-prompt", {"prompt": f"use Bearer {secrets['header']}"})
    admin.call("PUT", "/api/settings/require-login", {"password": secrets["password"]})
    log = json.dumps(audit(admin, "?limit=1000"))
    for secret in (*secrets.values(), client["key"], Daemon.PASSWORD):
        assert secret not in log, secret
    assert "[redacted]" in log and '"priority": 4' in log
    change = audit(admin, f"?target={connection['id']}")[0]
    assert change["action"] == "providers.change" and change["details"]["before"]["priority"] != 4
    assert change["details"]["name"] == "main"


def test_the_audit_log_is_exported_and_verified(daemon, admin):
    for number in range(3):
        admin.key(f"key {number}")
    table = admin.http.get("/api/compliance/audit-log?format=csv")
    assert table.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [row["action"] for row in rows] == ["keys.create"] * 3 + ["auth.login"]
    assert json.loads(rows[0]["details"])["fields"]["name"] == "key 2"
    lines = admin.http.get("/api/compliance/audit-log?format=jsonl&limit=2").text.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [4, 3]
    assert admin.http.get("/api/compliance/audit-log?limit=1").headers["x-total-count"] == "4"
    assert admin.call("GET", "/api/compliance/audit-log/verify") == {"valid": True, "entries": 4, "brokenAt": None}

    def examine() -> dict:
        environment = {"PATH": os.environ["PATH"], "HOME": str(daemon.scratch), "DATA_DIR": str(daemon.data_dir)}
        done = subprocess.run(
            [binary(), "doctor", "--json", "--offline"], env=environment, capture_output=True, text=True, timeout=60
        )
        return next(check for check in json.loads(done.stdout)["checks"] if check["check"] == "audit log")

    assert examine()["state"] == "ok"
    with sqlite3.connect(daemon.data_dir / "configuration.sqlite", timeout=10) as database:
        with pytest.raises(sqlite3.IntegrityError):
            database.execute("UPDATE audit SET actor = 'nobody'")
        database.execute("DROP TRIGGER auditIsNotChanged")
        database.execute("UPDATE audit SET actor = 'nobody' WHERE sequence = 2")
    assert admin.call("GET", "/api/compliance/audit-log/verify")["brokenAt"] == 2
    assert examine()["state"] == "failed"


def test_what_was_acknowledged_is_in_the_audit_log_after_a_crash(daemon, admin):
    ids = [admin.key(f"key {number}")["id"] for number in range(5)]
    daemon.process.kill()
    daemon.process.wait()
    daemon.start()
    again = Admin(daemon.url, Daemon.PASSWORD)
    targets = [entry["target"] for entry in audit(again, "?action=keys.create")]
    assert targets == ids[::-1]
    assert again.call("GET", "/api/compliance/audit-log/verify")["valid"] is True
    again.close()


def test_sessions_are_listed_and_ended(daemon, admin):
    other = Admin(daemon.url, Daemon.PASSWORD)
    sessions = admin.call("GET", "/api/auth/sessions")["sessions"]
    assert sorted(one["current"] for one in sessions) == [False, True]
    assert all(one["address"] == "127.0.0.1" and "httpx" in one["userAgent"] for one in sessions)
    foreign = next(one for one in sessions if not one["current"])
    admin.call("DELETE", f"/api/auth/sessions/{foreign['id']}")
    assert other.http.get("/api/keys").status_code == 401
    other.http.cookies.clear()
    other.call("POST", "/api/auth/login", {"password": Daemon.PASSWORD})
    assert admin.call("DELETE", "/api/auth/sessions?keep=current")["ended"] == 1
    assert other.http.get("/api/keys").status_code == 401
    admin.call("DELETE", "/api/auth/sessions")
    assert admin.http.get("/api/keys").status_code == 401
    other.close()


# MARK: The process


def test_restart_finishes_streams_and_begins_anew(daemon, admin, mock):
    node = admin.node("kept", "openai", mock.url("openai"))
    admin.connection(node["id"], "kept-key-0123456789", "kept account")
    gate = Gate()
    mock.always(
        faults.Scripted(
            lambda recorded: (reply := faults.normal(recorded, say("first ", "last words"))).with_(
                steps=reply.steps[:2] + [gate] + reply.steps[2:]
            )
        )
    )
    before = admin.call("GET", "/api/monitoring/health")["system"]
    with Wire(daemon) as wire:
        wire.send(request_bytes("/v1/chat/completions", chat_body("kept/m", stream=True)))
        wire.read_until(b"first")
        answer = admin.call("POST", "/api/restart", expect=202)
        assert answer["status"] == "restarting"
        time.sleep(1)
        gate.open()
        assert b"last words" in wire.read_until(b"[DONE]")
    system = _after_restart(daemon, admin, before["startedAt"])
    # The same process, so that whoever supervises it sees nothing of it.
    assert system["pid"] == before["pid"] == daemon.process.pid
    assert daemon.process.poll() is None
    assert audit(admin, "?action=daemon.restart")[0]["outcome"] == "success"
    # It holds what it held, serves, and ends as it should.
    assert [one["name"] for one in admin.call("GET", "/api/providers")["connections"]] == ["kept account"]
    mock.reset()
    with Wire(daemon) as wire:
        wire.send(request_bytes("/v1/chat/completions", chat_body("kept/m")))
        assert wire.answer().status == 200
    first = admin.call("GET", "/api/monitoring/health")["system"]["startedAt"]
    admin.call("POST", "/api/restart", expect=202)
    _after_restart(daemon, admin, first)
    assert daemon.stop() == 0


def _after_restart(daemon, admin, before: str) -> dict:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            system = admin.call("GET", "/api/monitoring/health").get("system")
            if system and system["startedAt"] != before:
                return system
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"the daemon did not come back:\n{daemon.stderr[-3000:]}")


def test_shutdown_ends_with_zero(daemon, admin):
    assert httpx.post(f"{daemon.url}/api/shutdown", trust_env=False).status_code == 401
    answer = admin.call("POST", "/api/shutdown", expect=202)
    assert answer["status"] == "stopping"
    assert daemon.process.wait(20) == 0
    daemon.start()
    again = Admin(daemon.url, Daemon.PASSWORD)
    assert audit(again, "?action=daemon.shutdown")[0]["actor"].startswith("session:")
    again.close()


# MARK: Settings that hold at once


def test_blocked_providers_are_hidden_and_refused(router):
    admin = router.admin
    assert admin.call("PATCH", "/api/settings", {"blockedProviders": ["mo", "sim"]})["blockedProviders"] == ["mo", "sim"]
    try:
        headers = {"authorization": f"Bearer {router.key}"}
        with httpx.Client(base_url=router.daemon.url, headers=headers, trust_env=False) as http:
            models = [model["id"] for model in http.get("/v1/models").json()["data"]]
            assert models and not [model for model in models if model.startswith(("sim/", "mo/"))]
            body = {"model": "mo/mock-model", "messages": [{"role": "user", "content": "hi"}]}
            refused = http.post("/v1/chat/completions", json=body)
            assert refused.status_code == 404 and "blocked" in refused.json()["error"]["message"]
            body["model"] = "mr/mock-model"
            assert http.post("/v1/chat/completions", json=body).status_code == 200
    finally:
        admin.call("PATCH", "/api/settings", {"blockedProviders": []})
    assert router.mock.last.path.endswith("/responses")


def test_lists_of_models_may_need_a_key(daemon, admin):
    assert httpx.get(f"{daemon.url}/v1/models", trust_env=False).status_code == 200
    key = admin.key("reader")["key"]
    admin.call("PATCH", "/api/settings", {"requireAuthForModels": True})
    for path in ("/v1/models", "/v1beta/models", "/api/tags", "/v1/embeddings", "/v1/models/sim/echo"):
        assert httpx.get(f"{daemon.url}{path}", trust_env=False).status_code == 401, path
        allowed = httpx.get(f"{daemon.url}{path}", headers={"authorization": f"Bearer {key}"}, trust_env=False)
        assert allowed.status_code == 200, path
    body = {"model": "sim/echo", "messages": [{"role": "user", "content": "hi"}]}
    assert httpx.post(f"{daemon.url}/v1/chat/completions", json=body, trust_env=False).status_code == 200
