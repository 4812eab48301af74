"""Whether memory stays what it is under a steady mixed load."""

import http.client
import json
import statistics
import threading
import time

from load import Case
from processes import resident

CLIENTS = 8
# Of each client between two requests, in seconds: about 300 requests a second together.
PAUSE = 0.02
SAMPLE_SECONDS = 5
# A client opens a connection anew after so many requests.
REQUESTS_A_CONNECTION = 50
# Questions for the cache, of each pair of clients: what is kept of them is there after a minute.
QUESTIONS = 100
ALLOWED_GROWTH_MB = 5


def soak(bench):
    """Chat passed on, translated, streamed and asked from the cache, by turns; compares the second quarter with the last."""
    candidate = bench.candidate
    candidate.restart()
    cases = [
        Case("passed on", candidate, "chat", "chat", "plain"),
        Case("translated", candidate, "messages", "chat", "plain"),
        Case("streamed", candidate, "chat", "messages", "few"),
        Case("kept", candidate, "chat", "chat", "plain"),
    ]
    ended = threading.Event()
    counts, faults = [0] * CLIENTS, []
    clients = [
        threading.Thread(target=_ask, args=(cases, number, counts, faults, ended), daemon=True)
        for number in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    samples = []
    deadline = time.monotonic() + bench.soak_minutes * 60
    while time.monotonic() < deadline and not faults:
        ended.wait(SAMPLE_SECONDS)
        samples.append(resident(candidate.pid))
    ended.set()
    for client in clients:
        client.join(60)
    if faults:
        raise RuntimeError(f"after {sum(counts)} requests: {faults[0]}")
    quarter = max(1, len(samples) // 4)
    second, last = samples[quarter:2 * quarter], samples[-quarter:]
    growth = statistics.median(last) - statistics.median(second or last)
    recorded = bench.settled(candidate.recorded_requests)
    bench.report.add(
        f"growth of memory in {bench.soak_minutes:g} minutes", f"<= {ALLOWED_GROWTH_MB} MB", max(0, growth),
        ALLOWED_GROWTH_MB, "MB",
        f"{statistics.median(second or last):.1f} MB in the second quarter, {statistics.median(last):.1f} in the last, "
        f"{max(samples):.1f} at most; {sum(counts):,} requests, {recorded:,} recorded")


def _ask(cases, number, counts, faults, ended):
    """One client's requests until the end; the first that is not answered as it should be ends all."""
    try:
        connection = None
        while not ended.is_set():
            if counts[number] % REQUESTS_A_CONNECTION == 0:
                if connection:
                    connection.close()
                connection = http.client.HTTPConnection("127.0.0.1", cases[0].target.port, timeout=60)
            case = cases[counts[number] % len(cases)]
            connection.request("POST", case.target.path, _body(case, number, counts[number]), case.target.headers)
            answer = connection.getresponse()
            content = answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{case.name} was answered {answer.status}: {content[:300]!r}")
            counts[number] += 1
            ended.wait(PAUSE)
    except (OSError, http.client.HTTPException, RuntimeError) as error:
        faults.append(error)


def _body(case, number, count):
    """Of a question that is kept there are many, and each is asked a few times."""
    if case.name != "kept":
        return case.body
    question = json.loads(case.body)
    question["temperature"] = 0
    question["messages"][-1]["content"] = f"question {count // 16 % QUESTIONS} of client {number // 2}"
    return json.dumps(question)
