"""Machines of one person, real daemons, that synchronise through a real WebDAV server, a real S3 server and each other."""

import base64
import threading
import time

import httpx
import pytest
from admin import Admin
from daemon import Daemon
from sync_servers import S3Server, WebDAVServer

PASSPHRASE = "a passphrase of several words"
SECRET = "sk-secret-of-the-account-77aa10"


class Machine:
    def __init__(self, daemon: Daemon, name: str):
        self.daemon = daemon
        self.name = name
        self.daemon.start()
        self.admin = Admin(daemon.url, Daemon.PASSWORD)
        self.admin.http.timeout = 60

    def restart(self):
        self.admin.close()
        self.daemon.start()
        self.admin = Admin(self.daemon.url, Daemon.PASSWORD)
        self.admin.http.timeout = 60

    def act(self, action: str, expect=200, **body) -> dict:
        return self.admin.call("POST", "/api/sync/cloud", {"action": action} | body, expect=expect)

    def join(self, endpoint: dict, passphrase: str = PASSPHRASE, **settings) -> dict:
        self.act("configure", endpoint=endpoint, passphrase=passphrase, machineName=self.name, **settings)
        return self.act("enable")

    def sync(self, **options) -> dict:
        return self.act("sync", **options)

    @property
    def status(self) -> dict:
        return self.admin.call("GET", "/api/sync/cloud")

    @property
    def aliases(self) -> dict:
        return self.admin.call("GET", "/api/models/alias")["aliases"]

    def alias(self, name: str, model: str = "sim/echo"):
        self.admin.alias(name, model)

    @property
    def combos(self) -> dict:
        return {one["name"]: one for one in self.admin.call("GET", "/api/combos")["combos"]}

    def combo(self, name: str, model: str = "sim/echo") -> dict:
        return self.admin.call("POST", "/api/combos", {"name": name, "models": [model]}, expect=201)

    def change_combo(self, name: str, **body):
        self.admin.call("PUT", f"/api/combos/{self.combos[name]['id']}", body)


@pytest.fixture
def machine(new_daemon):
    made = []

    def make(name: str, **settings) -> Machine:
        made.append(Machine(new_daemon(**settings), name))
        return made[-1]

    yield make
    for one in made:
        one.admin.close()


@pytest.fixture
def webdav(tmp_path):
    server = WebDAVServer(tmp_path / "webdav")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def s3_server():
    server = S3Server()
    yield server
    server.stop()


@pytest.fixture
def s3(s3_server):
    for one in s3_server.client.list_objects_v2(Bucket=s3_server.BUCKET).get("Contents", []):
        s3_server.client.delete_object(Bucket=s3_server.BUCKET, Key=one["Key"])
    yield s3_server
    assert s3_server.wrong == []


@pytest.fixture(params=["webdav", "s3", "omniroute"])
def endpoint(request, machine):
    """Each kind of endpoint in turn."""
    if request.param == "omniroute":
        host = machine("host")
        token = host.admin.call("POST", "/api/sync/tokens", {"name": "laptop"}, expect=201)["token"]
        return {"type": "omniroute", "url": host.daemon.url, "token": token}
    return request.getfixturevalue(request.param).endpoint


def eventually(check, timeout: float = 30):
    deadline = time.monotonic() + timeout
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_two_machines_have_the_same(endpoint, machine):
    one, other = machine("one"), machine("other")
    one.alias("quick")
    one.combo("fast")
    joined = one.join(endpoint)
    assert joined["success"] and joined["verified"] and joined["enabled"] and joined["connected"]
    assert joined["changes"]["pulled"] == 0 and joined["changes"]["pushed"] >= 2
    other.alias("other")
    other.join(endpoint)
    assert other.aliases == {"quick": "sim/echo", "other": "sim/echo"}
    assert other.combos["fast"]["models"] == one.combos["fast"]["models"]
    # It is live: a request to a combo that came from elsewhere is served.
    body = {"model": "fast", "messages": [{"role": "user", "content": "Hello!"}]}
    answer = httpx.post(f"{other.daemon.url}/v1/chat/completions", json=body, trust_env=False)
    assert answer.status_code == 200, answer.text

    # Changes go both ways, field by field, and deletions too.
    other.change_combo("fast", description="from the other")
    other.admin.call("DELETE", "/api/models/alias?alias=quick")
    other.sync()
    one.change_combo("fast", strategy="round-robin")
    one.sync()
    other.sync()
    assert one.combos["fast"]["description"] == other.combos["fast"]["description"] == "from the other"
    assert one.combos["fast"]["strategy"] == other.combos["fast"]["strategy"] == "round-robin"
    assert one.aliases == other.aliases == {"other": "sim/echo"}
    assert one.status["conflicts"] == other.status["conflicts"] == []
    assert one.status["remoteMachine"] in ("one", "other")


