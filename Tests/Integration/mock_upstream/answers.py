"""One answer, meant for either dialect: tests say what the model said, not how it is spelled."""

import json
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Usage:
    """Disjoint counts, as the router keeps them."""

    input: int = 11
    cache_read: int = 0
    cache_write: int = 0
    output: int = 7
    reasoning: int = 0

    @property
    def openai_prompt(self) -> int:
        return self.input + self.cache_read + self.cache_write

    @property
    def total_output(self) -> int:
        return self.output + self.reasoning


@dataclass(frozen=True)
class Text:
    pieces: tuple[str, ...]

    def __init__(self, *pieces: str):
        object.__setattr__(self, "pieces", pieces)

    @property
    def value(self) -> str:
        return "".join(self.pieces)


@dataclass(frozen=True)
class Thinking:
    value: str
    # Base64 with both letters in which its two alphabets differ.
    signature: str = "EqSignature+1/Q="


@dataclass(frozen=True)
class Redacted:
    data: str = "EmRedacted+1/a="


@dataclass(frozen=True)
class ToolCall:
    id: str
    name: str
    # The text of the arguments, so that tests can see numbers and key order survive.
    arguments: str = "{}"

    @property
    def pieces(self) -> list[str]:
        middle = len(self.arguments) // 2
        return [piece for piece in (self.arguments[:middle], self.arguments[middle:]) if piece]


@dataclass(frozen=True)
class Refusal:
    value: str


@dataclass(frozen=True)
class Answer:
    """finish is the dialect-neutral reason: stop, length, tool_use, content_filter, refusal, stop_sequence, pause,
    context_full. It is derived from the blocks when not given."""

    blocks: tuple = (Text("Hi!"),)
    finish: str | None = None
    stop_sequence: str | None = None
    usage: Usage = field(default_factory=Usage)
    id: str | None = None

    @property
    def reason(self) -> str:
        if self.finish:
            return self.finish
        return "tool_use" if any(isinstance(block, ToolCall) for block in self.blocks) else "stop"

    @property
    def text(self) -> str:
        return "".join(block.value for block in self.blocks if isinstance(block, Text))

    @property
    def calls(self) -> list[ToolCall]:
        return [block for block in self.blocks if isinstance(block, ToolCall)]


def say(*pieces: str, **options) -> Answer:
    return Answer(blocks=(Text(*pieces),), **options)


def dump(value) -> bytes:
    """JSON the way providers write it: compact, non-ASCII characters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
