"""Images by the official SDK and by hand, of every upstream that makes them."""

import base64
import json
import time

import openai
import pytest
import raw_http
from mock_upstream import Reply
from mock_upstream.images import PNG, USAGE, events
from router import Router

GENERATIONS, EDITS = "/v1/images/generations", "/v1/images/edits"
PICTURE = base64.b64decode(PNG)
DRAWN = base64.b64encode(b"\x89PNG\r\n\x1a\nbytes of a picture").decode()
# What only an address leads to.
FILES = {"drawn.png": ("image/png", PICTURE)}
BASES = {
    "xai": "/compatible/xai/v1",
    "together": "/compatible/together/v1",
    "fireworks": "/compatible/fireworks/inference/v1",
    "openrouter": "/compatible/openrouter/v1",
    "gemini": "/genuine/gemini/v1beta",
}
MODELS = {
    "xai": "xai/grok-imagine-image",
    "together": "together/black-forest-labs/FLUX.1.1-pro",
    "fireworks": "fireworks/accounts/fireworks/models/flux-1-dev-fp8",
    "sdxl": "fireworks/accounts/fireworks/models/stable-diffusion-xl-1024-v1-0",
    "kontext": "fireworks/accounts/fireworks/models/flux-kontext-pro",
    "openrouter": "openrouter/google/gemini-2.5-flash-image",
    "gemini": "gemini/gemini-2.5-flash-image",
    "imagen": "gemini/imagen-4.0-generate-001",
    "gpt": "openai/gpt-image-2",
    "dalle": "openai/dall-e-3",
    "node": "mo/painter",
}


@pytest.fixture(scope="module")
def studio(shared_mock):
    """A router with an account at every provider that draws; it may fetch from this machine."""
    router = Router.start(shared_mock, OMNIROUTE_ALLOW_PRIVATE_UPSTREAMS="true")
    root = shared_mock.url("openai").partition("/compatible")[0]
    for provider, base in BASES.items():
        router.admin.connection(provider, f"key-of-{provider}-0123456789", f"{provider} account", baseUrl=root + base)
    yield router
    router.stop()


@pytest.fixture
def sdk(studio, mock):
    studio.admin.call("POST", "/api/resilience/reset")
    client = studio.client("openai")
    mock.files = FILES
    yield client.sdk
    client.close()


def ask(router, **body):
    headers = body.pop("headers", ())
    return raw_http.exchange(router, body.pop("path", GENERATIONS), body, *headers)


def posts(mock):
    return [request for request in mock.requests if request.method == "POST"]


@pytest.mark.parametrize("name", MODELS)
def test_one_image_in_base64(sdk, mock, name):
    answer = sdk.images.generate(model=MODELS[name], prompt="A fox", response_format="b64_json")
    assert [image.b64_json for image in answer.data] == [DRAWN if name in ("fireworks", "sdxl") else PNG]
    assert answer.created > 1_700_000_000
    # One takes the order first and draws later.
    assert len(posts(mock)) == (2 if name == "kontext" else 1)


def test_an_ordered_image_is_asked_for_until_it_is_drawn(studio, sdk, mock):
    def said(**body):
        return Reply(headers=[("content-type", "application/json")], steps=[json.dumps(body).encode()])

    mock.reply_with(said(request_id="order-1"), said(status="Pending"), said(status="Pending"))
    edited = sdk.images.edit(model=MODELS["kontext"], image=("a.png", PICTURE), prompt="Red")
    assert edited.data[0].url == mock.file_url("drawn.png")
    assert [request.path.rpartition("/")[2] for request in posts(mock)] == ["flux-kontext-pro"] + ["get_result"] * 3
    assert mock.requests[0].json["input_image"] == f"data:image/png;base64,{PNG}"
    mock.reply_with(said(request_id="order-1"), said(status="Content Moderated"))
    assert ask(studio, model=MODELS["kontext"], prompt="A fox").json["error"]["code"] == "content_policy_violation"
    mock.reply_with(said(request_id="order-1"), said(status="Error"))
    assert ask(studio, model=MODELS["kontext"], prompt="A fox").status == 502
    assert len(posts(mock)) == 8


