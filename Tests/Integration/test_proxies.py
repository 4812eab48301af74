"""Network proxies: real ones of both kinds, with and without a login, and what is said when one does not work."""

import contextlib
import json
import os
import socket
import ssl
import subprocess
import threading
import time
import uuid
from pathlib import Path

import httpx
import pytest
from daemon import Daemon, free_port
from mock_upstream import Answer, faults, say
from proxies import PASSWORD, USER, Proxies, echo, server
from router import Router

PATH = "/api/settings/proxy"
EMPTY = {"global": None, "providers": {}, "combos": {}, "keys": {}, "noProxy": [], "bypassLoopback": True}
WAYS = [("http", False), ("http", True), ("socks5", False), ("socks5", True)]


@pytest.fixture
def proxies():
    """None of them was ever used: a router keeps tunnels for a while."""
    made = Proxies()
    yield made
    made.stop()


@pytest.fixture
def by_way(proxies):
    """The proxy of a kind, with or without a login, started when it is asked for."""
    made = {}
    return lambda *way: made[way] if way in made else made.setdefault(way, proxies.start(*way))


@pytest.fixture(params=WAYS, ids=lambda way: f"{way[0]}-{'login' if way[1] else 'open'}")
def proxy(request, proxies):
    return proxies.start(*request.param)


@pytest.fixture
def change(router):
    """Changes the settings; they are empty again afterwards."""

    def put(expect=200, **body):
        return router.admin.call("PUT", PATH, body, expect=expect)

    # Upstreams of these tests are on this machine.
    put(bypassLoopback=False)
    yield put
    now = router.admin.call("GET", PATH)
    for name in ("providers", "combos", "keys"):
        put(**{name: dict.fromkeys(now[name])})
    put(**{"global": None}, noProxy=None, bypassLoopback=None, testUrl=None)
    assert EMPTY.items() <= router.admin.call("GET", PATH).items()


@pytest.fixture
def account(router, mock):
    """A node with one account of its own: its connections are in no pool yet."""
    name = "px" + uuid.uuid4().hex[:8]
    node = router.admin.node(name, "openai", mock.url("openai"))
    made = router.admin.connection(node["id"], "sk-behind-a-proxy", "account")
    yield {"prefix": name, "node": node["id"], "id": made["id"]}
    router.admin.remove_node(node)


def client(router) -> httpx.Client:
    headers = {"authorization": f"Bearer {router.key}"}
    return httpx.Client(base_url=router.daemon.url, headers=headers, timeout=30, trust_env=False)


def ask(router, model: str, content: str | None = None, over: httpx.Client | None = None, **extra) -> httpx.Response:
    """A question nobody asked before, over a connection of its own unless one is given."""
    body = {"model": model, "messages": [{"role": "user", "content": content or uuid.uuid4().hex}]} | extra
    with contextlib.ExitStack() as stack:
        return (over or stack.enter_context(client(router))).post("/v1/chat/completions", json=body)


# The library that opens tunnels.


def test_the_library_is_loaded_for_the_first_proxy(shared_mock, proxies):
    router = Router.start(shared_mock)
    try:
        maps = Path(f"/proc/{router.daemon.process.pid}/maps")
        assert ask(router, "mo/m").status_code == 200
        assert "libcurl" not in maps.read_text()
        with server(echo) as port:
            assert check(router, proxy=proxies.start("http", False).settings(), url=f"http://127.0.0.1:{port}/")["success"]
        assert "libcurl" in maps.read_text()
    finally:
        router.stop()


