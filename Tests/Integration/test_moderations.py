"""Content judged by OpenAI and by Mistral."""

import openai
import pytest
import raw_http
from mock_upstream.reply import Reply
from services import accounts

PATH = "/v1/moderations"
MISTRAL = "mistral/mistral-moderation-latest"
PICTURE = [
    {"type": "text", "text": "a kill"},
    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
]


@pytest.fixture
def mistral(router, mock):
    with accounts(router, mock, "mistral"):
        yield router


@pytest.mark.parametrize("model", ["openai/omni-moderation-latest", "mo/moderator", MISTRAL])
def test_openai_sdk(sdk_clients, mistral, model):
    answer = sdk_clients["openai"].sdk.moderations.create(model=model, input=["kind words", "kill them"])
    assert [result.flagged for result in answer.results] == [False, True]
    assert answer.results[1].categories.violence is True
    assert answer.results[1].category_scores.violence == 0.98
    assert answer.results[1].categories.self_harm is False


def test_without_a_model_openais_newest_is_meant(sdk_clients, router, mock):
    answer = sdk_clients["openai"].sdk.moderations.create(input="kill")
    assert answer.results[0].flagged
    assert mock.last.path == "/genuine/openai/v1/moderations"


def test_openais_bytes_pass_unchanged(router, mock):
    body = b'{"model":"openai/omni-moderation-latest", "input" : [{"type":"text","text":"a"}]}'
    answer = raw_http.exchange(router, PATH, body)
    assert answer.status == 200
    assert mock.last.body == body.replace(b"openai/omni", b"omni")
    assert "category_applied_input_types" in answer.json["results"][0]


def test_pictures_reach_only_those_that_see(mistral, mock):
    answer = raw_http.exchange(mistral, PATH, {"model": "openai/omni-moderation-latest", "input": PICTURE})
    assert answer.json["results"][0]["flagged"] is True
    assert mock.last.json["input"] == PICTURE
    refused = raw_http.exchange(mistral, PATH, {"model": MISTRAL, "input": PICTURE})
    assert (refused.status, refused.json["error"]["param"]) == (400, "input[1]")


def test_what_nobody_judged_is_told(mistral):
    answer = raw_http.exchange(mistral, PATH, {"model": MISTRAL, "input": "kill"})
    assert "categories" in answer.headers["x-omniroute-translation"]
    judged = answer.json["results"][0]["categories"]
    assert judged["pii"] is False and "harassment" not in judged


@pytest.mark.parametrize(
    "body, field",
    [
        ({"model": "mo/moderator"}, "input"),
        ({"model": "mo/moderator", "input": []}, "input"),
        ({"model": "mo/moderator", "input": 5}, "input"),
        ({"model": "mo/moderator", "input": ["a", 5]}, "input[1]"),
        ({"model": "mo/moderator", "input": [{"type": "audio"}]}, "input[0].type"),
        ({"model": 5, "input": "a"}, "model"),
        ({"model": "ma/claude", "input": "a"}, "model"),
    ],
)
def test_mistakes_are_told_by_field(router, mock, body, field):
    answer = raw_http.exchange(router, PATH, body)
    assert answer.status == 400
    assert answer.json["error"]["param"] == field
    assert mock.requests == []


def test_the_list_and_a_provider_path(router, sdk_clients, mock):
    listed = sdk_clients["openai"].http.get(
        f"{router.daemon.url}{PATH}", headers={"authorization": f"Bearer {router.key}"}
    ).json()
    names = [model["id"] for model in listed["data"]]
    assert "openai/omni-moderation-latest" in names and "openai/gpt-4o" not in names
    body = {"model": "omni-moderation-latest", "input": "a"}
    assert raw_http.exchange(router, "/v1/providers/openai/moderations", body).status == 200


def test_a_combo_falls_back_from_openai_to_mistral(mistral, sdk_clients, mock):
    body = {"name": "judges", "models": ["openai/omni-moderation-latest", MISTRAL], "strategy": "priority", "config": {}}
    combo = mistral.admin.call("POST", "/api/combos", body, expect=201)["id"]
    try:
        mock.reply_with(Reply(status=401, headers=[("content-type", "application/json")], steps=[b"{}"]))
        answer = sdk_clients["openai"].sdk.moderations.create(model="judges", input="kill")
    finally:
        mistral.admin.call("DELETE", f"/api/combos/{combo}")
    assert answer.results[0].flagged
    assert [request.path.split("/")[2] for request in mock.requests] == ["openai", "mistral"]


def test_a_models_error_is_openais(router, sdk_clients, mock):
    error = b'{"error": {"message": "bad input", "type": "invalid_request_error", "param": "input", "code": null}}'
    mock.reply_with(Reply(status=400, headers=[("content-type", "application/json")], steps=[error]))
    with pytest.raises(openai.BadRequestError) as raised:
        sdk_clients["openai"].sdk.moderations.create(model="openai/omni-moderation-latest", input="a")
    assert raised.value.param == "input"
    mock.reset()