@pytest.mark.parametrize("name", ["xai", "together", "dalle", "node"])
def test_an_address_stays_one(sdk, mock, name):
    answer = sdk.images.generate(model=MODELS[name], prompt="A fox", response_format="url")
    assert answer.data[0].url == mock.file_url("drawn.png")
    assert [request.method for request in mock.requests] == ["POST"]


@pytest.mark.parametrize("name", ["gemini", "imagen", "fireworks", "openrouter", "gpt"])
def test_there_is_no_address_where_nobody_keeps_images(studio, sdk, mock, name):
    body = {"model": MODELS[name], "prompt": "A fox", "response_format": "url"}
    answer = ask(studio, **body)
    assert answer.status == 200 and answer.json["data"][0]["b64_json"]
    assert "dropped=response_format" in answer.headers["x-omniroute-translation"]
    refused = ask(studio, **body, headers=["x-omniroute-strict: true"])
    assert (refused.status, refused.json["error"]["param"]) == (400, "response_format")
    assert len(posts(mock)) == 1


def test_an_address_is_not_fetched_from_private_networks(router, mock):
    mock.files = FILES
    made = {"created": 1, "data": [{"url": mock.file_url("drawn.png")}]}
    reply = Reply(headers=[("content-type", "application/json")], steps=[json.dumps(made).encode()])
    # What cannot be used is asked for again.
    mock.reply_with(*[reply] * 8)
    answer = ask(router, model="mo/painter", prompt="A fox", response_format="b64_json")
    assert answer.status == 502
    assert "the image was made, but" in answer.json["error"]["message"]
    assert len(posts(mock)) == len(mock.requests)


@pytest.mark.parametrize("name, calls", [("gemini", 3), ("imagen", 1), ("dalle", 3), ("xai", 1), ("openrouter", 3)])
def test_several_images_take_as_many_calls_as_they_must(sdk, mock, name, calls):
    answer = sdk.images.generate(model=MODELS[name], prompt="A fox", n=3, response_format="b64_json")
    assert len(answer.data) == 3
    assert len(posts(mock)) == calls


def test_what_one_call_of_several_refuses_is_told(studio, sdk, mock):
    told = b'{"error":{"code":400,"message":"no foxes","status":"INVALID_ARGUMENT"}}'
    mock.reply_with(Reply(status=400, headers=[("content-type", "application/json")], steps=[told]))
    answer = ask(studio, model=MODELS["gemini"], prompt="A fox", n=3)
    assert answer.status == 400 and "no foxes" in answer.json["error"]["message"]


SENT = [
    ("gemini", {"size": "1536x1024"}, ("generationConfig", "imageConfig"), {"aspectRatio": "3:2"}),
    ("imagen", {"size": "1792x1024", "output_format": "jpeg"}, ("parameters",), None),
    ("xai", {"size": "1024x1024"}, ("aspect_ratio",), "1:1"),
    ("together", {"size": "1000x600", "extra_body": {"steps": 4}}, ("width",), 1008),
    ("fireworks", {"size": "1024x1536"}, ("aspect_ratio",), "2:3"),
    ("openrouter", {"size": "1024x1024"}, ("image_config",), {"aspect_ratio": "1:1"}),
]


@pytest.mark.parametrize("name, asked, path, expected", SENT, ids=[row[0] for row in SENT])
def test_sizes_are_said_in_the_upstreams_words(sdk, mock, name, asked, path, expected):
    sdk.images.generate(model=MODELS[name], prompt="A fox", **asked)
    said = posts(mock)[-1].json
    for step in path:
        said = said[step]
    if name == "imagen":
        assert said == {
            "sampleCount": 1,
            "aspectRatio": "16:9",
            "sampleImageSize": "2K",
            "outputOptions": {"mimeType": "image/jpeg"},
        }
    else:
        assert said == expected
    if name == "together":
        assert posts(mock)[-1].json["steps"] == 4


def test_losses_are_told_and_refused_when_strict(studio, sdk, mock):
    body = {"model": MODELS["gemini"], "prompt": "A fox", "quality": "high", "background": "transparent", "seed": 1}
    told = ask(studio, **body).headers["x-omniroute-translation"]
    assert all(f"dropped={field};" in told for field in ("quality", "background", "seed"))
    refused = ask(studio, **body, headers=["x-omniroute-strict: true"])
    assert refused.status == 400 and refused.json["error"]["param"] == "quality"


