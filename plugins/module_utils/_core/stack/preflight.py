# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would break on this host, said before anything changes. Only what can be known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..findings import ERROR, Finding
from . import ports
from .capacity import disk, memory, open_files
from .facts import Case, Facts
from .images import policy
from .learned import Learned
from .model import BIND, Service, Stack
from .objects import NETWORK, name_of, volumes_of
from .order import with_needs
from .plan import CREATE, KEEP, RECREATE, RESTART, SIGNAL, START, Plan
from .ports import BusyPort
from .present import LABEL, Present
from .wish import Wish

FILE, DIRECTORY, MISSING = "file", "directory", "missing"


@dataclass(frozen=True)
class HostFacts:
    """What is known of the host. None and missing keys are unknown and lead to no finding."""

    busy_ports: tuple[BusyPort, ...] = ()
    paths: Mapping[str, str] = field(default_factory=dict)  # bind sources, config and secret files: FILE, ...
    free_bytes: int | None = None  # at data-root
    total_bytes: int | None = None
    free_inodes: int | None = None
    total_inodes: int | None = None
    available_memory: int | None = None  # MemAvailable, in bytes
    total_memory: int | None = None
    nofile_hard: int | None = None  # the most that the engine may give
    registry: Mapping[str, str] = field(default_factory=dict)  # reference -> why it cannot be had; empty where it can
    variables: frozenset[str] | None = None  # names that Compose's environment has
    container_names: Mapping[str, str] = field(default_factory=dict)  # of all containers on the host -> id


def check(stack: Stack, present: Present, plan: Plan, wish: Wish, host: HostFacts) -> tuple[Finding, ...]:
    """Nothing of a project that is stopped, restarted or taken away is checked."""
    if wish.state != "present" or not (plan.changed or any(step.pull or step.build for step in plan.steps)):
        return ()
    case = Case(stack, present, Learned(), wish, Facts())
    made = [stack.services[step.service] for step in plan.steps if _made(stack, plan, step.service)]
    started = [stack.services[step.service] for step in plan.steps if _started(stack, plan, step.service)]
    found = [
        *ports.twice(stack),
        *ports.taken(stack, present, plan, host.busy_ports),
        *(finding for service in made for finding in _files(service, host)),
        *_networks(stack, present, _touched(stack, plan)),
        *_volumes(stack, present, made),
        *_images(case, plan, host),
        *(finding for service in made for finding in _container_name(service, present, host)),
        *disk(plan, host.free_bytes, host.total_bytes, host.free_inodes, host.total_inodes),
        *memory(stack, plan, host.available_memory, host.total_memory),
        *(finding for service in started for finding in open_files(service, host.nofile_hard)),
    ]
    return tuple(dict.fromkeys(found))


def _made(stack: Stack, plan: Plan, name: str) -> bool:
    return name in stack.services and plan.step(name).action in (CREATE, RECREATE)


def _started(stack: Stack, plan: Plan, name: str) -> bool:
    return name in stack.services and plan.step(name).action in (CREATE, RECREATE, START, RESTART)


def _touched(stack: Stack, plan: Plan) -> frozenset[str]:
    """Compose looks at all that the named services need, too."""
    named = [step.service for step in plan.steps if step.action not in (KEEP, SIGNAL)]
    return with_needs(stack.services, named)


def _files(service: Service, host: HostFacts) -> Iterator[Finding]:
    """Docker makes a folder where the source of a short bind is missing: mostly a file was meant."""
    creates = {mount.source for mount in service.mounts if mount.kind == "bind" and mount.create_host_path}
    for content in service.contents:
        path = f"services.{service.name}.{'volumes' if content.kind == BIND else content.kind + 's'}"
        if content.variable is not None and host.variables is not None and content.variable not in host.variables:
            message = f"{content.kind} {content.name} is taken from the variable {content.variable}, which is not set"
            yield Finding("variable-missing", ERROR, path, message)
        if content.source is None or host.paths.get(content.source) != MISSING:
            continue
        if content.kind != BIND:
            yield Finding("file-missing", ERROR, path, f"{content.kind} {content.name}: there is no {content.source}")
        elif content.source not in creates:
            yield Finding("bind-missing", ERROR, path, f"there is no {content.source}, and Docker may not make it")
        elif _like_a_file(content.source, content.target):
            message = f"there is no {content.source}; Docker would make an empty folder of that name"
            yield Finding("bind-missing", ERROR, path, message, "put the file there first")
    yield from _folders(service, host)