def test_it_is_off_until_somebody_turns_it_on(webdav, machine):
    one = machine("one")
    status = one.status
    assert status["enabled"] is False and status["configured"] is False and status["lastSync"] is None
    assert one.act("enable", expect=409)["error"]["code"] == "not_configured"
    assert one.act("sync", expect=409)["error"]["code"] == "not_configured"
    one.act("configure", endpoint=webdav.endpoint, passphrase=PASSPHRASE, interval=60)
    one.alias("quick")
    assert one.act("sync", expect=409)["error"]["code"] == "disabled"
    assert one.admin.call("GET", "/api/sync/initialize")["initialized"] is True
    assert one.admin.call("POST", "/api/sync/initialize")["success"] is True
    # Long enough for a scheduler that would not know.
    time.sleep(6)
    assert webdav.calls == []
    one.act("enable")
    one.act("disable")
    webdav.calls.clear()
    one.alias("quicker")
    time.sleep(7)
    assert webdav.calls == []
    assert webdav.bundle.exists()
    one.act("disable", removeRemote=True)
    assert not webdav.bundle.exists()


def test_changes_go_out_by_themselves(webdav, machine):
    one, other = machine("one"), machine("other")
    one.join(webdav.endpoint, interval=60)
    other.join(webdav.endpoint, interval=60)
    one.alias("quick")
    eventually(lambda: one.status["lastSyncAt"] and other.act("sync") and "quick" in other.aliases)
    # After a restart it goes on.
    other.alias("later")
    other.daemon.stop()
    other.restart()
    eventually(lambda: one.act("sync") and "later" in one.aliases)


def test_nothing_can_be_read_at_the_endpoint(webdav, machine):
    one = machine("one")
    one.admin.connection("openai", SECRET, "account-with-a-telling-name")
    one.alias("alias-with-a-telling-name")
    one.join(webdav.endpoint, include=["providers", "aliases", "secrets"])
    sealed = webdav.bundle.read_bytes()
    assert sealed.startswith(b"OMNISEAL")
    for text in (SECRET, "telling", "openai", "omniroute", "alias", PASSPHRASE, "connection"):
        assert text.encode() not in sealed
        assert base64.b64encode(text.encode()).rstrip(b"=")[:-2] not in sealed
    # Two states of the same configuration have nothing in common.
    one.alias("another")
    one.sync()
    again = webdav.bundle.read_bytes()
    assert again[44:200] != sealed[44:200]
    # Nor is there anything in the clear in what the machine keeps.
    one.daemon.stop()
    for path, contents in one.daemon.written_bytes().items():
        for text in (SECRET, PASSPHRASE, webdav.endpoint["password"]):
            assert text.encode() not in contents, path


