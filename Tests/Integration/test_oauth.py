"""Accounts that come by OAuth, with a real OAuth server and an upstream that takes live tokens only."""

import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx
import pytest
from admin import Admin
from daemon import Daemon
from mock_upstream import Answer, faults
from oauth_server import CLIENT_SECRET, EMAIL, OAuthServer, query_of
from router import Router

REDIRECT = "http://localhost:9/callback"


@pytest.fixture
def server():
    server = OAuthServer()
    server.client.redirect_uris = [REDIRECT]
    yield server
    server.stop()


def strict(server: OAuthServer):
    """What an upstream answers that takes live tokens only."""

    def answer(recorded):
        if server.is_live(recorded.credential):
            return faults.normal(recorded, Answer())
        return faults.error(401, "the token is not valid")(recorded)

    return answer


@dataclass
class Accounts:
    """A node of the router whose accounts come from the test's OAuth server."""

    router: Router
    server: OAuthServer
    id: str

    @property
    def admin(self) -> Admin:
        return self.router.admin

    def call(self, method: str, action: str, body=None, expect=200, **options):
        return self.admin.call(method, f"/api/oauth/{self.id}/{action}", body, expect=expect, **options)

    def begin(self, **parameters) -> dict:
        return self.call("GET", "authorize", params={"redirect_uri": REDIRECT} | parameters)

    def agree(self, begun: dict) -> str:
        """The address that the person's browser is sent back to."""
        answer = httpx.get(begun["authUrl"])
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    def log_in(self, **parameters) -> dict:
        begun = self.begin(**parameters)
        back = query_of(self.agree(begun))
        body = {"code": back["code"], "state": back["state"], "redirectUri": REDIRECT, "codeVerifier": "ignored"}
        answer = self.call("POST", "exchange", body)
        assert answer["success"] is True
        return answer["connection"]

    def standing(self) -> dict:
        """Of the only account."""
        [standing] = self.call("GET", "status")["connections"]
        return standing

    def ask(self, timeout: float = 30) -> httpx.Response:
        """A question that nobody asked before."""
        return httpx.post(
            f"{self.router.daemon.url}/v1/chat/completions",
            json={"model": f"{self.id}/m", "messages": [{"role": "user", "content": uuid.uuid4().hex}]},
            headers={"authorization": f"Bearer {self.router.key}"},
            timeout=timeout,
        )

    def wait_until(self, condition, timeout: float = 15):
        deadline = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < deadline, f"not within {timeout} s: {self.call('GET', 'status')}"
            time.sleep(0.02)


def _set_up(router: Router, server: OAuthServer, mock) -> Accounts:
    name = "oa" + uuid.uuid4().hex[:8]
    node = router.admin.node(name, "openai", mock.url("openai"))
    router.admin.call("PUT", f"/api/settings/oauth/{name}", server.settings(node["id"]))
    mock.always(strict(server))
    return Accounts(router, server, name)


@pytest.fixture
def accounts(router, mock, server):
    accounts = _set_up(router, server, mock)
    yield accounts
    router.admin.call("DELETE", f"/api/settings/oauth/{accounts.id}")
    [node] = [n for n in router.admin.call("GET", "/api/provider-nodes")["nodes"] if n["prefix"] == accounts.id]
    router.admin.remove_node(node)


# Logins by browser.


def test_code_flow(accounts, server):
    begun = accounts.begin()
    asked = query_of(begun["authUrl"])
    assert asked["code_challenge_method"] == "S256" and asked["code_challenge"] == begun["codeChallenge"]
    assert asked["state"] == begun["state"] and asked["redirect_uri"] == REDIRECT == begun["redirectUri"]
    assert begun["flowType"] == "authorization_code_pkce" and begun["codeVerifier"] is None
    back = query_of(accounts.agree(begun))
    made = accounts.call("POST", "exchange", {"code": back["code"], "state": back["state"]})["connection"]
    assert made["authType"] == "oauth" and made["email"] == EMAIL and made["needsLogin"] is False
    assert made["hasApiKey"] is False and made["hasRefreshToken"] is True and made["testStatus"] == "active"
    assert accounts.ask().status_code == 200
    assert accounts.admin.call("POST", f"/api/providers/{made['id']}/test")["valid"] is True


