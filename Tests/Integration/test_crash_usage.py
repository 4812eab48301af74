"""A daemon that is killed at any moment: what was answered is on record, once, with its cost."""

import itertools
import random
import signal
import threading
import time

from admin import Admin
from daemon import Daemon
from mock_upstream import Usage, faults, say
from raw_http import PATHS, Wire, chat_body, request_bytes

COUNTS = Usage(input=100, output=10)
# Dollars for a million tokens; 100 tokens in and 10 out are 0.00013 dollars.
PRICE = {"input": 1, "output": 3}
NANO_DOLLARS = 130_000
ROUNDS = 4
CLIENTS = 6


def _all_calls(admin) -> list[dict]:
    rows, query = [], "limit=1000"
    while True:
        page = admin.call("GET", f"/api/usage/request-logs?{query}")
        rows += page["logs"]
        if page["nextCursor"] is None:
            return rows
        query = f"limit=1000&cursor={page['nextCursor']}"


def _ask(daemon, numbers, answered: list[str], stop: threading.Event):
    """Requests one after the other until the daemon is gone; every whole answer is noted."""
    while not stop.is_set():
        number = next(numbers)
        dialect = "openai" if number % 2 else "anthropic"
        name = f"crash-{number}"
        try:
            with Wire(daemon, timeout=5) as wire:
                for turn in range(20):
                    body = chat_body("kept/m", stream=number % 4 < 2)
                    wire.send(request_bytes(PATHS[dialect], body, f"x-request-id: {name}-{turn}"))
                    if wire.answer().status == 200:
                        answered.append(f"{name}-{turn}")
        except Exception:  # noqa: BLE001 - however a connection to a killed process ends
            if stop.wait(0.005):
                return


def test_what_was_answered_is_on_record_once(new_daemon, mock):
    daemon = new_daemon(LOG_LEVEL="error").start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    node = admin.node("kept", "openai", mock.url("openai"))
    admin.connection(node["id"], "kept-key-0123456789", "kept account")
    admin.call("PATCH", "/api/pricing", {"kept": {"m": PRICE}})
    admin.close()
    mock.always(say("a few ", "words", usage=COUNTS))
    numbers, answered = itertools.count(), []
    moments = random.Random(5)
    for _ in range(ROUNDS):
        stop = threading.Event()
        clients = [
            threading.Thread(target=_ask, args=(daemon, numbers, answered, stop)) for _ in range(CLIENTS)
        ]
        for client in clients:
            client.start()
        # Between two batches of the writer, and in the middle of one.
        time.sleep(moments.uniform(0.4, 0.9))
        daemon.process.send_signal(signal.SIGKILL)
        daemon.process.wait()
        stop.set()
        for client in clients:
            client.join()
        daemon.start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    rows = _all_calls(admin)
    ids = [row["id"] for row in rows]
    assert len(answered) > 50
    assert len(ids) == len(set(ids))
    assert set(answered) <= set(ids)
    by_id = {row["id"]: row for row in rows}
    assert {by_id[name]["tokens"]["in"] for name in answered} == {100}
    assert {round(by_id[name]["cost"] * 1e9) for name in answered} == {NANO_DOLLARS}
    # The sums of hours and days tell the same as the single records.
    for query in ("", "?groupBy=hour"):
        history = admin.call("GET", f"/api/usage/history{query}")
        assert history["totalRequests"] == len(rows)
        assert round(history["totalCost"] * 1e9) == sum(round(row["cost"] * 1e9) for row in rows if row["cost"])
    assert sum(part["requests"] for part in history["series"]) == len(rows)
    admin.close()


def test_a_broken_stream_is_on_record_with_what_it_said(new_daemon, mock):
    """Cut off by the upstream, then killed: no clean end anywhere."""
    daemon = new_daemon().start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    node = admin.node("kept", "anthropic", mock.url("anthropic"))
    admin.connection(node["id"], "kept-key-0123456789", "kept account")
    admin.close()
    mock.always(faults.cut(say("Grüß ", "dich"), 4))
    with Wire(daemon) as wire:
        wire.send(request_bytes("/v1/messages", chat_body("kept/m", stream=True), "x-request-id: cut"))
        wire.answer()
    daemon.process.send_signal(signal.SIGKILL)
    daemon.process.wait()
    daemon.start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    row = admin.call("GET", "/api/usage/call-logs/cut")
    assert row["error"] and row["tokens"]["output"] >= 1
    assert row["tokens"]["in"] > 0
    admin.close()
