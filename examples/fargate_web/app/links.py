# SPDX-License-Identifier: GPL-3.0-or-later
"""The links themselves: a store in memory, with no I/O."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
# Paths of the API itself: a link by one of these names could never be reached.
RESERVED = frozenset({"health", "links"})
ALPHABET = string.ascii_lowercase + string.digits


class LinkError(ValueError):
    """A link that cannot be kept."""


class CodeTakenError(LinkError):
    """Another link has this code."""


class StoreFullError(LinkError):
    """The store holds as many links as it may."""


@dataclass
class Link:
    """A short code, where it leads, and how often it was followed."""

    code: str
    url: str
    hits: int = 0


class LinkStore:
    """Links by code. One event loop uses it, so it needs no lock."""

    def __init__(self, max_links: int) -> None:
        self._links: dict[str, Link] = {}
        self._max_links = max_links

    def __len__(self) -> int:
        return len(self._links)

    def __iter__(self) -> Iterator[Link]:
        return iter(sorted(self._links.values(), key=lambda link: link.code))

    def add(self, url: str, code: str | None = None) -> Link:
        """Keep a link, under a code of its own choice or a random one."""
        check_url(url)
        if code is not None:
            check_code(code)
        if code in self._links:
            raise CodeTakenError(f"the code {code!r} is taken")
        if len(self._links) >= self._max_links:
            raise StoreFullError(f"the store is full ({self._max_links} links)")
        link = Link(code or self._free_code(), url)
        self._links[link.code] = link
        return link

    def get(self, code: str) -> Link | None:
        """The link of this code, if there is one."""
        return self._links.get(code)

    def remove(self, code: str) -> bool:
        """Forget a link; say whether there was one."""
        return self._links.pop(code, None) is not None

    def _free_code(self) -> str:
        while True:
            code = "".join(secrets.choice(ALPHABET) for _position in range(7))
            if code not in self._links:
                return code


def check_code(code: str) -> None:
    """Refuse a code that could not stand in a path."""
    if not CODE.fullmatch(code):
        raise LinkError(f"a code has 1 to 40 characters of a-z, 0-9 and '-': {code!r}")
    if code in RESERVED:
        raise LinkError(f"the code {code!r} is a path of the service itself")


def check_url(url: str) -> None:
    """Accept only web addresses: a browser must never be sent to javascript: or file:."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise LinkError(f"not a web address: {url!r}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or not url.isprintable() or " " in url:
        raise LinkError(f"not a web address: {url!r}")


def parse_links(text: str) -> list[tuple[str, str]]:
    """Read 'code=url code=url'. A web address holds no white space, so that parts the pairs."""
    pairs = []
    for word in text.split():
        code, separator, url = word.partition("=")
        if not separator:
            raise LinkError(f"LINKS wants code=url pairs, not {word!r}")
        check_code(code)
        check_url(url)
        pairs.append((code, url))
    return pairs
