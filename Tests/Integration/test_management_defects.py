"""
Defects that management interfaces of routers are known for, each with the test that shows it is not here.

| # | defect | shown by |
|---|---|---|
| 1 | a stranger overwrites the password or switches the login off | `test_01_*` |
| 2 | a client key is an administrator; secrets are told in clear | `test_02_*`, \
`test_secrets.py::test_no_answer_holds_a_secret` |
| 3 | OAuth endpoints are open and tell tokens | `test_03_*`, `test_oauth.py::test_secrets_stay_inside` |
| 4 | a fresh install is open to the network | `test_04_*` |
| 5 | synchronising sends secrets in clear, or while it is off | `test_sync.py::test_it_is_off_until_somebody_turns_it_on`, \
`test_sync.py::test_nothing_can_be_read_at_the_endpoint`, `test_sync.py::test_secrets_go_along_only_when_chosen` |
| 6 | ids lead to other folders | `test_attacks.py::test_sql_and_other_folders_in_every_path`, \
`test_backups.py::test_other_names_reach_no_file` |
| 7 | logins can be guessed; sessions cannot be ended | `test_07_*`, `test_auth.py::test_guessing_is_slowed_down` |
| 8 | client keys can be foretold or lie open; their limits have ways around | `test_08_*`, \
`test_key_limits.py::test_aliases_and_combos_lead_to_allowed_models_only`, `test_auth.py::test_key_required` |
| 9 | what is changed later is stored in clear | `test_09_*` |
| 10 | a restore loses what was written, or leaves half a state | `test_backups.py::test_killed_while_restoring`, \
`test_backups.py::test_a_restore_while_requests_run_loses_none` |
| 11 | budgets and prices decide nothing | `test_budgets.py::test_money_is_counted_and_the_limit_refuses`, \
`test_budgets.py::test_many_at_once_overshoot_by_one_reservation_at_most` |
| 12 | settings without effect | `test_12_*`, `test_ip_filter.py::test_refused_in_every_dialect`, \
`test_request_settings.py::test_settings_survive_a_restart`, `test_policies.py::test_denied_in_every_dialect`, \
`test_limits.py::test_a_profile_decides_how_long_a_target_is_left_alone`, \
`test_policies.py::test_locked_out_and_let_in_again` |
| 13 | tokens are renewed too often, too late or twice | `test_oauth.py::test_tokens_are_renewed_ahead_of_their_end`, \
`test_oauth.py::test_many_requests_on_an_expired_token_cause_one_renewal`, \
`test_oauth.py::test_rotated_tokens_survive_a_kill` |
| 14 | the router asks addresses of others' choosing | `test_14_*`, \
`test_attacks.py::test_no_address_leads_into_the_machines_secrets` |
| 15 | pages of other sites make changes | `test_attacks.py::test_other_sites_change_nothing`, \
`test_auth.py::test_security_headers_of_management_answers` |
| 16 | bodies lie on the disk as they were | `test_body_log.py::test_nothing_is_kept_by_default`, \
`test_body_log.py::test_secrets_do_not_reach_the_disk` |
| 17 | files of other programs are damaged; masked keys are written | \
`test_cli_tools.py::test_files_that_are_not_understood_stay`, `test_cli_tools.py::test_each_tool_from_nothing_and_back`, \
`test_cli_tools.py::test_claude_code_works_with_what_was_written` |
| 18 | statuses and shapes differ from call to call | `test_18_*`, `test_openapi.py::test_answers_are_as_declared` |
"""

import re
import socket
import subprocess
from pathlib import Path

import httpx
import openapi_document
import pytest
from admin import Admin
from attack_samples import sample
from daemon import Daemon, binary

MANAGEMENT = [one for one in openapi_document.operations() if one.is_management]
CLOSED = [one for one in MANAGEMENT if one.access not in ("everyone", "readOrThisMachine")]
LOGIN_PATH = "/api/settings/require-login"


def address(operation) -> str:
    return re.sub(r"\{\w+\}", "sample", operation.path)


def ask(daemon, operation, **options) -> httpx.Response:
    body = sample(operation.body) if operation.body else None
    with httpx.Client(base_url=daemon.url, timeout=10, trust_env=False) as http:
        return http.request(operation.method, address(operation), json=body, **options)


