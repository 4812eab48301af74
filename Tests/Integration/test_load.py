"""Many clients at once, clients that leave, clients that do not read."""

import asyncio
import threading
import time

import pytest
import raw_http
from mock_upstream import Gate, Pause, faults, say
from raw_http import PATHS, Wire, chat_body, request_bytes
from router import CORE, PREFIX


def _held(answer, steps: int) -> tuple[faults.Scripted, Gate]:
    """A stream that stands still after so many steps until the gate opens."""
    gate = Gate()

    def make(recorded):
        reply = faults.normal(recorded, answer)
        return reply.with_(steps=reply.steps[:steps] + [gate] + reply.steps[steps:])

    return faults.Scripted(make), gate


@pytest.mark.parametrize("dialect", CORE)
def test_departure_cancels_the_upstream_within_a_second(router, upstream, mock, dialect):
    """C093"""
    mock.always(faults.stalled(say("first ", "second"), 4))
    with Wire(router.daemon) as wire:
        wire.send(request_bytes(PATHS[dialect], chat_body(f"{PREFIX[upstream]}/m", stream=True), key=router.key))
        wire.read_until(b"first")
    left = time.monotonic()
    mock.wait_until(lambda: mock.last.disconnected_at, timeout=1.0, why="upstream cancelled")
    assert mock.last.disconnected_at - left < 1.0


@pytest.mark.parametrize("dialect", CORE)
@pytest.mark.parametrize("stream", [False, True])
def test_departure_before_the_first_event_cancels_too(router, upstream, mock, dialect, stream):
    mock.always(faults.silent())
    with Wire(router.daemon) as wire:
        wire.send(request_bytes(PATHS[dialect], chat_body(f"{PREFIX[upstream]}/m", stream=stream), key=router.key))
        mock.wait_until(lambda: mock.requests, why="the request arrived upstream")
    mock.wait_until(lambda: mock.last.disconnected_at, timeout=1.0, why="upstream cancelled")


STREAMS = 300