def test_the_clients_own_bytes_reach_openai(studio, sdk, mock):
    body = b'{"prompt":"A f\\u006fx" , "model": "openai/gpt-image-2","quality":"high","n":1}'
    assert raw_http.exchange(studio, GENERATIONS, body).status == 200
    assert mock.last.body == body.replace(b"openai/gpt-image-2", b"gpt-image-2")


# Streams.


@pytest.mark.parametrize("partial", [0, 2])
def test_partial_images_are_passed_on(sdk, mock, partial):
    stream = sdk.images.generate(model=MODELS["gpt"], prompt="A fox", stream=True, partial_images=partial)
    heard = list(stream)
    assert [event.type.rpartition(".")[2] for event in heard] == ["partial_image"] * partial + ["completed"]
    assert heard[-1].b64_json == PNG and heard[-1].usage.total_tokens == USAGE["total_tokens"]


@pytest.mark.parametrize("name", ["gemini", "imagen", "xai"])
def test_a_stream_of_whole_images_is_made_up_where_there_is_none(sdk, mock, name):
    heard = list(sdk.images.generate(model=MODELS[name], prompt="A fox", stream=True, n=2))
    assert [event.type for event in heard] == ["image_generation.completed"] * 2
    assert all(event.b64_json == PNG for event in heard)


def test_a_stream_that_breaks_ends_with_an_error(sdk, mock):
    def cut(recorded):
        steps = events(recorded)[:1]
        return Reply(headers=[("content-type", "text/event-stream")], steps=steps, framing="chunked")

    mock.reply_with(cut)
    stream = sdk.images.generate(model=MODELS["gpt"], prompt="A fox", stream=True, partial_images=1)
    heard = []
    with pytest.raises(openai.APIError, match="ended early"):
        for event in stream:
            heard.append(event.type)
    assert heard == ["image_generation.partial_image"]


# Edits.


@pytest.mark.parametrize("name", ["gpt", "node", "xai", "gemini", "openrouter"])
def test_an_image_is_changed(sdk, mock, name):
    answer = sdk.images.edit(model=MODELS[name], image=("fox.png", PICTURE, "image/png"), prompt="A red one")
    assert answer.data[0].b64_json or answer.data[0].url
    said = posts(mock)[-1].json
    match name:
        case "gemini":
            assert said["contents"][0]["parts"][1]["inlineData"] == {"mimeType": "image/png", "data": PNG}
        case "openrouter":
            assert said["messages"][0]["content"][1]["image_url"]["url"].endswith(PNG)
        case "xai":
            assert said["image"] == {"url": f"data:image/png;base64,{PNG}", "type": "image_url"}
        case _:
            assert said["image"] == ("image.png", "image/png", PICTURE)
            assert said["prompt"] == "A red one"


def test_several_images_and_a_mask_reach_openai(sdk, mock):
    sdk.images.edit(
        model=MODELS["gpt"],
        image=[("a.png", PICTURE), ("b.png", PICTURE)],
        mask=("m.png", PICTURE),
        prompt="Both",
        n=2,
        size="1024x1024",
        input_fidelity="high",
    )
    said = mock.last.json
    assert [image[2] for image in said["image[]"]] == [PICTURE, PICTURE]
    assert said["mask"][2] == PICTURE
    assert (said["model"], said["n"], said["input_fidelity"]) == ("gpt-image-2", 2, "high")


def test_edits_stream(sdk, mock):
    stream = sdk.images.edit(
        model=MODELS["gpt"], image=("a.png", PICTURE), prompt="Red", stream=True, partial_images=1
    )
    assert [event.type for event in stream] == ["image_edit.partial_image", "image_edit.completed"]


@pytest.mark.parametrize("name", ["gpt", "gemini"])
def test_images_in_json_are_fetched_where_they_must_be(studio, sdk, mock, name):
    body = {"model": MODELS[name], "prompt": "Red", "images": [{"image_url": mock.file_url("drawn.png")}]}
    assert ask(studio, path=EDITS, **body).status == 200
    assert [request.method for request in mock.requests] == ["GET", "POST"]
    inline = body | {"images": [{"image_url": f"data:image/png;base64,{PNG}"}]}
    assert ask(studio, path=EDITS, **inline).status == 200
    sent = [request.json for request in posts(mock)]
    assert sent[0] == sent[1]


