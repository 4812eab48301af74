"""Who may do what: login, cookies, foreign pages, client keys."""

import httpx
import pytest
from admin import Admin
from daemon import Daemon
from dialects import client
from raw_http import Wire, chat_body, request_bytes

ADMIN_PATHS = [
    "/api/providers",
    "/api/provider-nodes",
    "/api/keys",
    "/api/models/alias",
    "/api/models/catalog",
    "/api/models/availability",
    "/api/provider-models",
    "/api/providers/x/models",
    "/api/pricing",
    "/api/pricing/import",
    "/api/usage/budget",
    "/api/usage/history",
    "/api/usage/logs",
    "/api/usage/request-logs",
    "/api/settings",
    "/api/settings/combo-defaults",
    "/api/settings/ip-filter",
    "/api/settings/system-prompt",
    "/api/settings/thinking-budget",
    "/api/policies",
    "/api/policies/x",
    "/api/combos",
    "/api/pricing",
    "/api/resilience",
    "/api/rate-limits",
]


def test_login_sets_a_safe_cookie(router):
    answer = httpx.post(f"{router.daemon.url}/api/auth/login", json={"password": Daemon.PASSWORD}, trust_env=False)
    assert answer.status_code == 200
    assert answer.json()["success"] is True
    name, _, rest = answer.headers["set-cookie"].partition("=")
    flags = {part.strip().lower().split("=")[0] for part in rest.split(";")[1:]}
    assert name == "auth_token"
    assert {"httponly", "samesite", "path"} <= flags
    assert "secure" not in flags
    assert len(rest.split(";")[0]) >= 32


def test_cookie_is_secure_when_asked(new_daemon):
    daemon = new_daemon(AUTH_COOKIE_SECURE="true").start()
    answer = httpx.post(f"{daemon.url}/api/auth/login", json={"password": Daemon.PASSWORD}, trust_env=False)
    assert "secure" in answer.headers["set-cookie"].lower()


def test_status_login_and_logout(router):
    admin = Admin(router.daemon.url, None)
    assert admin.call("GET", "/api/auth/status") == {"authenticated": False}
    admin.call("POST", "/api/auth/login", {"password": Daemon.PASSWORD})
    assert admin.call("GET", "/api/auth/status") == {"authenticated": True}
    cookie = admin.http.cookies["auth_token"]
    admin.call("POST", "/api/auth/logout")
    assert admin.call("GET", "/api/auth/status") == {"authenticated": False}
    # The session itself ended, not only the browser's memory of it.
    stolen = httpx.get(f"{router.daemon.url}/api/keys", headers={"cookie": f"auth_token={cookie}"}, trust_env=False)
    assert stolen.status_code == 401
    admin.close()


@pytest.fixture(scope="module")
def fresh(shared_mock):
    """A daemon whose password may be guessed at without locking the other tests out."""
    daemon = Daemon(INITIAL_PASSWORD=None).start()
    yield daemon
    daemon.remove()


def test_setup_token_logs_in_once(fresh):
    token = fresh.printed("setup-")
    assert fresh.stdout.count(token) == 1
    assert token not in fresh.stderr
    admin = Admin(fresh.url, token)
    assert admin.call("GET", "/api/auth/status") == {"authenticated": True}
    again = httpx.post(f"{fresh.url}/api/auth/login", json={"password": token}, trust_env=False)
    assert again.status_code == 401
    admin.call("PUT", "/api/settings/require-login", {"password": "a-new-password"})
    with_password = Admin(fresh.url, "a-new-password")
    assert with_password.call("GET", "/api/settings/require-login")["hasPassword"] is True
    admin.close()
    with_password.close()


def test_wrong_passwords(new_daemon):
    daemon = new_daemon().start()
    for body, status in (
        ({"password": "wrong"}, 401),
        ({"password": ""}, 400),
        ({}, 400),
        ({"password": 7}, 400),
        ([], 400),
    ):
        answer = httpx.post(f"{daemon.url}/api/auth/login", json=body, trust_env=False)
        assert answer.status_code == status, (body, answer.text)
        assert "set-cookie" not in answer.headers
    broken = httpx.post(
        f"{daemon.url}/api/auth/login", content=b"{", headers={"content-type": "application/json"}, trust_env=False
    )
    assert broken.status_code == 400
    assert "wrong" not in daemon.stderr.replace("wrong_password", "").replace("password is wrong", "")


def test_guessing_is_slowed_down(new_daemon):
    daemon = new_daemon().start()
    statuses = [
        httpx.post(f"{daemon.url}/api/auth/login", json={"password": f"guess {i}"}, trust_env=False) for i in range(12)
    ]
    assert statuses[0].status_code == 401
    assert statuses[-1].status_code == 429
    assert int(statuses[-1].headers["retry-after"]) >= 1


@pytest.mark.parametrize("path", ADMIN_PATHS)
def test_management_needs_a_login(router, path):
    url = f"{router.daemon.url}{path}"
    headers = [
        {},
        {"authorization": f"Bearer {router.key}"},
        {"x-api-key": router.key},
        {"cookie": "auth_token=" + "0" * 64},
        {"cookie": f"auth_token={router.key}"},
        {"authorization": f"Bearer {Daemon.PASSWORD}"},
    ]
    for given in headers:
        assert httpx.get(url, headers=given, trust_env=False).status_code == 401, given


