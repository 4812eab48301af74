"""Start, restart, stop."""

import signal
import threading
import time

import httpx
import pytest
from admin import Admin
from daemon import Daemon
from mock_upstream import Gate, faults, say
from raw_http import Wire, chat_body, request_bytes


def configured(daemon, mock) -> Admin:
    admin = Admin(daemon.url, Daemon.PASSWORD)
    node = admin.node("kept", "openai", mock.url("openai"))
    admin.connection(node["id"], "kept-key-0123456789", "kept account")
    admin.alias("kept-alias", "kept/m")
    return admin


def test_first_start_says_what_a_person_needs(new_daemon):
    daemon = new_daemon(INITIAL_PASSWORD=None).start()
    assert daemon.printed("sk-omni-")
    assert daemon.printed("setup-")
    assert f":{daemon.port}" in daemon.stdout
    assert str(daemon.data_dir) in daemon.stdout
    assert "curl" in daemon.stdout


def test_everything_survives_a_restart(new_daemon, mock):
    daemon = new_daemon(REQUIRE_API_KEY="true").start()
    admin = configured(daemon, mock)
    key = admin.key("kept key")["key"]
    revoked = admin.key("revoked key")
    admin.call("DELETE", f"/api/keys/{revoked['id']}")
    cookie = admin.http.cookies["auth_token"]
    with Wire(daemon) as wire:
        wire.send(request_bytes("/v1/chat/completions", chat_body("kept-alias"), key=key))
        assert wire.answer().status == 200
    before = {
        path: admin.call("GET", path)
        for path in ("/api/providers", "/api/provider-nodes", "/api/keys", "/api/models/alias")
    }
    admin.close()
    assert daemon.stop() == 0
    first_output = daemon.stdout
    daemon.start()
    # The first key and the setup token are shown once, not at every start.
    assert daemon.stdout[len(first_output) :].count("sk-omni-") == 0
    for credential, status in ((key, 200), (revoked["key"], 401)):
        with Wire(daemon) as wire:
            wire.send(request_bytes("/v1/chat/completions", chat_body("kept-alias"), key=credential))
            assert wire.answer().status == status
    assert mock.last.credential == "kept-key-0123456789"
    with httpx.Client(base_url=daemon.url, cookies={"auth_token": cookie}, trust_env=False) as http:
        for path, answer in before.items():
            assert http.get(path).json() == answer
        assert http.get("/api/usage/history").json()["totalRequests"] >= 1


def test_second_start_on_one_folder_is_refused(new_daemon):
    first = new_daemon().start()
    second = new_daemon(data_dir=first.data_dir).launch()
    assert second.process.wait(10) == 1
    assert str(first.data_dir) in second.stderr + second.stdout
    # And the first goes on undisturbed.
    assert httpx.get(f"{first.url}/api/monitoring/health", trust_env=False).status_code == 200
    assert first.stop() == 0
    second.start()


def test_port_in_use_is_said(new_daemon):
    first = new_daemon().start()
    second = new_daemon(PORT=str(first.port)).launch()
    assert second.process.wait(10) != 0
    assert str(first.port) in second.stderr + second.stdout


def test_killed_daemon_starts_again(new_daemon, mock):
    daemon = new_daemon().start()
    configured(daemon, mock).close()
    daemon.process.send_signal(signal.SIGKILL)
    daemon.process.wait()
    daemon.start()
    with Wire(daemon) as wire:
        wire.send(request_bytes("/v1/chat/completions", chat_body("kept/m")))
        assert wire.answer().status == 200


@pytest.mark.parametrize("model", ["kept/m", "kept-alias"])
def test_shutdown_lets_a_stream_end(new_daemon, mock, model):
    daemon = new_daemon().start()
    configured(daemon, mock).close()
    gate = Gate()
    mock.always(
        faults.Scripted(
            lambda recorded: (reply := faults.normal(recorded, say("first ", "last words"))).with_(
                steps=reply.steps[:2] + [gate] + reply.steps[2:]
            )
        )
    )
    with Wire(daemon) as wire:
        wire.send(request_bytes("/v1/chat/completions", chat_body(model, stream=True)))
        wire.read_until(b"first")
        daemon.process.send_signal(signal.SIGTERM)
        _wait_until_refusing(daemon)
        assert daemon.process.poll() is None
        gate.open()
        rest = wire.read_until(b"[DONE]")
    assert b"last words" in rest
    assert daemon.process.wait(10) == 0


def _wait_until_refusing(daemon):
    """New connections are refused, or answered with 503, once the shutdown has begun."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{daemon.url}/v1/models", timeout=1, trust_env=False).status_code == 503:
                return
        except httpx.HTTPError:
            return
        time.sleep(0.01)
    raise AssertionError("the daemon still took requests after SIGTERM")


def test_shutdown_is_bounded(new_daemon, mock):
    daemon = new_daemon(SHUTDOWN_TIMEOUT_MS="500").start()
    configured(daemon, mock).close()
    mock.always(faults.stalled(say("first ", "second"), 2))
    with Wire(daemon) as wire:
        wire.send(request_bytes("/v1/chat/completions", chat_body("kept/m", stream=True)))
        wire.read_until(b"first")
        began = time.monotonic()
        assert daemon.stop() == 0
        assert time.monotonic() - began < 5


def test_idle_clients_do_not_hold_up_the_shutdown(new_daemon, mock):
    daemon = new_daemon().start()
    with Wire(daemon) as idle, Wire(daemon) as used:
        used.send(request_bytes("/api/monitoring/health", b"", method="GET", length=False))
        used.answer("GET")
        began = time.monotonic()
        assert daemon.stop() == 0
        assert time.monotonic() - began < 3
        assert idle.is_closed()


def test_start_is_quick(new_daemon):
    began = time.monotonic()
    new_daemon().start()
    assert time.monotonic() - began < 3


def test_usage_of_the_last_moment_is_written(new_daemon, mock):
    daemon = new_daemon().start()
    configured(daemon, mock).close()
    threads = [threading.Thread(target=_ask, args=(daemon,)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert daemon.stop() == 0
    daemon.start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    assert admin.call("GET", "/api/usage/history")["totalRequests"] == 10
    admin.close()


def _ask(daemon):
    with Wire(daemon) as wire:
        wire.send(request_bytes("/v1/chat/completions", chat_body("kept/m")))
        assert wire.answer().status == 200


def test_a_daemon_stopped_right_after_its_start_ends_well(new_daemon):
    assert new_daemon().start().stop() == 0
