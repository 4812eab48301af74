"""Every route of the management interface, called by everybody who might try, and the usual ways around a guard."""

import re
import socket
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from admin import Admin
from daemon import Daemon
from openapi_document import operations

def declared_routes() -> list[tuple[str, str, str]]:
    """Method, path and policy of each route of the management interface, as the daemon itself tells them."""
    return sorted(
        (one.method, re.sub(r"{\w+}", "x", one.path), one.access) for one in operations() if one.is_management
    )


ROUTES = declared_routes()
GUARDED = [route for route in ROUTES if route[2] not in ("everyone", "readOrThisMachine")]


def test_the_declarations_were_found():
    assert len(ROUTES) > 100
    assert {policy for _, _, policy in ROUTES} <= {"everyone", "read", "readOrThisMachine", "write", "session"}


@pytest.fixture(scope="module")
def guarded():
    """A daemon with one credential of each kind."""
    daemon = Daemon().start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    expired = Admin(daemon.url, Daemon.PASSWORD)
    tokens = {
        name: admin.call("POST", "/api/tokens", {"name": name, "scopes": scopes}, expect=201)
        for name, scopes in {"read": ["read"], "write": ["write"], "old": ["read", "write"]}.items()
    }
    with sqlite3.connect(daemon.data_dir / "configuration.sqlite", timeout=10) as database:
        digest = database.execute("SELECT digest FROM session ORDER BY rowid DESC LIMIT 1").fetchone()
        database.execute("UPDATE session SET expiresAt = 1 WHERE digest = ?", digest)
        database.execute("UPDATE adminToken SET expiresAt = 1 WHERE name = 'old'")
    key = admin.key("client")["key"]
    bearer = {name: {"authorization": f"Bearer {token['token']}"} for name, token in tokens.items()}
    credentials = {
        "nobody": {},
        "client key": {"authorization": f"Bearer {key}", "x-api-key": key},
        "unknown token": {"authorization": "Bearer omni_admin_" + "0" * 40},
        "read token": bearer["read"],
        "write token": bearer["write"],
        "expired token": bearer["old"],
        "expired session": {"cookie": f"auth_token={expired.http.cookies['auth_token']}"},
        "token as a cookie": {"cookie": f"auth_token={tokens['write']['token']}"},
    }
    yield daemon, admin, credentials
    admin.close()
    expired.close()
    daemon.remove()


def expected(who: str, policy: str) -> tuple[int, str] | None:
    """What somebody is told; None where the call goes through."""
    if who in ("unknown token", "expired token"):
        return 401, "invalid_token"
    if who not in ("read token", "write token"):
        return 401, "login_required"
    if policy == "session":
        return 403, "session_required"
    return None if who.startswith(policy) else (403, "insufficient_scope")


@pytest.mark.parametrize(
    "who",
    [
        "nobody", "client key", "unknown token", "read token", "write token", "expired token", "expired session",
        "token as a cookie",
    ],
)
def test_nobody_calls_what_they_may_not(guarded, who):
    daemon, admin, credentials = guarded
    before = {path: admin.call("GET", path) for path in ("/api/keys", "/api/combos", "/api/tokens", "/api/settings")}
    checked = 0
    with httpx.Client(base_url=daemon.url, trust_env=False) as http:
        for method, path, policy in GUARDED:
            if (refusal := expected(who, policy)) is None:
                continue
            answer = http.request(method, path, headers=credentials[who], json=None if method == "GET" else {})
            assert (answer.status_code, answer.json()["error"]["code"]) == refusal, (method, path, answer.text)
            checked += 1
    assert checked > 10
    after = {path: admin.call("GET", path) for path in before}
    for token in (*before["/api/tokens"]["tokens"], *after["/api/tokens"]["tokens"]):
        token.pop("lastUsedAt"), token.pop("lastUsedFrom")
    assert before == after


def test_reading_works_with_a_token_that_may_read(guarded):
    daemon, _, credentials = guarded
    with httpx.Client(base_url=daemon.url, trust_env=False, headers=credentials["read token"]) as http:
        for path in ("/api/keys", "/api/providers", "/api/settings", "/api/compliance/audit-log", "/api/tokens"):
            assert http.get(path).status_code == 200, path


def test_a_token_opens_no_inference(guarded):
    daemon, _, credentials = guarded
    for credential in ("read token", "write token"):
        strict = {"authorization": credentials[credential]["authorization"]}
        answer = httpx.get(f"{daemon.url}/v1/models", headers=strict, trust_env=False)
        # Where no key is required it is no more than a placeholder.
        assert answer.status_code == 200
    admin = Admin(daemon.url, Daemon.PASSWORD)
    admin.call("PATCH", "/api/settings", {"requireApiKey": True})
    try:
        for credential in ("read token", "write token"):
            answer = httpx.get(f"{daemon.url}/v1/models", headers=credentials[credential], trust_env=False)
            assert answer.status_code == 401
    finally:
        admin.call("PATCH", "/api/settings", {"requireApiKey": False})
        admin.close()


FOREIGN = [
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://localhost:1"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": "http://127.0.0.1.evil.example", "sec-fetch-site": "cross-site"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_pages_of_other_sites_change_nothing(guarded, headers):
    daemon, admin, _ = guarded
    before = admin.call("GET", "/api/keys")["total"]
    for content_type in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        answer = admin.http.post(
            "/api/keys", content=b'{"name":"stolen"}', headers=headers | {"content-type": content_type}
        )
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "cross_site")
    assert admin.call("GET", "/api/keys")["total"] == before
    refused = admin.call("GET", "/api/compliance/audit-log?action=keys.create&outcome=refused")
    # It tells whose browser the page was in.
    assert refused[0]["details"]["error"] == "cross_site" and refused[0]["actor"].startswith("session:")


