# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of other services where Kubernetes knows them by another one, and what `$` means in its commands."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...addresses import Address, in_word, names_an_image, replaced, unparsed
from ..object_names import object_name
from .draft import ServiceDraft

_DOCKER_HOST = ("host.docker.internal", "gateway.docker.internal")
#: Kubernetes puts variables in place of $(NAME), and one $ in place of two.
_DOLLAR = re.compile(r"\$(?=[$(])")


def literal(text: str) -> str:
    """The text so that Kubernetes leaves it as it is."""
    return _DOLLAR.sub("$$", text)


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
        name = _new_name(service, address)
        if name is not None:
            service.report("address-rewritten", place, f"'{address.host}' is called '{name}' in Kubernetes")
        return name

    for address in addresses:
        if address.host in _DOCKER_HOST:
            message = f"'{address.host}' is Docker's name for its host, which a pod does not know"
            service.report("compose-ignored", place, message, "name the address of what runs there")
    for address in unparsed(text, addresses) if ":" in text else ():
        name = _new_name(service, address)
        if name is not None:
            message = f"'{address}' stands in a text that is not parsed, and is left as it is"
            service.report("address-not-rewritten", place, message, f"the service is called '{name}' in Kubernetes")
    return replaced(text, addresses, new_host) if addresses else text


def _new_name(service: ServiceDraft, address: Address) -> str | None:
    """The name of the Service, where the one that Compose knows is no name there."""
    peer = service.app.names.service(service.service, address.host)
    if peer is None or (peer is service.service and address.bare):
        return None
    name = object_name(address.host)
    return None if name == address.host.lower() else name
