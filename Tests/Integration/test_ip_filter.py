"""From which addresses the router may be called."""

import socket

import pytest
import raw_http
from admin import Admin
from daemon import Daemon
from router import DIALECTS

PATH = "/api/settings/ip-filter"


@pytest.fixture
def filter_(router):
    """A function that changes the filter; it is off again afterwards."""
    yield lambda expect=200, **body: router.admin.call("PUT", PATH, body, expect=expect)
    off = {"enabled": False, "mode": "blacklist", "blacklist": [], "whitelist": []}
    router.admin.call("PUT", PATH, off)
    for ban in router.admin.call("GET", PATH)["tempBans"]:
        router.admin.call("PUT", PATH, {"removeBan": ban["ip"]})


def ask_from(address: str, router, path: str, body: bytes = b"", method: str = "POST"):
    """One request from one of this machine's own addresses, all of 127.0.0.0/8."""
    with socket.create_connection(("127.0.0.1", router.daemon.port), 10, (address, 0)) as connection:
        wire = raw_http.Wire.__new__(raw_http.Wire)
        wire.socket = connection
        wire.send(raw_http.request_bytes(path, body, "connection: close", method=method, key=router.key))
        return wire.answer(method)


def chat_from(address: str, router) -> int:
    return ask_from(address, router, "/v1/chat/completions", raw_http.chat_body("mo/m")).status


def test_off_by_default(router):
    assert router.admin.call("GET", PATH) == {
        "enabled": False, "mode": "blacklist", "blacklist": [], "whitelist": [], "tempBans": [],
    }  # fmt: skip


@pytest.mark.parametrize("dialect", DIALECTS)
def test_refused_in_every_dialect(router, filter_, mock, dialect, stream):
    filter_(enabled=True, blacklist=["127.0.0.0/8"], force=True)
    answer = raw_http.exchange(router, *raw_http.request_of(dialect, "mo/m", stream))
    assert answer.status == 403, answer
    assert "127.0.0.1 are not accepted" in answer.body.decode()
    if dialect == "gemini":
        assert answer.json["error"]["status"] == "PERMISSION_DENIED"
    assert mock.requests == []


@pytest.mark.parametrize(
    "setting, refused",
    [
        ({"blacklist": ["127.0.0.2"]}, {"127.0.0.2"}),
        ({"blacklist": ["127.0.0.2/31"]}, {"127.0.0.2", "127.0.0.3"}),
        ({"blacklist": ["::ffff:127.0.0.2"]}, {"127.0.0.2"}),
        ({"mode": "whitelist", "whitelist": ["127.0.0.1", "::1", "127.0.0.3"]}, {"127.0.0.2"}),
        ({"mode": "allow", "whitelist": ["127.0.0.0/31", "::1"]}, {"127.0.0.2", "127.0.0.3"}),
        (
            {"mode": "whitelist-priority", "blacklist": ["127.0.0.2/31"], "whitelist": ["127.0.0.3"]},
            {"127.0.0.2"},
        ),
        ({"tempBan": {"ip": "127.0.0.3", "reason": "noisy"}}, {"127.0.0.3"}),
        ({"blacklist": ["2001:db8::/32", "10.0.0.0/8"]}, set()),
    ],
)
def test_lists_and_ranges(router, filter_, mock, setting, refused):
    filter_(enabled=True, **setting)
    for address in ("127.0.0.1", "127.0.0.2", "127.0.0.3"):
        assert chat_from(address, router) == (403 if address in refused else 200), address
    filter_(enabled=False)
    assert chat_from("127.0.0.2", router) == 200