def test_without_the_library_only_proxies_do_not_work(shared_mock, tmp_path):
    (tmp_path / "libcurl.so.4").write_text("no library\n" * 1000)
    folders = [str(tmp_path), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
    router = Router.start(shared_mock, LD_LIBRARY_PATH=":".join(folders))
    try:
        assert ask(router, "mo/m").status_code == 200
        answer = check(router, proxy={"type": "http", "host": "127.0.0.1", "port": free_port()}, url="http://127.0.0.1/")
        assert not answer["success"] and answer["code"] == "proxy_failed" and "libcurl.so.4" in answer["error"], answer
    finally:
        router.stop()


# The way of requests.


def test_requests_go_through(router, change, account, mock, proxy, stream):
    change(**{"global": proxy.settings()})
    mock.reply_with(say("through the ", "tunnel"))
    with client(router) as one:
        answer = ask(router, f"{account['prefix']}/m", over=one, stream=stream)
        assert answer.status_code == 200 and "tunnel" in answer.text, answer.text
        assert proxy.tunnels(mock.port) == 1
        # What a proxy may add is outside the tunnel.
        assert not {name.lower() for name, _ in mock.last.headers} & {"via", "proxy-authorization", "proxy-connection"}
        # Each loop keeps its own, and a client's connection stays on its loop.
        assert ask(router, f"{account['prefix']}/m", over=one).status_code == 200
        assert proxy.tunnels(mock.port) == 1


def test_large_requests_arrive_whole(router, change, account, mock, proxy):
    change(keys={account["id"]: proxy.settings()})
    content = "a long story, " * 300_000
    assert ask(router, f"{account['prefix']}/m", content).status_code == 200
    assert mock.last.json["messages"][0]["content"] == content


def test_a_client_that_leaves_takes_its_upstream_call_along(router, change, account, mock, proxy):
    change(keys={account["id"]: proxy.settings()})
    mock.always(faults.stalled(say("one ", "two ", "three"), 2))
    body = {"model": f"{account['prefix']}/m", "stream": True, "messages": [{"role": "user", "content": "wait"}]}
    headers = {"authorization": f"Bearer {router.key}"}
    with httpx.stream("POST", f"{router.daemon.url}/v1/chat/completions", json=body, headers=headers) as answer:
        next(answer.iter_bytes())
        assert router.admin.call("GET", "/api/monitoring/health")["status"]
    mock.wait_until(lambda: mock.last.disconnected_at, why="the upstream call is over")


def test_many_at_once(router, change, account, mock, proxy):
    from concurrent.futures import ThreadPoolExecutor

    change(keys={account["id"]: proxy.settings()})
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: ask(router, f"{account['prefix']}/m").status_code, range(36)))
    assert answers == [200] * 36


# Whose proxy counts.


def test_the_narrowest_choice_counts(router, change, account, mock, by_way, proxies):
    levels = ("global", "provider", "combo", "key")
    made = {level: proxies.start("socks5") for level in levels}
    model = f"{account['prefix']}/m"
    combo = router.admin.call("POST", "/api/combos", {"name": "inside" + account["prefix"], "models": [model]}, expect=201)
    combo = combo.get("combo", combo)
    places = {"global": None, "provider": account["prefix"], "combo": combo["name"], "key": account["id"]}

    def used(name: str) -> str:
        counts = {level: one.tunnels(mock.port) for level, one in made.items()}
        mock.reply_with(faults.with_headers(Answer(), [("connection", "close")]))
        assert ask(router, name).status_code == 200
        grown = [level for level, one in made.items() if one.tunnels(mock.port) > counts[level]]
        assert len(grown) <= 1
        return grown[0] if grown else "direct"

    def resolved(**query) -> str:
        return router.admin.call("GET", PATH, params={"resolve": account["id"]} | query)["level"]

    try:
        assert used(model) == resolved() == "direct"
        for level in levels:
            router.admin.call("PUT", PATH, {"level": level, "id": places[level], "proxy": made[level].settings()})
            # A combo's proxy is for what is asked in it, and for nothing else.
            outside = "provider" if level == "combo" else level
            assert used(model) == resolved() == outside
            assert used(combo["name"]) == resolved(combo=combo["name"]) == level
        router.admin.call("PUT", PATH, {"level": "key", "id": account["id"], "proxy": {"type": "direct"}})
        assert used(combo["name"]) == "direct"
        assert router.admin.call("GET", PATH, params={"resolve": account["id"]}) == {
            "proxy": None, "level": "key", "levelId": account["id"],
        }  # fmt: skip
        for level in reversed(levels):
            router.admin.call("DELETE", PATH, params={"level": level, "id": places[level] or ""})
        assert used(combo["name"]) == resolved() == "direct"
    finally:
        router.admin.call("DELETE", f"/api/combos/{combo['id']}")


