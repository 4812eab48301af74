"""Real proxies as processes of their own, each with a log that tells what went through it."""

import contextlib
import http.server
import json
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from daemon import free_port

USER, PASSWORD = "someone", "proxy-password-5d1c7e"


@dataclass
class Proxy:
    """A proxy on this machine; `type` is what the router calls its kind."""

    type: str
    port: int
    has_login: bool
    log: Path
    process: subprocess.Popen

    def settings(self, **changes) -> dict:
        login = {"username": USER, "password": PASSWORD} if self.has_login else {}
        return {"type": self.type, "host": "127.0.0.1", "port": self.port} | login | changes

    def tunnels(self, port: int) -> int:
        """How many connections it made to a port."""
        log = self.log.read_text(errors="replace")
        pattern = rf"connected to 127\.0\.0\.1:{port}\b" if self.type == "socks5" else rf"CONNECT 127\.0\.0\.1:{port}\b"
        return len(re.findall(pattern, log))


@dataclass
class Proxies:
    """Makes proxies, and ends them."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="omniroute-proxies-")))
    running: list[subprocess.Popen] = field(default_factory=list)

    def start(self, type: str, login: bool = False) -> Proxy:
        port = free_port()
        log = self.folder / f"{type}-{port}.log"
        command = self._socks(port, login) if type == "socks5" else self._tinyproxy(port, login, log)
        with open(log, "ab") as output:
            process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        self.running.append(process)
        deadline = time.monotonic() + 10
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return Proxy(type, port, login, log, process)
            assert process.poll() is None and time.monotonic() < deadline, log.read_text(errors="replace")
            time.sleep(0.01)

    def _socks(self, port: int, login: bool) -> list[str]:
        return ["microsocks", "-i", "127.0.0.1", "-p", str(port)] + (["-u", USER, "-P", PASSWORD] if login else [])

    def _tinyproxy(self, port: int, login: bool, log: Path) -> list[str]:
        lines = [f"Port {port}", "Listen 127.0.0.1", "Timeout 60", "MaxClients 50", f'LogFile "{log}"', "LogLevel Connect"]
        if login:
            lines.append(f"BasicAuth {USER} {PASSWORD}")
        path = self.folder / f"tinyproxy-{port}.conf"
        path.write_text("\n".join(lines) + "\n")
        return ["tinyproxy", "-d", "-c", str(path)]

    def stop(self):
        for process in self.running:
            process.terminate()
        for process in self.running:
            process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def server(handle, tls: ssl.SSLContext | None = None):
    """A server of HTTP on a free port; `handle` is given each request and returns status, content type and body."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            status, kind, body = handle(self)
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_CONNECT = do_GET

        def log_message(self, *_):
            pass

    listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        listener.socket = tls.wrap_socket(listener.socket, server_side=True)
    thread = threading.Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    try:
        yield listener.server_address[1]
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join(5)


def echo(_):
    """Says from where it was asked, as far as a test can know."""
    return 200, "application/json", json.dumps({"ip": "203.0.113.9"}).encode()
