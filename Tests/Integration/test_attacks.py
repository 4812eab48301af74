"""
Attacks on the whole interface, made from the OpenAPI document: routes that are new are attacked by themselves.

Each is sent by somebody who is logged in, so that nothing but the handler itself stands in its way.
"""

import re
import socket
import sqlite3
import time
from pathlib import Path

import httpx
import openapi_document
import pytest
import raw_http
from admin import Admin
from attack_samples import hostile, sample
from daemon import Daemon
from mock_upstream import say

OPERATIONS = [
    one for one in openapi_document.operations() if one.name not in (*openapi_document.ENDING, "auth.logout")
]
BY_LABEL = {one.label: one for one in OPERATIONS}
WITH_BODY = [one.label for one in OPERATIONS if one.body]
WITH_PATH = [one.label for one in OPERATIONS if one.path_parameters]
WITH_QUERY = [one.label for one in OPERATIONS if one.query]
CHANGES = [one.label for one in OPERATIONS if one.is_management and one.method != "GET"]

SQL = ["x' OR '1'='1", "'; DROP TABLE connection; --", 'x" UNION SELECT value FROM setting --', "%' ESCAPE '"]
# What a database says when it was handed somebody else's words.
SQL_WORDS = re.compile(r"sqlite|syntax error|unrecognized token|no such (table|column)|SQL logic", re.IGNORECASE)
TRAVERSALS = [
    "..%2f..%2f..%2f..%2f..%2fetc%2fpasswd", "..%5c..%5cetc%5cpasswd", "%2e%2e%2f%2e%2e%2fdata%2fsecrets",
    "%2fetc%2fpasswd", "..%252f..%252fetc%252fpasswd", "....%2f%2f....%2f%2fetc%2fpasswd",
    "..%c0%af..%c0%afetc%c0%afpasswd", "x%00.key",
]  # fmt: skip
FORBIDDEN_ADDRESSES = [
    "http://169.254.169.254/latest/meta-data/", "http://[::ffff:169.254.169.254]/", "http://[fe80::1]/",
    "http://metadata.google.internal/computeMetadata/v1/", "http://0xa9fea9fe/", "http://2852039166/",
    "http://0251.0376.0251.0376/", "file:///etc/passwd", "gopher://127.0.0.1:6379/_INFO", "ftp://127.0.0.1/",
    "http://user:secret@127.0.0.1/", "javascript:alert(1)", "http://127.0.0.1\r\nx-injected: yes",
    "//169.254.169.254/",
]  # fmt: skip


def is_address(name: str) -> bool:
    # Where a browser is sent back to is never asked by the router itself.
    return bool(re.search(r"(url|endpoint|address)$", name, re.IGNORECASE)) and name != "callbackUrl"


@pytest.fixture(scope="module")
def target(shared_mock):
    """A daemon with something to steal: a connection, a key, a combo and a policy."""
    shared_mock.reset()
    shared_mock.expects_violations = True
    daemon = Daemon(LOG_LEVEL="error").start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    node = admin.node("mo", "openai", shared_mock.url("openai"))
    admin.connection(node["id"], "sk-stolen-0123456789-secret", "stolen")
    admin.key("stolen")
    shared_mock.always(say("hello"))
    yield daemon
    admin.close()
    try:
        assert daemon.stop() == 0
    finally:
        daemon.remove()


@pytest.fixture
def attacker(target):
    with httpx.Client(base_url=target.url, timeout=20, trust_env=False, follow_redirects=False) as http:
        login = http.post("/api/auth/login", json={"password": Daemon.PASSWORD})
        assert login.status_code == 200, login.text
        yield http


def address(operation, value: str = "sample") -> str:
    return re.sub(r"\{\w+\}", lambda _: value, operation.path)