@pytest.mark.parametrize("form", ["callbackUrl", "code", "code#state"])
def test_code_is_pasted(accounts, form):
    back = accounts.agree(accounts.begin())
    query = query_of(back)
    body = {
        "callbackUrl": {"callbackUrl": back},
        "code": {"code": back},
        "code#state": {"code": f"{query['code']}#{query['state']}"},
    }[form]
    assert accounts.call("POST", "exchange", body)["connection"]["email"] == EMAIL


def test_callback_page(accounts, server):
    own = f"{accounts.router.daemon.url}/api/oauth/{accounts.id}/callback"
    server.client.redirect_uris.append(own)
    begun = accounts.call("GET", "authorize")
    assert begun["redirectUri"] == own and begun["callbackPath"] == f"/api/oauth/{accounts.id}/callback"
    back = accounts.agree(begun)
    # A browser that is not logged in changes nothing, and the login can still be finished.
    stranger = httpx.get(back)
    assert stranger.status_code == 401 and "callbackUrl" in stranger.text
    assert stranger.headers["content-type"].startswith("text/html")
    assert stranger.headers["referrer-policy"] == "no-referrer"
    page = accounts.admin.http.get(back)
    assert page.status_code == 200 and EMAIL in page.text
    assert accounts.ask().status_code == 200
    assert accounts.admin.http.get(back).status_code == 400, "the state is spent"


def test_callback_page_of_a_refusal(accounts):
    begun = accounts.begin()
    page = accounts.admin.http.get(
        f"/api/oauth/{accounts.id}/callback",
        params={"state": begun["state"], "error": "access_denied", "error_description": "<b>no</b>"},
    )
    assert page.status_code == 400 and "&lt;b&gt;no" in page.text and "<b>no" not in page.text
    assert accounts.call("GET", "status", params={"state": begun["state"]})["pending"] is False


@pytest.mark.parametrize("change", ["state", "provider", "redirect", "session", "again"])
def test_state_is_checked(accounts, server, change):
    begun = accounts.begin()
    back = query_of(accounts.agree(begun))
    body = {"code": back["code"], "state": back["state"]}
    admin, id = accounts.admin, accounts.id
    if change == "state":
        body["state"] = "A" * 43
    elif change == "provider":
        id = "huggingface"
        accounts.admin.call("PUT", "/api/settings/oauth/huggingface", {"clientId": "somebody"})
    elif change == "redirect":
        body["redirectUri"] = REDIRECT + "/other"
    elif change == "session":
        admin = Admin(accounts.router.daemon.url, Daemon.PASSWORD)
    elif change == "again":
        accounts.call("POST", "exchange", body)
    calls = len(server.calls)
    answer = admin.http.post(f"/api/oauth/{id}/exchange", json=body)
    assert answer.status_code == 400 and answer.json()["error"]["code"] == "invalid_state", answer.text
    assert len(server.calls) == calls, "the server was not asked"
    if change == "provider":
        accounts.admin.call("DELETE", "/api/settings/oauth/huggingface")
    if change == "session":
        admin.close()


def test_replayed_code(accounts, server):
    first, second = accounts.begin(), accounts.begin()
    code = query_of(accounts.agree(first))["code"]
    accounts.call("POST", "exchange", {"code": code, "state": first["state"]})
    answer = accounts.call("POST", "exchange", {"code": code, "state": second["state"]}, expect=400)
    assert answer["error"]["code"] == "access_denied"
    assert server.calls[-1] == ("authorization_code", "invalid_grant")


