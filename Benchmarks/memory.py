"""Resident memory of the daemon: idle, and with thousands of open streams."""

import asyncio
import http.client
import json
import time

from load import Case
from processes import resident

STREAMS = 10_000
# Files the daemon, the client and the upstream need besides those of the streams.
RESERVE = 150


def idle(bench):
    """A daemon started anew, configured, that has served one request."""
    candidate = bench.candidate
    candidate.restart()
    Case("idle", candidate, "chat", "chat", "plain").verify(None)
    time.sleep(bench.idle_seconds)
    bench.report.add(
        "idle memory", "<= 30 MB RSS", resident(candidate.pid), 30, "MB",
        f"{bench.idle_seconds} s after the first request of a new process; {resident(candidate.pid, 'RssAnon'):.1f} MB "
        f"its own, {resident(candidate.pid, 'RssFile'):.1f} MB pages of program and libraries")


def held_streams(bench):
    """Opens as many translated streams as the file limit allows, each silent after its first event."""
    # The daemon holds two sockets a stream, one to each side.
    count = min(bench.streams, (bench.file_limit - RESERVE) // 2)
    candidate = bench.candidate
    if candidate.translates:
        candidate.restart()
    before = resident(candidate.pid)
    case = Case("held streams", candidate, "chat", "messages", "held")
    used = asyncio.run(_hold(case, count, candidate.pid, bench))
    # The file limit of most machines is short of 10,000 streams by a little.
    scaled = before + (used - before) * STREAMS / count
    bench.report.add(
        f"10,000 open idle streams, from {count}", "<= 250 MB RSS", scaled, 250, "MB",
        f"{used:.1f} MB with {count} translated streams (the limit of open files is {bench.file_limit}), "
        f"{before:.1f} MB before, {(used - before) * 1000 / count:.1f} KB a stream")


async def _hold(case, count, pid, bench):
    target = case.target
    headers = "".join(f"{name}: {value}\r\n" for name, value in target.headers.items())
    head = f"POST {target.path} HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\n{headers}"
    request = head.encode() + f"Content-Length: {len(case.body)}\r\n\r\n".encode() + case.body
    gate = asyncio.Semaphore(100)
    open_streams = []

    async def open_one():
        async with gate:
            reader, writer = await asyncio.open_connection("127.0.0.1", target.port, limit=4096)
            open_streams.append((reader, writer))
            writer.write(request)
            # The first text is in the first event that the upstream sends before it falls silent.
            data = await asyncio.wait_for(reader.readuntil(b"0000 "), 60)
            if not data.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"a stream was answered {data[:200]!r}")

    begin = time.monotonic()
    try:
        await asyncio.gather(*(open_one() for _ in range(count)))
        bench.say(f"  {count} streams open after {time.monotonic() - begin:.1f} s")
        await asyncio.sleep(1)
        used = resident(pid)
        held = _held(bench.live_port)
        closed = sum(reader.at_eof() for reader, _ in open_streams)
        if held < count or closed:
            raise RuntimeError(f"the upstream holds {held} of {count} streams, {closed} were closed to the client")
    finally:
        for _, writer in open_streams:
            writer.transport.abort()
    begin = time.monotonic()
    while (left := _held(bench.live_port)) > 0:
        if time.monotonic() - begin > 30:
            raise RuntimeError(f"{left} upstream streams are still open 30 s after their clients left")
        await asyncio.sleep(0.1)
    bench.say(f"  all upstream streams ended {time.monotonic() - begin:.1f} s after their clients left")
    return used


def _held(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/counts")
        return json.loads(connection.getresponse().read())["held"]
    finally:
        connection.close()
