"""The two nginx instances: the upstream that answers, and the proxy that is the floor of every comparison."""

import grp
import os
import pathlib
import pwd
import shutil
import subprocess

import dialects
from dialects import DIALECTS
from processes import free_port, stop, wait_for_port

FEW_EVENTS = 8
MANY_EVENTS = 400

FRAME = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
{user}
events {{ worker_connections 30000; }}
http {{
    access_log off;
    tcp_nodelay on;
    keepalive_requests 1000000000;
    keepalive_timeout 600s;
    client_max_body_size 8m;
    client_body_buffer_size 2m;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{servers}
}}
"""

# Answers of the plain scenario come from memory. Those of files need a detour: the static module finds the file, then
# refuses the POST with 405, and the error page is the same file again by GET. The agent's answer is sent only when its
# request was read, as a real upstream does; `mirror` makes nginx read the body.
UPSTREAM = """
    open_file_cache max=100 inactive=600s;
    open_file_cache_valid 600s;
    sendfile on;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        root {folder}/answers;
{plain}
        location = /read {{ internal; return 204; }}
        location /agent/ {{ root {folder}/answers/whole; mirror /read; error_page 405 =200 /whole$uri; }}
        location /few/ {{ root {folder}/answers/streamed; error_page 405 =200 /streamed$uri; }}
        location /many/ {{ root {folder}/answers/streamed; error_page 405 =200 /streamed$uri; }}
        location /file/ {{ root {folder}/answers/static; default_type application/json; }}
        location /whole/ {{ internal; default_type application/json; }}
{streamed}
    }}
"""

PLAIN = "        location = /plain{path} {{ default_type application/json; return 200 '{answer}'; }}"
STREAM = "        location = /streamed/{scenario}{path} {{ internal; default_type {type}; }}"

FLOOR = """
    upstream static {{ server 127.0.0.1:{static}; keepalive 256; keepalive_requests 1000000000; }}
    upstream live {{ server 127.0.0.1:{live}; keepalive 256; keepalive_requests 1000000000; }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_read_timeout 600s;
        location / {{ proxy_pass http://static; }}
        location /paced/ {{ proxy_buffering off; proxy_pass http://live; }}
        location /held/ {{ proxy_buffering off; proxy_pass http://live; }}
    }}
"""


class Nginx:
    """One nginx with one worker; `pid` is the worker's, whose CPU counts."""

    def __init__(self, name, folder, servers, port):
        self.port = port
        folder = pathlib.Path(folder) / name
        folder.mkdir()
        user = ""
        if os.geteuid() == 0:
            # Otherwise the worker would give up root and with it the temporary folder.
            user = f"user {pwd.getpwuid(0).pw_name} {grp.getgrgid(os.getegid()).gr_name};"
        configuration = folder / "nginx.conf"
        configuration.write_text(FRAME.format(folder=folder, user=user, servers=servers))
        binary = shutil.which("nginx")
        if binary is None:
            raise RuntimeError("nginx is not installed")
        log = folder / "error.log"
        self.process = subprocess.Popen(
            [binary, "-p", str(folder), "-e", str(log), "-c", str(configuration)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for_port(port, self.process)
        except RuntimeError as error:
            raise RuntimeError(f"nginx ({name}) did not start: {log.read_text()[-500:]}") from error
        self.pid = worker_of(self.process.pid)

    def stop(self):
        stop(self.process)


def worker_of(master):
    """The only child of an nginx master."""
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8") as file:
                parent = int(file.read().rsplit(")", 1)[1].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == master:
            return int(entry)
    raise RuntimeError("nginx has no worker")


def write_answers(folder):
    """The files behind the scenarios `agent`, `few` and `many`, named as their requests are, and one to be served."""
    files = {"streamed/few": FEW_EVENTS, "streamed/many": MANY_EVENTS, "whole/agent": None}
    for scenario, events in files.items():
        for name, dialect in DIALECTS.items():
            file = pathlib.Path(f"{folder}/answers/{scenario}{dialects.upstream_path(name, events is not None)}")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(dialect.answer() if events is None else dialects.stream(name, events))
    file = pathlib.Path(f"{folder}/answers/static/file/answer.json")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(DIALECTS["chat"].answer())


def start_upstream(folder):
    write_answers(folder)
    port = free_port()
    plain = [
        PLAIN.format(path=dialects.upstream_path(name, False), answer=dialect.answer().decode())
        for name, dialect in DIALECTS.items()
    ]
    streamed = [
        STREAM.format(scenario=scenario, path=dialects.upstream_path(name, True), type=dialect.CONTENT_TYPE)
        for scenario in ("few", "many") for name, dialect in DIALECTS.items()
    ]
    locations = {"plain": "\n".join(plain), "streamed": "\n".join(streamed)}
    return Nginx("upstream", folder, UPSTREAM.format(port=port, folder=folder, **locations), port)


def start_floor(name, folder, static, live):
    port = free_port()
    return Nginx(name, folder, FLOOR.format(port=port, static=static, live=live), port)