def _folders(service: Service, host: HostFacts) -> Iterator[Finding]:
    for content in service.contents:
        if content.kind != BIND and content.source is not None and host.paths.get(content.source) == DIRECTORY:
            path = f"services.{service.name}.{content.kind}s"
            message = f"{content.kind} {content.name}: {content.source} is a folder"
            yield Finding("file-missing", ERROR, path, message, f"a {content.kind} is one file")


def _like_a_file(source: str, target: str) -> bool:
    """A name with an extension on both sides: nginx.conf, not conf.d, which says the same of a folder."""
    names = [path.rstrip("/").rpartition("/")[2] for path in (source, target)]
    extensions = [name.rpartition(".")[2] if "." in name.lstrip(".") else "" for name in names]
    return not source.endswith("/") and all(extensions) and "d" not in extensions


def _networks(stack: Stack, present: Present, touched: frozenset[str]) -> Iterator[Finding]:
    keys = {key for name in touched for key in stack.services[name].networks}
    for key in sorted(keys & set(stack.networks)):
        definition = stack.networks[key]
        name = name_of(definition, key)
        there = present.networks.get(name)
        if definition.get("external"):
            if there is None:
                message, hint = f"the external network {name} is not there", f"docker network create {name}"
                yield Finding("network-missing", ERROR, f"networks.{key}", message, hint)
        elif there is not None and there.labels.get(f"{LABEL}{NETWORK}") != key:
            message = f"a network {name} is there that was not made for this key of this project; Compose refuses it"
            hint = "remove it, or say external: true to use it"
            yield Finding("network-foreign", ERROR, f"networks.{key}", message, hint)


def _volumes(stack: Stack, present: Present, made: list[Service]) -> Iterator[Finding]:
    keys = {key for service in made for key in volumes_of(service)}
    for key in sorted(keys & set(stack.volumes)):
        name = name_of(stack.volumes[key], key)
        if stack.volumes[key].get("external") and name not in present.volumes:
            message, hint = f"the external volume {name} is not there", f"docker volume create {name}"
            yield Finding("volume-missing", ERROR, f"volumes.{key}", message, hint)


def _images(case: Case, plan: Plan, host: HostFacts) -> Iterator[Finding]:
    """Also of services that stay: Compose wants the images of all that a named service needs."""
    fetched = {step.service for step in plan.steps if step.pull and step.service in case.stack.services}
    for name in sorted(_touched(case.stack, plan) | fetched):
        service, step, path = case.stack.services[name], plan.step(name), f"services.{name}.image"
        reason = host.registry.get(service.image, "")
        if step.pull and reason:
            yield Finding("image-unreachable", ERROR, path, f"{service.image} cannot be had: {reason}")
        if service.image in case.present.images or step.pull or step.build or not service.replicas:
            continue
        if service.config.get("provider"):
            continue
        never = f"build: {case.wish.build}" if service.build is not None else f"pull policy {policy(case, service)}"
        message = f"{service.image} is not on this host, and with {never} it is not fetched"
        yield Finding("image-missing", ERROR, path, message, "load the image, or let it be pulled or built")


def _container_name(service: Service, present: Present, host: HostFacts) -> Iterator[Finding]:
    name = str(service.config.get("container_name") or "").replace("$$", "$")
    holder = host.container_names.get(name)
    if name and holder and holder not in {one.id for one in present.containers}:
        message = f"a container {name} is there that is not of this project"
        yield Finding("name-taken", ERROR, f"services.{service.name}.container_name", message, f"docker rm {name}")
    if name and service.replicas > 1:
        message = f"{service.replicas} replicas cannot all be called {name}"
        yield Finding("name-replicas", ERROR, f"services.{service.name}.container_name", message)
