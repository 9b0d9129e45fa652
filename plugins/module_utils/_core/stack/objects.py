# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks and volumes of a project: missing ones, and those whose definition changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..findings import ERROR, WARNING, Finding
from .facts import Case
from .model import Service
from .plan import Plan
from .present import LABEL

NETWORK, VOLUME = "network", "volume"
_AGAIN = ": recreate"


@dataclass(frozen=True)
class Objects:
    """`networks` and `volumes` are the keys of those that are made again, which takes all their users with them."""

    others: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    networks: frozenset[str] = frozenset()
    volumes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Kind:
    """What networks and volumes have in common."""

    word: str
    defined: Mapping[str, Mapping[str, Any]]
    labels: Mapping[str, Mapping[str, str]]  # of those that are there, by engine name
    hashes: Mapping[str, str]
    learned: Mapping[str, tuple[str, str]]
    released: Mapping[str, Any]
    used: Callable[[Service], Iterable[str]] = field(default=lambda service: ())


def kinds(case: Case) -> tuple[Kind, Kind]:
    facts, model = case.facts, case.facts.last.model if case.facts.last else {}
    there = {one.name: one.labels for one in case.present.networks.values()}
    volumes = {one.name: one.labels for one in case.present.volumes.values()}
    return (
        Kind(NETWORK, case.stack.networks, there, facts.network_hashes, case.learned.networks,
             model.get("networks") or {}, lambda service: service.networks),
        Kind(VOLUME, case.stack.volumes, volumes, facts.volume_hashes, case.learned.volumes,
             model.get("volumes") or {}, volumes_of),
    )  # fmt: skip


def volumes_of(service: Service) -> tuple[str, ...]:
    """The keys of its named volumes."""
    return tuple(mount.source for mount in service.mounts if mount.kind == VOLUME and mount.source)


def name_of(definition: Mapping[str, Any], key: str) -> str:
    return str(definition.get("name") or key)


def changes(case: Case, selected: frozenset[str]) -> Objects:
    """External ones are not ours to make; preflight says when they are missing."""
    others: list[str] = []
    again: dict[str, set[str]] = {NETWORK: set(), VOLUME: set()}
    findings: list[Finding] = []
    for kind in kinds(case):
        for key in sorted(_used(case, kind, selected)):
            name = name_of(kind.defined[key], key)
            if name not in kind.labels:
                others.append(f"{kind.word} {name}: create")
            elif _differs(kind, key, name):
                refusal = _refusal(case, kind, key, name)
                if refusal:
                    findings.append(refusal)
                    continue
                again[kind.word].add(key)
                others.append(f"{kind.word} {name}{_AGAIN}{' (data is lost)' if kind.word == VOLUME else ''}")
    return Objects(tuple(others), tuple(findings), frozenset(again[NETWORK]), frozenset(again[VOLUME]))


def _used(case: Case, kind: Kind, selected: frozenset[str]) -> Iterator[str]:
    users = (service for service in case.stack.services.values() if service.name in selected)
    keys = {key for service in users for key in kind.used(service)}
    return (key for key in keys if key in kind.defined and not kind.defined[key].get("external"))


def _differs(kind: Kind, key: str, name: str) -> bool:
    """By Compose's label; below 2.31 there is none, and Compose itself sees no change: the last release decides."""
    label, computed = kind.labels[name].get(f"{LABEL}config-hash", ""), kind.hashes.get(key, "")
    if label and computed:
        pair = kind.learned.get(name)
        return label != (pair[1] if pair and pair[0] == computed and pair[1] else computed)
    before, now = kind.released.get(key), kind.defined[key]
    if before is None or name_of(before, key) not in (name, key):
        return False
    return _canonical(before) != _canonical(now)


def _canonical(definition: Mapping[str, Any]) -> str:
    """Without the name, which older models leave out, and without empty parts."""
    kept = {key: value for key, value in definition.items() if key != "name" and value not in (None, "", {}, [])}
    return json.dumps(kept, sort_keys=True, default=str)


def _refusal(case: Case, kind: Kind, key: str, name: str) -> Finding | None:
    if case.wish.recreate == "never":
        message = f"the definition of {kind.word} {name} changed; it stays as it is"
        hint = "it was asked for: recreate: never"
        return Finding("not-recreated", WARNING, f"{kind.word}s.{key}", message, hint)
    if kind.word == NETWORK:
        return _foreign_user(case, key, name)
    if case.wish.allow_volume_recreate:
        return None
    return Finding(
        "volume-changed",
        ERROR,
        f"volumes.{key}",
        f"the definition of volume {name} changed; to apply it the volume and all data in it would have to be deleted",
        "back up the data and set allow_volume_recreate: true, or take back the change of the definition",
    )


def _foreign_user(case: Case, key: str, name: str) -> Finding | None:
    """A network cannot be deleted while somebody is on it who does not take part in the run."""
    users = (one for one in case.present.containers if name in one.networks)
    foreign = sorted(one.name for one in users if one.service not in case.stack.services or one.one_off)
    going = case.wish.remove_orphans and not case.wish.services
    staying = [one for one in foreign if not going]
    if not staying:
        return None
    message = (
        f"the definition of network {name} changed, and it cannot be made again while {', '.join(staying)} is on it"
    )
    return Finding("network-in-use", ERROR, f"networks.{key}", message, "remove it, or set remove_orphans: true")


def recreated(plan: Plan, word: str) -> tuple[str, ...]:
    """The engine's names of the networks or volumes that `others` says are made again."""
    lines = (line for line in plan.others if line.startswith(f"{word} ") and _AGAIN in line)
    return tuple(line[len(word) + 1 :].partition(_AGAIN)[0] for line in lines)


def removed(plan: Plan, word: str) -> tuple[str, ...]:
    lines = (line for line in plan.others if line.startswith(f"{word} ") and line.endswith(": remove"))
    return tuple(line[len(word) + 1 :].rpartition(": remove")[0] for line in lines)