@pytest.mark.parametrize("method", ["PUT", "POST", "PATCH"])
def test_01_a_stranger_changes_no_password(new_daemon, method):
    """Neither before a password is stored nor after, and nobody switches the login off."""
    daemon = new_daemon(LOG_LEVEL="error").start()
    for stored in (False, True):
        if stored:
            admin = Admin(daemon.url, Daemon.PASSWORD)
            admin.call("PUT", LOGIN_PATH, {"password": Daemon.PASSWORD})
            admin.call(method, LOGIN_PATH, {"requireLogin": False}, expect=400)
            admin.call("PATCH", "/api/settings", {"requireLogin": False}, expect=400)
            admin.close()
        for body in ({"password": "a stranger's"}, {"requireLogin": False}, {"newPassword": "a stranger's"}):
            assert httpx.request(method, daemon.url + LOGIN_PATH, json=body, trust_env=False).status_code == 401
        assert httpx.get(daemon.url + "/api/providers", trust_env=False).status_code == 401
        Admin(daemon.url, Daemon.PASSWORD).close()


@pytest.mark.parametrize("operation", CLOSED, ids=lambda one: one.label)
def test_02_a_client_key_is_no_administrator(router, operation):
    key = router.key
    for headers in ({"authorization": f"Bearer {key}"}, {"x-api-key": key}, {"cookie": f"auth_token={key}"}):
        answer = ask(router.daemon, operation, headers=headers)
        assert answer.status_code == 401, f"{headers}: {answer.status_code} {answer.text}"


@pytest.mark.parametrize(
    "operation", [one for one in MANAGEMENT if one.path.startswith("/api/oauth/")], ids=lambda one: one.label
)
def test_03_oauth_is_no_business_of_strangers(router, operation):
    answer = ask(router.daemon, operation, params={"state": "sample", "code": "sample"})
    assert answer.status_code == 401
    assert "accessToken" not in answer.text and "refreshToken" not in answer.text


def test_04_nothing_is_open_to_the_network_by_default(new_daemon, mock):
    """Without a password the daemon stays on this machine; with one, the network needs client keys too."""
    daemon = new_daemon(HOST="0.0.0.0", INITIAL_PASSWORD=None).launch()
    assert daemon.process.wait(20) != 0
    assert "password" in daemon.stderr
    daemon = new_daemon(HOST="0.0.0.0", LOG_LEVEL="error").start()
    body = {"model": "mo/m", "messages": [{"role": "user", "content": "x"}]}
    assert httpx.post(daemon.url + "/v1/chat/completions", json=body, trust_env=False).status_code == 401
    assert httpx.get(daemon.url + "/api/providers", trust_env=False).status_code == 401


def test_07_sessions_end_when_they_should(new_daemon):
    """With a logout, and all of them with a new password: a stolen cookie is worth nothing then."""
    daemon = new_daemon(LOG_LEVEL="error").start()
    first, second = Admin(daemon.url, Daemon.PASSWORD), Admin(daemon.url, Daemon.PASSWORD)
    stolen = [admin.http.cookies["auth_token"] for admin in (first, second)]
    assert stolen[0] != stolen[1]

    def works(cookie):
        answer = httpx.get(daemon.url + "/api/keys", headers={"cookie": f"auth_token={cookie}"}, trust_env=False)
        return answer.status_code == 200

    assert works(stolen[0]) and works(stolen[1])
    first.call("POST", "/api/auth/logout")
    assert not works(stolen[0]) and works(stolen[1])
    second.call("PUT", LOGIN_PATH, {"password": "another password"})
    assert not works(stolen[1])
    assert works(second.http.cookies["auth_token"])
    # Sessions are kept by the daemon, not by whoever holds a cookie: a restart changes nothing about that.
    assert daemon.stop() == 0
    daemon.start()
    assert not works(stolen[0]) and not works(stolen[1])
    first.close()
    second.close()


def test_08_client_keys_cannot_be_foretold(router):
    keys = [router.admin.key(f"foretold-{number}") for number in range(20)]
    secrets = [key["key"] for key in keys]
    assert len({secret[-20:] for secret in secrets}) == len(secrets)
    # Nothing of them is the machine's, the name's or the time's: no place has the same letter in all of them but the
    # form's.
    common = sum(len(set(letters)) == 1 for letters in zip(*secrets, strict=True))
    assert len(secrets[0]) - common >= 22
    shown = router.admin.http.get("/api/keys").text
    assert not [secret for secret in secrets if secret in shown]
    for key in keys:
        router.admin.call("DELETE", f"/api/keys/{key['id']}")