def refused_or_harmless(answer: httpx.Response, operation):
    declared = answer.status_code in operation.statuses or "default" in operation.definition["responses"]
    assert answer.status_code < 500 or (answer.status_code != 500 and declared), answer.text
    assert not SQL_WORDS.search(answer.text), answer.text
    assert "root:" not in answer.text
    assert "sk-stolen-0123456789-secret" not in answer.text
    assert "x-injected" not in answer.headers


def is_intact(daemon: Daemon):
    """Nothing of what was there is gone, and the databases are what they should be."""
    databases = list(Path(daemon.data_dir).glob("*.sqlite"))
    assert len(databases) >= 2
    for path in databases:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] > 0


@pytest.mark.parametrize("label", WITH_BODY)
def test_sql_in_every_string(label, target, attacker):
    operation = BY_LABEL[label]
    for text in SQL:
        for path, body in hostile(operation.body, text):
            answer = attacker.request(operation.method, address(operation), json=body)
            refused_or_harmless(answer, operation)
    is_intact(target)


@pytest.mark.parametrize("label", WITH_QUERY)
def test_sql_in_every_query(label, target, attacker):
    operation = BY_LABEL[label]
    for text in SQL:
        for name in operation.query:
            query = {name: text}
            answer = attacker.request(operation.method, address(operation), params=query)
            refused_or_harmless(answer, operation)


@pytest.mark.parametrize("label", WITH_PATH)
def test_sql_and_other_folders_in_every_path(label, target, attacker):
    operation = BY_LABEL[label]
    before = set(Path(target.scratch).iterdir())
    body = sample(operation.body) if operation.body else None
    for text in [*TRAVERSALS, "x%27%20OR%20%271%27%3D%271", "%27%3B%20DROP%20TABLE%20connection%3B--"]:
        answer = attacker.request(operation.method, address(operation, text), json=body)
        refused_or_harmless(answer, operation)
        # A thing of such a name is not there; lists that are narrowed down by it are empty.
        assert answer.status_code >= 400 or not operation.is_management, answer.text
    # Nothing was written beside the daemon's own folder.
    assert set(Path(target.scratch).iterdir()) == before


ADDRESSES = [one.label for one in OPERATIONS if one.is_management and one.body and
             any(True for _ in hostile(one.body, "", is_address))]  # fmt: skip


@pytest.mark.parametrize("label", ADDRESSES)
def test_no_address_leads_into_the_machines_secrets(label, target, attacker):
    operation = BY_LABEL[label]
    # What is asked for before the address is looked at.
    known = {"provider": "openai", "apiKey": "sk-test-0123456789", "name": "ssrf", "prefix": "ssrf"}
    for url in FORBIDDEN_ADDRESSES:
        for path, body in hostile(operation.body, url, is_address):
            body |= {name: value for name, value in known.items() if name in operation_members(operation)}
            answer = attacker.request(operation.method, address(operation, named_thing(attacker, operation)), json=body)
            assert answer.status_code in (400, 404, 409), f"{path} {url}: {answer.status_code} {answer.text}"
            refused_or_harmless(answer, operation)


def operation_members(operation) -> set[str]:
    schema = openapi_document.resolved(operation.body)
    return set(schema.get("properties", {}))


def named_thing(http: httpx.Client, operation) -> str:
    """Something that is there, so that the body is looked at."""
    beginning = operation.path.split("/{")[0]
    lists = {"/api/providers": "connections", "/api/provider-nodes": "nodes"}
    if beginning in lists:
        return http.get(beginning).json()[lists[beginning]][0]["id"]
    return "ssrf"


def test_the_addresses_are_among_what_is_tried():
    """The list is made from names; it must not become empty unnoticed."""
    assert {"POST /api/provider-nodes", "POST /api/providers", "POST /api/providers/validate"} <= set(ADDRESSES)
    assert "PUT /api/settings/oauth/{provider}" in ADDRESSES


