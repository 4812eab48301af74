"""Recorded exchanges of real providers, replayed through the daemon. OMNIROUTE_CORPUS names their folder."""

import json
import logging
import os
import re
import warnings

import pytest
import raw_http
import recordings
import understood
from mock_upstream import faults, gemini_rules
from mock_upstream.connection import Recorded
from recorded_dialects import NoAnswer
from router import DIALECTS, PREFIX
from test_pairs import FINISH

LOG = logging.getLogger(__name__)
FOLDER = os.environ.get("OMNIROUTE_CORPUS")
WORD = re.compile(r"\w+")
TAGGED = re.compile(r"\s*<think>(.*?)(?:</think>\s*|\Z)", re.DOTALL)
# Members under which Gemini's clients hide the words of a result, unwrapped for the other dialects.
RESULT_KEYS = {"output", "result", "content", "error"}
OTHERS = [(client, upstream) for upstream in DIALECTS for client in DIALECTS if client != upstream]
# What else than in `FINISH` a client reads for the reasons only recordings have.
RARE = {
    "openai": {"stop_sequence": "stop", "pause": "stop"},
    "responses": {"stop_sequence": "completed", "pause": "completed"},
    "gemini": {"stop_sequence": "STOP", "pause": "CONTINUATION"},
    "ollama": {"stop_sequence": "stop", "pause": "stop"},
    "anthropic": {"stop_sequence": "stop_sequence", "pause": "pause_turn"},
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
    LOG.info("%d recordings replayed", total)
    assert not failures, f"{len(failures)} of {total}:\n" + "\n".join(failures[:25])


def _with_model(body: bytes, model: str) -> bytes:
    """The body with another model and nothing else changed. Gemini's has none."""
    if "model" not in json.loads(body):
        return body
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
            path = _path(dialect, f"{PREFIX[dialect]}/recorded", recording)
            answer = raw_http.exchange(router, path, sent, "x-omniroute-no-cache: true")
            if recording.has("truncated"):
                if answer.status == 200 and answer.body == recording.answer:
                    failures.append(f"{recording.id}: a truncated stream was passed on as if it were whole")
                continue
            # A stream of a compatible server that ends without `[DONE]` is given the one that was missing.
            whole = (recording.answer, recording.answer + b"data: [DONE]\n\n" * (dialect == "openai"))
            if answer.status != 200 or answer.body not in whole:
                failures.append(f"{recording.id}: {answer.status}, {_first_difference(recording.answer, answer.body)}")
            if mock.last.body != _with_model(sent, "recorded"):
                failures.append(
                    f"{recording.id}: request, {_first_difference(_with_model(sent, 'recorded'), mock.last.body)}"
                )
        _report(failures, len(corpus[dialect]))

    @pytest.mark.parametrize(("reader", "dialect"), OTHERS)
    def test_other_dialect_means_the_same(self, sdk_clients, router, mock, corpus, reader, dialect):
        client = sdk_clients[reader]
        failures = []
        for recording in corpus[dialect]:
            mock.reply_with(faults.verbatim(recording.answer, recording.content_type, pieces=5))
            if (reader, "image-out" in recording.entry["features"]) == ("ollama", True):
                # The SDK itself cannot read the pictures of Ollama's wire.
                answer = raw_http.exchange(router, *raw_http.request_of("ollama", f"{PREFIX[dialect]}/m"))
                if not answer.json["message"]["images"]:
                    failures.append(f"{recording.id}: no pictures")
                continue
            try:
                heard = client.ask(f"{PREFIX[dialect]}/m", stream=recording.is_stream)
            except Exception as error:
                if not recording.has("truncated") and not _is_no_answer(recording):
                    failures.append(f"{recording.id}: {type(error).__name__}: {error}"[:300])
                continue
            if _is_no_answer(recording):
                failures.append(f"{recording.id}: no answer was read as one: {heard.text[:80]!r}")
                continue
            failures += [f"{recording.id}: {difference}" for difference in _differences(recording, heard, client)]
        _report(failures, len(corpus[dialect]))

    @pytest.mark.parametrize(("other", "dialect"), OTHERS)
    def test_requests_are_legal_for_the_other_dialect(self, router, mock, corpus, other, dialect):
        """The strict mock takes every translated request, unless the router itself refused it and said why."""
        mock.expects_violations = True
        failures, refused = [], 0
        # A key of its own: no thoughts are remembered for it, such as this mock never signed.
        key = router.admin.key("requests")["key"]
        for recording in corpus[dialect]:
            if not recording.names_model:
                continue
            before = len(mock.violations)
            model = f"{PREFIX[other]}/m"
            path = _path(dialect, model, recording)
            answer = raw_http.exchange(router, path, _with_model(recording.request, model), key=key)
            if len(mock.violations) > before and "must be between" in mock.violations[-1]:
                continue  # out of range in the recording too; the provider's words are the right answer
            if len(mock.violations) > before:
                failures.append(f"{recording.id}: {mock.violations[-1]}")
            elif answer.status == 400:
                refused += 1
                error = answer.json["error"]
                if not (error if dialect == "ollama" else error["message"]):
                    failures.append(f"{recording.id}: refused without a word")
            elif answer.status != 200:
                failures.append(f"{recording.id}: {answer}")
        LOG.info("%d refused by the router", refused)
        assert refused < len(corpus[dialect]) // 3
        _report(failures, len(corpus[dialect]))

    @pytest.mark.parametrize(("other", "dialect"), OTHERS)
    def test_requests_keep_what_was_said(self, router, mock, corpus, other, dialect):
        """Words, calls and results of every turn that the router sends on at all."""
        mock.checks = False
        failures, unreadable = [], 0
        for recording in corpus[dialect]:
            if not recording.names_model:
                continue
            body = json.loads(recording.request)
            try:
                asked = understood.READERS[dialect](gemini_rules.camel_case(body) if dialect == "gemini" else body)
            except (KeyError, TypeError, AttributeError):
                unreadable += 1  # Hosted tools, files by id: what only its own provider understands.
                continue
            model, before = f"{PREFIX[other]}/m", len(mock.requests)
            answer = raw_http.exchange(
                router, _path(dialect, model, recording), _with_model(recording.request, model)
            )
            if answer.status == 200 and len(mock.requests) > before:
                failures += [f"{recording.id}: {missing}" for missing in _missing(asked, mock.last)]
        assert unreadable < len(corpus[dialect]) // 5 + 1
        _report(failures, len(corpus[dialect]))


if FOLDER:
    TestCorpus = Corpus


def _first_difference(expected: bytes, found: bytes) -> str:
    at = next((i for i, (a, b) in enumerate(zip(expected, found)) if a != b), min(len(expected), len(found)))
    return f"differs at byte {at}: {expected[at - 20 : at + 60]!r} became {found[at - 20 : at + 60]!r}"


def _path(dialect: str, model: str, recording: recordings.Recording) -> str:
    return raw_http.request_of(dialect, model, recording.is_stream)[0]


def _missing(asked: understood.Understood, recorded):
    """What a request had and the one that went up has not. Text may move and be joined, but not vanish."""
    words = _words(recorded.json)
    for kind, text in asked.of("user", "model"):
        if lost := _words(text) - words:
            yield f"{kind} text lost {sorted(lost)[:5]}"
    for _, text, _ in asked.results:
        if lost := _words(text) - words - RESULT_KEYS:
            yield f"result lost {sorted(lost)[:5]}"
    calls = understood.READERS[recorded.dialect](recorded.json).calls
    if [_object(call[2]) for call in calls] != [_object(call[2]) for call in asked.calls]:
        yield f"calls {asked.calls!r:.150} became {calls!r:.150}"


def _words(value) -> set[str]:
    """All words of a JSON value, also of the JSON in its texts."""
    if isinstance(value, str):
        found = set(WORD.findall(value))
        try:
            inner = json.loads(value)
        except ValueError:
            return found
        return found | _words(inner) if isinstance(inner, (dict, list)) else found
    if isinstance(value, dict):
        return set().union(*map(_words, value), *map(_words, value.values()))
    return set().union(*map(_words, value)) if isinstance(value, list) else set(WORD.findall(str(value)))


def _object(arguments) -> dict:
    """Arguments that are no object are wrapped where a dialect takes nothing else."""
    return arguments if isinstance(arguments, dict) else {"_raw": arguments}


def _is_no_answer(recording: recordings.Recording) -> bool:
    try:
        recording.meaning()
    except NoAnswer:
        return True
    return False


def _counts(client, heard) -> dict:
    """The neutral counts that a client's dialect can tell."""
    usage = heard.usage
    match client.dialect:
        case "anthropic":
            found = {name: usage[name] for name in ("output", "cache_read", "cache_write", "reasoning")}
            return found | {"prompt": usage["input"] + usage["cache_read"] + usage["cache_write"]}
        case "gemini":
            found = {"prompt": usage["prompt"], "cache_read": usage["cached"], "reasoning": usage["reasoning"]}
            return found | {"output": usage["output"] + usage["reasoning"]}
        case "ollama":
            return usage
    found = {"prompt": usage["prompt"], "output": usage["completion"], "reasoning": usage["reasoning"]}
    return found | {"cache_read": usage["cached"], "cache_write": usage["cache_write"]}


def _differences(recording: recordings.Recording, heard, client):
    meaning = recording.meaning()
    tells_refusals = client.dialect in ("openai", "responses")
    expected_text = meaning.text
    # What servers of local models leave in the text is a thought, and is told as one.
    if recording.dialect in ("openai", "ollama") and (tagged := TAGGED.match(meaning.text)):
        expected_text = meaning.text[tagged.end() :]
        if heard.thinking.strip() != tagged[1].strip():
            yield f"thought {tagged[1][:80]!r} became {heard.thinking[:80]!r}"
    expected_text += "" if tells_refusals else meaning.refusal
    if heard.text != expected_text:
        yield f"text {expected_text[:80]!r} became {heard.text[:80]!r}"
    calls = [(name, recordings.parsed(arguments)) for _, name, arguments in heard.calls]
    # Arguments cut off in a stream stay cut off; what the SDK makes of their beginning is its own affair.
    cut_off = recording.is_stream and any("_raw" in arguments for _, arguments in meaning.arguments)
    if calls != meaning.arguments and not cut_off:
        yield f"calls {meaning.arguments!r:.200} became {calls!r:.200}"
    finish = (FINISH[client.dialect] | RARE[client.dialect])[meaning.finish]
    if meaning.refusal and meaning.finish == "stop":
        finish = {"anthropic": "refusal", "gemini": "SAFETY"}.get(client.dialect, finish)
    if heard.finish != finish:
        yield f"finish {meaning.finish} became {heard.finish}"
    if meaning.usage:
        found = _counts(client, heard)
        expected = {name: meaning.usage[name] for name in found}
        if found != expected:
            yield f"usage {expected} became {found}"


def test_missing_words_and_calls_are_noticed():
    """The comparison itself, with or without a corpus."""
    body = {"messages": [{"role": "user", "content": "Hello you"}, {"role": "tool", "content": '{"a":"b"}'}]}
    body["messages"][1]["tool_call_id"] = "c1"
    recorded = Recorded("POST", "/", [], b"", 0, json=body, dialect="openai")
    kept = understood.Understood(turns=[("user", "you, Hello"), ("result", "c1", "b a", False)])
    assert list(_missing(kept, recorded)) == []
    kept.turns += [("model", "gone"), ("result", "c1", "lost", False), ("call", "c1", "f", {})]
    assert [line.split(" ")[0] for line in _missing(kept, recorded)] == ["model", "result", "calls"]
