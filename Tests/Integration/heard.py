"""What every SDK is reduced to, so that one test can speak through all of them."""

import json
from dataclasses import dataclass, field


@dataclass
class Heard:
    """What a client understood of an answer."""

    text: str = ""
    thinking: str = ""
    signatures: list[str] = field(default_factory=list)
    # (id, name, arguments as text); the Ollama SDK knows no ids.
    calls: list[tuple[str, str, str]] = field(default_factory=list)
    finish: str | None = None
    refusal: str | None = None
    stop_sequence: str | None = None
    usage: dict = field(default_factory=dict)
    headers: dict = field(default_factory=dict)
    # The SDK's own object.
    raw: object = None

    @property
    def arguments(self) -> list[tuple[str, object]]:
        return [(name, json.loads(text or "{}")) for _, name, text in self.calls]


class Client:
    """One SDK, pointed at the daemon, without its own retries."""

    dialect: str

    def __init__(self, url: str, key: str):
        self.headers: dict = {}
        self.url, self.key = url, key

    def _note(self, response):
        self.headers = dict(response.headers)