@pytest.mark.parametrize("label", sorted(set(WITH_PATH) | set(WITH_QUERY)))
def test_no_header_is_injected(label, target, attacker):
    operation = BY_LABEL[label]
    text = "x%0d%0ax-injected:%20yes%0d%0a%0d%0ainjected"
    query = "&".join(f"{name}={text}" for name in operation.query)
    answer = attacker.request(operation.method, f"{address(operation, text)}?{query}")
    refused_or_harmless(answer, operation)


@pytest.mark.parametrize("label", WITH_BODY)
def test_oversized_bodies_are_refused(label, target, attacker):
    operation = BY_LABEL[label]
    # Larger than any route takes, and said so beforehand: nothing of it has to be read.
    limit = 25 << 20 if operation.is_management else 101 << 20
    with raw_http.Wire(target) as wire:
        cookie = attacker.cookies.get("auth_token")
        lines = [f"{operation.method} {address(operation)} HTTP/1.1", "host: 127.0.0.1", f"cookie: auth_token={cookie}",
                 "content-type: application/json", f"content-length: {limit}"]  # fmt: skip
        wire.send(("\r\n".join(lines) + "\r\n\r\n").encode())
        try:
            for _ in range(limit >> 20):
                wire.send(b" " * (1 << 20))
        except (BrokenPipeError, ConnectionResetError):
            pass
        try:
            answer = wire.answer(operation.method)
        except ConnectionResetError:
            return
    assert answer.status == 413 or (not operation.is_management and 400 <= answer.status < 500), answer


@pytest.mark.parametrize("label", WITH_BODY)
def test_deep_and_broken_bodies_are_refused(label, target, attacker):
    operation = BY_LABEL[label]
    deep = b'{"a":' * 10_000 + b"1" + b"}" * 10_000
    for body in (deep, b"[" * 100_000, b'{"a":', b"\xff\xfe{}", b'{"a":"\\ud800"', b"null", b"[]", b'"text"', b"\x00"):
        answer = attacker.request(
            operation.method, address(operation), content=body, headers={"content-type": "application/json"}
        )
        assert 400 <= answer.status_code < 500, f"{body[:20]!r}: {answer.status_code} {answer.text}"


@pytest.mark.parametrize("label", CHANGES)
def test_other_sites_change_nothing(label, attacker):
    """A page of another site, with the cookie that a browser would send along; and a name that leads here by DNS."""
    operation = BY_LABEL[label]
    body = sample(operation.body) if operation.body else None
    for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        answer = attacker.request(operation.method, address(operation), json=body, headers=headers)
        assert answer.status_code == 403, f"{headers}: {answer.text}"
    answer = attacker.request(operation.method, address(operation), json=body, headers={"host": "evil.example"})
    assert answer.status_code == 421


def test_slow_requests_hold_nobody_up(target, attacker):
    """Many who say a little at a time, in heads and in bodies; others are served meanwhile."""
    slow = []
    head = b"POST /api/keys HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
    try:
        for number in range(200):
            connection = socket.create_connection(("127.0.0.1", target.port), 10)
            slow.append(connection)
            connection.sendall(head if number % 2 else head + b"content-length: 1000\r\n\r\n{")
        started = time.monotonic()
        for _ in range(5):
            for connection in slow:
                try:
                    connection.sendall(b"x")
                except OSError:
                    pass  # The daemon may have had enough of it.
            answer = attacker.get("/api/keys")
            assert answer.status_code == 200
        assert time.monotonic() - started < 5
    finally:
        for connection in slow:
            connection.close()
    assert attacker.get("/api/monitoring/health").status_code == 200


def test_everything_is_still_there(target, attacker):
    """Runs last: what was there before the attacks, and a restart that finds the same."""
    is_intact(target)
    assert any(one["name"] == "stolen" for one in attacker.get("/api/keys").json()["keys"])
    chat = {"model": "mo/m", "messages": [{"role": "user", "content": "x"}]}
    answer = attacker.post("/v1/chat/completions", json=chat)
    assert answer.status_code in (200, 404, 429)
    log = target.stderr
    assert "Fatal error" not in log
    assert not SQL_WORDS.search(log), log[-2000:]
