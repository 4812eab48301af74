"""Time to the first byte on one connection, and time from start to the first answer."""

import os
import socket
import statistics
import time

import history
from load import Case
from processes import pinned


class RawClient:
    """One keep-alive connection without anything of a library between the clock and the socket."""

    def __init__(self, case):
        self.case = case
        target = case.target
        headers = "".join(f"{name}: {value}\r\n" for name, value in target.headers.items())
        head = f"POST {target.path} HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\n{headers}"
        self.request = head.encode() + f"Content-Length: {len(case.body)}\r\n\r\n".encode() + case.body
        self.socket = socket.create_connection(("127.0.0.1", target.port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def first_byte(self):
        """Sends one request, reads its whole answer. Returns the microseconds until its first byte."""
        start = time.perf_counter_ns()
        self.socket.sendall(self.request)
        data = self.socket.recv(262144)
        elapsed = (time.perf_counter_ns() - start) / 1000
        if not data.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{self.case.name} via {self.case.proxy.name}: {data[:200]!r}")
        while not self._is_whole(data):
            more = self.socket.recv(262144)
            if not more:
                raise RuntimeError(f"{self.case.name} via {self.case.proxy.name}: the connection was closed")
            data += more
        return elapsed

    @staticmethod
    def _is_whole(data):
        head, separator, body = data.partition(b"\r\n\r\n")
        if not separator:
            return False
        lowered = head.lower()
        if b"transfer-encoding: chunked" in lowered:
            return body.endswith(b"0\r\n\r\n")
        length = int(lowered.partition(b"content-length:")[2].split(b"\r\n")[0])
        return len(body) >= length

    def close(self):
        self.socket.close()


def first_byte(bench):
    """Alternates in short bursts between nginx and the candidate and compares the medians."""
    kinds = [
        ("passthrough", "chat", "chat", "plain"), ("translated", "chat", "messages", "plain"),
        ("translated stream", "chat", "messages", "few"),
    ]
    # Both proxies on one core; the client and the upstream, which never work at the same time, on the other.
    places = {os.getpid(): 0, bench.upstream.pid: 0, bench.floor.pid: 1, bench.candidate.pid: 1}
    with pinned(places):
        for name, client, upstream, scenario in kinds:
            cases = [
                Case(f"first byte, {name}", proxy, client, upstream, scenario)
                for proxy in (bench.floor, bench.candidate)
            ]
            floor_times, own_times = _alternate(cases, bench.first_bytes)
            floor, own = statistics.median(floor_times), statistics.median(own_times)
            bench.say(f"  first byte, {name}: {own:.0f} us, nginx {floor:.0f} us")
            tails = [statistics.quantiles(times, n=20)[-1] for times in (own_times, floor_times)]
            bench.report.add(
                f"added time to first byte, {name}", "<= 150 us over nginx's, median", own - floor, 150, "us",
                f"{own:.0f} us, nginx {floor:.0f} us, {len(own_times)} requests each on one connection; "
                f"p95 {tails[0]:.0f} us, nginx {tails[1]:.0f} us")


def _alternate(cases, count):
    burst = 25
    clients = [RawClient(case) for case in cases]
    times = [[] for _ in cases]
    try:
        for number in range(-2, count // burst):
            for client, kept in zip(clients, times, strict=True):
                measured = [client.first_byte() for _ in range(burst)]
                # The first bursts open upstream connections and warm caches.
                if number >= 0:
                    kept += measured
    finally:
        for client in clients:
            client.close()
    return times


def start(bench):
    """Starts the daemon anew several times: with a new history, then with a large one."""
    candidate = bench.candidate
    candidate.stop()
    # The load of the other parts left its own rows behind.
    for file in candidate.data.glob("history.sqlite*"):
        file.unlink()
    candidate.spawn()
    candidate.wait_until_ready()
    _measure_starts(bench, "start to first served request, new history")
    candidate.stop()
    rows, size = history.fill(candidate.data / "history.sqlite", bench.history_rows)
    bench.say(f"  wrote a history of {rows} rows, {size / 1e6:.0f} MB")
    candidate.spawn()
    candidate.wait_until_ready()
    _measure_starts(bench, f"start to first served request, history of {rows} rows")


def _measure_starts(bench, name):
    candidate = bench.candidate
    case = Case(name, candidate, "chat", "chat", "plain")
    size = sum(file.stat().st_size for file in candidate.data.glob("history.sqlite*"))
    times = []
    for _ in range(bench.starts):
        candidate.stop()
        begin = time.perf_counter()
        candidate.spawn()
        while True:
            try:
                status, body = case.target.post(case.body)
                break
            except ConnectionError:
                if candidate.process.poll() is not None or time.perf_counter() - begin > 30:
                    raise RuntimeError("omniroute did not start again") from None
                time.sleep(0.0005)
        times.append((time.perf_counter() - begin) * 1000)
        if status != 200:
            raise RuntimeError(f"the first request after a start was answered {status}: {body[:200]!r}")
    bench.say(f"  {name}: " + ", ".join(f"{value:.0f}" for value in times) + " ms")
    bench.report.add(
        name, "<= 100 ms", statistics.median(times), 100, "ms",
        f"median of {len(times)} starts, worst {max(times):.0f} ms; history of {size / 1e6:.1f} MB, in the page cache")