def test_secrets_go_along_only_when_chosen(webdav, machine):
    one, other = machine("one"), machine("other")
    account = one.admin.connection("openai", SECRET, "account")
    key = one.admin.key("tool")
    one.join(webdav.endpoint)
    other.join(webdav.endpoint)

    def theirs():
        return other.admin.call("GET", f"/api/providers/{account['id']}")["connection"]

    def ids():
        return [one["id"] for one in other.admin.call("GET", "/api/keys")["keys"]]

    assert theirs()["hasApiKey"] is False and theirs()["testStatus"] == "error"
    assert key["id"] not in ids()
    # One machine alone cannot give it away, nor can it take it from the others.
    other.act("configure", include=["providers", "secrets", "keys"])
    other.sync()
    assert theirs()["hasApiKey"] is False
    one.act("configure", include=["providers", "secrets", "keys"])
    one.sync()
    other.sync()
    assert theirs()["hasApiKey"] is True
    assert key["id"] in ids()
    body = {"model": "sim/echo", "messages": [{"role": "user", "content": "Hello!"}]}
    headers = {"authorization": f"Bearer {key['key']}"}
    answer = httpx.post(f"{other.daemon.url}/v1/chat/completions", json=body, headers=headers, trust_env=False)
    assert answer.status_code == 200
    # Revoked on one, it is on both.
    other.admin.call("DELETE", f"/api/keys/{key['id']}")
    other.sync()
    one.sync()
    answer = httpx.post(f"{one.daemon.url}/v1/chat/completions", json=body, headers=headers, trust_env=False)
    assert answer.status_code == 401


def test_a_wrong_passphrase_changes_nothing(webdav, machine):
    one, other = machine("one"), machine("other")
    one.alias("quick")
    one.join(webdav.endpoint)
    before = webdav.bundle.read_bytes()
    other.alias("mine")
    other.act("configure", endpoint=webdav.endpoint, passphrase="another passphrase")
    error = other.act("enable", expect=409)["error"]
    assert error["code"] == "wrong_passphrase"
    status = other.status
    assert status["enabled"] is False and status["lastErrorCode"] == "wrong_passphrase" and status["lastSync"] is None
    assert other.aliases == {"mine": "sim/echo"} and webdav.bundle.read_bytes() == before
    other.act("configure", passphrase=PASSPHRASE)
    assert other.act("enable")["lastError"] is None
    assert "quick" in other.aliases
    # A new passphrase for all: whoever has the old one is told.
    one.act("configure", passphrase="the new passphrase")
    one.sync()
    assert other.act("sync", expect=409)["error"]["code"] == "wrong_passphrase"
    other.act("configure", passphrase="the new passphrase")
    other.sync()


def test_conflicts_are_shown_and_settled(webdav, machine):
    one, other = machine("one"), machine("other")
    one.combo("fast")
    one.join(webdav.endpoint)
    other.join(webdav.endpoint)
    one.change_combo("fast", description="mine")
    one.sync()
    other.change_combo("fast", description="theirs")
    other.alias("free")
    status = other.sync()
    [conflict] = status["conflicts"]
    assert conflict["reason"] == "changed" and conflict["kind"] == "combo" and conflict["name"] == "fast"
    assert conflict["fields"] == ["description"] and conflict["choices"] == ["mine", "theirs"]
    assert conflict["mine"][0]["value"]["description"] == "theirs"
    assert conflict["theirs"][0]["value"]["description"] == "mine"
    # Nothing is decided, and everything else goes on.
    assert other.combos["fast"]["description"] == "theirs" and one.combos["fast"]["description"] == "mine"
    one.sync()
    assert "free" in one.aliases
    assert other.act("resolve", id=conflict["id"], choice="both", expect=400)["error"]["field"] == "choice"
    assert other.act("resolve", id="combo:nothing", choice="mine", expect=400)["error"]["field"] == "id"
    assert other.act("resolve", id=conflict["id"], choice="mine")["conflicts"] == []
    one.sync()
    assert one.combos["fast"]["description"] == "theirs"

    # Deleted here, changed there.
    one.change_combo("fast", description="again")
    one.sync()
    other.admin.call("DELETE", f"/api/combos/{other.combos['fast']['id']}")
    [conflict] = other.sync()["conflicts"]
    assert conflict["reason"] == "deleted" and conflict["mine"] == []
    other.act("resolve", id=conflict["id"], choice="theirs")
    assert other.combos["fast"]["description"] == "again"