def test_code_of_another_login(accounts, server):
    """The server enforces PKCE: a code without the verifier it was asked with is worth nothing."""
    first, second = accounts.begin(), accounts.begin()
    code = query_of(accounts.agree(first))["code"]
    answer = accounts.call("POST", "exchange", {"code": code, "state": second["state"]}, expect=400)
    assert "refused" in answer["error"]["message"]


def test_a_second_login_is_the_same_connection(accounts, server):
    first, second = accounts.log_in(), accounts.log_in()
    assert first["id"] == second["id"]
    server.subject = "subject-2"
    third = accounts.log_in(name="another one")
    assert third["id"] != first["id"] and third["name"] == "another one"


@pytest.mark.parametrize("method", ["none", "client_secret_basic"])
def test_client_authentication(accounts, server, method):
    accounts.admin.call("PATCH", f"/api/settings/oauth/{accounts.id}", {"clientAuthentication": method})
    if method == "none":
        back = query_of(accounts.agree(accounts.begin()))
        body = {"code": back["code"], "state": back["state"]}
        answer = accounts.call("POST", "exchange", body, expect=502)
        assert answer["error"]["code"] == "oauth_refused"
        assert server.calls[-1][1] == "invalid_client"
    else:
        accounts.log_in()
        assert server.authorization_headers[-1].startswith("Basic ")


# Logins on another device.


def test_device_flow(accounts, server):
    begun = accounts.call("GET", "device-code")
    assert begun["interval"] == 1 and begun["user_code"] and begun["verification_uri"].endswith("/activate")
    assert begun["device_code"] not in server.devices, "a handle, not the code"
    [device] = server.devices.values()
    body = {"deviceCode": begun["device_code"]}
    early = accounts.call("POST", "poll", body)
    assert early["pending"] is True and early["error"] == "authorization_pending" and early["success"] is False
    assert device.polled_at == [], "too early to ask"
    accounts.wait_until(lambda: accounts.call("POST", "poll", body) and len(device.polled_at) == 2)
    assert device.polled_at[1] - device.polled_at[0] > 0.95
    server.user_grants[begun["user_code"]] = ("subject-1", True)
    done = {}
    accounts.wait_until(lambda: done.update(accounts.call("POST", "poll", body)) or done["success"])
    assert done["connection"]["email"] == EMAIL
    assert accounts.ask().status_code == 200
    answer = accounts.call("POST", "poll", body, expect=400)
    assert answer["error"]["code"] == "invalid_state"


def test_device_flow_slows_down(accounts, server):
    server.slow_downs = 1
    begun = accounts.call("POST", "device-code", {"name": "slow"})
    body = {"flowId": begun["flowId"]}
    answers = []
    accounts.wait_until(lambda: answers.append(accounts.call("POST", "poll", body)) or answers[-1]["error"] == "slow_down")
    assert answers[-1]["pending"] is True and answers[-1]["interval"] == 6


def test_device_flow_is_refused(accounts, server):
    begun = accounts.call("POST", "device-code")
    server.user_grants[begun["user_code"]] = ("subject-1", False)
    body = {"deviceCode": begun["device_code"]}
    answer = {"pending": True}
    accounts.wait_until(lambda: answer.update(accounts.call("POST", "poll", body)) or not answer["pending"])
    assert answer["success"] is False and answer["error"] == "access_denied"


# Tokens that a person has already.


def test_import(accounts, server):
    described = accounts.call("GET", "import")
    assert described["method"] == "import_token"
    assert {field["name"] for field in described["requiredFields"]} == {"accessToken", "refreshToken"}
    given = server.give()
    body = {"accessToken": given.access_token, "refreshToken": given.refresh_token, "expiresIn": 3600, "name": "mine"}
    made = accounts.call("POST", "import", body)["connection"]
    assert made["name"] == "mine" and made["expiresAt"]
    assert accounts.ask().status_code == 200
    assert server.calls == []


