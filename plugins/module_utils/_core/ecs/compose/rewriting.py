# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of other services, as they are reached from a container on ECS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...addresses import Address, in_word, names_an_image, replaced, unparsed
from ...app import Service
from .draft import ContainerDraft

_LOCALHOST = "localhost"
_DOCKER_HOST = ("host.docker.internal", "gateway.docker.internal")


def variable(container: ContainerDraft, name: str, text: str) -> str:
    if names_an_image(name):
        return text
    return _rewritten(container, f"environment[{name}]", text, _in_variable(container, name))


def words(container: ContainerDraft, place: str, command: Sequence[str]) -> list[str]:
    """The words of a command. Where one is a line of shell, only its URLs are parsed."""
    return [_rewritten(container, place, word, in_word(word)) for word in command]


def secret(container: ContainerDraft, name: str) -> None:
    """A variable whose value AWS keeps: its addresses are known from Compose, and cannot be rewritten here."""
    place = f"environment[{name}]"
    for address, peer in container.task.directory.peers(container.service, _in_variable(container, name)):
        if _becomes_localhost(container, peer):
            message = f"the value that '{name}' has in Compose calls '{address.host}', which is localhost in this task"
            container.report("address-in-secret", place, message, "write localhost into the secret")
        else:
            _reached_at(container, place, address, peer)


def _in_variable(container: ContainerDraft, name: str) -> list[Address]:
    return container.task.directory.in_variables[container.service.name].get(name, [])


def _rewritten(container: ContainerDraft, place: str, text: str, addresses: list[Address]) -> str:
    def new_host(address: Address) -> str | None:
        peer = container.task.directory.service(container.service, address.host)
        return _reached_at(container, place, address, peer)

    if ":" in text and container.task.shares_localhost:
        _report_unparsed(container, place, text, addresses)
    return replaced(text, addresses, new_host) if addresses else text


def _reached_at(container: ContainerDraft, place: str, address: Address, peer: Service | None) -> str | None:
    """The host under which the container reaches the address, if it is another one; links note the names they need."""
    if peer is None:
        if address.host in _DOCKER_HOST:
            message = f"'{address}' is the host of Docker, and a task reaches no host by that name"
            container.report("host-address", place, message, "name the address where it is reached from AWS")
        return None
    if peer is container.service and (address.bare or len(container.task.services) == 1):
        return None
    if peer.name not in container.task.services:
        report_elsewhere(container, place, address, peer)
    elif container.task.shares_localhost:
        old, new = str(address), str(Address(_LOCALHOST, address.port, 0))
        message = f"'{old}' becomes '{new}': the containers of a task share one network"
        container.report("address-rewritten", place, message)
        return _LOCALHOST
    elif peer is not container.service:
        container.links.setdefault(address.host, peer.name)
    return None


def _becomes_localhost(container: ContainerDraft, peer: Service) -> bool:
    return container.task.shares_localhost and peer.name in container.task.services


def report_elsewhere(container: ContainerDraft, place: str, address: Address, peer: Service) -> None:
    """Once for each service of another task: the first place is enough to find the others."""
    if peer.name not in container.task.elsewhere:
        container.task.elsewhere.add(peer.name)
        message = f"'{address.host}' runs in another task, and has that name only through Service Connect"
        alias = replace(address, port=address.port or address.usual)
        hint = f"make '{alias}' its client alias there, or put both into one task with x-ecs: {{task: NAME}}"
        if peer.name not in container.task.directory.asked_ports:
            hint += f"; state the port that '{peer.name}' listens on under expose"
        container.report("address-elsewhere", place, message, hint)


def _report_unparsed(container: ContainerDraft, place: str, text: str, addresses: list[Address]) -> None:
    for address, peer in container.task.directory.peers(container.service, unparsed(text, addresses)):
        if _becomes_localhost(container, peer) and peer is not container.service:
            message = f"'{address}' stands in a text that is not parsed, and is left as it is"
            hint = f"the container is reached at {_LOCALHOST}:{address.port}: pass the address in a variable"
            container.report("address-not-rewritten", place, message, hint)
