"""A strict upstream that speaks OpenAI Chat and Anthropic Messages and fails on command."""

from .answers import Answer, Redacted, Refusal, Text, Thinking, ToolCall, Usage, say
from .reply import Close, Gate, Hang, Pause, Reply, Reset
from .server import MockUpstream

__all__ = [
    "Answer",
    "Close",
    "Gate",
    "Hang",
    "MockUpstream",
    "Pause",
    "Redacted",
    "Refusal",
    "Reply",
    "Reset",
    "Text",
    "Thinking",
    "ToolCall",
    "Usage",
    "say",
]