def test_import_of_a_refresh_token_alone(accounts, server):
    given = server.give()
    accounts.call("POST", "import", {"refreshToken": given.refresh_token})
    assert server.calls == [("refresh_token", None)]
    assert accounts.ask().status_code == 200
    answer = accounts.call("POST", "import", {"refreshToken": given.refresh_token}, expect=400)
    assert answer["error"]["code"] == "access_denied"


@pytest.mark.parametrize(
    "body, field",
    [
        ({}, "accessToken"),
        ({"accessToken": "a\u00e4"}, "accessToken"),
        ({"accessToken": "a", "expiresIn": -1}, "expiresIn"),
        ({"accessToken": "a", "expiresAt": "tomorrow"}, "expiresAt"),
        ({"accessToken": "a", "connectionId": "nobody"}, "connectionId"),
    ],
)
def test_import_of_what_is_none(accounts, body, field):
    assert accounts.call("POST", "import", body, expect=400)["error"]["field"] == field


# Renewals.


def test_tokens_are_renewed_ahead_of_their_end(accounts, server, mock):
    server.lifetime = 6
    accounts.log_in()
    first = server.tokens[-1].access_token
    accounts.wait_until(lambda: server.refreshes() >= 1)
    assert server.tokens[-2].access_token == first and server.tokens[-2].expires_at > time.time()
    accounts.wait_until(lambda: accounts.standing()["refreshing"] is False)
    assert accounts.ask().status_code == 200
    assert mock.last.credential == server.tokens[-1].access_token
    assert [request.credential for request in mock.requests].count(first) == 0


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_many_requests_on_an_expired_token_cause_one_renewal(accounts, server, mock, stream):
    accounts.log_in()
    # Within its time, as far as the router knows.
    server.expire_all()
    server.delay = 0.3

    def ask(_):
        with httpx.Client(timeout=30) as client:
            answer = client.post(
                f"{accounts.router.daemon.url}/v1/chat/completions",
                json={
                    "model": f"{accounts.id}/m",
                    "stream": stream,
                    "messages": [{"role": "user", "content": uuid.uuid4().hex}],
                },
                headers={"authorization": f"Bearer {accounts.router.key}"},
            )
            return answer.status_code, answer.text

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(ask, range(50)))
    assert [status for status, _ in answers] == [200] * 50, [text for status, text in answers if status != 200][:1]
    assert server.refreshes() == 1
    refused = [request for request in mock.requests if request.credential != server.tokens[-1].access_token]
    assert 1 <= len(refused) <= 50
    # Nobody's cooldown came of it.
    assert accounts.ask().status_code == 200


def test_renewal_by_hand(accounts, server):
    made = accounts.log_in()
    answer = accounts.call("POST", "refresh", {"connectionId": made["id"]})
    assert answer["success"] is True and answer["connection"]["id"] == made["id"]
    assert server.refreshes() == 1
    assert accounts.ask().status_code == 200
    accounts.call("POST", "refresh", {"connectionId": "nobody"}, expect=404)


def test_revoked_tokens_need_a_login(accounts, server, mock):
    made = accounts.log_in()
    server.revoke_all()
    answer = accounts.call("POST", "refresh", {"connectionId": made["id"]}, expect=409)
    assert answer["error"]["code"] == "login_required"
    standing = accounts.standing()
    assert standing["status"] == "login_required" and standing["connection"]["needsLogin"] is True
    shown = accounts.admin.call("GET", f"/api/providers/{made['id']}")["connection"]
    assert shown["testStatus"] == "expired" and "refused to renew" in shown["lastError"]
    calls = len(server.calls)
    # The access token is used until it is refused; then the account is out of service, and the server is left alone.
    assert accounts.ask().status_code == 401
    accounts.wait_until(lambda: accounts.standing()["connection"]["hasAccessToken"] is False)
    asked = len(mock.requests)
    assert accounts.ask().status_code >= 400
    assert len(mock.requests) == asked and len(server.calls) == calls
    # A new login is the same connection, and ends all that.
    assert accounts.log_in(connectionId=made["id"])["id"] == made["id"]
    assert accounts.ask().status_code == 200
    assert accounts.standing()["status"] == "active"