def test_exceptions(router, change, account, mock, by_way):
    proxy = by_way("socks5", False)
    model = f"{account['prefix']}/m"
    change(**{"global": proxy.settings()})

    def goes_through() -> bool:
        before = proxy.tunnels(mock.port)
        mock.reply_with(faults.with_headers(Answer(), [("connection", "close")]))
        assert ask(router, model).status_code == 200
        return proxy.tunnels(mock.port) > before

    assert goes_through()
    for rule in ("127.0.0.1", "127.0.0.0/8", f"127.0.0.1:{mock.port}", "*"):
        assert change(noProxy=[rule])["noProxy"] == [rule]
        assert not goes_through(), rule
    change(noProxy="127.0.0.1:9, example.org")
    assert goes_through()
    change(bypassLoopback=True)
    assert not goes_through()
    # Who names the provider means it.
    change(providers={account["prefix"]: proxy.settings()})
    assert goes_through()


# What is kept and shown.


def test_passwords_are_kept_and_never_shown(new_daemon, mock, by_way):
    daemon = new_daemon().start()
    from admin import Admin

    admin = Admin(daemon.url, Daemon.PASSWORD)
    secret = "a very secret password ö"
    stored = {"type": "socks5", "host": "Proxy.example.org", "port": "1080", "username": USER}
    answer = admin.call("PUT", PATH, {"level": "global", "proxy": stored | {"password": secret}})
    shown = {"type": "socks5", "host": "proxy.example.org", "port": 1080, "username": USER, "hasPassword": True}
    assert answer["global"] == shown
    for kept in ({}, {"password": "unchanged"}, {"hasPassword": True}):
        assert admin.call("PATCH", PATH, {"global": stored | kept})["global"] == shown
    # It follows to no other place.
    for moved in ({"host": "other.example.org"}, {"port": 1081}, {"username": "other"}, {"type": "http"}):
        refused = admin.call("PUT", PATH, {"global": stored | moved}, expect=400)
        assert refused["error"]["field"] == "global.password"
    text = json.dumps(admin.call("GET", PATH)) + json.dumps(admin.call("GET", PATH, params={"level": "global"}))
    assert admin.call("GET", PATH, params={"level": "global"}) == {"level": "global", "id": None, "proxy": shown}
    assert secret not in text
    # What the audit log keeps of changes is without them too, however an address is written.
    for form in (f"http://{USER}:{PASSWORD}@proxy.example.org:1", f"{USER}:{PASSWORD}@proxy.example.org:1"):
        admin.call("PUT", PATH, {"level": "provider", "id": "openai", "proxy": form})
    admin.close()
    daemon.stop()
    for path, content in daemon.written_bytes().items():
        assert secret.encode() not in content and PASSWORD.encode() not in content, path
    daemon.start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    assert admin.call("GET", PATH)["global"] == shown
    assert admin.call("PUT", PATH, {"global": stored | {"password": None}})["global"]["hasPassword"] is False
    admin.close()


def test_what_is_deleted_takes_its_proxy_along(router, change, mock):
    node = router.admin.node("gone", "openai", mock.url("openai"))
    made = router.admin.connection(node["id"], "sk-x", "account")
    combo = router.admin.call("POST", "/api/combos", {"name": "gone-combo", "models": ["gone/m"]}, expect=201)
    combo = combo.get("combo", combo)
    one = {"host": "127.0.0.1", "port": 9}
    change(providers={"gone": one}, keys={made["id"]: one}, combos={"gone-combo": one})
    now = router.admin.call("GET", PATH)
    assert [list(now[name]) for name in ("providers", "combos", "keys")] == [[node["id"]], [combo["id"]], [made["id"]]]
    router.admin.call("DELETE", f"/api/combos/{combo['id']}")
    router.admin.remove_node(node)
    now = router.admin.call("GET", PATH)
    assert now["providers"] == now["combos"] == now["keys"] == {}


