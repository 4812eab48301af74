"""CPU of answers that are kept: against nginx, which serves the same bytes as a file."""

import http.client
import json
import statistics

import load
import payloads
from candidates import HEADERS, Target
from load import Case, median


class StaticFile:
    """The upstream nginx, as the server of a file; `pid` is what its CPU is counted by."""

    name, translates = "nginx, static file", False

    def __init__(self, nginx):
        self.pid, self.port = nginx.pid, nginx.port

    def target(self, client, upstream, scenario):
        return Target(self.port, "/file/answer.json", "", {"Accept": "application/json"})


class FileCase(Case):
    """GET, for a request without a body is one."""

    def __init__(self, name, proxy):
        super().__init__(name, proxy, "chat", "chat", "plain")
        self.body = b""

    def verify(self, events):
        connection = http.client.HTTPConnection("127.0.0.1", self.target.port, timeout=10)
        connection.request("GET", self.target.path, headers=self.target.headers)
        answer = connection.getresponse()
        status, body = answer.status, answer.read()
        connection.close()
        if status != 200 or self.dialect.text_of_answer(body) != payloads.ANSWER:
            raise RuntimeError(f"{self.name}: status {status}, {body[:300]!r}")


class CachedCase(Case):
    """A question that always has the same answer."""

    def __init__(self, name, proxy, client, upstream):
        super().__init__(name, proxy, client, upstream, "plain")
        self.body = payloads.dump(json.loads(self.body) | {"temperature": 0})
        self.target.headers = HEADERS | self.target.headers


def hits(bench):
    """Hits in the dialect of the answer and in another one."""
    floor = FileCase("nginx, static file", StaticFile(bench.upstream))
    same = CachedCase("cache hit, chat", bench.candidate, "chat", "chat")
    other = CachedCase("cache hit, messages from chat", bench.candidate, "messages", "chat")
    for case in (floor, same, other):
        case.verify(None)
    before = _figures(bench)
    samples = load.alternate([floor, same, other], bench)
    after = _figures(bench)
    if after["misses"] != before["misses"] or after["hits"] == before["hits"]:
        raise RuntimeError(f"not all were hits: {before} before, {after} after")
    reference = median(samples[floor.name], "total")
    for case in (same, other):
        ratio = statistics.median(
            sample.total / base.total for sample, base in zip(samples[case.name], samples[floor.name], strict=True))
        detail = (
            f"{median(samples[case.name], 'total'):.1f} us ({median(samples[case.name], 'user'):.1f} user), "
            f"nginx {reference:.1f} us, request of {len(case.body)} bytes")
        if case is same:
            bench.report.add(case.name, "CPU/request <= 3 x nginx with a static file", ratio, 3, "x", detail)
        else:
            bench.report.note(case.name, ratio, "x", detail)


def _figures(bench):
    return bench.candidate.demand("GET", "/api/cache")["semanticCache"]
