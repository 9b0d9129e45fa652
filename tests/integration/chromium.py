# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages in a real Chromium, and what tests ask of them. Nothing but the page itself may be fetched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tools.chromium import chromium
from tools.prepare import NotPossibleHereError

#: A phone, and a laptop.
WIDTHS = (360, 1280)
SCHEMES = ("light", "dark")
HEIGHT = 900
#: Elements that stick out of the page, by a pixel or more, or whose text sticks out of them. What is hidden from view
#: on purpose, such as the link for keyboards and the heads of tables on a phone, is as small as a pixel or far outside.
_OVERFLOWING = """
() => {
  const wide = document.documentElement.clientWidth;
  const hidden = (element) => element.closest('.skip, .hidden') ||
    (element.closest('thead') && element.closest('thead').getBoundingClientRect().width <= 1);
  return [...document.body.querySelectorAll('*')].filter((element) => !hidden(element)).flatMap((element) => {
    const box = element.getBoundingClientRect();
    const out = box.width > 0 && (box.left < -0.5 || box.right > wide + 0.5);
    const inner = element instanceof HTMLElement && element.scrollWidth > element.clientWidth + 1 &&
      getComputedStyle(element).display !== 'inline' && element.clientWidth > 0;
    return out || inner ? [`${element.tagName} ${element.className.baseVal ?? element.className}: ` +
      `${box.left.toFixed(1)} to ${box.right.toFixed(1)} of ${wide}, ${element.textContent.trim().slice(0, 40)}`] : [];
  });
}
"""
#: The tables of an element: what they are called, their heads, and rows of cells with their notes.
_TABLES = """
(selector) => [...document.querySelectorAll(`${selector} table`)].map((table) => ({
  caption: table.caption.textContent,
  head: [...table.tHead.rows[0].cells].map((cell) => cell.textContent),
  rows: [...table.querySelectorAll('tbody tr, tfoot tr')].map((row) => [...row.cells].map((cell) => ({
    text: [...cell.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join(''),
    note: cell.querySelector('small')?.textContent ?? '',
  }))),
}))
"""


@dataclass
class Seen:
    """A page that is shown. `wrong` is what the browser complained of, `fetched` is what it asked for."""

    page: Page
    wrong: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)

    def overflowing(self) -> list[str]:
        """Everything that does not fit the width of the window."""
        wide = self.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        found: list[str] = self.page.evaluate(_OVERFLOWING)
        return found + ([f"the page is {wide[0]} wide in a window of {wide[1]}"] if wide[0] > wide[1] else [])

    def tables(self, selector: str = "main") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate(_TABLES, selector)
        return found

    def unfold(self) -> None:
        self.page.evaluate("document.querySelectorAll('details').forEach((element) => { element.open = true })")

    def barriers(self) -> list[str]:
        """What axe finds that keeps people out, best practices included."""
        answer = Axe().run(self.page).response
        assert answer["passes"], "axe has looked at nothing"
        return [f"{rule['id']}: {node['html'][:120]}" for rule in answer["violations"] for node in rule["nodes"]]


@contextmanager
def launched() -> Iterator[Browser]:
    try:
        program = chromium()
    except NotPossibleHereError as problem:
        pytest.skip(str(problem))  # tools/check.py fails on a skip under CI
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def shown(browser: Browser, file: Path, width: int = WIDTHS[-1], scheme: str = "light") -> Iterator[Seen]:
    """A page in a window of its own."""
    context = browser.new_context(viewport={"width": width, "height": HEIGHT}, color_scheme=scheme)
    page = context.new_page()
    seen = Seen(page)
    page.on("console", lambda message: seen.wrong.append(message.text))
    page.on("pageerror", lambda error: seen.wrong.append(str(error)))
    page.on("request", lambda request: seen.fetched.append(request.url))
    page.goto(file.as_uri())
    yield seen
    context.close()