@pytest.mark.parametrize(
    "body, field",
    [
        ({"level": "galaxy", "proxy": None}, "level"),
        ({"level": "key", "proxy": None}, "id"),
        ({"level": "key", "id": "nobody", "proxy": None}, "id"),
        ({"level": "provider", "id": "nobody", "proxy": None}, "id"),
        ({"level": "global"}, "proxy"),
        ({"global": {"host": "h"}}, "global.port"),
        ({"global": {"host": "h", "port": 0}}, "global.port"),
        ({"global": {"host": "h", "port": 65536}}, "global.port"),
        ({"global": {"host": "", "port": 1}}, "global.host"),
        ({"global": {"host": "http://h", "port": 1}}, "global.host"),
        ({"global": {"host": "169.254.169.254", "port": 80}}, "global.host"),
        ({"global": {"host": "h", "port": 1, "type": "socks4"}}, "global.type"),
        ({"global": {"host": "h", "port": 1, "password": "p"}}, "global.username"),
        ({"global": {"host": "h", "port": 1, "username": "a:b"}}, "global.username"),
        ({"global": {"host": "h", "port": 1, "username": "a", "password": 7}}, "global.password"),
        ({"global": "gopher://h:1"}, "global"),
        ({"providers": {"nobody": None}}, "providers.nobody"),
        ({"keys": []}, "keys"),
        ({"noProxy": ["a b"]}, "noProxy[0]"),
        ({"testUrl": "ftp://x"}, "testUrl"),
    ],
)
def test_what_is_wrong_is_named(router, change, body, field):
    answer = change(expect=400, **body)
    assert answer["error"]["field"] == field
    assert EMPTY | {"bypassLoopback": False} == {name: router.admin.call("GET", PATH)[name] for name in EMPTY}


def test_both_forms(router, change):
    answer = change(**{"global": f"socks5h://{USER}:p%40ss@127.0.0.1:9"}, colour="red")
    assert answer["global"] == {"type": "socks5", "host": "127.0.0.1", "port": 9, "username": USER, "hasPassword": True}
    assert answer["ignored"] == ["colour"]
    answer = change(level="provider", id="openai", proxy={"host": "::1", "port": 3128})
    assert answer["providers"] == {"openai": {"type": "http", "host": "::1", "port": 3128, "hasPassword": False}}
    assert answer["global"] is not None
    router.admin.call("DELETE", PATH, expect=400)
    assert router.admin.call("DELETE", PATH, params={"level": "provider", "id": "openai"})["providers"] == {}


# Tests of a proxy.


def check(router, expect=200, **body) -> dict:
    return router.admin.call("POST", f"{PATH}/test", body, expect=expect)


def test_a_working_proxy(router, change, proxy):
    with server(echo) as port:
        url = f"http://127.0.0.1:{port}/"
        before = proxy.tunnels(port)
        answer = check(router, proxy=proxy.settings(), url=url)
        assert answer["success"] is True and answer["publicIp"] == "203.0.113.9" and answer["statusCode"] == 200
        assert proxy.tunnels(port) == before + 1
        assert PASSWORD not in json.dumps(answer) and USER not in answer["proxyUrl"]
        # The one that is stored, and the one address for all tests.
        change(**{"global": proxy.settings()}, testUrl=url)
        stored = check(router, level="global")
        assert stored["success"] is True and stored["proxyUrl"] == answer["proxyUrl"]
        settings = {name: value for name, value in proxy.settings().items() if name != "password"}
        assert check(router, level="global", proxy=settings)["success"] is True
        assert proxy.tunnels(port) == before + 3


