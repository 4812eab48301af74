"""What the first paint waits for, told by structure: times depend on what else a machine has to do."""

import re
from html.parser import HTMLParser

import httpx
import pytest
from playwright.sync_api import expect
from router import Router

PAINTED = "performance.getEntriesByName('first-contentful-paint').length > 0"
LOADED = """
performance.getEntriesByType('resource').filter((one) => one.name.includes('/assets/')).map((one) => ({
  path: one.name.replace(/.*\\/assets\\/[^/]+\\//, ''), size: one.encodedBodySize, blocks: one.renderBlockingStatus === 'blocking',
}))
"""


@pytest.fixture(scope="module")
def served(shared_mock):
    router = Router.start(shared_mock)
    yield router
    router.stop()


class Head(HTMLParser):
    """The resources a page names, in their order."""

    def __init__(self, page: str):
        super().__init__()
        self.blocking, self.fetched, self.modules = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        rel = given.get("rel")
        if tag == "script" and given.get("type") != "module" and "async" not in given and "defer" not in given:
            self.blocking.append(given["src"])
        if tag == "link" and rel == "stylesheet":
            self.blocking.append(given["href"])
        if tag == "link" and rel == "preload":
            self.fetched.append(given["href"])
        if tag == "link" and rel == "modulepreload":
            self.modules.append(given["href"])


def wait_until(page, condition: str):
    """Playwright's own way of waiting evaluates a text within the page, which its security policy refuses."""
    for _ in range(300):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never true: {condition}")


def get(served, path: str) -> httpx.Response:
    return httpx.get(f"{served.daemon.url}{path}", headers={"accept-encoding": "gzip"}, trust_env=False)


def test_little_blocks_and_nothing_waits_for_what_imports_it(served):
    page = get(served, "/dashboard")
    head = Head(page.text)
    assert len(head.blocking) <= 3, head.blocking
    blocking = [get(served, path) for path in head.blocking]
    assert all(answer.status_code == 200 for answer in blocking)
    assert len(page.content) + sum(int(answer.headers["content-length"]) for answer in blocking) < 8_000
    assert all(get(served, path).status_code == 200 for path in head.fetched + head.modules)
    # All that app.js imports, and what that imports, is asked for at once.
    waiting, seen = ["app.js"], set()
    base = re.sub("app.js$", "", next(path for path in head.modules if path.endswith("/app.js")))
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        text = get(served, base + name).text
        for target in re.findall(r"^import\s[^'\"]*?from '([^']+)';", text, re.M):
            parts = name.split("/")[:-1]
            for part in target.split("/"):
                if part == "..":
                    parts.pop()
                elif part != ".":
                    parts.append(part)
            waiting.append("/".join(parts))
    assert {base + name for name in seen} == set(head.modules)


@pytest.mark.parametrize("held", ["**/api/**", "**/app.js", "**/styles/layout.css"])
def test_the_first_paint_does_not_wait(served, visit, held):
    """However long data, scripts and the styles of pages take."""
    person = visit(served.daemon.url)
    person.context.route(held, lambda route: None)
    person.page.goto("/dashboard", wait_until="commit")
    wait_until(person.page, PAINTED)
    expect(person.page.locator(".boot")).to_be_visible()
    person.context.unroute_all(behavior="ignoreErrors")


def test_the_first_load_is_small_and_few(served, visit):
    page = visit(served.daemon.url).go("/dashboard")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    loaded = page.evaluate(LOADED)
    assert sum(one["size"] for one in loaded) < 100_000
    assert len(loaded) < 60
    assert {one["path"] for one in loaded if one["blocks"]} <= {"boot.js", "styles/tokens.css", "styles/base.css"}


def test_styles_are_there_before_the_page_is(served, visit):
    """Nobody sees a page without its styles, also when one of them is slow."""
    person = visit(served.daemon.url)
    held, holds = [], [True]
    person.context.route("**/styles/tables.css", lambda route: held.append(route) if holds else route.continue_())
    page = person.page
    page.goto("/dashboard/keys", wait_until="commit")
    wait_until(page, "document.querySelector('link[rel=stylesheet][href$=\"layout.css\"]') !== null")
    expect(page.locator("h1")).to_have_count(0)
    # It was asked for before app.js ran; what is held back is let go.
    assert held
    holds.clear()
    for route in held:
        route.continue_()
    expect(page.get_by_role("heading", name="Client keys", exact=True)).to_be_visible()
    expect(page.locator("link[rel=preload]")).to_have_count(0)
