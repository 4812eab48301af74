"""An upstream whose streams take time: `paced` sends an event every 2 ms, `held` sends one and then nothing,
`dead` refuses with 503, `cut` dies after its head.

Run as a program: `live_upstream.py PORT`. `GET /counts` answers the events sent and the requests
refused so far, and the streams held open now.
"""

import asyncio
import json
import signal
import sys

import dialects
from dialects import DIALECTS

GAP = 0.002
PACED_EVENTS = 200
HEAD = "HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(data):
    # An empty chunk would be the end of the body.
    return b"%x\r\n%s\r\n" % (len(data), data) if data else b""


BY_PATH = {dialects.upstream_path(name, True): name for name in DIALECTS}
BEGINNINGS = {
    name: HEAD.format(type=dialect.CONTENT_TYPE).encode() + chunk(dialect.stream_head())
    for name, dialect in DIALECTS.items()
}
EVENTS = {
    name: [chunk(dialect.stream_event(index)) for index in range(PACED_EVENTS)] for name, dialect in DIALECTS.items()
}
ENDS = {name: chunk(dialect.stream_tail(PACED_EVENTS)) + b"0\r\n\r\n" for name, dialect in DIALECTS.items()}
REFUSAL_BODY = b'{"error":{"message":"no capacity","type":"server_error"}}'
REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    % len(REFUSAL_BODY) + REFUSAL_BODY)


class Counts:
    def __init__(self):
        self.events = 0
        self.refused = 0
        self.held = set()
        self.paced = {}


class Connection(asyncio.Protocol):
    def __init__(self, counts):
        self.counts = counts
        self.buffer = b""
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport

    def connection_lost(self, error):
        self.counts.held.discard(self)
        self.counts.paced.pop(self, None)

    def data_received(self, data):
        self.buffer += data
        head, separator, rest = self.buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            elif name.lower() == b"transfer-encoding":
                length = rest.find(b"0\r\n\r\n") + 5 if rest.endswith(b"0\r\n\r\n") else len(rest) + 1
        if len(rest) >= length:
            self.buffer = rest[length:]
            self.answer(head.split(b" ", 2)[1].decode())

    def answer(self, path):
        if path == "/counts":
            body = json.dumps({"events": self.counts.events, "held": len(self.counts.held), "refused": self.counts.refused}).encode()
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
            self.transport.write(head + body)
            return
        scenario, separator, operation = path.partition("?")[0][1:].partition("/")
        dialect = BY_PATH[separator + operation]
        if scenario in ("dead", "cut"):
            self.counts.refused += 1
            self.transport.write(REFUSAL if scenario == "dead" else BEGINNINGS[dialect])
            if scenario == "cut":
                self.transport.close()
            return
        self.transport.write(BEGINNINGS[dialect])
        if scenario == "held":
            self.transport.write(EVENTS[dialect][0])
            self.counts.held.add(self)
        else:
            self.counts.paced[self] = (dialect, 0)


async def pace(counts):
    while True:
        await asyncio.sleep(GAP)
        for connection, (dialect, index) in list(counts.paced.items()):
            if index < PACED_EVENTS:
                connection.transport.write(EVENTS[dialect][index])
                counts.events += 1
                counts.paced[connection] = (dialect, index + 1)
            else:
                # Forgotten before the end is sent: the next request may come in at once.
                del counts.paced[connection]
                connection.transport.write(ENDS[dialect])


async def main(port):
    counts = Counts()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(counts), "127.0.0.1", port, backlog=4096)
    stopped = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    pacing = asyncio.create_task(pace(counts))
    await stopped.wait()
    pacing.cancel()
    server.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