def test_hundreds_of_streams_at_once(router, mock):
    """All are open at the same time (the gate opens only then), and each ends with its own words."""
    gates = {}
    for number in range(STREAMS):
        scripted, gates[number] = _held(say("first ", f"words of {number}"), 4)
        mock.reply_with(scripted, model=f"m{number}")

    async def one(number: int, opened: asyncio.Semaphore, everyone: asyncio.Event) -> bytes:
        dialect, prefix = CORE[number % 2], PREFIX[CORE[number // 2 % 2]]
        reader, writer = await asyncio.open_connection("127.0.0.1", router.daemon.port)
        writer.write(
            request_bytes(
                PATHS[dialect], chat_body(f"{prefix}/m{number}", stream=True), "connection: close", key=router.key
            )
        )
        data = b""
        while b"first" not in data:
            piece = await reader.read(1 << 16)
            assert piece, data
            data += piece
        opened.release()
        await everyone.wait()
        gates[number].open()
        data += await reader.read()
        writer.close()
        return data

    async def run():
        opened, everyone = asyncio.Semaphore(0), asyncio.Event()
        tasks = [asyncio.create_task(one(number, opened, everyone)) for number in range(STREAMS)]
        for _ in range(STREAMS):
            await opened.acquire()
        everyone.set()
        return await asyncio.gather(*tasks)

    answers = asyncio.run(asyncio.wait_for(run(), 60))
    for number, data in enumerate(answers):
        assert f"words of {number}".encode() in data
        assert data.endswith(b"0\r\n\r\n")
    assert len(mock.requests) == STREAMS


def test_hundreds_of_whole_answers_at_once(router, mock):
    failures = []

    def work(number):
        for turn in range(10):
            dialect, model = CORE[number % 2], f"{PREFIX[CORE[turn % 2]]}/m"
            answer = raw_http.post(router, dialect, chat_body(model))
            if answer.status != 200 or b"Hi!" not in answer.body:
                failures.append(answer)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert len(mock.requests) == 300


MEGABYTES = 96


@pytest.mark.parametrize("dialect", CORE)
def test_a_client_that_does_not_read_is_not_buffered_for(router, upstream, mock, dialect):
    """The upstream has 96 MB to say; sockets hold a few, the daemon must not hold the rest."""
    piece = "0123456789abcdef" * 4096
    mock.reply_with(say(*[piece] * (16 * MEGABYTES)))
    before = router.daemon.resident_kilobytes
    with Wire(router.daemon, receive_buffer=1 << 16) as wire:
        wire.send(request_bytes(PATHS[dialect], chat_body(f"{PREFIX[upstream]}/m", stream=True), key=router.key))
        mock.wait_until(lambda: mock.requests and mock.last.sent_bytes > 1 << 20, why="the stream began")
        _wait_for_standstill(mock.last)
        sent = mock.last.sent_bytes
        grown = router.daemon.resident_kilobytes - before
    assert sent < (MEGABYTES << 20) * 3 // 4, "nothing held the upstream back"
    assert grown < 40_000, f"the daemon grew by {grown} kB"
    mock.wait_until(lambda: mock.last.disconnected_at, timeout=2, why="upstream cancelled")


def _wait_for_standstill(recorded):
    """Until the upstream could not send for 0.3 s."""
    seen, since, deadline = -1, time.monotonic(), time.monotonic() + 15
    while time.monotonic() - since < 0.3:
        assert time.monotonic() < deadline, "the stream never stood still"
        if recorded.sent_bytes != seen:
            seen, since = recorded.sent_bytes, time.monotonic()
        time.sleep(0.02)


def test_a_slow_reader_gets_everything(router, upstream, mock):
    pieces = [f"{i:07d} " * 512 for i in range(1500)]
    mock.reply_with(say(*pieces))
    with Wire(router.daemon, receive_buffer=1 << 14) as wire:
        wire.send(
            request_bytes(
                PATHS["anthropic"], chat_body(f"{PREFIX[upstream]}/m", stream=True), "connection: close", key=router.key
            )
        )
        _wait_for_standstill_or_end(mock)
        body = wire.answer().body
    assert body.count(b"content_block_delta") >= 1500
    assert all(f"{i:07d} ".encode() in body for i in range(0, 1500, 50))
    assert b"message_stop" in body


def _wait_for_standstill_or_end(mock):
    mock.wait_until(lambda: mock.requests, why="request")
    _wait_for_standstill(mock.last)


def test_upstream_connections_are_reused(router, mock):
    before = mock.connections
    for _ in range(20):
        assert raw_http.post(router, "openai", chat_body("mo/m")).status == 200
    # Each event loop keeps its own pool.
    assert mock.connections - before <= 8


def test_one_slow_answer_does_not_hold_up_others(router, mock):
    mock.reply_with(
        lambda recorded: faults.normal(recorded, say("late")).with_(head=False, steps=[Pause(5), b""]), model="slow"
    )
    with Wire(router.daemon) as wire:
        wire.send(request_bytes(PATHS["openai"], chat_body("mo/slow"), key=router.key))
        mock.wait_until(lambda: mock.requests, why="the slow request arrived")
        began = time.monotonic()
        for _ in range(20):
            assert raw_http.post(router, "openai", chat_body("mo/m")).status == 200
        assert time.monotonic() - began < 2


def test_memory_after_many_requests(router, mock):
    """Nothing is kept per request: the second thousand costs no more than noise."""

    def burst():
        with Wire(router.daemon) as wire:
            for number in range(500):
                wire.send(request_bytes(PATHS["openai"], chat_body("ma/m", stream=number % 2 == 0), key=router.key))
                assert wire.answer().status == 200

    burst()
    before = router.daemon.resident_kilobytes
    burst()
    assert router.daemon.resident_kilobytes - before < 8_000
    assert isinstance(mock.last.json, dict)
