"""The events the dashboard lives on, over the wire."""

import json
import time
from contextlib import contextmanager

import httpx
from daemon import Daemon


@contextmanager
def session(daemon: Daemon):
    with httpx.Client(base_url=daemon.url, timeout=10, trust_env=False) as client:
        assert client.post("/api/auth/login", json={"password": Daemon.PASSWORD}).status_code == 200
        yield client


def events(stream):
    """Pairs of an event's name and its data."""
    name = None
    for line in stream.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def ask(daemon: Daemon, times: int = 1):
    body = {"model": "sim/echo", "messages": [{"role": "user", "content": "Hello!"}]}
    with httpx.Client(base_url=daemon.url, trust_env=False) as client:
        for _ in range(times):
            assert client.post("/v1/chat/completions", json=body).status_code == 200


def test_requests_are_told_as_they_end(new_daemon):
    daemon = new_daemon().start()
    with session(daemon) as client, client.stream("GET", "/api/events") as stream:
        assert stream.headers["content-type"] == "text/event-stream"
        told = events(stream)
        name, pulse = next(told)
        assert name == "pulse" and pulse["activeRequests"] == 0
        ask(daemon)
        name, batch = next(one for one in told if one[0] == "requests")
        assert batch["count"] == 1 and batch["errors"] == 0 and batch["tokens"] > 0
        # The log is written in batches.
        deadline = time.monotonic() + 5
        while not (logged := client.get("/api/usage/request-logs").json()["logs"]) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert batch["requests"] == logged


def test_they_end_with_the_session(new_daemon):
    daemon = new_daemon().start()
    with session(daemon) as client, client.stream("GET", "/api/events") as stream:
        told = events(stream)
        assert next(told)[0] == "pulse"
        with httpx.Client(base_url=daemon.url, cookies=client.cookies, trust_env=False) as other:
            assert other.post("/api/auth/logout").status_code == 200
        assert [data for name, data in told if name == "end"] == [{"reason": "logged_out"}]
        assert client.get("/api/events").status_code == 401


def test_a_page_that_watches_does_not_hold_the_daemon(new_daemon):
    daemon = new_daemon().start()
    with session(daemon) as client, client.stream("GET", "/api/events") as stream:
        assert next(events(stream))[0] == "pulse"
        began = time.monotonic()
        assert daemon.stop() == 0
        assert time.monotonic() - began < 5


def test_a_page_that_does_not_read_holds_nobody_up(new_daemon):
    daemon = new_daemon().start()
    with session(daemon) as client, client.stream("GET", "/api/events"):
        ask(daemon, times=500)
        before = daemon.resident_kilobytes
        ask(daemon, times=500)
        assert daemon.resident_kilobytes - before < 20_000
