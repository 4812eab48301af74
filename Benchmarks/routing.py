"""What choosing costs, and whether streams are lost when the first targets of a combo fail all the time."""

import asyncio
import http.client
import json
import os
import pathlib
import subprocess
import time

from candidates import HEADERS, Target
from dialects import DIALECTS
from live_upstream import PACED_EVENTS

STREAMS = 1000
COMBO = "rescue"
BINARY = pathlib.Path(__file__).resolve().parent.parent / ".build/release/routing-benchmark"


def choosing(bench):
    """Decisions only, in a program of its own: neither sockets nor bodies."""
    binary = os.environ.get("ROUTING_BENCHMARK_BINARY", str(BINARY))
    finished = subprocess.run([binary], capture_output=True, text=True, timeout=120, check=True)
    lines = [line.rpartition("\t") for line in finished.stdout.splitlines()]
    costs = {name: float(nanoseconds) / 1000 for name, _, nanoseconds in lines}
    for kind in ("200 connections", "20 steps with 200 connections"):
        own = {name: cost for name, cost in costs.items() if name.startswith((kind + ",", kind + " of"))}
        slowest = max(own, key=own.get)
        bench.report.add(
            f"choosing among {kind}", "<= 5 us", own[slowest], 5, "us",
            f"the slowest of {len(own)} cases: {slowest.removeprefix(kind).lstrip(', ')}; choice, first event and end of "
            f"a new conversation's request, the fastest case {min(own.values()):.2f}")


def failing_targets(bench):
    """Streams all at once through a combo whose first target refuses and whose second dies after its head."""
    candidate = bench.candidate
    steps = [f"{scenario}/{DIALECTS[name].MODEL}" for scenario, name in (
        ("dead-chat", "chat"), ("cut-messages", "messages"), ("paced-chat", "chat"))]
    made = candidate.demand("POST", "/api/combos", {"name": COMBO, "models": steps, "strategy": "priority"})
    count = min(bench.rescued, (bench.file_limit - 150) // 2)
    try:
        before = _refused(bench.live_port)
        begin = time.monotonic()
        whole, lost = asyncio.run(_stream_all(candidate, count))
        seconds = time.monotonic() - begin
        refused = _refused(bench.live_port) - before
    finally:
        candidate.demand("DELETE", f"/api/combos/{made['id']}")
    if refused < 2:
        raise RuntimeError(f"the failing targets were asked {refused} times: nothing was rescued")
    bench.report.add(
        f"{count} streams, two failing targets first", "0 lost", len(lost), 0, "lost",
        f"{whole} whole streams in {seconds:.1f} s, the failing targets were asked {refused} times"
        + (f"; the first that was lost: {lost[0]}" if lost else ""))
    if lost:
        raise RuntimeError(f"{len(lost)} of {count} streams were lost: {lost[0]}")


async def _stream_all(candidate, count):
    dialect = DIALECTS["chat"]
    target = Target(candidate.port, dialect.path(COMBO, True), COMBO, HEADERS | dialect.headers(candidate.key))
    body = dialect.conversation(COMBO, True)
    headers = "".join(f"{name}: {value}\r\n" for name, value in target.headers.items())
    head = f"POST {target.path} HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\nConnection: close\r\n{headers}"
    request = head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
    sent = [dialect.stream_text(index) for index in range(PACED_EVENTS)]
    connected = 0
    all_connected = asyncio.Event()
    gate = asyncio.Semaphore(100)

    async def one():
        nonlocal connected
        async with gate:
            reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
        connected += 1
        if connected == count:
            all_connected.set()
        # All requests come at once.
        await asyncio.wait_for(all_connected.wait(), 60)
        try:
            writer.write(request)
            data = await asyncio.wait_for(reader.read(-1), 120)
        finally:
            writer.transport.abort()
        if not data.startswith(b"HTTP/1.1 200"):
            return f"it was answered {data[:300]!r}"
        texts, is_whole = dialect.read_stream(_body(data))
        return None if texts == sent and is_whole else f"{len(texts)} of {len(sent)} events, ended: {is_whole}"

    results = await asyncio.gather(*(one() for _ in range(count)), return_exceptions=True)
    lost = [str(result) or repr(result) for result in results if result is not None]
    return count - len(lost), lost


def _body(data):
    """The body of an answer in chunks."""
    rest, body = data.partition(b"\r\n\r\n")[2], bytearray()
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        body += rest[:length]
        rest = rest[length + 2:]
    return bytes(body)


def _refused(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/counts")
        return json.loads(connection.getresponse().read())["refused"]
    finally:
        connection.close()
