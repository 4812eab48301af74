"""The five dialects, each a module with the same names.

`MODEL` and `NODE` (how omniroute is told of such an upstream; `BASE` is the part of the path that belongs to its base
URL), `CONTENT_TYPE` of streams, `path` and `headers` of a request; the requests `conversation` and `agent`; the whole
`answer`; the stream's `stream_head`, `stream_event`, `stream_tail` and the text of its events, `stream_text`; and two
checks, which read as a client does: `text_of_answer`, and `read_stream`, which returns the texts of a stream's events
and whether it ended as the dialect demands.
"""

from dialects import chat, gemini, messages, ollama, responses

DIALECTS = {"chat": chat, "messages": messages, "responses": responses, "gemini": gemini, "ollama": ollama}


def stream(dialect, count):
    """A whole stream with so many events of text."""
    dialect = DIALECTS[dialect]
    events = b"".join(dialect.stream_event(index) for index in range(count))
    return dialect.stream_head() + events + dialect.stream_tail(count)


def upstream_path(dialect, is_streaming):
    """The path of a request to an upstream, without its query."""
    dialect = DIALECTS[dialect]
    return dialect.path(dialect.MODEL, is_streaming).partition("?")[0]
