# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels, taints and annotations of a node: what there is, what of it is ours, and the patch that makes it as wanted.

What was wanted is ours and is recorded on the node itself. What is ours and no longer wanted goes; what others put
there stays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .node_wish import MANAGED, Identity, Wish


@dataclass(frozen=True)
class Owned:
    """What of a node is ours. A taint is written as `key:effect`."""

    labels: tuple[str, ...] = ()
    taints: tuple[str, ...] = ()
    annotations: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str | None) -> Owned | None:
        """None where the record cannot be read."""
        try:
            said = json.loads(text or "{}")
        except ValueError:
            return None
        parts = ("labels", "taints", "annotations")
        if not isinstance(said, dict) or not all(isinstance(said.get(part, []), list) for part in parts):
            return None
        return cls(*(tuple(str(key) for key in said.get(part, [])) for part in parts))

    @property
    def text(self) -> str | None:
        """None where nothing is ours."""
        said = {"annotations": self.annotations, "labels": self.labels, "taints": self.taints}
        kept = {part: sorted(keys) for part, keys in said.items() if keys}
        return json.dumps(kept, separators=(",", ":")) if kept else None


@dataclass(frozen=True)
class Live:
    """A node as the cluster has it. `taints` are the API's own, for theirs are given back as they were."""

    version: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Mapping[str, Any], ...] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, node: Mapping[str, Any]) -> Live:
        told = node["metadata"]
        return cls(
            str(told.get("resourceVersion", "")),
            told.get("labels") or {},
            tuple((node.get("spec") or {}).get("taints") or ()),
            told.get("annotations") or {},
        )

    @property
    def tainted(self) -> dict[Identity, str]:
        return {_identity(taint): str(taint.get("value", "")) for taint in self.taints}


@dataclass(frozen=True)
class Step:
    """What to do with one node. Of a mapping, a value of None goes."""

    name: str
    version: str
    labels: Mapping[str, str | None]
    annotations: Mapping[str, str | None]
    taints: tuple[Mapping[str, Any], ...] | None  # None: they stay as they are
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    unreadable: bool = False  # the record of what is ours

    @property
    def changed(self) -> bool:
        return self.before != self.after

    @property
    def patch(self) -> dict[str, Any]:
        """A JSON merge patch. With the version in it the API refuses it where the node has changed meanwhile."""
        told: dict[str, Any] = {"resourceVersion": self.version}
        told.update({part: dict(keys) for part, keys in self._mappings.items() if keys})
        return {"metadata": told, **({} if self.taints is None else {"spec": {"taints": list(self.taints)}})}

    @property
    def _mappings(self) -> dict[str, Mapping[str, str | None]]:
        return {"labels": self.labels, "annotations": self.annotations}

    def as_dict(self) -> dict[str, Any]:
        return {"name": self.name, "changed": self.changed, "before": dict(self.before), "after": dict(self.after)}


def step(wish: Wish, live: Live) -> Step:
    """How this node gets what is wanted."""
    recorded = Owned.read(live.annotations.get(MANAGED))
    owned = recorded or Owned()
    ours = Owned(_kept(wish.labels), tuple(_written(key) for key in _kept(wish.taints)), _kept(wish.annotations))
    labels = _differing(wish.labels, owned.labels, live.labels)
    annotations = _differing(wish.annotations, owned.annotations, live.annotations)
    taints = _tainted(wish, owned, live)
    record = ours.text
    if record != live.annotations.get(MANAGED):
        annotations[MANAGED] = record
    before = _shown(live.labels, live.tainted, live.annotations, labels, annotations, live.tainted != taints)
    after = _shown(
        {**live.labels, **labels},
        taints,
        {**live.annotations, **annotations},
        labels,
        annotations,
        live.tainted != taints,
    )
    changed_taints = None if live.tainted == taints else _as_api(taints, live)
    return Step(wish.name, live.version, labels, annotations, changed_taints, before, after, recorded is None)


def _differing(
    wanted: Mapping[str, str | None], owned: tuple[str, ...], live: Mapping[str, str]
) -> dict[str, str | None]:
    goes: dict[str, str | None] = {key: None for key in owned if key not in wanted and key in live}
    return {**goes, **{key: value for key, value in wanted.items() if live.get(key) != value}}


def _tainted(wish: Wish, owned: Owned, live: Live) -> dict[Identity, str]:
    """All taints of the node as they should be: those of others, then ours."""
    theirs = {
        identity: value
        for identity, value in live.tainted.items()
        if identity in wish.taints or _written(identity) not in owned.taints
    }
    wanted = {identity: value for identity, value in wish.taints.items() if value is not None}
    gone = [identity for identity, value in wish.taints.items() if value is None]
    return {identity: value for identity, value in {**theirs, **wanted}.items() if identity not in gone}


def _as_api(taints: Mapping[Identity, str], live: Live) -> tuple[Mapping[str, Any], ...]:
    """What stays is given as it was, with the time that it was added."""
    present = {_identity(taint): taint for taint in live.taints}
    return tuple(
        present[identity]
        if live.tainted.get(identity) == value
        else {"key": identity[0], "effect": identity[1], **({"value": value} if value else {})}
        for identity, value in taints.items()
    )


def _shown(
    labels: Mapping[str, str | None],
    taints: Mapping[Identity, str],
    annotations: Mapping[str, str | None],
    changed_labels: Mapping[str, Any],
    changed_annotations: Mapping[str, Any],
    with_taints: bool,
) -> dict[str, Any]:
    """Of what changes, one side."""
    said: dict[str, Any] = {}
    for part, values, keys in (("labels", labels, changed_labels), ("annotations", annotations, changed_annotations)):
        if keys:
            said[part] = {key: values[key] for key in sorted(keys) if values.get(key) is not None}
    if with_taints:
        said["taints"] = [
            f"{key}={value}:{effect}" if value else f"{key}:{effect}" for (key, effect), value in sorted(taints.items())
        ]
    return said


def _kept(wanted: Mapping[Any, str | None]) -> tuple[Any, ...]:
    return tuple(key for key, value in wanted.items() if value is not None)


def _identity(taint: Mapping[str, Any]) -> Identity:
    return (str(taint["key"]), str(taint["effect"]))


def _written(identity: Identity) -> str:
    return f"{identity[0]}:{identity[1]}"