@pytest.mark.parametrize(
    "choice, names", [("mine", {"fast"}), ("theirs", {"fast"}), ("both", {"fast", "fast-2"})]
)
def test_two_things_of_one_name(webdav, machine, choice, names):
    one, other = machine("one"), machine("other")
    made = one.combo("fast")
    one.join(webdav.endpoint)
    mine = other.combo("fast")
    [conflict] = other.join(webdav.endpoint)["conflicts"]
    assert conflict["reason"] == "name" and conflict["choices"] == ["mine", "theirs", "both"]
    other.act("resolve", id=conflict["id"], choice=choice)
    one.sync()
    assert set(one.combos) == set(other.combos) == names
    kept = {"mine": mine, "theirs": made, "both": made}[choice]
    assert one.combos["fast"]["id"] == other.combos["fast"]["id"] == kept["id"]


def test_a_race_is_lost_and_run_again(webdav, machine):
    one, other = machine("one"), machine("other")
    one.join(webdav.endpoint)
    other.join(webdav.endpoint)
    one.alias("from-one")
    other.alias("from-other")
    raced = threading.Event()

    def race(method, path):
        # Between the reading of one machine and its writing, another writes.
        if method == "PUT" and not raced.is_set():
            raced.set()
            other.sync()

    webdav.before = race
    one.sync()
    assert raced.is_set()
    other.sync()
    assert one.aliases == other.aliases == {"from-one": "sim/echo", "from-other": "sim/echo"}
    conditions = [call.headers.get("if_match") for call in webdav.calls if call.method == "PUT"]
    assert all(conditions[-3:])


def test_a_machine_that_dies_in_a_run_loses_nothing(webdav, machine):
    one, other = machine("one"), machine("other")
    one.alias("first")
    one.join(webdav.endpoint)
    other.join(webdav.endpoint)
    # Before the bundle is written, and after it was but before the machine hears of it.
    for number, moment in enumerate(["before", "after"]):
        one.alias(f"alias-{moment}")
        other.alias(f"other-{moment}")
        other.sync()

        def die(method, path):
            if method != "PUT" or one.daemon.process.poll() is not None:
                return
            if moment == "after":
                threading.Timer(0.0, one.daemon.process.kill).start()
                return
            one.daemon.process.kill()
            one.daemon.process.wait()

        webdav.before = die
        with pytest.raises(httpx.HTTPError):
            one.sync()
        webdav.before = lambda method, path: None
        one.daemon.process.wait()
        one.restart()
        assert {f"alias-{moment}", "first"} <= set(one.aliases)
        # What was changed since is not taken for somebody else's change.
        one.alias(f"alias-{moment}", "sim/long")
        assert one.sync()["conflicts"] == []
        other.sync()
        assert one.aliases == other.aliases
        assert other.aliases[f"alias-{moment}"] == "sim/long" and f"other-{moment}" in one.aliases


def test_a_bundle_that_was_removed_or_restored(webdav, machine):
    one, other = machine("one"), machine("other")
    one.alias("first")
    one.join(webdav.endpoint)
    old = webdav.bundle.read_bytes()
    other.join(webdav.endpoint)
    other.alias("second")
    other.sync()
    one.sync()
    # Somebody puts an older state back: nothing is deleted because it is not there.
    webdav.bundle.write_bytes(old)
    one.sync()
    other.sync()
    assert one.aliases == other.aliases == {"first": "sim/echo", "second": "sim/echo"}
    webdav.bundle.unlink()
    other.sync()
    assert other.aliases == {"first": "sim/echo", "second": "sim/echo"}
    # Damage is told, and neither repaired by overwriting nor taken over.
    damaged = bytearray(webdav.bundle.read_bytes())
    damaged[-1] ^= 1
    webdav.bundle.write_bytes(damaged)
    assert one.act("sync", expect=502)["error"]["code"] == "damaged"
    assert webdav.bundle.read_bytes() == damaged
    assert one.status["lastErrorCode"] == "damaged" and one.status["nextSyncAt"]


