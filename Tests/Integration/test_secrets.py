"""No secret leaves the daemon in clear: no answer, no file, no log line."""

import base64
import json

import pytest
from admin import Admin
from daemon import Daemon
from mock_upstream import faults
from router import Router

SECRET = "sk-very-secret-upstream-key-8d2f6b1c"
CONTENT = "the-private-words-of-a-person-77"


@pytest.fixture(scope="module")
def used(shared_mock):
    """A daemon that has done everything secrets take part in, and every management answer it gave."""
    shared_mock.reset()
    router = Router.start(shared_mock, LOG_LEVEL="trace")
    admin = router.admin
    made = admin.connection("groq", SECRET, "secret account", baseUrl=shared_mock.url("openai"))
    admin.call("PATCH", f"/api/providers/{made['id']}", {"apiKey": SECRET})
    admin.call("POST", f"/api/providers/{made['id']}/test")
    # The key a client sends, in requests that succeed, fail, and echo it.
    client = router.client("openai")
    client.ask("groq/m", CONTENT)
    client.ask("groq/m", CONTENT, stream=True)
    for fault in (faults.error(401, f"Incorrect API key provided: {SECRET}"), faults.error(500), faults.html(502)):
        shared_mock.reply_with(fault)
        with pytest.raises(client.errors.APIStatusError):
            client.ask("groq/m", CONTENT)
    client.close()
    answers = ""
    for path in (
        "/api/providers",
        f"/api/providers/{made['id']}",
        f"/api/providers/{made['id']}/models",
        "/api/keys",
        "/api/provider-nodes",
        "/api/usage/history",
        "/api/usage/logs",
        "/api/usage/request-logs",
        "/api/init",
        "/api/monitoring/health",
        "/api/settings/require-login",
        "/v1/models",
    ):
        answer = admin.http.get(path, headers={"authorization": f"Bearer {router.key}"})
        assert answer.status_code == 200, path
        answers += answer.text
    yield router, answers
    router.daemon.remove()


def _needles(secret: str) -> list[bytes]:
    """The secret and its usual disguises."""
    raw = secret.encode()
    return [raw, raw.hex().encode(), base64.b64encode(raw)[:-4], json.dumps(secret)[1:-1].encode(), raw[::-1]]


def test_no_answer_holds_a_secret(used):
    router, answers = used
    for secret in (SECRET, router.key, Daemon.PASSWORD, "node-key-of-openai-0123456789"):
        assert secret not in answers
    assert "secret account" in answers


def test_masks_show_that_there_is_a_key(used):
    router, _ = used
    made = router.admin.call("GET", "/api/providers?provider=groq")["connections"][0]
    assert made["hasApiKey"] is True
    shown = json.dumps(made)
    assert SECRET[8:-8] not in shown


def test_no_file_holds_a_secret(used):
    router, _ = used
    client_key = router.key
    password_free = {path: data for path, data in router.daemon.written_bytes().items()}
    assert len(password_free) >= 3
    for path, data in password_free.items():
        for secret in (SECRET, client_key, Daemon.PASSWORD, "node-key-of-openai-0123456789"):
            for needle in _needles(secret):
                assert needle not in data, f"{secret[:10]}… is in {path}"


def test_session_is_not_stored_in_clear(used):
    router, _ = used
    cookie = router.admin.http.cookies["auth_token"].encode()
    for path, data in router.daemon.written_bytes().items():
        assert cookie not in data, path


def test_no_conversation_is_kept(used):
    router, _ = used
    for path, data in router.daemon.written_bytes().items():
        assert CONTENT.encode() not in data, path


def test_first_key_is_printed_and_nowhere_stored(used):
    router, _ = used
    printed = router.daemon.printed("sk-omni-").encode()
    for path, data in router.daemon.written_bytes().items():
        if not path.endswith("/stdout"):
            assert printed not in data, path


def test_files_are_the_owners(used):
    router, _ = used
    assert router.daemon.data_dir.stat().st_mode & 0o777 == 0o700
    for path in router.daemon.data_dir.rglob("*"):
        if path.is_file():
            assert path.stat().st_mode & 0o077 == 0, path


def test_damaged_key_file_fails_closed(new_daemon):
    """With another key the stored secrets cannot be read: the daemon must not start as if there were none."""
    daemon = new_daemon(STORAGE_ENCRYPTION_KEY="first-storage-key-0123456789abcdef").start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    admin.connection("groq", SECRET, "account")
    admin.close()
    assert daemon.stop() == 0
    assert SECRET.encode() not in b"".join(daemon.written_bytes().values())
    daemon.settings["STORAGE_ENCRYPTION_KEY"] = "other-storage-key-0123456789abcdef"
    daemon.launch()
    assert daemon.process.wait(20) != 0
    assert "key" in (daemon.stderr + daemon.stdout).lower()
