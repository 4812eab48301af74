"""CPU per request under load: wrk sends, /proc tells what the proxy used."""

import json
import os
import pathlib
import statistics
import subprocess

import payloads
from dialects import DIALECTS
from processes import cpu

CONNECTIONS = 8
SCRIPT = pathlib.Path(__file__).with_name("post.lua")


class Case:
    """One kind of request to one proxy; `steps` is how long an agent's request is."""

    def __init__(self, name, proxy, client, upstream, scenario, steps=payloads.AGENT_STEPS):
        self.name, self.proxy, self.client, self.upstream, self.scenario = name, proxy, client, upstream, scenario
        self.is_streaming = scenario in payloads.STREAMED
        self.target = proxy.target(client, upstream, scenario)
        # nginx does not translate: its upstream gets what it understands.
        self.dialect = DIALECTS[client if proxy.translates else upstream]
        self.body = (
            self.dialect.agent(self.target.model, steps) if scenario == "agent"
            else self.dialect.conversation(self.target.model, self.is_streaming))

    def verify(self, events):
        """Sends one request and reads the answer as a client would: numbers of wrong answers mean nothing."""
        status, body = self.target.post(self.body)
        if status != 200:
            raise RuntimeError(f"{self.name} via {self.proxy.name}: status {status}, {body[:300]!r}")
        if not self.is_streaming:
            if self.dialect.text_of_answer(body) != payloads.ANSWER:
                raise RuntimeError(f"{self.name} via {self.proxy.name}: a different text came back: {body[:300]!r}")
            return
        texts, is_whole = self.dialect.read_stream(body)
        sent = [DIALECTS[self.upstream].stream_text(index) for index in range(events)]
        if texts != sent or not is_whole:
            raise RuntimeError(
                f"{self.name} via {self.proxy.name}: {len(texts)} text events of {events}, "
                f"{'ended' if is_whole else 'not ended'} as the dialect demands, "
                f"{'the same text' if ''.join(texts) == ''.join(sent) else 'a different text'}")


class Sample:
    """What one run of wrk completed and what it cost the proxy, in microseconds per request."""

    def __init__(self, result, user, system):
        self.requests, self.p50 = result["requests"], result["p50"]
        self.per_second = result["requests"] / result["seconds"]
        self.user_seconds = user
        self.user = user / self.requests * 1e6
        self.total = (user + system) / self.requests * 1e6


def run(case, folder, seconds, connections=CONNECTIONS):
    body = pathlib.Path(folder) / "body.json"
    body.write_bytes(case.body)
    headers = [part for name, value in case.target.headers.items() for part in ("-H", f"{name}: {value}")]
    command = [
        "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(SCRIPT), *headers,
        f"http://127.0.0.1:{case.target.port}{case.target.path}", "--", str(body),
    ]
    before = cpu(case.proxy.pid)
    finished = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=False)
    after = cpu(case.proxy.pid)
    lines = [line for line in finished.stdout.splitlines() if line.startswith("RESULT ")]
    if finished.returncode != 0 or not lines:
        raise RuntimeError(f"wrk failed: {finished.stderr[-300:]}{finished.stdout[-300:]}")
    result = json.loads(lines[0].removeprefix("RESULT "))
    failed = result["refused"] + result["broken"]
    # A broken connection is retried by wrk; it must stay the exception, or the figures are of something else.
    if result["requests"] == 0 or failed > max(2, result["requests"] // 10_000):
        raise RuntimeError(f"{case.name} via {case.proxy.name}: {failed} requests failed: {lines[0]}")
    return Sample(result, after[0] - before[0], after[1] - before[1])


def alternate(cases, bench, seconds=None, warms_up=True):
    """Runs all cases in turn, several rounds, so that what else the machine does falls on all of them alike.

    Returns the samples of each case by its name, one for each round.
    """
    samples = {case.name: [] for case in cases}
    if warms_up and not bench.is_quick:
        for case in cases:
            run(case, bench.folder, 1)
    for number in range(bench.rounds):
        for case in cases:
            sample = run(case, bench.folder, seconds or bench.seconds)
            samples[case.name].append(sample)
            bench.say(
                f"  round {number + 1}: {case.name}: {sample.total:.1f} us CPU/request "
                f"({sample.user:.1f} user), {sample.per_second:.0f} requests/s, p50 {sample.p50 / 1000:.2f} ms")
    return samples


def median(samples, value):
    return statistics.median(getattr(sample, value) for sample in samples)


def machine():
    """One line about where this ran; figures of different machines cannot be compared."""
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return f"{os.cpu_count()} cores, {model}, load average {os.getloadavg()[0]:.1f} at the start"
