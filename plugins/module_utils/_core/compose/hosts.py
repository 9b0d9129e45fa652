# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Additional hosts: name=address or name:address, as a list or as a mapping."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..findings import shown
from .kinds import found


def extra_hosts(value: Any) -> list[str]:
    """Each name with each of its addresses, sorted: ["db=10.0.0.5", "web=::1"]."""
    if isinstance(value, dict):
        pairs = _of_mapping(value)
    elif isinstance(value, list):
        pairs = (pair for entry in value for pair in _of_text(entry))
    else:
        raise ValueError(f"{found(value)}, expected a list of HOST=IP, or a mapping of hosts to addresses")
    return sorted(f"{_checked(host)}={_without_brackets(address)}" for host, address in pairs)


def _of_mapping(value: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    for host, given in value.items():
        addresses = given if isinstance(given, list) else [given]
        if not addresses or not all(isinstance(address, str) for address in addresses):
            raise ValueError(f"{found(given)} for the host {shown(str(host))}, expected an address, or a list of some")
        yield from ((host, address) for address in addresses)


def _of_text(entry: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(entry, str):
        raise ValueError(f"{found(entry)}, expected a text such as db=10.0.0.5")
    host, separator, addresses = entry.partition("=" if "=" in entry else ":")
    if not separator:
        raise ValueError(f"{found(entry)}, expected HOST=IP")
    yield from ((host, address) for address in addresses.split(","))


def _checked(host: str) -> str:
    if not host or ":" in host or "=" in host:
        raise ValueError(f"found {shown(host)} as a host, expected a name without colons and equals signs")
    return host


def _without_brackets(address: str) -> str:
    bracketed = len(address) > 2 and address.startswith("[") and address.endswith("]")
    return address[1:-1] if bracketed else address