def test_management_writes_need_a_login(router):
    for method, path in (
        ("POST", "/api/providers"),
        ("POST", "/api/keys"),
        ("POST", "/api/provider-nodes"),
        ("DELETE", "/api/keys/x"),
        ("PUT", "/api/settings/require-login"),
        ("POST", "/api/providers/x/test"),
        ("POST", "/api/provider-models"),
        ("PUT", "/api/provider-models"),
        ("PATCH", "/api/provider-models"),
        ("DELETE", "/api/provider-models"),
        ("POST", "/api/models/availability"),
        ("POST", "/api/pricing/import"),
        ("POST", "/api/usage/budget"),
        ("PUT", "/api/usage/budget"),
        ("DELETE", "/api/usage/budget"),
        ("DELETE", "/api/pricing/import"),
        ("PATCH", "/api/keys/x"),
        ("PUT", "/api/settings"),
        ("PUT", "/api/settings/ip-filter"),
        ("PUT", "/api/settings/system-prompt"),
        ("PATCH", "/api/settings/thinking-budget"),
        ("POST", "/api/policies"),
        ("PUT", "/api/policies/x"),
        ("DELETE", "/api/policies/x"),
        ("DELETE", "/api/policies?id=x"),
        ("POST", "/api/combos"),
        ("POST", "/api/models/alias"),
        ("POST", "/api/resilience/reset"),
        ("POST", "/api/route/explain"),
    ):
        answer = httpx.request(
            method, f"{router.daemon.url}{path}", json={"name": "x", "password": "new-password-1"}, trust_env=False
        )
        assert answer.status_code == 401, (method, path)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost.evil.example"},
        {"origin": "http://127.0.0.1:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
    ids=str,
)
def test_pages_of_other_sites_cannot_write(router, headers):
    before = len(router.admin.call("GET", "/api/keys")["keys"])
    answer = router.admin.http.post("/api/keys", json={"name": "stolen"}, headers=headers)
    assert answer.status_code == 403
    assert len(router.admin.call("GET", "/api/keys")["keys"]) == before


def test_own_page_can_write(router):
    answer = router.admin.http.post(
        "/api/keys",
        json={"name": "from the dashboard"},
        headers={"origin": router.daemon.url, "sec-fetch-site": "same-origin"},
    )
    assert answer.status_code == 201


def test_rebound_host_names_are_refused(router):
    """A page of another site that made its own name resolve to 127.0.0.1."""
    cookie = router.admin.http.cookies["auth_token"]
    with Wire(router.daemon) as wire:
        wire.send(f"GET /api/keys HTTP/1.1\r\nhost: evil.example\r\ncookie: auth_token={cookie}\r\n\r\n".encode())
        assert wire.answer("GET").status in (400, 403, 421)


def test_security_headers_of_management_answers(router):
    headers = router.admin.http.get("/api/keys").headers
    assert headers["content-type"].startswith("application/json")
    assert "access-control-allow-origin" not in headers
    assert "no-store" in headers.get("cache-control", "")


# Client keys


def ask(daemon, *headers, key=None, body=None) -> int:
    with Wire(daemon) as wire:
        wire.send(request_bytes("/v1/chat/completions", body or chat_body("sim/echo"), *headers, key=key))
        return wire.answer().status


def test_key_required(impatient, mock):
    daemon = impatient.daemon
    assert ask(daemon) == 401
    assert ask(daemon, key="sk-omni-wrong") == 401
    assert ask(daemon, "authorization: Basic " + impatient.key) == 401
    assert ask(daemon, key=impatient.key) == 200
    assert ask(daemon, "x-api-key: " + impatient.key) == 200
    for path in ("/v1/models", "/v1/models/sim/echo"):
        assert httpx.get(daemon.url + path, trust_env=False).status_code == 401
        assert httpx.get(daemon.url + path, headers={"x-api-key": impatient.key}, trust_env=False).status_code == 200


@pytest.mark.parametrize("dialect", ["openai", "anthropic"])
def test_refusal_has_the_clients_shape(impatient, mock, dialect):
    with_wrong_key = client(dialect, impatient.daemon.url, "sk-omni-nonsense")
    with pytest.raises(with_wrong_key.errors.AuthenticationError):
        with_wrong_key.ask("sim/echo")
    with_wrong_key.close()


def test_printed_first_key_works(impatient, mock):
    assert ask(impatient.daemon, key=impatient.daemon.printed("sk-omni-")) == 200


def test_revoked_key_ends_at_once(impatient, mock):
    made = impatient.admin.key("short-lived")
    for _ in range(8):  # warms the memory of every event loop
        assert ask(impatient.daemon, key=made["key"]) == 200
    impatient.admin.call("DELETE", f"/api/keys/{made['id']}")
    for _ in range(8):
        assert ask(impatient.daemon, key=made["key"]) == 401


def test_inactive_key_can_come_back(impatient, mock):
    made = impatient.admin.key("paused")
    impatient.admin.call("PATCH", f"/api/keys/{made['id']}", {"isActive": False})
    assert ask(impatient.daemon, key=made["key"]) == 401
    impatient.admin.call("PATCH", f"/api/keys/{made['id']}", {"isActive": True})
    assert ask(impatient.daemon, key=made["key"]) == 200
