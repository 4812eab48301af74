"""The daemon under test as a process of its own, on a fresh data folder and a free port."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def binary() -> Path:
    """OMNIROUTE_BINARY, else the debug build, else the release build."""
    if given := os.environ.get("OMNIROUTE_BINARY"):
        path = Path(given) if Path(given).is_absolute() else ROOT / given
        if not path.is_file():
            raise FileNotFoundError(f"OMNIROUTE_BINARY names no file: {path}")
        return path
    for kind in ("debug", "release"):
        path = ROOT / ".build" / kind / "omniroute"
        if path.is_file():
            return path
    raise FileNotFoundError("no daemon to test: run `swift build`, or set OMNIROUTE_BINARY")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


FOLDER_PREFIX = "omniroute-test-"


def remove_leftovers():
    """Folders of runs that were killed: the process in their name is no more. The Swift tests name theirs the same."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*-*"):
        process = folder.name.removeprefix(FOLDER_PREFIX).split("-")[0]
        if process.isdecimal() and not Path("/proc", process).exists() and Path("/proc/self").exists():
            shutil.rmtree(folder, ignore_errors=True)


class Daemon:
    """
    - data_dir: an existing one is kept at `remove`; without one a temporary folder is made and removed.
    - settings: environment variables on top of the defaults; None removes one.
    """

    PASSWORD = "integration-password"

    def __init__(self, data_dir: Path | None = None, **settings: str | None):
        self.owns_data_dir = data_dir is None
        self.scratch = Path(tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-"))
        self.data_dir = data_dir or self.scratch / "data"
        self.settings = settings
        self.process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def launch(self):
        """Starts the process without waiting for it to be ready."""
        self.port = free_port()
        environment = {key: value for key, value in os.environ.items() if key in ("PATH", "LD_LIBRARY_PATH", "LANG")}
        environment |= {
            "HOME": str(self.scratch),
            "PORT": str(self.port),
            "HOST": "127.0.0.1",
            "LOG_LEVEL": "debug",
            "DATA_DIR": str(self.data_dir),
            "INITIAL_PASSWORD": self.PASSWORD,
        }
        for name, value in self.settings.items():
            environment.pop(name, None)
            if value is not None:
                environment[name] = value
        with open(self.scratch / "stdout", "ab") as out, open(self.scratch / "stderr", "ab") as err:
            self.process = subprocess.Popen(
                [binary(), "serve"], env=environment, cwd=self.scratch, stdout=out, stderr=err, stdin=subprocess.DEVNULL
            )
        return self

    def start(self, timeout: float = 20) -> "Daemon":
        self.launch()
        deadline = time.monotonic() + timeout
        while True:
            if (code := self.process.poll()) is not None:
                raise AssertionError(f"the daemon ended with {code} at start:\n{self.stdout}\n{self.stderr}")
            try:
                with urllib.request.urlopen(f"{self.url}/api/monitoring/health", timeout=1) as answer:
                    if answer.status == 200:
                        return self
            except OSError:
                pass
            if time.monotonic() > deadline:
                self.process.kill()
                raise AssertionError(f"the daemon was not ready in {timeout} s:\n{self.stderr}")
            time.sleep(0.01)

    def stop(self, timeout: float = 10) -> int:
        """SIGTERM and the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the daemon did not end in {timeout} s of SIGTERM:\n{self.stderr[-3000:]}") from None

    def remove(self):
        """Ends the process in any way and deletes what it wrote."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.scratch, ignore_errors=True)

    @property
    def stdout(self) -> str:
        return (self.scratch / "stdout").read_text(errors="replace")

    @property
    def stderr(self) -> str:
        return (self.scratch / "stderr").read_text(errors="replace")

    @property
    def log_size(self) -> int:
        path = self.scratch / "stderr"
        return path.stat().st_size if path.exists() else 0

    def log_since(self, size: int) -> str:
        return self.stderr.encode()[size:].decode(errors="replace") if self.log_size > size else ""

    def printed(self, prefix: str) -> str:
        """The first secret of this form on standard output, such as `sk-omni-` or `setup-`."""
        found = re.search(re.escape(prefix) + r"[A-Za-z0-9_-]{8,}", self.stdout)
        if not found:
            raise AssertionError(f"nothing that begins with {prefix} was printed:\n{self.stdout}")
        return found.group(0)

    @property
    def resident_kilobytes(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1))

    def written_bytes(self) -> dict[str, bytes]:
        """Every file the daemon left behind: its data folder, its output and its log."""
        files = [path for root in {self.scratch, self.data_dir} for path in Path(root).rglob("*") if path.is_file()]
        return {str(path): path.read_bytes() for path in files}
