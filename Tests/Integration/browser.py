"""Debian's chromium, driven by Playwright. A page fails its test for everything that went wrong in it unseen."""

import shutil
from contextlib import contextmanager
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

DESKTOP = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
# A loaded machine is slow to start a process, not to draw a page.
PATIENCE = 15_000

expect.set_options(timeout=PATIENCE)


@contextmanager
def chromium():
    path = shutil.which("chromium")
    assert path, "no chromium: scripts/install-prerequisites.sh test installs it"
    with sync_playwright() as playwright:
        # Continuous integration runs as root, where chromium has no sandbox.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Visit:
    """A browser of one person: logged in unless `password` is None."""

    def __init__(self, browser: Browser, url: str, password: str | None, **options):
        self.url = url
        self.faults: list[str] = []
        # What the browser reports of answers that a test provokes, such as a wrong password.
        self.expected_statuses: set[int] = set()
        self.context = browser.new_context(base_url=url, locale="en-US", **({"viewport": DESKTOP} | options))
        self.context.set_default_timeout(PATIENCE)
        if password is not None:
            login = self.context.request.post("/api/auth/login", data={"password": password})
            assert login.ok, login.text()
        self.page = self.context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"exception: {error}"))
        self.page.on("request", self._asked)

    def _heard(self, message):
        if message.type not in ("error", "warning"):
            return
        if any(f"status of {status} " in message.text for status in self.expected_statuses):
            return
        # The browser's words for violations of the content security policy come here too.
        self.faults.append(f"console: {message.text}")

    def _asked(self, request):
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and f"{parts.scheme}://{parts.netloc}" != self.url:
            self.faults.append(f"asked another site: {request.url}")

    def go(self, path: str) -> Page:
        self.page.goto(path)
        return self.page

    def close(self):
        self.context.close()
        assert self.faults == []

    def check_accessibility(self):
        results = Axe().run(self.page, options={"resultTypes": ["violations"]})
        serious = [
            f"{one['id']}: {one['help']}: {[node['target'] for node in one['nodes'][:3]]}"
            for one in results.response["violations"]
            if one["impact"] in ("serious", "critical")
        ]
        assert serious == [], f"{self.page.url}: {serious}"

    def check_width(self):
        """Nothing makes the page wider than its window; tables may scroll within themselves."""
        wider = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wider <= 0, f"{self.page.url} is {wider} px too wide"
