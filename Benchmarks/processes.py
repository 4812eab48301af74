"""Starting, stopping and measuring processes."""

import contextlib
import os
import resource
import signal
import socket
import subprocess
import time

TICK = 1 / os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, process, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the process ended with status {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise RuntimeError(f"nothing listens after {seconds} s")


def stop(process, seconds=15):
    """Ends a process by SIGTERM. Returns its exit status, None if it had to be killed."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return None
    return process.returncode


def cpu(pid):
    """CPU seconds a process has used so far in all its threads: (user, system)."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return int(fields[11]) * TICK, int(fields[12]) * TICK


def resident(pid, kind="VmRSS"):
    """Resident memory in MB (10^6 bytes): all of it, `RssAnon` of no file, `RssFile` of program and libraries."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        for line in file:
            if line.startswith(f"{kind}:"):
                return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError(f"no {kind} in the status of process {pid}")


@contextlib.contextmanager
def pinned(processors):
    """Keeps processes on given processors: `{pid: index}`, the index counting those this process may use.

    Where the scheduler happens to put two processes that talk to each other decides more of a round trip than the proxy
    does: a wake-up on the same core takes a third of one across cores.
    """
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        yield
        return

    def place(pid, choice):
        # Affinity belongs to threads.
        for thread in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(int(thread), choice)

    try:
        for pid, index in processors.items():
            place(pid, {allowed[index]})
        yield
    finally:
        for pid in processors:
            with contextlib.suppress(FileNotFoundError):
                place(pid, set(allowed))


def raise_file_limit():
    """Raises the soft limit of open files to the hard one, for this process and those it starts."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