def test_a_deleted_account_is_taken_back_at_its_server(accounts, server):
    path = f"/api/settings/oauth/{accounts.id}"
    moved = {"revocationUrl": f"{server.url}/revoke"}
    # A secret does not follow to another address by itself.
    accounts.admin.call("PATCH", path, moved, expect=400)
    accounts.admin.call("PATCH", path, moved | {"clientSecret": CLIENT_SECRET})
    made = accounts.log_in()
    [token] = server.tokens
    answer = accounts.admin.call("DELETE", f"/api/providers/{made['id']}")
    assert "taken back" in answer["message"]
    assert server.revocations == [("refresh_token", token.refresh_token), ("access_token", token.access_token)]
    assert token.is_revoked and not server.is_live(token.access_token)
    # A server that does not answer keeps nobody from deleting an account.
    made = accounts.log_in()
    server.outage = 503
    answer = accounts.admin.call("DELETE", f"/api/providers/{made['id']}")
    assert "could not be taken back" in answer["message"]
    assert accounts.call("GET", "status")["connections"] == []


def test_server_out_of_order(accounts, server):
    made = accounts.log_in()
    server.outage = 503
    answer = accounts.call("POST", "refresh", {"connectionId": made["id"]}, expect=502)
    assert answer["error"]["code"] == "oauth_unavailable"
    standing = accounts.standing()
    assert standing["status"] == "refresh_failed" and standing["refreshFailures"] == 1 and standing["nextRefreshAt"]
    assert accounts.ask().status_code == 200, "the token it has is still good"
    server.outage = None
    # It is tried again by itself some seconds later.
    accounts.wait_until(lambda: accounts.standing()["status"] == "active")
    assert server.refreshes() == 1


# Restarts and secrets.


def _kill(daemon: Daemon):
    daemon.process.kill()
    daemon.process.wait()


def test_rotated_tokens_survive_a_kill(new_daemon, mock, server):
    daemon = new_daemon().start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    router = Router(daemon, admin, admin.key("k")["key"], mock)
    accounts = _set_up(router, server, mock)
    made = accounts.log_in()
    for _ in range(3):
        accounts.call("POST", "refresh", {"connectionId": made["id"]})
        _kill(daemon)
        daemon.start()
        router.admin = Admin(daemon.url, Daemon.PASSWORD)
        assert accounts.ask().status_code == 200
        assert mock.last.credential == server.tokens[-1].access_token
    assert server.refreshes() == 3 and all(error is None for _, error in server.calls)
    router.admin.close()


def test_expired_tokens_are_renewed_after_a_restart(new_daemon, mock, server):
    daemon = new_daemon().start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    router = Router(daemon, admin, admin.key("k")["key"], mock)
    accounts = _set_up(router, server, mock)
    accounts.log_in()
    _kill(daemon)
    server.expire_all()
    daemon.start()
    router.admin = Admin(daemon.url, Daemon.PASSWORD)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: accounts.ask().status_code, range(10)))
    assert answers == [200] * 10
    assert server.refreshes() == 1
    router.admin.close()


def test_secrets_stay_inside(new_daemon, mock, server):
    daemon = new_daemon(LOG_LEVEL="trace").start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    router = Router(daemon, admin, admin.key("k")["key"], mock)
    answers: list[str] = []
    admin.http.event_hooks["response"].append(lambda answer: answers.append(answer.read().decode()))
    accounts = _set_up(router, server, mock)
    made = accounts.log_in()
    assert accounts.ask().status_code == 200
    accounts.call("POST", "refresh", {"connectionId": made["id"]})
    begun = accounts.call("GET", "device-code")
    accounts.call("POST", "poll", {"deviceCode": begun["device_code"]})
    server.outage = 500
    accounts.call("POST", "refresh", {"connectionId": made["id"]}, expect=502)
    server.outage = None
    server.revoke_all()
    assert accounts.ask().status_code == 401
    for path in (
        "/api/providers", f"/api/providers/{made['id']}", "/api/settings/oauth", f"/api/settings/oauth/{accounts.id}",
        f"/api/oauth/{accounts.id}/status", "/api/usage/request-logs", "/api/resilience", "/api/settings",
    ):
        admin.call("GET", path)
    assert daemon.stop() == 0
    everything = {**daemon.written_bytes(), "answers": json.dumps(answers).encode()}
    secrets = server.secrets()
    assert len(secrets) >= 5 and CLIENT_SECRET in secrets
    for secret in secrets:
        for where, content in everything.items():
            assert secret.encode() not in content, f"{secret[:12]}… in {where}"
    admin.close()


