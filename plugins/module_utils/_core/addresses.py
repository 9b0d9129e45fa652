# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where host names stand in a text: only places that are parsed as such, never inside other words.

Known are URLs (mongodb://user@db:27017/app), what is nothing but host:port or a list of them (kafka1:9092,kafka2:9092),
and host=name as connection strings have it (host=db port=5432; Server=db,1433). What is nothing but a name is one where
the caller says that a host stands there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

# Repetitions have bounds, and a host starts where no other word goes on: a value may be 100 KB of anything.
_HOST = r"(?<![\w.\-])[A-Za-z0-9_](?:[A-Za-z0-9_.\-]{0,252}[A-Za-z0-9_])?"
_HOST_PORT = rf"{_HOST}(?::[0-9]{{1,5}})?(?![\w.\-])"
_SCHEME = r"(?<![\w+.\-])(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]{0,50})://"
_USER = r"(?:[^\s/?#\"'<>]*@)?"
#: scheme://user:password@host:port,host:port
_URL = re.compile(rf"{_SCHEME}{_USER}(?P<hosts>{_HOST_PORT}(?:,{_HOST_PORT}(?!:?//))*)")
#: host=db of libpq, Server=tcp:db,1433 of ADO, ?host=db of a URL.
_PAIR = re.compile(
    rf"(?:^|[\s;?&])(?:host|hostname|server|data source|addr|address)\s*=\s*(?:tcp:)?(?P<hosts>{_HOST_PORT})",
    re.IGNORECASE,
)
#: user@tcp(db:3306)/app of Go's MySQL driver.
_DIAL = re.compile(rf"@tcp\((?P<hosts>{_HOST_PORT})\)")
_ONE = re.compile(rf"(?P<host>{_HOST})(?::(?P<port>[0-9]{{1,5}}))?(?![\w.\-])")
_ITEM = re.compile(rf"(?P<host>{_HOST})(?::(?P<port>[0-9]{{1,5}})(?:/\S*)?)?")
_ITEMS = re.compile(r"[^\s,;]+")
#: Where a service listens when its URL names no port.
_USUAL_PORTS = {
    **{"amqp": 5672, "http": 80, "https": 443, "ldap": 389, "mariadb": 3306, "memcached": 11211, "mongodb": 27017},
    **{"mysql": 3306, "nats": 4222, "postgres": 5432, "postgresql": 5432, "redis": 6379, "smtp": 25},
}
#: Variables whose whole value is a host: DB_HOST, redis.server.
_HOST_VARIABLE = re.compile(
    r"(?:^|[_.\-])(?:hosts?|hostnames?|servers?|addr|addrs|address|addresses|endpoints?|brokers?|nodes?|peers?|urls?|uris?"
    r"|backends?|upstreams?)\Z",
    re.IGNORECASE,
)
#: Variables in which postgres:16 is an image and no address.
_IMAGE_VARIABLE = re.compile(r"(?:^|_)(?:image|tag|version)\Z", re.IGNORECASE)
_FLAG = re.compile(r"--?[A-Za-z][\w.\-]*=")


@dataclass(frozen=True)
class Address:
    """A host, the port behind it if there is one, and where it stands in the text.

    `bare` with nothing around it; `usual` is the port that a URL means without naming it.
    """

    host: str
    port: int | None
    start: int
    bare: bool = False
    usual: int | None = None

    def __str__(self) -> str:
        return self.host if self.port is None else f"{self.host}:{self.port}"


def in_variable(name: str, text: str) -> list[Address]:
    """The addresses in the value of a variable."""
    return [] if names_an_image(name) else _addresses(text, bool(_HOST_VARIABLE.search(name)))


def names_an_image(variable: str) -> bool:
    return bool(_IMAGE_VARIABLE.search(variable))


def port_variable(name: str) -> str:
    """The variable that has the port to the host in this one: DB_PORT for DB_HOST."""
    return _HOST_VARIABLE.sub(lambda match: _as_port(match[0]), name)


def _as_port(word: str) -> str:
    """_HOST becomes _PORT, and host becomes port."""
    separator = word[0] if word[0] in "_.-" else ""
    return f"{separator}{'PORT' if word.isupper() else 'port'}"


def in_word(word: str) -> list[Address]:
    """The addresses in a word of a command, where --broker=kafka:9092 is a word too."""
    flag = _FLAG.match(word)
    return _addresses(word, False, flag.end() if flag else 0)


def _addresses(text: str, bare: bool, start: int = 0) -> list[Address]:
    if ":" not in text and "=" not in text and not bare:
        return []
    inside = [
        address for pattern in (_URL, _PAIR, _DIAL) for match in pattern.finditer(text) for address in _hosts(match)
    ]
    return inside or list(_listed(text, bare, start))


def _hosts(match: re.Match[str]) -> Iterator[Address]:
    scheme = match.groupdict().get("scheme") or ""
    usual = _USUAL_PORTS.get(scheme.lower().partition("+")[0])  # postgresql+psycopg is PostgreSQL, too
    for one in _ONE.finditer(match["hosts"]):
        yield replace(_address(one, match.start("hosts") + one.start("host")), usual=usual)


def _listed(text: str, bare: bool, start: int) -> Iterator[Address]:
    """The addresses of a text that is nothing else; without ports only where `bare` says that hosts stand there."""
    items = [(item, _ITEM.fullmatch(item[0])) for item in _ITEMS.finditer(text, start)]
    if all(match and (match["port"] or bare) for _item, match in items):
        for item, match in items:
            if match:
                yield _address(match, item.start(), bare=not match["port"])


def _address(match: re.Match[str], start: int, bare: bool = False) -> Address:
    return Address(match["host"], int(match["port"]) if match["port"] else None, start, bare)


def replaced(text: str, addresses: list[Address], new_host: Callable[[Address], str | None]) -> str:
    """The text with the hosts for which `new_host` has another one."""
    parts, end = [], 0
    for address in sorted(addresses, key=lambda address: address.start):
        host = new_host(address)
        if host is not None and address.start >= end:
            parts += [text[end : address.start], host]
            end = address.start + len(address.host)
    return "".join([*parts, text[end:]])


def unparsed(text: str, addresses: list[Address]) -> Iterator[Address]:
    """What looks like host:port in a place that is not parsed, such as a line of shell."""
    known = {address.start for address in addresses}
    for match in _ONE.finditer(text) if ":" in text else ():
        start = match.start()
        if match["port"] and start not in known and text[max(start - 1, 0) : start] not in ("/", "@"):
            yield _address(match, start)
