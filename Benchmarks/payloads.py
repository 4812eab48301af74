"""What requests and answers say, in no dialect: fixed text, so that every run does the same work."""

import json
from typing import NamedTuple

PROSE = (
    "The router keeps one connection pool for each event loop, so a request never leaves the loop that accepted it. "
    "When the upstream answers, its bytes are translated where they lie and written once. "
)
CODE = (
    "func lookup(_ name: String) -> Route? {\n\tguard let entry = table[name.lowercased()] else { return nil }\n"
    "\t// caf\u00e9, \u201cquoted\u201d and C:\\\\path stay what they are\n"
    "\treturn entry.isEnabled ? entry.route : nil\n}\n"
)
ANSWER = (
    "A bounded queue costs records when the disk is stuck, and never memory. One writer takes what has gathered and "
    "commits it in a single transaction; readers are not disturbed because the journal is written ahead."
)
# The scenarios whose answers are streams: of few and of many events at once, paced, silent after the first event, and
# those that fail.
STREAMED = ("few", "many", "paced", "held", "dead", "cut")

# A chat of about 1.6 KB.
SYSTEM = "You are a careful assistant. Answer in plain words and name your sources. " + PROSE
TURNS = (
    ("user", "How does the usage ledger work? " + PROSE),
    ("assistant", PROSE * 4),
    ("user", "And what happens when the disk is slow? " + PROSE[:130]),
)
MAX_TOKENS = 1024
TEMPERATURE = 0.2

# A coding agent's request: its tools and as many steps as it has taken, each a tool call and its result.
AGENT_SYSTEM = "You are a coding agent. " + PROSE * 20
AGENT_TASK = "Please find out why the build is slow. " + PROSE
AGENT_LAST = "Go on."
AGENT_MAX_TOKENS = 4096
AGENT_TOOLS = 24
# Steps of a request of about 100 KB, and of one of 1 MB.
AGENT_STEPS = 40
LARGE_AGENT_STEPS = 600


class Tool(NamedTuple):
    name: str
    description: str
    schema: dict


class Step(NamedTuple):
    note: str
    call: str
    name: str
    arguments: dict
    result: str


def dump(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def tools():
    return [Tool(f"tool_{index}", PROSE * 3, _schema(index)) for index in range(AGENT_TOOLS)]


def _schema(index):
    properties = {
        f"{name}_{index}": {"type": kind, "description": PROSE[:150]}
        for name, kind in (("path", "string"), ("limit", "integer"), ("pattern", "string"), ("force", "boolean"))
    }
    properties["edits"] = {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"before": {"type": "string"}, "after": {"type": "string"}, "line": {"type": "number"}},
            "required": ["before", "after"],
        },
    }
    return {"type": "object", "properties": properties, "required": [f"path_{index}"], "additionalProperties": False}


def steps(count):
    for index in range(count):
        tool = index % AGENT_TOOLS
        arguments = {f"path_{tool}": f"Sources/Module{index}/File.swift", f"pattern_{tool}": CODE[:120]}
        yield Step(f"Step {index}: " + PROSE[:100], f"call_{index:08d}", f"tool_{tool}", arguments, CODE * 5)


def piece(index, length):
    """The text of one stream event, so long that the event has about 250 bytes in its dialect."""
    start = index * 7 % 60
    return f"{index:04d} " + (ANSWER[start:start + length] if length else "\"ok\"") + "\n"


def server_sent(value, name=None):
    return (f"event: {name}\n".encode() if name else b"") + b"data: " + dump(value) + b"\n\n"


def data_of_events(body):
    """The data of all server-sent events."""
    return [line[6:] for line in body.decode().splitlines() if line.startswith("data: ")]
