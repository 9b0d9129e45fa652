# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of other services, as they are reached on the host that all of them share."""

from __future__ import annotations

from collections.abc import Sequence

from ...addresses import Address, in_word, names_an_image, replaced, unparsed
from ...app import Service
from .draft import ServiceDraft

LOCALHOST = "127.0.0.1"
_DOCKER_HOST = ("host.docker.internal", "gateway.docker.internal")


def variable(service: ServiceDraft, name: str, text: str) -> str:
    if names_an_image(name):
        return text
    addresses = service.app.names.in_variables[service.service.name].get(name, [])
    return _rewritten(service, f"environment[{name}]", text, addresses)


def words(service: ServiceDraft, place: str, command: Sequence[str]) -> list[str]:
    """The words of a command. Where one is a line of shell, only its URLs are parsed."""
    return [_rewritten(service, place, word, in_word(word)) for word in command]


def _rewritten(service: ServiceDraft, place: str, text: str, addresses: list[Address]) -> str:
    def new_host(address: Address) -> str | None:
        peer = service.app.names.service(service.service, address.host)
        if address.host == LOCALHOST or not _is_here(service, address, peer):
            return None
        new = Address(LOCALHOST, address.port, 0)
        service.report(
            "address-rewritten", place, f"'{address}' becomes '{new}': all services share the host's network"
        )
        return LOCALHOST

    if ":" in text:
        _report_unparsed(service, place, text, addresses)
    return replaced(text, addresses, new_host) if addresses else text


def _is_here(service: ServiceDraft, address: Address, peer: Service | None) -> bool:
    """Whether the name is one that only Compose resolves. A service's own one alone may mean anything."""
    if peer is None:
        return address.host in _DOCKER_HOST
    return peer is not service.service or not address.bare


def _report_unparsed(service: ServiceDraft, place: str, text: str, addresses: list[Address]) -> None:
    for address, peer in service.app.names.peers(service.service, unparsed(text, addresses)):
        if peer is not service.service:
            message = f"'{address}' stands in a text that is not parsed, and is left as it is"
            hint = f"the service is reached at {LOCALHOST}:{address.port}: pass the address in a variable"
            service.report("address-not-rewritten", place, message, hint)