def certificate(folder) -> ssl.SSLContext:
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key", "-out", folder / "certificate"]
    subprocess.run(command.split() + names, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate", folder / "key")
    return context


@contextlib.contextmanager
def talker():
    """A server that says the same to everybody, unasked."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def talk():
            with contextlib.suppress(OSError):
                while True:
                    with listener.accept()[0] as connection:
                        connection.sendall(b"220 mail.example.org ready for anything but this\r\n")

        threading.Thread(target=talk, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    "fault, code",
    [
        ("refused", "proxy_refused"),
        ("unresolvable", "proxy_unresolvable"),
        ("login", "proxy_authentication"),
        ("no login", "proxy_authentication"),
        ("tls", "proxy_tls_failed"),
        ("no tls", "proxy_tls_failed"),
        ("no proxy", "proxy_denied"),
        ("no socks", "proxy_failed"),
        ("upstream", "connection_refused"),
    ],
)
@pytest.mark.parametrize("type", ["http", "socks5"])
def test_what_does_not_work_is_told_apart(router, by_way, tmp_path, type, fault, code):
    if (fault in ("tls", "no tls", "no proxy") and type == "socks5") or (fault == "no socks" and type == "http"):
        return
    open_, closed = by_way(type, False), by_way(type, True)
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(server(echo))
        settings = {
            "refused": lambda: open_.settings(port=free_port()),
            "unresolvable": lambda: open_.settings(host="nobody.invalid"),
            "login": lambda: closed.settings(password="another"),
            "no login": lambda: {"type": type, "host": "127.0.0.1", "port": closed.port},
            "tls": lambda: {
                "type": "https", "host": "localhost", "port": stack.enter_context(server(echo, certificate(tmp_path))),
            },
            "no tls": lambda: {"type": "https", "host": "127.0.0.1", "port": stack.enter_context(talker())},
            "no proxy": lambda: open_.settings(
                port=stack.enter_context(server(lambda _: (403, "text/plain", b"no")))
            ),
            "no socks": lambda: open_.settings(port=stack.enter_context(talker())),
            "upstream": lambda: open_.settings(),
        }[fault]()  # fmt: skip
        url = f"http://127.0.0.1:{free_port() if fault == 'upstream' else port}/"
        answer = check(router, proxy=settings, url=url)
        # Tinyproxy answers with status 500, which says nothing about the upstream.
        expected = "proxy_failed" if (type, fault) == ("http", "upstream") else code
        assert answer["success"] is False and answer["code"] == expected, answer
        assert answer["error"] and answer["publicIp"] is None and PASSWORD not in json.dumps(answer)


def test_a_proxy_that_says_nothing(router):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        began = time.monotonic()
        settings = {"type": "http", "host": "127.0.0.1", "port": listener.getsockname()[1]}
        answer = check(router, proxy=settings, url="http://127.0.0.1:9/")
        assert answer["code"] == "proxy_timeout" and time.monotonic() - began < 10


@pytest.mark.parametrize(
    "body, field",
    [
        ({}, "proxy"),
        ({"level": "global"}, "proxy"),
        ({"proxy": {"host": "h"}}, "proxy.port"),
        ({"proxy": {"host": "h", "port": 1}, "url": "http://169.254.169.254/"}, "url"),
    ],
)
def test_tests_that_cannot_be_made(router, body, field):
    assert check(router, expect=400, **body)["error"]["field"] == field


# What a broken proxy means for the accounts behind it.


@pytest.mark.parametrize(
    "fault, code", [("refused", "proxy_unreachable"), ("login", "proxy_authentication"), ("denied", "proxy_denied")]
)
def test_no_account_is_blamed_for_its_proxy(router, change, account, mock, by_way, fault, code):
    with server(lambda _: (403, "text/plain", b"no")) as denying:
        broken = {
            "refused": {"type": "socks5", "host": "127.0.0.1", "port": free_port()},
            "login": by_way("http", True).settings(password="another"),
            "denied": {"type": "http", "host": "127.0.0.1", "port": denying},
        }[fault]
        change(keys={account["id"]: broken})
        answer = ask(router, f"{account['prefix']}/m")
    assert answer.status_code == 502 and answer.json()["error"]["code"] == code, answer.text
    assert PASSWORD not in answer.text and mock.requests == []
    assert router.admin.call("GET", "/api/resilience")["cooldowns"] == []
    change(keys={account["id"]: by_way("http", True).settings()})
    assert ask(router, f"{account['prefix']}/m").status_code == 200


def test_another_account_serves_when_a_proxy_is_broken(router, change, account, mock):
    second = router.admin.connection(account["node"], "sk-without-a-proxy", "second", priority=9)
    change(keys={account["id"]: {"type": "socks5", "host": "127.0.0.1", "port": free_port()}})
    assert ask(router, f"{account['prefix']}/m").status_code == 200
    assert mock.last.credential == "sk-without-a-proxy"
    router.admin.call("DELETE", f"/api/providers/{second['id']}")


# Everything else that calls an upstream for an account.


def test_tests_and_lists_of_models_take_the_same_way(router, change, account, mock, by_way):
    proxy = by_way("socks5", True)
    change(keys={account["id"]: proxy.settings()})
    before = proxy.tunnels(mock.port)
    assert router.admin.call("POST", f"/api/providers/{account['id']}/test")["valid"] is True
    assert proxy.tunnels(mock.port) == before + 1
    change(keys={account["id"]: {"type": "socks5", "host": "127.0.0.1", "port": free_port()}})
    failed = router.admin.call("POST", f"/api/providers/{account['id']}/test")
    assert failed["valid"] is False and "proxy" in json.dumps(failed)
    listed = router.admin.http.get(f"/api/providers/{account['id']}/models", params={"refresh": "true"})
    assert listed.status_code == 502 or "proxy" in listed.text, listed.text


def test_tokens_are_renewed_through_the_proxy(router, change, mock, by_way):
    from oauth_server import OAuthServer
    from test_oauth import REDIRECT, _set_up

    proxy = by_way("http", True)
    oauth = OAuthServer()
    oauth.client.redirect_uris = [REDIRECT]
    accounts = _set_up(router, oauth, mock)
    try:
        change(providers={accounts.id: proxy.settings()})
        made = accounts.log_in()
        port = int(oauth.settings("x")["tokenUrl"].split(":")[2].split("/")[0])
        logged_in = proxy.tunnels(port)
        assert logged_in == 1
        other = by_way("socks5", True)
        before = other.tunnels(port)
        change(keys={made["id"]: other.settings()})
        oauth.expire_all()
        assert accounts.ask().status_code == 200
        assert other.tunnels(port) == before + 1 and proxy.tunnels(port) == logged_in
    finally:
        change(providers={accounts.id: None})
        router.admin.call("DELETE", f"/api/settings/oauth/{accounts.id}")
        [node] = [n for n in router.admin.call("GET", "/api/provider-nodes")["nodes"] if n["prefix"] == accounts.id]
        router.admin.remove_node(node)
        oauth.stop()


# The environment.


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_the_environment_is_the_last_resort(shared_mock, mock, by_way, name):
    proxy = by_way("http", True)
    settings = {name: f"http://{USER}:{PASSWORD}@127.0.0.1:{proxy.port}/", "HTTPS_PROXY": "socks5://127.0.0.1:9"}
    router = Router.start(shared_mock, **settings)
    try:
        before = proxy.tunnels(mock.port)
        assert ask(router, "mo/m").status_code == 200
        assert proxy.tunnels(mock.port) == before, "upstreams on this machine are asked directly"
        shown = router.admin.call("PUT", PATH, {"bypassLoopback": False})["environment"]
        assert shown["https"] == "socks5://127.0.0.1:9" and PASSWORD not in json.dumps(shown)
        assert ask(router, "mr/m").status_code == 200
        assert proxy.tunnels(mock.port) == before + 1
        [one] = [c for c in router.admin.call("GET", "/api/providers")["connections"] if c["name"] == "openai node"]
        assert router.admin.call("GET", PATH, params={"resolve": one["id"]})["level"] == "environment"
        router.admin.call("PUT", PATH, {"global": {"type": "direct"}})
        assert router.admin.call("GET", PATH, params={"resolve": one["id"]})["level"] == "global"
        assert PASSWORD not in router.daemon.stderr
    finally:
        router.stop()


def test_exceptions_of_the_environment(shared_mock, mock, by_way):
    router = Router.start(shared_mock, ALL_PROXY="socks5://127.0.0.1:9", NO_PROXY="localhost,127.0.0.1,.example.org")
    try:
        router.admin.call("PUT", PATH, {"bypassLoopback": False})
        assert ask(router, "mo/m").status_code == 200
    finally:
        router.stop()


def test_a_proxy_of_the_environment_that_is_none(new_daemon):
    daemon = new_daemon(HTTPS_PROXY=f"socks4://{USER}:{PASSWORD}@127.0.0.1:9").launch()
    assert daemon.process.wait(20) != 0
    assert "httpsProxy" in daemon.stderr + daemon.stdout and PASSWORD not in daemon.stderr + daemon.stdout
