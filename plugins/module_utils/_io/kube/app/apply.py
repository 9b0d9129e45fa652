# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out a plan: what workloads need, workloads wave after wave, what needs those. Nothing is put back here."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...._core.kube.app.failure import Failure
from ...._core.kube.app.objects import WORKLOADS, Ident, Wanted
from ...._core.kube.app.plan import CHANGE, CREATE, Plan, Present, in_order
from ..kubectl import Kubectl, KubectlError
from . import cluster
from .wait import Watch


@dataclass
class Runtime:
    """What a plan is carried out with. `touched` says whether anything is different from before."""

    kubectl: Kubectl
    wanted: Wanted
    plan: Plan
    present: Present
    watch: Watch
    say: Callable[[str], None]
    wait: bool = True
    wait_seconds: float = 300.0
    actions: list[dict[str, Any]] = field(default_factory=list)
    states: dict[Ident, str] = field(default_factory=dict)
    touched: bool = False
    predicted: cluster.Prediction = field(default_factory=cluster.Prediction)

    def act(self, action: str, what: str, began: float) -> None:
        self.actions.append({"action": action, "object": what, "seconds": round(time.monotonic() - began, 1)})


def apply(runtime: Runtime) -> Failure | None:
    """Why it failed, if it did. What leaves is still there: it serves until the new is good."""
    plan, doing = runtime.plan, runtime.plan.actions()
    if plan.makes_namespace:
        began = time.monotonic()
        cluster.make_namespace(runtime.kubectl, runtime.wanted)
        runtime.touched = True
        runtime.act("create", f"Namespace {runtime.wanted.namespace}", began)
    else:
        runtime.watch.remember()
    for group in in_order(runtime.wanted.manifests):
        acted = [one for one in group if doing[Ident.of(one)] in (CREATE, CHANGE)]
        failure = _apply_group(runtime, acted, doing)
        if failure is None:
            # A release that was never good is waited for as a whole: a run before this one may have been cut off.
            unproven = plan.good != plan.release
            failure = _await(runtime, group if unproven else acted)
        if failure is not None:
            return failure
    return None


def _apply_group(runtime: Runtime, acted: list[Mapping[str, Any]], doing: Mapping[Ident, str]) -> Failure | None:
    if not acted:
        return None
    began = time.monotonic()
    runtime.touched = True
    try:
        for ident in filter(runtime.predicted.before.get, map(Ident.of, acted)):
            patch = runtime.predicted.before[ident]
            runtime.kubectl.patch(ident.kind, ident.name, patch, runtime.wanted.namespace, style="json")
        runtime.kubectl.apply(acted)
    except KubectlError as error:
        return Failure("", "kubernetes", str(error), reason=error.reason)
    for one in acted:
        ident = Ident.of(one)
        runtime.act(doing[ident], ident.words, began)
    return None


def _await(runtime: Runtime, group: list[Mapping[str, Any]]) -> Failure | None:
    idents = [Ident.of(one) for one in group if one["kind"] in WORKLOADS]
    if not idents or not runtime.wait:
        return None
    try:
        failure = runtime.watch.until_ready(idents, runtime.wait_seconds)
    except KubectlError as error:
        return Failure("", "kubernetes", str(error), reason=error.reason)
    if failure is None:
        runtime.states.update({ident: verdict.words for ident, verdict in runtime.watch.states(idents).items()})
    return failure


def remove_left(runtime: Runtime) -> None:
    """What is no longer wanted, when all that is wanted is ready."""
    idents = runtime.plan.removed()
    if not idents:
        return
    began = time.monotonic()
    runtime.say(f"removing {', '.join(ident.words for ident in idents)}")
    cluster.remove(runtime.kubectl, [runtime.present.labelled[ident] for ident in idents])
    for ident in idents:
        runtime.act("remove", ident.words, began)