def test_a_mask_is_refused_where_there_is_none(studio, sdk, mock):
    for name in ("gemini", "xai", "openrouter"):
        with pytest.raises(openai.BadRequestError) as refusal:
            sdk.images.edit(model=MODELS[name], image=("a.png", PICTURE), mask=("m.png", PICTURE), prompt="Red")
        assert refusal.value.param == "mask"
    assert posts(mock) == []


# What is wrong is said.


@pytest.mark.parametrize(
    "change, param",
    [
        ({"prompt": None}, "prompt"),
        ({"prompt": " "}, "prompt"),
        ({"prompt": 5}, "prompt"),
        ({"n": 0}, "n"),
        ({"n": 11}, "n"),
        ({"n": "2"}, "n"),
        ({"size": "large"}, "size"),
        ({"size": "0x10"}, "size"),
        ({"size": "512x512"}, "size"),
        ({"response_format": "png"}, "response_format"),
        ({"output_format": "bmp"}, "output_format"),
        ({"background": "red"}, "background"),
        ({"output_compression": 101}, "output_compression"),
        ({"stream": "yes"}, "stream"),
        ({"partial_images": 4}, "partial_images"),
        ({"model": None}, "model"),
    ],
)
def test_mistakes_are_named(router, mock, change, param):
    answer = ask(router, **({"model": "openai/dall-e-3", "prompt": "A fox"} | change))
    assert answer.status == 400
    assert answer.json["error"]["param"] == param
    assert posts(mock) == []


def _form(*parts: tuple[str, bytes]) -> bytes:
    body = b""
    for head, contents in parts:
        body += b"--edge\r\ncontent-disposition: form-data; " + head.encode() + b"\r\n\r\n" + contents + b"\r\n"
    return body + b"--edge--\r\n"


FIELDS = (('name="model"', b"openai/gpt-image-2"), ('name="prompt"', b"Red"))
FILE = 'name="image"; filename="a.png"'


@pytest.mark.parametrize(
    "body, word",
    [
        (_form(*FIELDS, (FILE, b"")), "empty"),
        (_form(*FIELDS, (FILE, b"no picture")), "PNG"),
        (_form(*FIELDS), "image"),
        (_form(*FIELDS, (FILE, PICTURE))[:-8], "cut off"),
        (_form(*FIELDS, ('name="n"', b"many"), (FILE, PICTURE)), "n"),
        (_form(*FIELDS[1:], (FILE, PICTURE)), "model"),
        (b"nothing", "cut off"),
    ],
)
def test_broken_forms_are_refused(router, mock, body, word):
    answer = _send_form(router, body)
    assert answer.status_code == 400
    assert word in answer.json()["error"]["message"]
    assert posts(mock) == []


def test_forms_may_be_too_large(impatient):
    assert _send_form(impatient, _form(*FIELDS, (FILE, PICTURE * 2000))).status_code == 413


def _send_form(router, body: bytes):
    client = router.client("openai")
    try:
        headers = {"authorization": f"Bearer {router.key}", "content-type": "multipart/form-data; boundary=edge"}
        return client.http.post(f"{router.daemon.url}{EDITS}", content=body, headers=headers)
    finally:
        client.close()


@pytest.mark.parametrize(
    "name, body",
    [
        ("gemini", {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}),
        ("gemini", {"candidates": [{"finishReason": "IMAGE_SAFETY"}]}),
        ("imagen", {"predictions": [{"raiFilteredReason": "words"}]}),
        ("imagen", {}),
    ],
)
def test_what_a_filter_holds_back_is_told(sdk, mock, name, body):
    mock.reply_with(Reply(headers=[("content-type", "application/json")], steps=[json.dumps(body).encode()]))
    with pytest.raises(openai.BadRequestError) as refusal:
        sdk.images.generate(model=MODELS[name], prompt="A fox")
    assert refusal.value.code == "content_policy_violation"


