"""Edge cases of the wire formats that belong to no one feature, by their ids in the list."""

import base64
import json

import pytest
import raw_http
import scenarios


def test_c177_the_upstream_gets_one_credential_and_it_is_ours(router, mock):
    for model in ("ma/m", "mo/m"):
        keys = (f"x-api-key: {router.key}", f"authorization: Bearer {router.key}")
        answer = raw_http.exchange(router, "/v1/messages", raw_http.chat_body(model), *keys, key=None)
        assert answer.status == 200, answer
        sent = [*mock.last.header_values("x-api-key"), *mock.last.header_values("authorization")]
        assert len(sent) == 1 and "node-key-of-" in sent[0]


def test_c178_betas_reach_their_own_vendor_only(router, mock):
    for model, expected in (("ma/m", "context-1m-2025-08-07"), ("mo/m", None), ("mg/m", None), ("ml/m", None)):
        body = raw_http.chat_body(model)
        assert raw_http.exchange(router, "/v1/messages", body, "anthropic-beta: context-1m-2025-08-07").status == 200
        assert mock.last.header("anthropic-beta") == expected


def test_c182_duplicates_depth_and_size_have_bounds(router, mock):
    doubled = b'{"model":"mo/m","model":"ma/m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}'
    assert raw_http.exchange(router, "/v1/messages", doubled).status == 200
    assert mock.last.dialect == "anthropic", "the last of two members counts"
    deep = b'{"model":"ma/m","max_tokens":9,"messages":' + b"[" * 5000 + b"]" * 5000 + b"}"
    assert raw_http.exchange(router, "/v1/messages", deep).status == 400
    picture = scenarios.image("anthropic", scenarios.PNG + "A" * (10 << 20))
    body = {"model": "ma/m", "max_tokens": 9, "messages": [scenarios.user(picture)]}
    mock.unchecked = {"m"}
    assert raw_http.exchange(router, "/v1/messages", json.dumps(body).encode()).status == 200
    assert len(mock.last.body) > 10 << 20


def test_c183_a_compressed_request_is_refused_in_words(router, mock):
    for encoding in ("gzip", "zstd", "br"):
        answer = raw_http.exchange(router, "/v1/messages", b"\x1f\x8b", f"content-encoding: {encoding}")
        assert answer.status == 415, answer
        assert f"compressed as {encoding} are not accepted" in answer.json["error"]["message"]
    assert mock.requests == []


@pytest.mark.parametrize("model", ["mo/m", "mr/m", "openai/gpt-4o"])
def test_text_files_of_gemini_clients_are_text_for_openai(router, mock, model):
    """OpenAI refuses files that are no PDF, and so does the mock."""
    file = {"inlineData": {"mimeType": "text/markdown", "data": base64.b64encode(b"# notes").decode()}}
    body = {"contents": [{"role": "user", "parts": [file, {"text": "Read."}]}]}
    answer = raw_http.exchange(router, f"/v1beta/models/{model}:generateContent", body)
    assert answer.status == 200, answer
    assert "# notes" in mock.last.body.decode()
    assert "file" not in mock.last.body.decode()