def test_09_what_is_changed_later_is_encrypted_too(new_daemon):
    daemon = new_daemon(LOG_LEVEL="debug").start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    made = admin.connection("openai", "sk-first-secret-0123456789", "changed")
    path = f"/api/providers/{made['id']}"
    admin.call("PUT", path, {"apiKey": "sk-second-secret-0123456789"})
    admin.call("PATCH", path, {"apiKey": "sk-third-secret-0123456789", "name": "changed again"})
    oauth = {"provider": "openai", "tokenUrl": "https://example.com/token", "clientId": "client"}
    for secret in ("oauth-first-secret", "oauth-second-secret"):
        admin.call("PUT", "/api/settings/oauth/own", oauth | {"clientSecret": secret})
    answers = [admin.http.get(one).text for one in (path, "/api/providers", "/api/settings/oauth/own", "/api/settings")]
    admin.close()
    assert daemon.stop() == 0
    for secret in ("sk-first", "sk-second", "sk-third", "oauth-first", "oauth-second"):
        needle = f"{secret}-secret"
        assert not [name for name, data in daemon.written_bytes().items() if needle.encode() in data]
        assert not [answer for answer in answers if needle in answer]


def test_12_every_setting_is_kept(new_daemon):
    """What is answered is what was set, also after a restart; what is not known is said to be so."""
    daemon = new_daemon(LOG_LEVEL="error").start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    schema = openapi_document.document()["paths"]["/api/settings"]["patch"]["requestBody"]["content"]
    members = schema["application/json"]["schema"]["properties"]
    wanted = {}
    now = admin.call("GET", "/api/settings")
    for name, member in members.items():
        kind, value = member.get("type"), now.get(name)
        if "enum" in member:
            wanted[name] = [one for one in member["enum"] if one not in (None, value)][0]
        elif kind == ["boolean", "null"] and "const" not in member:
            wanted[name] = not value
        elif kind == ["integer", "null"]:
            wanted[name] = min(member["minimum"] + 7, member["maximum"])
    assert len(wanted) >= 10
    admin.call("PATCH", "/api/settings", wanted)
    assert daemon.stop() == 0
    daemon.start()
    admin.close()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    kept = admin.call("GET", "/api/settings")
    assert {name: kept.get(name) for name in wanted} == wanted
    assert admin.call("PATCH", "/api/settings", {"noSuchSetting": 1})["ignored"] == ["noSuchSetting"]
    admin.close()


def test_14_no_host_header_chooses_what_is_asked(router, mock):
    """A test of a combo asks the combo's own upstreams, whatever the caller says the router is called."""
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(0.5)
        host = f"127.0.0.1:{trap.getsockname()[1]}"
        combo = {"name": "host-trust", "models": ["mo/mock-model"]}
        combo = router.admin.call("POST", "/api/combos", combo, expect=201)
        answer = router.admin.http.post("/api/combos/test", json={"comboName": "host-trust"}, headers={"host": host})
        router.admin.call("DELETE", f"/api/combos/{combo['id']}")
        assert answer.status_code == 200
        assert len(mock.requests) == 1
        with pytest.raises(TimeoutError):
            trap.accept()


# Logging out would end the session of the other tests.
STAYING = [one for one in MANAGEMENT if one.name not in (*openapi_document.ENDING, "auth.logout")]


@pytest.mark.parametrize("operation", STAYING, ids=lambda one: one.label)
def test_18_mistakes_of_callers_are_no_faults_of_the_daemon(router, operation):
    """A body that is no JSON is told in the one shape, by every route that takes one; no route tells of its insides."""
    content = b'{"broken":' if operation.body else b""
    headers = {"content-type": "application/json"}
    answer = router.admin.http.request(operation.method, address(operation), content=content, headers=headers)
    assert answer.status_code in operation.statuses
    if operation.body:
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (400, "invalid_json")
        assert not re.search(r"\.swift|Error\(|Optional\(|NSError|stack", answer.text)


def test_what_the_table_names_is_there():
    folder = Path(__file__).parent
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", __doc__)
    assert len(named) >= 15
    for file, name in named:
        assert re.search(rf"^def {name}\(", (folder / file).read_text(), re.MULTILINE), f"{file}::{name}"
    own = set(re.findall(r"`(test_\d\d_)\*`", __doc__))
    assert own == set(re.findall(r"^def (test_\d\d_)", Path(__file__).read_text(), re.MULTILINE))


def test_the_document_is_made_of_this_daemon():
    """The list of operations above is the daemon's own, not a file that grows old."""
    assert subprocess.run([binary(), "openapi"], capture_output=True, check=True).stdout
    assert len(CLOSED) > 100