def test_what_is_left_of_filtered_images_is_given(studio, sdk, mock):
    made = {"predictions": [{"bytesBase64Encoded": PNG}, {"raiFilteredReason": "words"}]}
    mock.reply_with(Reply(headers=[("content-type", "application/json")], steps=[json.dumps(made).encode()]))
    answer = ask(studio, model=MODELS["imagen"], prompt="A fox", n=2)
    assert len(answer.json["data"]) == 1
    assert "dropped=n;reason=filtered" in answer.headers["x-omniroute-translation"]


# As everything else.


def test_the_list_and_a_provider_path(router, mock):
    listed = raw_http.exchange(router, GENERATIONS, b"", method="GET").json["data"]
    names = [model["id"] for model in listed]
    assert "openai/dall-e-3" in names and "openai/gpt-4o" not in names
    path = "/v1/providers/openai/images/generations"
    assert ask(router, path=path, model="gpt-image-2", prompt="A fox").status == 200
    assert mock.last.json["model"] == "gpt-image-2"
    refused = ask(router, path=path, model="mo/painter", prompt="A fox")
    assert (refused.status, refused.json["error"]["code"]) == (400, "provider_mismatch")


def test_a_model_of_another_kind_is_refused(router, mock):
    answer = ask(router, model="openai/text-embedding-3-small", prompt="A fox")
    assert (answer.status, answer.json["error"]["code"]) == (400, "model_not_supported")


def test_a_combo_falls_back_to_another_upstream(studio, sdk, mock):
    body = {"name": "painters", "models": [MODELS["gpt"], MODELS["gemini"]], "strategy": "priority", "config": {}}
    combo = studio.admin.call("POST", "/api/combos", body, expect=201)["id"]
    try:
        mock.reply_with(Reply(status=401, headers=[("content-type", "application/json")], steps=[b"{}"]))
        assert ask(studio, model="painters", prompt="A fox").status == 200
    finally:
        studio.admin.call("DELETE", f"/api/combos/{combo}")
    assert [request.path.rpartition(":")[2] for request in posts(mock)][1] == "generateContent"


def _row(router, answer):
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        rows = router.admin.call("GET", "/api/usage/request-logs")["logs"]
        if row := next((row for row in rows if row["id"] == answer.headers["x-request-id"]), None):
            return row
        time.sleep(0.02)
    raise AssertionError("the request is not in the log")


def test_the_price_is_that_of_the_images(studio, sdk, mock):
    answer = ask(studio, model=MODELS["dalle"], prompt="A fox", n=2, quality="hd", size="1792x1024")
    row = _row(studio, answer)
    assert row["billed"] == {"unit": "image", "quantity": 2, "variant": "hd/1792x1024"}
    assert row["cost"] == pytest.approx(0.24)
    assert (row["tokens"]["in"], row["path"]) == (0, GENERATIONS)


def test_the_price_is_that_of_the_tokens_where_there_is_no_other(studio, sdk, mock):
    studio.admin.call("PATCH", "/api/pricing", {"openai": {"gpt-image-2": {"input": 5, "output": 40}}})
    row = _row(studio, ask(studio, model=MODELS["gpt"], prompt="A fox"))
    studio.admin.call("DELETE", "/api/pricing?provider=openai&model=gpt-image-2")
    assert row["cost"] == pytest.approx((12 * 5 + 1056 * 40) / 1e6)
    assert row["billed"] == {"unit": "image", "quantity": 1, "variant": "medium/1024x1024"}


def test_budgets_reserve_what_images_cost(studio, sdk, mock):
    key = studio.admin.call("POST", "/api/keys", {"name": "painter"}, expect=201)
    studio.admin.call("POST", "/api/usage/budget", {"keyId": key["id"], "limit": 0.05, "period": "daily"})
    try:
        body = {"model": MODELS["dalle"], "prompt": "A fox"}
        answers = [raw_http.exchange(studio, GENERATIONS, body, key=key["key"]).status for _ in range(3)]
    finally:
        studio.admin.call("DELETE", f"/api/usage/budget?keyId={key['id']}")
    # Four cents each: the second begins below the limit.
    assert answers == [200, 200, 429]
