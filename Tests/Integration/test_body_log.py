"""Request and response bodies: kept only when switched on, without secrets, as the client sent and got them."""

import json

import pytest
import raw_http
from admin import Admin
from daemon import Daemon
from mock_upstream import say
from router import Router

SECRET = "sk-proj-abcdefghij0123456789"


@pytest.fixture(scope="module")
def upstream():
    return "openai"


@pytest.fixture
def logged(new_daemon, mock):
    daemon = new_daemon().start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    node = admin.node("mo", "openai", mock.url("openai"))
    admin.connection(node["id"], "node-key-0123456789", "account")
    yield Router(daemon, admin, admin.key("logged")["key"], mock)
    admin.close()


def switch(router, **settings) -> dict:
    return router.admin.call("PATCH", "/api/settings", {"bodyLog": settings})["bodyLog"]


def body(text="Hello", stream=False, **extra) -> bytes:
    return raw_http.chat_body("mo/m", stream=stream, metadata={"note": text}, **extra)


def ask(router, id_: str, *, text="Hello", stream=False, headers=(), key=None) -> raw_http.RawAnswer:
    return raw_http.exchange(
        router, "/v1/chat/completions", body(text, stream), f"x-request-id: {id_}", "x-omniroute-no-cache: true",
        *headers, key=key or router.key)


def log(router, id_: str, written=True) -> dict:
    def found():
        return router.admin.http.get(f"/api/usage/request-logs/{id_}")

    router.mock.wait_until(
        lambda: found().status_code == 200 and (not written or found().json()["log"]["hasResponseBody"]),
        timeout=4, why="it is written")
    return found().json()["log"]


def test_nothing_is_kept_by_default(logged):
    assert logged.admin.call("GET", "/api/settings")["bodyLog"]["mode"] == "off"
    assert ask(logged, "off-1").status == 200
    kept = log(logged, "off-1", written=False)
    assert not kept["hasRequestBody"] and kept["requestBody"] is None and kept["responseBody"] is None
    assert not (logged.daemon.data_dir / "bodies").exists()


@pytest.mark.parametrize("streamed", [False, True])
def test_what_was_sent_and_got_is_kept(logged, mock, streamed):
    switch(logged, mode="all")
    mock.always(say("a plain answer"))
    answer = ask(logged, "on-1", stream=streamed)
    kept = log(logged, "on-1")
    assert kept["hasRequestBody"] and kept["hasResponseBody"]
    assert kept["requestBody"] == json.loads(body(stream=streamed))
    assert kept["responseBody"] == (answer.body.decode() if streamed else answer.json)
    (row,) = logged.admin.call("GET", "/api/usage/request-logs")["logs"]
    assert row["hasRequestBody"] and row["hasResponseBody"] and "requestBody" not in row
    assert logged.admin.call("GET", "/api/usage/call-logs/on-1")["requestBody"] == kept["requestBody"]


def test_secrets_do_not_reach_the_disk(logged, mock):
    switch(logged, mode="all")
    mock.always(say(f"your key is {SECRET}."))
    picture = "data:image/png;base64," + "iVBORw0KGgo" * 100
    ask(logged, "secret-1", text=f'{{"password":"hunter2"}} {SECRET} {picture}')
    kept = log(logged, "secret-1")
    note = kept["requestBody"]["metadata"]["note"]
    assert "hunter2" not in note and SECRET not in note and "[base64: 1100 characters, sha256 " in note
    assert kept["responseBody"]["choices"][0]["message"]["content"] == "your key is sk-[redacted]."
    files = {name: data for name, data in logged.daemon.written_bytes().items() if "/bodies/" in name}
    assert files
    for name, data in files.items():
        for secret in (SECRET, "hunter2", "iVBORw0KGgoiVBORw0KGgo", logged.key):
            assert secret.encode() not in data, name


def test_single_keys_can_be_chosen(logged):
    other = logged.admin.key("other")
    assert switch(logged, mode="keys", keys=[other["id"]])["keys"] == [other["id"]]
    ask(logged, "mine-1")
    ask(logged, "other-1", key=other["key"])
    assert log(logged, "other-1")["hasRequestBody"]
    assert not log(logged, "mine-1", written=False)["hasRequestBody"]


def test_long_bodies_are_cut(logged, mock):
    switch(logged, mode="all", maxBodyBytes=1024)
    mock.always(say("word " * 2000))
    ask(logged, "long-1", text="word " * 1000)
    kept = log(logged, "long-1")
    for name in ("requestBody", "responseBody"):
        assert kept[name]["_truncated"] and kept[name]["_originalSize"] > 5000
        assert 900 < len(kept[name]["_preview"]) <= 1024


def test_what_is_kept_survives_a_restart_and_is_removed(logged):
    switch(logged, mode="all")
    ask(logged, "kept-1")
    ask(logged, "kept-2")
    # At once: what waits is written on the way out.
    assert logged.daemon.stop() == 0
    logged.daemon.start()
    admin = Admin(logged.daemon.url, Daemon.PASSWORD)
    router = Router(logged.daemon, admin, logged.key, logged.mock)
    assert log(router, "kept-1")["requestBody"] and log(router, "kept-2")["requestBody"]
    assert admin.call("DELETE", "/api/usage/request-logs/kept-1")["removedBodies"] == 2
    assert log(router, "kept-1", written=False)["requestBody"] is None
    assert log(router, "kept-2")["requestBody"]
    admin.call("DELETE", "/api/usage/request-logs/nobody", expect=404)
    admin.call("DELETE", "/api/usage/request-logs")
    assert not log(router, "kept-2", written=False)["hasRequestBody"]
    admin.close()


def test_bad_settings_are_refused(logged):
    for settings, field in [({"mode": "some"}, "bodyLog.mode"), ({"keys": [1]}, "bodyLog.keys"),
                            ({"maxBodyBytes": 1}, "bodyLog.maxBodyBytes")]:
        answer = logged.admin.call("PATCH", "/api/settings", {"bodyLog": settings}, expect=400)
        assert field in json.dumps(answer)
    for path in ("/api/usage/request-logs", "/api/usage/request-logs/x"):
        assert raw_http.exchange(logged, path, {}, method="DELETE").status == 401
