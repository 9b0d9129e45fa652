# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one service needs, looked at by itself. What that means for others is in ripple.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from . import changes, contents, images, oneshots
from .containers import against_container
from .facts import Case, short
from .model import Content, Service
from .objects import VOLUME, Objects, name_of, volumes_of
from .plan import CREATE, KEEP, RECREATE, REMOVE, SIGNAL, START, Step
from .present import LABEL, Container
from .versions import parse


@dataclass(frozen=True)
class Reasons:
    """`force` is there whatever the containers look like; `contents` alone may be told to a service by a signal."""

    found: tuple[str, ...] = ()
    contents: tuple[Content, ...] = ()


def verdict(case: Case, service: Service, objects: Objects, drifted: tuple[str, ...] = ()) -> Step:
    fetch = images.fetch(case, service)
    containers = case.containers(service.name)
    why = _reasons(case, service, containers, objects, fetch, drifted)
    said = changes.limited([*why.found, *(contents.words(case, one) for one in why.contents)])
    if service.one_shot:
        action, reasons = oneshots.verdict(case, service, () if case.wish.recreate == "never" else said)
    else:
        action, reasons = _long_running(case, service, containers, why, said)
    waits = service.one_shot and action in (CREATE, RECREATE, START)
    return Step(
        service.name,
        action,
        reasons,
        replicas=service.replicas,
        present=len(containers),
        pull=fetch.pull,
        build=fetch.build,
        run_once=waits,
        signal=case.wish.reload_signals.get(service.name, "") if action == SIGNAL else "",
    )


def _long_running(
    case: Case, service: Service, containers: tuple[Container, ...], why: Reasons, said: tuple[str, ...]
) -> tuple[str, tuple[str, ...]]:
    if service.replicas == 0:
        return (REMOVE, ("no replica is wanted",)) if containers else (KEEP, ())
    if not containers:
        return CREATE, ("there is no container",)
    if case.wish.recreate == "always":
        return RECREATE, ("recreate: always", *said)
    if said and case.wish.recreate != "never":
        signal = not why.found and service.name in case.wish.reload_signals and _hears(case, service, containers, why)
        return (SIGNAL if signal else RECREATE), said
    return _count(service, containers)


def _hears(case: Case, service: Service, containers: tuple[Container, ...], why: Reasons) -> bool:
    """A signal is enough where all replicas run and see the new content."""
    whole = len(containers) == service.replicas and all(one.state == "running" for one in containers)
    return whole and contents.visible(case, service, why.contents)


def _count(service: Service, containers: tuple[Container, ...]) -> tuple[str, tuple[str, ...]]:
    """Replicas and states. A crash loop (restarting) is told by readiness."""
    there, wanted = len(containers), service.replicas
    states = [one.state for one in containers if one.state in ("created", "exited", "paused")]
    idle = tuple(f"is {state}" for state in sorted(set(states)))
    if there < wanted:
        return CREATE, (f"{wanted - there} of {wanted} replicas missing", *idle)
    if there > wanted:
        return REMOVE, (f"{there - wanted} of {there} replicas too many", *idle)
    return (START, idle) if idle else (KEEP, ())


def _reasons(
    case: Case,
    service: Service,
    containers: tuple[Container, ...],
    objects: Objects,
    fetch: images.Fetch,
    drifted: tuple[str, ...],
) -> Reasons:
    if not containers:
        return Reasons()
    found = list(_configuration(case, service))
    moved = images.moved(case, service, containers)
    if moved and not any(reason.startswith("image ") for reason in found):
        found.append(moved)
    found.extend([fetch.reason] if fetch.reason else ())
    found.extend(_objects(case, service, () if found else containers, objects))
    found.extend(["is dead: the engine could not remove it"] if any(one.state == "dead" for one in containers) else ())
    found.extend(drifted if case.wish.drift == "repair" else ())
    return Reasons(tuple(found), contents.changed(case, service))


def _configuration(case: Case, service: Service) -> Iterator[str]:
    """Why Compose's hash is another, in words where there are any."""
    diverged = case.diverged(service)
    if not diverged:
        return
    one, computed = diverged[0], case.facts.hashes.get(service.name, "")
    found = _explained(case, service, one)
    yield from found or (f"its configuration changed (hash {short(one.config_hash)[:8]} -> {computed[:8]})",)


def _explained(case: Case, service: Service, container: Container) -> list[str]:
    """By the last release where the container is of it, else by the container itself."""
    learned, before = case.learned.services.get(service.name), case.before(service.name)
    own = learned is not None and learned.label == container.config_hash
    if own and before is not None:
        found = changes.service_changes(before, service.config)
    else:
        inspected = case.facts.inspected.get(container.id)
        found = against_container(service, inspected, case.stack.project) if inspected else []
    return found or _by_others(case, service) or _by_version(case, container)


def _by_others(case: Case, service: Service) -> list[str]:
    """The hash holds the ids of the containers that it refers to. Somebody may have recreated those."""
    there = [name for name in service.shares_with if case.containers(name)]
    return [f"refers to a container of {there[0]} that is another one now"] if there else []


def _by_version(case: Case, container: Container) -> list[str]:
    """What a distribution adds to the number (2.40.3-3) is no other version."""
    made, now = parse(container.labels.get(f"{LABEL}version", "")), parse(case.facts.version)
    if not (made.said and now.said) or made == now:
        return []
    return [f"made by Compose {made}, and Compose {now} may hash the same configuration differently"]


def _objects(case: Case, service: Service, containers: tuple[Container, ...], objects: Objects) -> Iterator[str]:
    """Networks and volumes. Where the configuration changed, what containers lack has been said by that."""
    for key in service.networks:
        name = name_of(case.stack.networks.get(key, {}), key)
        there = case.present.networks.get(name)
        if key in objects.networks:
            yield f"network {key} changed"
        elif any(not _attached(one, name, there.id if there else "") for one in containers):
            yield f"not attached to network {key}"
    for key in volumes_of(service):
        name = name_of(case.stack.volumes.get(key, {}), key)
        if key in objects.volumes:
            yield f"volume {key} changed"
        elif any(name not in _volumes(one) for one in containers):
            yield f"volume {key} is not mounted"


def _attached(container: Container, name: str, identity: str) -> bool:
    held = container.networks.get(name)
    return held is not None and (not identity or not held or held == identity)


def _volumes(container: Container) -> set[str]:
    return {str(mount.get("Name")) for mount in container.mounts if mount.get("Type") == VOLUME}