# Settings.


@pytest.mark.parametrize(
    "change, field",
    [
        ({"tokenUrl": "http://169.254.169.254/token"}, "tokenUrl"),
        ({"deviceUrl": "http://metadata.google.internal/"}, "deviceUrl"),
        ({"tokenUrl": "http://auth.example.org/token", "clientSecret": "s"}, "tokenUrl"),
        ({"tokenUrl": "https://auth.example.org/token"}, "clientSecret"),
        ({"provider": "nobody"}, "provider"),
        ({"tokenUrl": None, "clientSecret": "s"}, "tokenUrl"),
    ],
)
def test_settings_are_checked(accounts, change, field):
    answer = accounts.admin.call("PATCH", f"/api/settings/oauth/{accounts.id}", change, expect=400)
    assert answer["error"]["field"] == field, answer


def test_settings(accounts):
    shown = accounts.admin.call("GET", f"/api/settings/oauth/{accounts.id}")["provider"]
    assert shown["hasClientSecret"] is True and "clientSecret" not in shown and shown["configured"] is True
    known = {entry["id"]: entry for entry in accounts.admin.call("GET", "/api/settings/oauth")["providers"]}
    assert known["huggingface"]["isBuiltIn"] is True and known["huggingface"]["configured"] is False
    assert "clientId" not in known["huggingface"]
    answer = accounts.admin.call("GET", "/api/oauth/huggingface/authorize", expect=400)
    assert answer["error"]["code"] == "oauth_not_configured"
    accounts.admin.call("GET", "/api/oauth/nobody/status", expect=404)


def test_client_from_the_environment(new_daemon):
    daemon = new_daemon(OAUTH_HUGGINGFACE_CLIENT_ID="client-of-mine").start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    url = admin.call("GET", "/api/oauth/huggingface/authorize")["authUrl"]
    assert url.startswith("https://huggingface.co/oauth/authorize?")
    asked = query_of(url)
    assert asked["client_id"] == "client-of-mine" and "inference-api" in asked["scope"].split()
    assert asked["redirect_uri"] == f"{daemon.url}/api/oauth/huggingface/callback"
    admin.close()


def test_a_key_is_refused_where_there_is_a_login(accounts):
    made = accounts.log_in()
    answer = accounts.admin.call("PATCH", f"/api/providers/{made['id']}", {"apiKey": "sk-1"}, expect=400)
    assert answer["error"]["field"] == "apiKey"
    changed = accounts.admin.call("PATCH", f"/api/providers/{made['id']}", {"priority": 7})["connection"]
    assert changed["priority"] == 7 and changed["hasAccessToken"] is True
    assert accounts.ask().status_code == 200


@pytest.mark.parametrize("method, action", [
    ("GET", "authorize"), ("POST", "exchange"), ("GET", "device-code"), ("POST", "poll"), ("POST", "import"),
    ("POST", "refresh"), ("GET", "status"),
])
def test_logins_are_for_administrators(accounts, method, action):
    url = f"{accounts.router.daemon.url}/api/oauth/{accounts.id}/{action}"
    for headers in ({}, {"authorization": f"Bearer {accounts.router.key}"}):
        assert httpx.request(method, url, headers=headers, json={}).status_code == 401
