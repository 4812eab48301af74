"""Files that clients give by their address, for upstreams that read no addresses: fetched here, with care."""

import base64

import pytest
import raw_http
import scenarios
from mock_upstream import Reply
from router import Router

PNG = base64.b64decode(scenarios.PNG)


@pytest.fixture(scope="module")
def open_router(shared_mock):
    """A router that may fetch from this machine, where the tests' files are."""
    router = Router.start(shared_mock, OMNIROUTE_ALLOW_PRIVATE_UPSTREAMS="true")
    yield router
    router.stop()


@pytest.fixture(params=["mg/mock-model", "ml/mock-model"])
def blind(request):
    """A model that reads no addresses."""
    return request.param


def _ask(router, model, *parts, dialect="openai"):
    path = "/v1/chat/completions" if dialect == "openai" else "/v1/messages"
    content = [scenarios.words("What is it?"), *parts]
    body = {"model": model, "messages": [{"role": "user", "content": content}], "max_tokens": 500}
    return raw_http.exchange(router, path, body)


def _told(answer) -> str:
    return answer.json["error"]["message"]


def _posts(mock) -> list:
    return [request for request in mock.requests if request.method == "POST"]


@pytest.mark.parametrize("dialect", ["openai", "anthropic"])
def test_a_picture_is_fetched(open_router, blind, dialect, mock):
    mock.files = {"a.png": ("image/png; charset=binary", PNG)}
    answer = _ask(open_router, blind, scenarios.image_url(dialect, mock.file_url("a.png")), dialect=dialect)
    assert answer.status == 200, answer
    assert scenarios.PNG in mock.last.body.decode().replace("\\/", "/")
    fetched = mock.requests[0]
    assert (fetched.method, fetched.header("authorization"), fetched.header("x-api-key")) == ("GET", None, None)


def test_one_address_is_fetched_once(open_router, blind, mock):
    mock.files = {"a.png": ("image/png", PNG)}
    part = scenarios.image_url("openai", mock.file_url("a.png"))
    assert _ask(open_router, blind, part, part).status == 200
    assert [request.method for request in mock.requests] == ["GET", "POST"]


def test_redirects_are_followed(open_router, blind, mock):
    mock.files = {
        "a": Reply(status=302, headers=[("location", "/files/b")]),
        "b": Reply(status=301, headers=[("location", mock.file_url("c.png"))]),
        "c.png": ("image/png", PNG),
    }
    assert _ask(open_router, blind, scenarios.image_url("openai", mock.file_url("a"))).status == 200


@pytest.mark.parametrize("model", ["mg/mock-model", "mo/mock-model"])
def test_a_document_is_fetched(open_router, model, mock):
    mock.files = {"a.pdf": ("application/pdf", base64.b64decode(scenarios.PDF))}
    document = {"type": "document", "source": {"type": "url", "url": mock.file_url("a.pdf")}}
    assert _ask(open_router, model, document, dialect="anthropic").status == 200
    assert scenarios.PDF in mock.last.body.decode()


def test_a_text_document_becomes_text(open_router, blind, mock):
    mock.files = {"a.txt": ("text/plain; charset=utf-8", "Grüße".encode())}
    document = {"type": "document", "source": {"type": "url", "url": mock.file_url("a.txt")}}
    assert _ask(open_router, blind, document, dialect="anthropic").status == 200
    assert "Grüße" in mock.last.body.decode()


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (None, "status 404"),
        (Reply(status=302, headers=[("location", "/files/x")]), "on and on"),
        (Reply(status=302, headers=[("location", "http://169.254.169.254/latest")]), "refused"),
        (Reply(status=302, headers=[("location", "file:///etc/passwd")]), "no http"),
        (("image/png", b"\x89PNG" + bytes(21 << 20)), "larger than 20 MiB"),
    ],
    ids=["missing", "circle", "metadata", "scheme", "large"],
)
def test_what_cannot_be_fetched(open_router, blind, reply, words, mock):
    mock.files = {"x": reply} if reply else {}
    answer = _ask(open_router, blind, scenarios.image_url("openai", mock.file_url("x")))
    assert answer.status == 400
    assert words in _told(answer)
    assert _posts(mock) == []


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:{port}/files/a.png", "http://localhost:{port}/files/a.png", "http://[::1]:{port}/a.png"]
    + ["http://10.0.0.1/a.png", "http://169.254.169.254/a.png", "http://router.local/a.png", "http://2130706433/a.png"],
)
def test_private_addresses_are_refused(router, blind, address, mock):
    mock.files = {"a.png": ("image/png", PNG)}
    answer = _ask(router, blind, scenarios.image_url("openai", address.format(port=mock.port)))
    assert answer.status == 400
    assert "refused" in _told(answer)
    assert mock.requests == []


def test_who_reads_addresses_gets_them(router, mock):
    """Anthropic and OpenAI fetch pictures themselves."""
    for model in ("ma/m", "mo/m"):
        answer = _ask(router, model, scenarios.image_url("openai", "https://example.com/a.png"))
        assert answer.status == 200
        assert "https://example.com/a.png" in mock.last.body.decode().replace("\\/", "/")