def test_other_names_of_this_machine_are_refused(guarded):
    daemon, admin, _ = guarded
    for method in ("GET", "POST"):
        answer = admin.http.request(method, "/api/keys", headers={"host": "evil.example"}, json={"name": "x"})
        assert answer.status_code == 421


def test_guessing_passwords_in_parallel_is_slowed_down(new_daemon):
    daemon = new_daemon().start()

    def guess(number: int) -> int:
        body = {"password": f"guess {number}"}
        return httpx.post(f"{daemon.url}/api/auth/login", json=body, trust_env=False, timeout=30).status_code

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(guess, range(60)))
    # While the waits grow a few more may be let through, one after the other.
    assert 5 <= statuses.count(401) <= 12
    assert statuses.count(401) + statuses.count(429) == 60
    right = httpx.post(f"{daemon.url}/api/auth/login", json={"password": Daemon.PASSWORD}, trust_env=False)
    assert right.status_code == 429
    # Never for good: whoever knows the password waits, and is let in.
    time.sleep(int(right.headers["retry-after"]) + 0.1)
    admin = Admin(daemon.url, Daemon.PASSWORD)
    log = admin.call("GET", "/api/compliance/audit-log?action=auth.login&limit=1000")
    assert log[0]["outcome"] == "success" and log[0]["actor"].startswith("session:")
    assert sum(entry["outcome"] == "failure" for entry in log) == statuses.count(401)
    assert all(entry["ip_address"] == "127.0.0.1" for entry in log)
    assert "guess" not in str(log)
    admin.close()


def test_guessing_tokens_is_hopeless_and_harmless(guarded):
    daemon, admin, credentials = guarded
    real = credentials["write token"]["authorization"].removeprefix("Bearer ")
    for wrong in (real[:-1], real + "a", real.upper(), real[:-1] + chr(ord(real[-1]) ^ 1), "omni_admin_", real * 3):
        answer = httpx.post(
            f"{daemon.url}/api/keys", json={"name": "x"}, headers={"authorization": f"Bearer {wrong}"}, trust_env=False
        )
        assert answer.status_code == 401, wrong
    schemes = httpx.post(
        f"{daemon.url}/api/keys", json={"name": "x"}, headers={"authorization": f"Basic {real}"}, trust_env=False
    )
    assert schemes.status_code == 401


def test_large_bodies_are_refused(guarded):
    daemon, admin, _ = guarded
    body = b'{"name":"' + b"a" * (2 << 20) + b'"}'
    answer = admin.http.post("/api/keys", content=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")

    def chunks():
        for start in range(0, len(body), 65536):
            yield body[start : start + 65536]

    # Without a length before it too.
    assert admin.http.post("/api/keys", content=chunks()).status_code == 413
    # Who may not call at all is told so first.
    stranger = httpx.post(f"{daemon.url}/api/keys", content=body, trust_env=False)
    assert stranger.status_code == 401


def test_slow_callers_hold_nobody_up(guarded):
    daemon, admin, _ = guarded
    slow = []
    for _ in range(50):
        wire = socket.create_connection(("127.0.0.1", daemon.port), timeout=10)
        wire.sendall(b"POST /api/auth/login HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n{")
        slow.append(wire)
    try:
        began = time.monotonic()
        assert admin.call("GET", "/api/keys")["total"] >= 1
        assert time.monotonic() - began < 5
    finally:
        for wire in slow:
            wire.close()


@pytest.mark.parametrize(
    "given",
    [b"a\r\nset-cookie: x=1", b"a\nb: c", b"a b", b"\xff\xfe", b"a" * 500, "ünsafe".encode()],
    ids=["crlf", "lf", "blank", "binary", "long", "utf8"],
)
def test_headers_cannot_be_injected(guarded, given):
    daemon, _, _ = guarded
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=10) as wire:
        wire.sendall(
            b"GET /api/init HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-request-id: " + given + b"\r\n\r\n"
        )
        answer = b""
        while piece := wire.recv(65536):
            answer += piece
    head = answer.split(b"\r\n\r\n")[0].lower()
    assert b"set-cookie" not in head and b"\nb: c" not in head
    assert head.startswith((b"http/1.1 200", b"http/1.1 400"))
    if b"200" in head.split(b"\r\n")[0]:
        identifier = re.search(rb"x-request-id: (\S+)", head).group(1)
        # What ends a line was read as the next header by the parser; the rest was refused or replaced.
        assert identifier.startswith(b"req_") or identifier == b"a"


def test_paths_and_texts_are_only_looked_up(guarded):
    daemon, admin, _ = guarded
    for text in ("../../etc/passwd", "%2e%2e%2f", "' OR '1'='1", '"; DROP TABLE clientKey; --', "x" * 3000, "\u202e"):
        for path in ("/api/tokens", "/api/auth/sessions", "/api/keys", "/api/combos"):
            answer = admin.http.delete(f"{path}/{httpx.QueryParams({'a': text})['a'].replace('/', '%2F')}")
            assert answer.status_code in (400, 404, 405), (path, text, answer.text)
        for name in ("action", "actor", "target", "ip"):
            answer = admin.http.get("/api/compliance/audit-log", params={name: text})
            assert answer.status_code == 200
            if name != "target":
                assert answer.json() == []
    assert admin.call("GET", "/api/keys")["total"] >= 1