def test_an_endpoint_that_is_no_good_is_refused(webdav, s3, machine):
    one = machine("one")
    one.act("configure", endpoint=webdav.endpoint | {"password": "wrong"}, passphrase=PASSPHRASE)
    assert one.act("enable", expect=502)["error"]["code"] == "unauthorized"
    assert one.status["enabled"] is False
    # The password does not go to another address.
    moved = webdav.endpoint | {"url": f"http://127.0.0.1:{webdav.port}/elsewhere"}
    del moved["password"]
    assert one.act("configure", endpoint=moved)["endpoint"]["secrets"] == []
    one.act("configure", endpoint=s3.endpoint | {"secretAccessKey": "wrong"}, passphrase=PASSPHRASE)
    assert one.act("enable", expect=502)["error"]["code"] == "unauthorized"
    s3.wrong.clear()
    one.act("configure", endpoint={"type": "webdav", "url": "http://127.0.0.1:9"})
    assert one.act("enable", expect=502)["error"]["code"] == "unreachable"
    host = machine("host")
    one.act("configure", endpoint={"type": "omniroute", "url": host.daemon.url, "token": "osync-wrong"})
    assert one.act("enable", expect=502)["error"]["code"] == "unauthorized"


@pytest.mark.parametrize(
    "body, field",
    [
        ({}, "endpoint"),
        ({"endpoint": {"type": "webdav"}}, "endpoint.url"),
        ({"endpoint": {"type": "ftp", "url": "http://127.0.0.1"}}, "endpoint.type"),
        ({"endpoint": {"type": "webdav", "url": "http://169.254.169.254/x"}}, "endpoint.url"),
        ({"endpoint": {"type": "webdav", "url": "http://dav.example.org/x"}}, "endpoint.url"),
        ({"endpoint": {"type": "s3", "url": "http://127.0.0.1"}}, "endpoint.bucket"),
        ({"endpoint": {"type": "webdav", "url": "http://127.0.0.1", "name": "../x"}}, "endpoint.name"),
        ({"endpoint": {"type": "webdav", "url": "http://127.0.0.1"}, "passphrase": "short"}, "passphrase"),
        ({"endpoint": {"type": "webdav", "url": "http://127.0.0.1"}}, "passphrase"),
        (
            {"endpoint": {"type": "webdav", "url": "http://127.0.0.1"}, "passphrase": PASSPHRASE, "interval": 1},
            "interval",
        ),
        (
            {"endpoint": {"type": "webdav", "url": "http://127.0.0.1"}, "passphrase": PASSPHRASE, "include": ["x"]},
            "include[0]",
        ),
        (
            {
                "endpoint": {"type": "webdav", "url": "http://127.0.0.1"},
                "passphrase": PASSPHRASE,
                "include": ["secrets"],
            },
            "include",
        ),
    ],
)
def test_what_is_wrong_is_named(router, body, field):
    answer = router.admin.call("POST", "/api/sync/cloud", {"action": "configure"} | body, expect=400)
    assert answer["error"]["field"] == field
    assert router.admin.call("GET", "/api/sync/cloud")["configured"] is False


