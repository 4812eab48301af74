"""What the ledger costs whoever records, what it takes in without loss, and how fast it answers about a year."""

import os
import pathlib
import subprocess

RATE = 5000
BINARY = pathlib.Path(__file__).resolve().parent.parent / ".build/release/ledger-benchmark"


def ledger(bench):
    """The store only, in a program of its own: neither sockets nor requests."""
    binary = os.environ.get("LEDGER_BENCHMARK_BINARY", str(BINARY))
    finished = subprocess.run(
        [binary, str(bench.ledger_seconds), str(bench.ledger_rows)], capture_output=True, text=True, timeout=300,
        check=False)
    if finished.returncode:
        raise RuntimeError(f"the ledger's benchmark ended with {finished.returncode}: {finished.stderr[-300:]}")
    lines = [line.rpartition("\t") for line in finished.stdout.splitlines()]
    figures = {name: float(value) for name, _, value in lines}
    if finished.stderr:
        bench.say(finished.stderr)
    if figures["rate"] < RATE * 0.98:
        raise RuntimeError(f"only {figures['rate']:.0f} records a second were given to the ledger")
    if figures["rows of the year"] != bench.ledger_rows:
        raise RuntimeError(f"the year has {figures['rows of the year']:.0f} of {bench.ledger_rows} records")
    bench.report.add(
        f"{RATE} usage records a second for {bench.ledger_seconds} s", "0 lost", figures["lost"], 0, "lost",
        f"{figures['rate']:.0f} a second through journal and database, {figures['dropped']:.0f} refused by a full queue")
    bench.report.add(
        "metering and recording a request", "<= 5 us", figures["record, mean"], 5, "us",
        f"price, live feed, telemetry and ledger: the mean while the writer works beside it, of 50 calls together; median {figures['record, median']:.2f}, "
        f"99th percentile {figures['record, slowest of 100']:.2f}")
    bench.report.note(
        f"history of a year, {bench.ledger_rows:,} records", figures["year, by model"], "ms",
        f"grouped by model, account and client key; its days by model {figures['year, by day']:.1f} ms")
