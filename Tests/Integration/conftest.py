"""Fixtures: one mock upstream and one daemon for the whole run, reset between tests."""

import pytest
from browser import Visit, chromium
from daemon import Daemon, binary, remove_leftovers
from mock_upstream import MockUpstream
from router import CORE, DIALECTS, PREFIX, Router

_daemons: list[Daemon] = []
# How long each daemon's log was when the running test began.
_log_starts: dict[Daemon, int] = {}


def pytest_sessionstart(session):
    remove_leftovers()
    try:
        binary()
    except FileNotFoundError as error:
        raise pytest.UsageError(str(error)) from error


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if call.when == "setup":
        _log_starts.update({daemon: daemon.log_size for daemon in _daemons})
    if report.failed:
        for daemon in _daemons:
            if log := daemon.log_since(_log_starts.get(daemon, 0)):
                report.sections.append((f"log of the daemon on port {daemon.port}", log[-3000:]))


@pytest.fixture(scope="session")
def shared_mock():
    mock = MockUpstream()
    yield mock
    mock.stop()


@pytest.fixture
def mock(shared_mock):
    """The mock without scripts and records. A request that a provider would have refused fails the test."""
    shared_mock.reset()
    shared_mock.expects_violations = False
    yield shared_mock
    if not shared_mock.expects_violations:
        assert shared_mock.violations == []


def _run(shared_mock, **settings):
    router = Router.start(shared_mock, **settings)
    _daemons.append(router.daemon)
    yield router
    _daemons.remove(router.daemon)
    router.stop()


@pytest.fixture(scope="session")
def shared_router(shared_mock):
    yield from _run(shared_mock)


@pytest.fixture(scope="session")
def impatient_router(shared_mock):
    """Short deadlines and a small body limit."""
    yield from _run(
        shared_mock,
        STREAM_IDLE_TIMEOUT_MS="400",
        FIRST_EVENT_TIMEOUT_MS="700",
        FETCH_TIMEOUT_MS="3000",
        CONNECT_TIMEOUT_MS="500",
        MAX_BODY_SIZE_BYTES="65536",
        REQUIRE_API_KEY="true",
    )


@pytest.fixture
def router(shared_router, mock):
    # What one test taught the router about its accounts is not the next one's business, nor is what it was answered.
    shared_router.admin.call("POST", "/api/resilience/reset")
    shared_router.admin.call("DELETE", "/api/cache")
    return shared_router


@pytest.fixture
def impatient(impatient_router, mock):
    impatient_router.admin.call("POST", "/api/resilience/reset")
    return impatient_router


@pytest.fixture
def new_daemon():
    """Makes daemons of a test's own; all are removed at its end."""
    made = []

    def make(**settings) -> Daemon:
        daemon = Daemon(**settings)
        made.append(daemon)
        _daemons.append(daemon)
        return daemon

    yield make
    for daemon in made:
        _daemons.remove(daemon)
        daemon.remove()


@pytest.fixture(scope="session")
def sdk_clients(shared_router):
    clients = {dialect: shared_router.client(dialect) for dialect in DIALECTS}
    yield clients
    for client in clients.values():
        client.close()


@pytest.fixture(params=CORE, ids=lambda dialect: f"client-{dialect}")
def client(request, sdk_clients, router):
    """The official SDK of each core dialect in turn."""
    return sdk_clients[request.param]


@pytest.fixture(params=DIALECTS, ids=lambda dialect: f"client-{dialect}")
def any_client(request, sdk_clients, router):
    """The official SDK of each of the five dialects in turn."""
    return sdk_clients[request.param]


@pytest.fixture
def openai_client(sdk_clients, router):
    return sdk_clients["openai"]


@pytest.fixture
def anthropic_client(sdk_clients, router):
    return sdk_clients["anthropic"]


@pytest.fixture(params=CORE, ids=lambda dialect: f"upstream-{dialect}")
def upstream(request):
    """The dialect of the upstream: each core dialect in turn."""
    return request.param


@pytest.fixture(params=DIALECTS, ids=lambda dialect: f"upstream-{dialect}")
def any_upstream(request):
    """The dialect of the upstream: each of the five in turn."""
    return request.param


@pytest.fixture
def any_model(any_upstream):
    return f"{PREFIX[any_upstream]}/mock-model"


@pytest.fixture
def model(upstream):
    """A model of the compatible node that speaks the upstream dialect."""
    return f"{PREFIX[upstream]}/mock-model"


@pytest.fixture(params=[False, True], ids=["whole", "stream"])
def stream(request):
    return request.param


@pytest.fixture(scope="module")
def browser():
    # Not for the whole run: while Playwright is there, tests of other modules could not run event loops of their own.
    with chromium() as running:
        yield running


@pytest.fixture
def visit(browser):
    """Opens pages of a router; whatever goes wrong in one unseen fails the test."""
    visits = []

    def open_page(url: str, password: str | None = Daemon.PASSWORD, **options) -> Visit:
        visits.append(Visit(browser, url, password, **options))
        return visits[-1]

    yield open_page
    for one in visits:
        one.close()