def test_bundles_are_kept_for_whoever_has_a_token(machine):
    host = machine("host")
    made = host.admin.call("POST", "/api/sync/tokens", {"name": "laptop"}, expect=201)
    [listed] = host.admin.call("GET", "/api/sync/tokens")["tokens"]
    assert "token" not in listed and listed["id"] == made["id"]
    key = host.admin.key("tool")["key"]
    url = f"{host.daemon.url}/api/sync/bundles/x"
    contents = {"contents": base64.b64encode(b"sealed").decode()}
    with httpx.Client(trust_env=False) as anybody:
        for token in (None, "osync-" + "0" * 48, key):
            headers = {"authorization": f"Bearer {token}"} if token else {}
            for method in ("GET", "PUT", "DELETE"):
                assert anybody.request(method, url, headers=headers | {"if-none-match": "*"}).status_code == 401
        headers = {"authorization": f"Bearer {made['token']}"}
        assert anybody.put(url, json=contents, headers=headers).status_code == 428
        assert anybody.get(url, headers=headers).status_code == 404
        stored = anybody.put(url, json=contents, headers=headers | {"if-none-match": "*"})
        assert stored.status_code == 201
        assert anybody.put(url, json=contents, headers=headers | {"if-none-match": "*"}).status_code == 412
        assert anybody.put(url, json=contents, headers=headers | {"if-match": '"0"'}).status_code == 412
        got = anybody.get(url, headers=headers)
        assert got.json()["contents"] == contents["contents"] and got.headers["etag"] == stored.headers["etag"]
        assert anybody.put(url, json=contents, headers=headers | {"if-match": got.headers["etag"]}).status_code == 200
        for bad in ({}, {"contents": "###"}, {"contents": 1}, {"contents": ""}):
            assert anybody.put(url, json=bad, headers=headers | {"if-match": got.headers["etag"]}).status_code == 400
        assert anybody.put(f"{url}%2f..%2fy", json=contents, headers=headers | {"if-none-match": "*"}).status_code in (
            400,
            404,
        )
        # It is good for nothing else.
        for path in ("/api/settings", "/api/keys", "/api/sync/cloud", "/api/sync/tokens"):
            assert anybody.get(f"{host.daemon.url}{path}", headers=headers).status_code == 401
        assert anybody.delete(url, headers=headers).status_code == 200
        host.admin.call("DELETE", f"/api/sync/tokens/{made['id']}")
        assert anybody.get(url, headers=headers).status_code == 401


def test_what_other_machines_ask_directly(machine):
    host = machine("host")
    account = host.admin.connection("openai", SECRET, "account")
    host.alias("quick")
    token = host.admin.call("POST", "/api/sync/tokens", {"name": "laptop"}, expect=201)["token"]
    key = host.admin.key("tool")["key"]
    calls = [
        ("POST", "/api/cloud/auth", {}),
        ("PUT", "/api/cloud/credentials/update", {"connectionId": account["id"], "credentials": {"apiKey": "sk-x"}}),
        ("POST", "/api/cloud/model/resolve", {"alias": "quick"}),
        ("GET", "/api/cloud/models/alias", None),
        ("PUT", "/api/cloud/models/alias", {"alias": "a", "model": "sim/echo"}),
    ]
    with httpx.Client(base_url=host.daemon.url, trust_env=False) as other:
        for method, path, body in calls:
            assert other.request(method, path, json=body).status_code == 401
            answer = other.request(method, path, json=body, headers={"authorization": f"Bearer {key}"})
            assert answer.status_code == 401, path
        other.headers["authorization"] = f"Bearer {token}"
        seen = other.post("/api/cloud/auth")
        [shown] = seen.json()["connections"]
        assert shown["hasApiKey"] and shown["maskedApiKey"] == "sk-s****aa10" and SECRET not in seen.text
        assert seen.json()["modelAliases"] == {"quick": "sim/echo"}
        resolved = other.post("/api/cloud/model/resolve", json={"alias": "quick"}).json()
        assert resolved == {"alias": "quick", "provider": "sim", "model": "echo"}
        assert other.post("/api/cloud/model/resolve", json={"alias": "nothing-of-that-name"}).status_code == 404
        assert other.put("/api/cloud/models/alias", json={"alias": "b", "model": "sim/echo"}).status_code == 200
        assert other.get("/api/cloud/models/alias").json()["aliases"]["b"] == "sim/echo"
        again = other.put("/api/cloud/models/alias", json={"alias": "b", "model": "sim/long"})
        assert again.status_code == 409
        # The account must be named: another of the provider is never changed in its place.
        nameless = {"provider": "openai", "credentials": {"apiKey": "sk-new"}}
        answer = other.put("/api/cloud/credentials/update", json=nameless)
        assert answer.status_code == 400 and answer.json()["error"]["field"] == "connectionId"
        unknown = nameless | {"connectionId": "nothing"}
        assert other.put("/api/cloud/credentials/update", json=unknown).status_code == 404
        right = {"connectionId": account["id"], "credentials": {"apiKey": "sk-new-key-of-the-account"}}
        assert other.put("/api/cloud/credentials/update", json=right).status_code == 200
        assert other.post("/api/cloud/auth").json()["connections"][0]["maskedApiKey"] == "sk-n****ount"
