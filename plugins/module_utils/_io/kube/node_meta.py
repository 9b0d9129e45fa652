# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels, taints and annotations of nodes: read all of them at once, patch those that differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._core.kube.node_meta import Live, Step, step
from ..._core.kube.node_wish import MANAGED, Wish, wishes
from ..app_module import AppError, Context
from .kubectl import Kubectl, KubectlError

#: How often a node may change between reading and patching; its kubelet writes to it, too.
_TRIES = 10


def work(context: Context) -> dict[str, Any]:
    """The result of the module."""
    wanted, findings = wishes(context.params["nodes"])
    if findings:
        raise AppError.of(findings, "k8s_node_meta")
    kubectl = Kubectl(context.params["kubeconfig"], say=context.warn)
    live = {node["metadata"]["name"]: Live.of(node) for node in kubectl.items("nodes")}
    missing = [wish.name for wish in wanted if wish.name not in live]
    if missing and not context.check_mode:
        raise AppError(_not_there(missing, live), missing=missing)
    steps = [step(wish, live.get(wish.name, Live())) for wish in wanted]
    for one in steps:
        if one.unreadable:
            context.warn(f"node {one.name}: the annotation {MANAGED} cannot be read, so nothing counts as ours")
    if not context.check_mode:
        steps = _apply(kubectl, wanted, steps)
    return {"missing": missing, **_told(steps)}


def _not_there(missing: list[str], live: Mapping[str, Live]) -> str:
    there = ", ".join(sorted(live)) or "none"
    return f"k8s_node_meta: found no node called {', '.join(missing)}, expected one of {there}. Nothing was changed."


def _apply(kubectl: Kubectl, wanted: list[Wish], steps: list[Step]) -> list[Step]:
    done: list[Step] = []
    try:
        for wish, planned in zip(wanted, steps):
            done.append(_patched(kubectl, wish, planned) if planned.changed else planned)
    except KubectlError as error:
        raise AppError(f"node {wanted[len(done)].name}: {error}", **_told(done)) from error
    return done


def _patched(kubectl: Kubectl, wish: Wish, planned: Step) -> Step:
    """Somebody may have changed the node since it was read: then it is read and planned again."""
    for _try in range(_TRIES - 1):
        try:
            kubectl.patch("node", wish.name, planned.patch)
        except KubectlError as error:
            if error.reason != "Conflict":
                raise
        else:
            return planned
        found = kubectl.get("node", wish.name)
        planned = step(wish, Live.of(found)) if found else planned
        if not planned.changed:
            return planned
    kubectl.patch("node", wish.name, planned.patch)
    return planned


def _told(steps: list[Step]) -> dict[str, Any]:
    changed = [one for one in steps if one.changed]
    sides = {side: {one.name: dict(getattr(one, side)) for one in changed} for side in ("before", "after")}
    return {"changed": bool(changed), "nodes": [one.as_dict() for one in steps], "diff": sides}
