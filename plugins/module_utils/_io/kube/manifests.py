# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of a cluster against their manifests: what the API server would make of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..._core.kube.app.hiding import plain, shown_pair
from ..._core.kube.app.objects import Ident
from .app.cluster import live
from .kubectl import Kubectl


@dataclass(frozen=True)
class Change:
    """One object that is not as its manifest says; `before` is None where there is none."""

    ident: Ident
    namespace: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]

    @property
    def name(self) -> str:
        place = f" in {self.namespace}" if self.namespace else ""
        return f"{self.ident.words}{place}"

    def diff(self) -> dict[str, str]:
        before, after = shown_pair(self.before, self.after)
        return {"before_header": self.name, "after_header": self.name, "before": _text(before), "after": _text(after)}


def changed_objects(kubectl: Kubectl, manifests: Sequence[Mapping[str, Any]]) -> list[Change]:
    """In the order of the manifests."""
    there = {_key(found): plain(found) for found in live(kubectl, manifests)}
    would = {_key(found): plain(found) for found in kubectl.apply(manifests, dry_run=True)}
    return [Change(*key, there.get(key), after) for key, after in would.items() if there.get(key) != after]


def all_new(manifests: Sequence[Mapping[str, Any]]) -> list[Change]:
    """Where there is no API server that could be asked."""
    return [Change(*_key(manifest), None, manifest) for manifest in manifests]


def _key(found: Mapping[str, Any]) -> tuple[Ident, str]:
    return Ident.of(found), str(found["metadata"].get("namespace") or "")


def _text(value: Any) -> str:
    return json.dumps(value, indent=2, sort_keys=True) + "\n" if value else ""