def test_single_entries(router, filter_, mock):
    assert filter_(enabled=True, addBlacklist="127.0.0.2", addWhitelist="10.1.2.3/8")["whitelist"] == ["10.0.0.0/8"]
    assert chat_from("127.0.0.2", router) == 403
    changed = filter_(removeBlacklist="127.0.0.2", removeWhitelist="10.0.0.0/8")
    assert changed["blacklist"] == changed["whitelist"] == []
    assert chat_from("127.0.0.2", router) == 200
    (ban,) = filter_(tempBan={"ip": "127.0.0.2", "durationMs": 60000})["tempBans"]
    assert ban["ip"] == "127.0.0.2" and 0 < ban["remainingMs"] <= 60000
    assert chat_from("127.0.0.2", router) == 403
    assert filter_(removeBan="127.0.0.2")["tempBans"] == []
    assert chat_from("127.0.0.2", router) == 200


def test_an_open_connection_is_no_way_around(router, filter_, mock):
    with raw_http.Wire(router.daemon) as wire:
        request = raw_http.request_bytes("/v1/chat/completions", raw_http.chat_body("mo/m"), key=router.key)
        wire.send(request)
        assert wire.answer().status == 200
        filter_(enabled=True, blacklist=["127.0.0.1"], force=True)
        wire.send(request)
        assert wire.answer().status == 403


@pytest.mark.parametrize(
    "setting",
    [
        {"blacklist": ["127.0.0.1"]},
        {"blacklist": ["::1"]},
        {"mode": "whitelist", "whitelist": ["10.0.0.0/8"]},
        {"tempBan": {"ip": "127.0.0.1"}},
    ],
)
def test_nobody_shuts_this_machine_out_by_accident(router, filter_, mock, setting):
    before = router.admin.call("GET", PATH)
    assert filter_(409, enabled=True, **setting)["error"]["code"] == "would_lock_out"
    assert router.admin.call("GET", PATH) == before
    # And whoever means it can still undo it from here.
    filter_(enabled=True, force=True, **setting)
    Admin(router.daemon.url, Daemon.PASSWORD).close()
    assert router.admin.call("GET", PATH)["enabled"] is True
    assert ask_from("127.0.0.1", router, "/api/monitoring/health", method="GET").status == 200


def test_survives_a_restart(new_daemon):
    daemon = new_daemon().start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    body = {"enabled": True, "mode": "deny", "blacklist": ["127.0.0.0/8", "2001:DB8::1"], "force": True}
    body["tempBan"] = {"ip": "fe80::1", "durationMs": 600000, "reason": "noisy"}
    admin.call("PUT", PATH, body)
    admin.close()
    assert daemon.stop() == 0
    daemon.start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    kept = admin.call("GET", PATH)
    assert kept["blacklist"] == ["127.0.0.0/8", "2001:db8::1"] and kept["mode"] == "blacklist"
    assert [(ban["ip"], ban["reason"]) for ban in kept["tempBans"]] == [("fe80::1", "noisy")]
    with raw_http.Wire(daemon) as wire:
        wire.send(raw_http.request_bytes("/v1/messages", raw_http.chat_body("sim/echo")))
        assert wire.answer().status == 403
    admin.close()


@pytest.mark.parametrize(
    "body, field",
    [
        ({"enabled": 1}, "enabled"),
        ({"mode": "grey"}, "mode"),
        ({"blacklist": "10.0.0.1"}, "blacklist"),
        ({"blacklist": ["10.0.0.0/33"]}, "blacklist[0]"),
        ({"whitelist": ["::1", "localhost"]}, "whitelist[1]"),
        ({"addWhitelist": "10.0.0"}, "addWhitelist"),
        ({"tempBan": {}}, "tempBan.ip"),
        ({"tempBan": {"ip": "10.0.0.1", "durationMs": 1}}, "tempBan.durationMs"),
        ({"removeBan": "x"}, "removeBan"),
    ],
)
def test_wrong_filters_are_named(router, body, field):
    before = router.admin.call("GET", PATH)
    assert router.admin.call("PUT", PATH, body, expect=400)["error"]["field"] == field
    assert router.admin.call("GET", PATH) == before
