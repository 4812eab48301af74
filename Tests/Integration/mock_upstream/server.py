"""The listener: a thread with its own event loop, scripted and read by the tests in this process."""

import asyncio
import json
import threading
import time
from collections import deque

from . import (
    anthropic_rules, counters, embeddings, gemini_rules, images, ollama_rules, openai_rules, responses_rules, services, speech,
    wires,
)
from .answers import Answer, dump
from .connection import BadRequest, Connection, Recorded
from .faults import normal
from .reply import Reply

# Below `/genuine` the rules are those of the vendor itself, below `/compatible` those of servers that imitate it.
RULES = {
    "openai": openai_rules,
    "responses": responses_rules,
    "anthropic": anthropic_rules,
    "gemini": gemini_rules,
    "ollama": ollama_rules,
}


class MockUpstream:
    """
    Answers each request with the next scripted reply of its model, else of all models, else with `Answer()`.

    A scripted reply is an `Answer`, a `Reply`, or a callable that makes a `Reply` from the request. `always` sets one
    that is used again and again.
    """

    def __init__(self):
        self.lock = threading.Condition()
        self.requests: list[Recorded] = []
        self.connections = 0
        self.models = ["gpt-mock", "claude-mock"]
        # Models for which nothing is validated: for tests about bytes that no provider would take.
        self.unchecked: set[str] = set()
        # False validates nothing at all: recordings hold what lenient vendors took.
        self.checks = True
        # Answers after which the connection is closed at the moment the next request arrives on it.
        self.closes_stale = False
        # What every prompt is counted as; None has no counters.
        self.token_count: int | None = None
        # What `GET /files/<name>` answers, by name: a content type and bytes, or a whole reply.
        self.files: dict[str, tuple[str, bytes] | Reply] = {}
        # Vectors by text; what is not here gets one that tells its place in the request.
        self.vectors: dict[str, list[float]] = {}
        # What every request for embeddings is answered with instead.
        self.embedding_reply: Reply | None = None
        # What is said of a job for AssemblyAI, one state after the other; without any it is done at once.
        self.jobs: deque = deque()
        self._reset_scripts()
        started = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(started,), name="mock-upstream", daemon=True)
        self.thread.start()
        started.wait()

    def _reset_scripts(self):
        self.queue: deque = deque()
        self.by_model: dict[str, deque] = {}
        self.standing: dict[str | None, object] = {}

    # What tests use.

    def reset(self):
        with self.lock:
            self.requests = []
            self.unchecked = set()
            self.checks = True
            self.closes_stale = False
            self.token_count = None
            self.files = {}
            self.vectors = {}
            self.embedding_reply = None
            self.jobs = deque()
            self._reset_scripts()

    def reply_with(self, *replies, model: str | None = None):
        with self.lock:
            (self.queue if model is None else self.by_model.setdefault(model, deque())).extend(replies)

    def always(self, reply, model: str | None = None):
        with self.lock:
            self.standing[model] = reply

    @property
    def violations(self) -> list[str]:
        with self.lock:
            return [request.violation for request in self.requests if request.violation]

    @property
    def last(self) -> Recorded:
        with self.lock:
            return self.requests[-1]

    def wait_until(self, condition, timeout: float = 5.0, why: str = "") -> None:
        """Waits for a condition on this mock; fails the test when it does not come true in time."""
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {timeout} s: {why or condition}")
            time.sleep(0.005)

    def url(self, dialect: str, genuine: bool = False) -> str:
        """The base URL below which this dialect is spoken."""
        return f"http://127.0.0.1:{self.port}/{'genuine' if genuine else 'compatible'}/{dialect}{wires.BASES[dialect]}"

    def stop(self):
        self.loop.call_soon_threadsafe(self.stopped.set)
        self.thread.join(5)

    # The server's side.

    def _run(self, started):
        asyncio.run(self._serve(started))

    async def _serve(self, started):
        self.loop = asyncio.get_running_loop()
        self.stopped = asyncio.Event()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await self.stopped.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    async def _accept(self, reader, writer):
        self.connections += 1
        connection = Connection(reader, writer, self.connections)
        served = 0
        try:
            while recorded := await connection.read_request():
                if served and self.closes_stale:
                    self.closes_stale = False
                    break
                served += 1
                if not await self._answer(connection, recorded):
                    break
        except BadRequest as error:
            self._keep(Recorded("?", "?", [], b"", connection.number, violation=f"HTTP: {error}"))
        except (EOFError, ConnectionError):
            pass
        finally:
            await connection.close()

    def _keep(self, recorded: Recorded):
        with self.lock:
            self.requests.append(recorded)

    async def _answer(self, connection: Connection, recorded: Recorded) -> bool:
        reply = self._decide(recorded)
        self._keep(recorded)
        watch = asyncio.ensure_future(self._note_departure(connection, recorded))
        try:
            return await reply.write(connection, recorded)
        finally:
            watch.cancel()

    async def _note_departure(self, connection: Connection, recorded: Recorded):
        await connection.gone.wait()
        recorded.disconnected_at = time.monotonic()

    def _decide(self, recorded: Recorded) -> Reply:
        if recorded.method == "GET" and recorded.path.endswith("/v1/models"):
            return self._model_list(recorded)
        if recorded.method == "GET" and recorded.path.startswith("/files/"):
            return self._file(recorded.path.removeprefix("/files/"))
        if recorded.method == "POST" and (dialect := counters.dialect_of(recorded.path)):
            return self._count(recorded, dialect)
        if recorded.method == "POST" and (dialect := embeddings.dialect_of(recorded.path)):
            return self._embed(recorded, dialect)
        if recorded.method == "POST" and (dialect := images.dialect_of(recorded.path)):
            return self._draw(recorded, dialect)
        if recorded.method == "POST" and images.SPEECH.fullmatch(recorded.path):
            return self._speak(recorded)
        if recorded.method == "POST" and (kind := services.kind_of(recorded.path)):
            return self._serve_other(recorded, kind)
        if speech.serves(recorded):
            return self._transcribe(recorded)
        recorded.dialect = wires.dialect_of(recorded.path)
        if recorded.method != "POST" or recorded.dialect is None:
            recorded.violation = f"no such endpoint: {recorded.method} {recorded.target}"
            return Reply(status=404, steps=[wires.error_body(None, 404, recorded.violation)])
        if refusal := self._check(recorded):
            return refusal
        scripted = self._next(recorded.model)
        if isinstance(scripted, Answer):
            return normal(recorded, scripted)
        return scripted if isinstance(scripted, Reply) else scripted(recorded)

    def _next(self, model: str):
        with self.lock:
            if own := self.by_model.get(model):
                return own.popleft()
            if model in self.standing:
                return self.standing[model]
            if self.queue:
                return self.queue.popleft()
            return self.standing.get(None, Answer())

    def _check(self, recorded: Recorded) -> Reply | None:
        """The provider's own 400 when the request is not one it would take."""
        parameter = None
        try:
            recorded.json = json.loads(recorded.body)
            if recorded.dialect == "gemini":
                recorded.json = gemini_rules.camel_case(recorded.json)
            if not self.checks or recorded.model in self.unchecked:
                return None
            if (recorded.header("content-type") or "").split(";")[0].strip().lower() != "application/json":
                message = "content-type must be application/json"
            else:
                genuine = self._is_genuine(recorded)
                # Only Gemini's body does not name its model.
                named = {"model": recorded.model} if recorded.dialect == "gemini" else {}
                found = RULES[recorded.dialect].violation(recorded.header_values, recorded.json, genuine, **named)
                message, parameter = found if isinstance(found, tuple) else (found, None)
        except ValueError as error:
            message = f"the body is not valid JSON: {error}"
        except (LookupError, TypeError, AttributeError) as error:
            message = f"a rule of this mock stumbled: {error!r}"
        if message is None:
            return None
        recorded.violation = message
        body = wires.error_body(recorded.dialect, 400, message, param=parameter)
        return Reply(status=400, headers=[("content-type", "application/json")], steps=[body])

    def file_url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/files/{name}"

    def _file(self, name: str) -> Reply:
        match self.files.get(name):
            case None:
                return Reply(status=404, steps=[b"no such file"])
            case (media_type, data):
                return Reply(headers=[("content-type", media_type)], steps=[data])
            case reply:
                return reply

    def _count(self, recorded: Recorded, dialect: str) -> Reply:
        if self.token_count is None:
            return Reply(status=404, steps=[wires.error_body(dialect, 404, "no counter here")])
        recorded.violation = counters.violation(dialect, recorded, self._is_genuine(recorded))
        headers = [("content-type", "application/json")]
        if recorded.violation:
            return Reply(status=400, headers=headers, steps=[wires.error_body(dialect, 400, recorded.violation)])
        return Reply(headers=headers, steps=[dump(counters.answer(dialect, self.token_count))])

    def _embed(self, recorded: Recorded, dialect: str) -> Reply:
        """Scripted replies are for chat; only a whole `Reply` is one for embeddings too."""
        with self.lock:
            if self.queue and isinstance(self.queue[0], Reply):
                return self.queue.popleft()
        recorded.violation = embeddings.violation(dialect, recorded)
        headers = [("content-type", "application/json")]
        if recorded.violation:
            return Reply(status=400, headers=headers, steps=[wires.error_body(dialect, 400, recorded.violation)])
        if self.embedding_reply is not None:
            return self.embedding_reply
        return Reply(headers=headers, steps=[embeddings.answer(dialect, recorded, self.vectors)])

    def _draw(self, recorded: Recorded, dialect: str) -> Reply:
        """As embeddings are answered."""
        recorded.violation = images.violation(dialect, recorded)
        with self.lock:
            if self.queue and not recorded.violation:
                scripted = self.queue.popleft()
                return scripted if isinstance(scripted, Reply) else scripted(recorded)
        if recorded.violation:
            vendor = {"gemini": "gemini", "imagen": "gemini"}.get(dialect, "openai")
            headers = [("content-type", "application/json")]
            return Reply(status=400, headers=headers, steps=[wires.error_body(vendor, 400, recorded.violation)])
        return images.answer(dialect, recorded, self.file_url("drawn.png"))

    def _speak(self, recorded: Recorded) -> Reply:
        with self.lock:
            if self.queue and isinstance(self.queue[0], Reply):
                return self.queue.popleft()
        recorded.violation, sound = images.speech(recorded)
        if sound is not None:
            return sound
        headers = [("content-type", "application/json")]
        return Reply(status=400, headers=headers, steps=[wires.error_body("openai", 400, recorded.violation)])

    def _serve_other(self, recorded: Recorded, kind: tuple[str, str]) -> Reply:
        """As with embeddings, only a whole `Reply` is one for these."""
        with self.lock:
            if self.queue and isinstance(self.queue[0], Reply):
                return self.queue.popleft()
        recorded.violation = services.violation(kind, recorded)
        headers = [("content-type", "application/json")]
        if recorded.violation:
            return Reply(status=400, headers=headers, steps=[wires.error_body("openai", 400, recorded.violation)])
        return Reply(headers=headers, steps=[services.answer(kind, recorded)])

    def _transcribe(self, recorded: Recorded) -> Reply:
        """As with embeddings; one `always` for a model is for transcriptions too."""
        with self.lock:
            if isinstance(standing := self.standing.get(speech.model(recorded)), Reply):
                return standing
            if self.queue and isinstance(self.queue[0], Reply):
                return self.queue.popleft()
        return speech.answer(recorded, self.jobs)

    @staticmethod
    def _is_genuine(recorded: Recorded) -> bool:
        return recorded.path.startswith("/genuine/")

    def _model_list(self, recorded: Recorded) -> Reply:
        if recorded.credential.startswith("wrong"):
            return Reply(
                status=401,
                headers=[("content-type", "application/json")],
                steps=[wires.error_body("openai", 401, "Incorrect API key provided")],
            )
        data = [
            {
                "id": name,
                "object": "model",
                "type": "model",
                "created": 1790000000,
                "owned_by": "mock",
                "display_name": name,
                "created_at": "2026-09-01T00:00:00Z",
            }
            for name in self.models
        ]
        return Reply(
            headers=[("content-type", "application/json")],
            steps=[dump({"object": "list", "data": data, "has_more": False, "first_id": None, "last_id": None})],
        )
