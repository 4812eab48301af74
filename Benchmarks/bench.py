"""Measures omniroute against the table of targets, with nginx beside it in the same run."""

import argparse
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import cache_cases
import candidates
import cpu_cases
import embedding_cases
import latency
import ledger
import load
import memory
import nginx
import routing
import soak
from processes import free_port, raise_file_limit, stop, wait_for_port
from report import Report

HERE = pathlib.Path(__file__).resolve().parent
SECTIONS = (
    "idle", "passthrough", "translated", "cached", "agent", "stream", "pairs", "latency", "held", "start", "routing",
    "ledger", "embeddings",
)

# Parts that run only when they are named.
EXTRA_SECTIONS = ("soak",)


class Bench:
    """The settings of a run and everything that runs beside it."""

    def __init__(self, options, folder):
        self.is_quick = quick = options.quick
        self.folder = folder
        self.sections = options.only
        self.rounds, self.seconds = (1, 1) if quick else (3, 5)
        self.first_bytes = 200 if quick else 3000
        self.streams = 200 if quick else memory.STREAMS
        self.rescued = 200 if quick else routing.STREAMS
        self.starts = 2 if quick else 7
        # The daemon gives the pages of its start back after two seconds.
        self.idle_seconds = 3 if quick else 5
        self.history_rows = 20_000 if quick else 1_000_000
        self.soak_minutes = 0.5 if quick else options.minutes
        self.ledger_seconds, self.ledger_rows = (1, 20_000) if quick else (5, 1_000_000)
        self.report = Report(judges=not quick)
        self.file_limit = raise_file_limit()
        self.started = []
        self.live_port = free_port()
        self.upstream = self.floor = self.candidate = None

    def start(self, options):
        live = subprocess.Popen(
            [sys.executable, "-B", str(HERE / "live_upstream.py"), str(self.live_port)], stdin=subprocess.DEVNULL)
        self.started.append(lambda: stop(live))
        wait_for_port(self.live_port, live)
        self.upstream = nginx.start_upstream(self.folder)
        self.started.append(self.upstream.stop)
        ports = {"static": self.upstream.port, "live": self.live_port}
        self.floor = candidates.NginxProxy("nginx", self.folder, **ports)
        self.started.append(self.floor.stop)
        if options.candidate == "nginx":
            self.candidate = candidates.NginxProxy("candidate", self.folder, **ports)
        else:
            binary = pathlib.Path(os.environ.get("OMNIROUTE_BINARY", HERE.parent / ".build/release/omniroute"))
            if not os.access(binary, os.X_OK):
                sys.exit(f"{binary} is missing: build it with `swift build -c release`, or name it in OMNIROUTE_BINARY")
            self.candidate = candidates.OmniRoute(binary, self.folder, **ports)
        self.started.append(self.candidate.stop)

    def stop(self):
        for end in reversed(self.started):
            try:
                end()
            except RuntimeError as error:
                self.report.failed("stop", error)

    def wants(self, section):
        return section in self.sections

    def say(self, text):
        print(text, file=sys.stderr, flush=True)

    @staticmethod
    def settled(read, seconds=5):
        """Reads a number until it stays the same for half a second: the ledger writes in batches."""
        deadline = time.monotonic() + seconds
        value = read()
        while time.monotonic() < deadline:
            time.sleep(0.5)
            before, value = value, read()
            if before == value:
                break
        return value

    def measure(self, name, work):
        self.say(f"{name} ...")
        try:
            work(self)
        except Exception as error:  # noqa: BLE001 - one part that cannot run must not hide the others
            self.say(traceback.format_exc())
            self.report.failed(name, error)
            if self.candidate.translates:
                self.candidate.revive(self.say)

    def run(self):
        if self.wants("idle") and self.candidate.translates:
            self.measure("idle memory", memory.idle)
        if (self.wants("passthrough") or self.wants("translated")) and self.candidate.translates:
            self.measure("recorded requests", cpu_cases.accounting)
        if self.wants("passthrough") or self.wants("translated"):
            self.measure("short requests", cpu_cases.requests)
        if self.wants("cached") and self.candidate.translates:
            self.measure("cached answers", cache_cases.hits)
        if self.wants("agent"):
            self.measure("agent requests", cpu_cases.agent)
        if self.wants("stream"):
            self.measure("stream events", cpu_cases.stream_events)
            self.measure("paced stream events", cpu_cases.paced_events)
        if self.wants("pairs") and self.candidate.translates:
            self.measure("requests of all pairs", cpu_cases.pair_requests)
            self.measure("stream events of all pairs", cpu_cases.pairs)
        if self.wants("embeddings"):
            self.measure("embeddings", embedding_cases.large)
        if self.wants("latency"):
            self.measure("time to first byte", latency.first_byte)
        if self.wants("held"):
            self.measure("open idle streams", memory.held_streams)
        if self.wants("start") and self.candidate.translates:
            self.measure("start to first served request", latency.start)
        if self.wants("routing") and self.candidate.translates:
            self.measure("choosing a target", routing.choosing)
            self.measure("streams with failing targets", routing.failing_targets)
        if self.wants("ledger"):
            self.measure("usage records", ledger.ledger)
        if self.wants("soak") and self.candidate.translates:
            self.measure("memory over time", soak.soak)


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke test of under a minute: no verdicts")
    parser.add_argument("--only", default=",".join(SECTIONS), help="comma-separated: " + ", ".join(SECTIONS + EXTRA_SECTIONS))
    parser.add_argument("--minutes", type=float, default=30, help="how long the part `soak` takes; 30 when not given")
    parser.add_argument("--json", action="store_true", help="JSON on standard output, the table on standard error")
    parser.add_argument("--keep", action="store_true", help="keep the temporary folder with logs and configuration")
    # nginx against nginx shows how exact the method is on a machine: every ratio should be 1.
    parser.add_argument("--candidate", choices=("omniroute", "nginx"), default="omniroute", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.only = [name.strip() for name in options.only.split(",") if name.strip()]
    unknown = sorted(set(options.only) - set(SECTIONS + EXTRA_SECTIONS))
    if unknown or not options.only:
        parser.error(f"--only knows {', '.join(SECTIONS + EXTRA_SECTIONS)}; not {', '.join(unknown) or 'nothing'}")
    return options


def main():
    options = parse()
    for tool in ("wrk", "nginx"):
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is missing; Benchmarks/run installs it")
    # A terminated run must still end what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="omniroute-bench-"))
    begin, machine = time.monotonic(), load.machine()
    bench = Bench(options, folder)
    try:
        bench.start(options)
        bench.say(machine)
        bench.run()
    except RuntimeError as error:
        # Parts report their own errors; this one is of the start.
        sys.exit(f"the benchmark cannot start: {error}")
    finally:
        bench.stop()
        if options.keep:
            bench.say(f"logs and configuration: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    report = bench.report
    facts = {"machine": machine, "quick": options.quick, "seconds": round(time.monotonic() - begin, 1)}
    summary = f"{machine}; {facts['seconds']:.0f} s" + ("; quick: too short for verdicts" if options.quick else "")
    print(f"\n{report.table()}\n\n{summary}", file=sys.stderr if options.json else sys.stdout)
    if options.json:
        print(report.json(facts))
    sys.exit(1 if report.has_failures or not report.rows else 0)


if __name__ == "__main__":
    main()
