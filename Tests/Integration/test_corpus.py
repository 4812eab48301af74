"""Recorded exchanges of real providers, replayed through the daemon. OMNIROUTE_CORPUS names their folder."""

import json
import os
import re
import warnings

import pytest
import raw_http
import recordings
from mock_upstream import faults
from router import DIALECTS, PREFIX

FOLDER = os.environ.get("OMNIROUTE_CORPUS")
OTHER = {"openai": "anthropic", "anthropic": "openai"}
# neutral finish -> what a client of the dialect reads
FINISH = {
    "openai": {
        "stop": "stop",
        "stop_sequence": "stop",
        "length": "length",
        "tool_use": "tool_calls",
        "content_filter": "content_filter",
        "pause": "stop",
    },
    "anthropic": {"stop": "end_turn", "length": "max_tokens", "tool_use": "tool_use", "content_filter": "refusal"},
}


if not FOLDER:

    def test_corpus_did_not_run():
        """A passing test that says plainly what was not looked at."""
        warnings.warn("the corpus suite did not run: OMNIROUTE_CORPUS is not set", stacklevel=1)
        assert not FOLDER


@pytest.fixture(scope="module")
def corpus():
    return {dialect: recordings.load(FOLDER, dialect) for dialect in DIALECTS}


def _report(failures: list[str], total: int):
    print(f"{total} recordings replayed")
    assert not failures, f"{len(failures)} of {total}:\n" + "\n".join(failures[:25])


def _with_model(body: bytes, model: str) -> bytes:
    """The body with another model and nothing else changed."""
    known = json.loads(body)["model"]
    spelled = json.dumps(known, ensure_ascii=False).encode()
    changed, count = re.subn(
        rb'("model"\s*:\s*)' + re.escape(spelled), lambda match: match.group(1) + json.dumps(model).encode(), body
    )
    return changed if count == 1 else json.dumps(json.loads(body) | {"model": model}).encode()


class Corpus:
    """The tests; collected only when there is a corpus."""

    @pytest.mark.parametrize("dialect", DIALECTS)
    def test_same_dialect_is_byte_identical(self, router, mock, corpus, dialect):
        mock.checks = False
        failures = []
        for recording in corpus[dialect]:
            if not recording.names_model:
                continue
            sent = recording.request
            if dialect == "openai" and recording.is_stream:
                # A client that asks for usage itself; else its chunk is rightly taken out again.
                body = json.loads(sent)
                body["stream_options"] = (body.get("stream_options") or {}) | {"include_usage": True}
                sent = json.dumps(body).encode()
            sent = _with_model(sent, f"{PREFIX[dialect]}/recorded")
            mock.reply_with(faults.verbatim(recording.answer, recording.content_type, pieces=5))
            answer = raw_http.post(router, dialect, sent)
            if recording.has("truncated"):
                if answer.status == 200 and answer.body == recording.answer:
                    failures.append(f"{recording.id}: a truncated stream was passed on as if it were whole")
                continue
            if answer.status != 200 or answer.body != recording.answer:
                failures.append(f"{recording.id}: {answer.status}, {_first_difference(recording.answer, answer.body)}")
            if mock.last.body != _with_model(sent, "recorded"):
                failures.append(
                    f"{recording.id}: request, {_first_difference(_with_model(sent, 'recorded'), mock.last.body)}"
                )
        _report(failures, len(corpus[dialect]))

    @pytest.mark.parametrize("dialect", DIALECTS)
    def test_other_dialect_means_the_same(self, sdk_clients, router, mock, corpus, dialect):
        client = sdk_clients[OTHER[dialect]]
        failures = []
        for recording in corpus[dialect]:
            mock.reply_with(faults.verbatim(recording.answer, recording.content_type, pieces=5))
            try:
                heard = client.ask(f"{PREFIX[dialect]}/m", stream=recording.is_stream)
            except Exception as error:
                if not recording.has("truncated"):
                    failures.append(f"{recording.id}: {type(error).__name__}: {error}"[:300])
                continue
            failures += [f"{recording.id}: {difference}" for difference in _differences(recording, heard, client)]
        _report(failures, len(corpus[dialect]))

    @pytest.mark.parametrize("dialect", DIALECTS)
    def test_requests_are_legal_for_the_other_dialect(self, router, mock, corpus, dialect):
        """The strict mock takes every translated request, unless the router itself refused it and said why."""
        mock.expects_violations = True
        failures, refused = [], 0
        for recording in corpus[dialect]:
            if not recording.names_model:
                continue
            before = len(mock.violations)
            answer = raw_http.post(router, dialect, _with_model(recording.request, f"{PREFIX[OTHER[dialect]]}/m"))
            if len(mock.violations) > before and "must be between" in mock.violations[-1]:
                continue  # out of range in the recording too; the provider's words are the right answer
            if len(mock.violations) > before:
                failures.append(f"{recording.id}: {mock.violations[-1]}")
            elif answer.status == 400:
                refused += 1
                if not answer.json["error"]["message"]:
                    failures.append(f"{recording.id}: refused without a word")
            elif answer.status != 200:
                failures.append(f"{recording.id}: {answer}")
        print(f"{refused} refused by the router")
        assert refused < len(corpus[dialect]) // 4
        _report(failures, len(corpus[dialect]))


if FOLDER:
    TestCorpus = Corpus


def _first_difference(expected: bytes, found: bytes) -> str:
    at = next((i for i, (a, b) in enumerate(zip(expected, found)) if a != b), min(len(expected), len(found)))
    return f"differs at byte {at}: {expected[at - 20 : at + 60]!r} became {found[at - 20 : at + 60]!r}"


def _differences(recording: recordings.Recording, heard, client):
    meaning = recording.meaning()
    expected_text = meaning.text + (meaning.refusal if client.dialect == "anthropic" else "")
    if heard.text != expected_text:
        yield f"text {expected_text[:80]!r} became {heard.text[:80]!r}"
    calls = [(name, recordings.parsed(arguments)) for _, name, arguments in heard.calls]
    # Arguments cut off in a stream stay cut off; what the SDK makes of their beginning is its own affair.
    cut_off = recording.is_stream and any("_raw" in arguments for _, arguments in meaning.arguments)
    if calls != meaning.arguments and not cut_off:
        yield f"calls {meaning.arguments!r:.200} became {calls!r:.200}"
    finish = FINISH[client.dialect][meaning.finish]
    if meaning.refusal and client.dialect == "anthropic" and meaning.finish == "stop":
        finish = "refusal"
    if heard.finish != finish:
        yield f"finish {meaning.finish} became {heard.finish}"
    if meaning.usage:
        usage = dict(meaning.usage)
        if client.dialect == "openai":
            found = {
                "prompt": heard.usage["prompt"],
                "output": heard.usage["completion"],
                "cache_read": heard.usage["cached"],
                "cache_write": heard.usage["cache_write"],
            }
        else:
            found = {
                "prompt": heard.usage["input"] + heard.usage["cache_read"] + heard.usage["cache_write"],
                "output": heard.usage["output"],
                "cache_read": heard.usage["cache_read"],
                "cache_write": heard.usage["cache_write"],
            }
        found["reasoning"] = heard.usage["reasoning"]
        if found != usage:
            yield f"usage {usage} became {found}"
