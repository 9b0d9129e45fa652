# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An entry of a service's `ports` in its short form: 8080, 127.0.0.1:80:8080/udp, 3000-3005."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from itertools import repeat
from typing import Any

from .kinds import found

_RANGE = re.compile(r"(?P<first>0*[0-9]{1,5})(?:-(?P<last>0*[0-9]{1,5}))?")
_PROTOCOLS = ("tcp", "udp", "sctp")
_HIGHEST = 65535


def ports(entry: Any) -> list[dict[str, Any]]:
    """The ports that one entry stands for, in the order in which Compose lists them: by their text."""
    if isinstance(entry, bool) or not isinstance(entry, (int, str)):
        raise ValueError(f"{found(entry)}, expected a port such as 8080, or a text such as 8080:80")
    host, container, protocol = _split(entry)
    targets = _range(container, entry, lowest=1)
    addressed, _colon, published = host.rpartition(":")
    address = _address(addressed, entry)
    read = [
        {"mode": "ingress", **address, "target": target, **host_port, "protocol": protocol}
        for target, host_port in zip(targets, _published(published, targets, entry))
    ]
    return sorted(read, key=lambda port: str(port["target"]))


def port_defaults(port: Mapping[str, Any]) -> dict[str, Any]:
    """A port in its long form, with what it leaves unsaid."""
    return {"mode": "ingress", "protocol": "tcp", **port}


def port_key(port: Mapping[str, Any]) -> tuple[Any, ...]:
    """What tells a service's ports apart when files are merged."""
    return port.get("host_ip", "0.0.0.0"), port.get("published"), port.get("target"), port.get("protocol", "tcp")


def _split(entry: int | str) -> tuple[str, str, str]:
    """Host part, container ports and protocol."""
    mapped, _slash, protocol = str(entry).partition("/")
    host, _colon, container = mapped.rpartition(":")
    protocol = protocol.lower() or _PROTOCOLS[0]
    if protocol not in _PROTOCOLS:
        raise ValueError(f"{found(entry)}, expected tcp, udp or sctp behind the slash")
    return host, container, protocol


def _range(text: str, entry: int | str, lowest: int = 0) -> range:
    match = _RANGE.fullmatch(text)
    if match is None:
        raise ValueError(f"{found(entry)}, expected a port or a range of ports, as in 8080:80, 3000-3005 or 53:53/udp")
    first, last = (int(digits[-5:]) for digits in (match["first"], match["last"] or match["first"]))
    if not lowest <= first <= last <= _HIGHEST:
        raise ValueError(f"{found(entry)}, expected ports from {lowest} to {_HIGHEST}, the lower one of a range first")
    return range(first, last + 1)


def _address(text: str, entry: int | str) -> dict[str, str]:
    bracketed = text.startswith("[") and text.endswith("]")
    address = text[1:-1] if bracketed else text
    if not address:
        return {}
    try:
        # What stands behind a percent sign is an interface's name, which is good on its own machine only.
        valid = bool(ip_address(address)) and "%" not in address and (bracketed or ":" not in address)
    except ValueError:
        valid = False
    if not valid:
        raise ValueError(f"{found(entry)}, expected an IP address in front, as in 127.0.0.1:8080:80 or [::1]:8080:80")
    return {"host_ip": address}


def _published(text: str, targets: range, entry: int | str) -> Iterable[dict[str, str]]:
    """What each target is published at. A range for one target lets the engine choose from it."""
    if not text:
        return repeat({})
    published = _range(text, entry)
    if len(targets) == 1 < len(published):
        return [{"published": f"{published[0]}-{published[-1]}"}]
    if len(targets) != len(published):
        raise ValueError(f"{found(entry)}, expected as many host ports as container ports")
    return ({"published": str(port)} for port in published)
