"""What is measured: omniroute, set up through its management API.

Or nginx in its place, which shows how exact the method is.
"""

import http.client
import json
import os
import pathlib
import subprocess
import time

import nginx
import payloads
from dialects import DIALECTS
from processes import free_port, stop, wait_for_port

PASSWORD = "benchmark-password"
# What the SDKs of all dialects send besides their key.
HEADERS = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "benchmark/1.0"}


class Target:
    """Where one case's requests go: port, path, headers, and the model's name in the body."""

    def __init__(self, port, path, model, headers):
        self.port, self.path, self.model, self.headers = port, path, model, headers

    def post(self, body, timeout=30):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("POST", self.path, body, self.headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


class NginxProxy:
    """nginx as a proxy: the floor, and a candidate that must come out at 1.0."""

    def __init__(self, name, folder, static, live):
        self.daemon = nginx.start_floor(name, folder, static, live)
        self.name, self.pid = name, self.daemon.pid
        self.translates = False

    def target(self, client, upstream, scenario):
        dialect = DIALECTS[upstream]
        path = f"/{scenario}{dialect.path(dialect.MODEL, scenario in payloads.STREAMED)}"
        return Target(self.daemon.port, path, dialect.MODEL, HEADERS | dialect.headers("sk-" + "k" * 48))

    def stop(self):
        self.daemon.stop()


class OmniRoute:
    """The daemon with one event loop, since nginx has one worker."""

    name = "omniroute"
    translates = True

    def __init__(self, binary, folder, static, live):
        self.binary, self.folder = str(binary), pathlib.Path(folder) / "omniroute"
        self.data, self.log = self.folder / "data", self.folder / "stderr.log"
        self.folder.mkdir()
        self.port = free_port()
        self.process = self.key = self.cookie = None
        self.spawn()
        try:
            self.wait_until_ready()
            self.configure(static, live)
        except BaseException:
            stop(self.process)
            raise

    @property
    def pid(self):
        return self.process.pid

    def spawn(self):
        """Starts the daemon and returns at once."""
        environment = {
            "PATH": os.environ.get("PATH", ""), "HOME": str(self.folder), "HOST": "127.0.0.1", "PORT": str(self.port),
            "DATA_DIR": str(self.data), "INITIAL_PASSWORD": PASSWORD, "REQUIRE_API_KEY": "true", "EVENT_LOOPS": "1",
            # Held streams must live as long as it takes to open all of them.
            "STREAM_IDLE_TIMEOUT_MS": "600000",
        }
        if "LD_LIBRARY_PATH" in os.environ:
            environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
        with open(self.log, "ab") as log, open(self.folder / "stdout.log", "ab") as output:
            self.process = subprocess.Popen(
                [self.binary, "serve"], env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=log)

    def wait_until_ready(self):
        try:
            wait_for_port(self.port, self.process)
        except RuntimeError as error:
            raise RuntimeError(f"omniroute did not start: {error}; it logged: {self.log_tail()}") from error
        deadline = time.monotonic() + 10
        while self.call("GET", "/api/monitoring/health")[0] != 200:
            if time.monotonic() > deadline:
                raise RuntimeError("omniroute listens but is not healthy")
            time.sleep(0.05)

    def restart(self):
        self.stop()
        self.spawn()
        self.wait_until_ready()

    def revive(self, say):
        """Starts the daemon again if it is gone, so that the parts that follow can be measured."""
        if self.process.poll() is None:
            return
        say(f"omniroute ended with status {self.process.returncode}; it logged: {self.log_tail()}")
        self.spawn()
        self.wait_until_ready()

    def log_tail(self):
        return self.log.read_text(errors="replace")[-1500:]

    def stop(self):
        status = stop(self.process)
        if status != 0:
            raise RuntimeError(f"omniroute ended with status {status} on SIGTERM; it logged: {self.log_tail()}")

    # Management

    def call(self, method, path, body=None):
        headers = {"Content-Type": "application/json"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers
        finally:
            connection.close()

    def demand(self, method, path, body=None):
        status, content, _ = self.call(method, path, body)
        if status not in (200, 201):
            raise RuntimeError(f"{method} {path} answered {status}: {content[:300]!r}")
        return json.loads(content)

    def configure(self, static, live):
        status, content, headers = self.call("POST", "/api/auth/login", {"password": PASSWORD})
        if status != 200:
            raise RuntimeError(f"the login answered {status}: {content[:300]!r}")
        self.cookie = headers["Set-Cookie"].split(";")[0]
        scenarios = {"plain": static, "agent": static, "few": static, "many": static}
        scenarios |= {name: live for name in ("paced", "held", "dead", "cut")}
        for scenario, port in scenarios.items():
            for name, dialect in DIALECTS.items():
                node = dialect.NODE | {
                    "name": f"{scenario} {name}", "prefix": f"{scenario}-{name}",
                    "baseUrl": f"http://127.0.0.1:{port}/{scenario}{dialect.BASE}",
                }
                made = self.demand("POST", "/api/provider-nodes", node)["node"]["id"]
                account = {"provider": made, "apiKey": "sk-upstream-" + "u" * 36, "name": "account"}
                self.demand("POST", "/api/providers", account)
        self.key = self.demand("POST", "/api/keys", {"name": "benchmark"})["key"]

    def recorded_requests(self):
        """How many requests the usage ledger knows."""
        value = self.demand("GET", "/api/usage/history")
        return value["totalRequests"]

    # Requests

    def target(self, client, upstream, scenario):
        model, dialect = f"{scenario}-{upstream}/{DIALECTS[upstream].MODEL}", DIALECTS[client]
        path = dialect.path(model, scenario in payloads.STREAMED)
        return Target(self.port, path, model, HEADERS | dialect.headers(self.key))
