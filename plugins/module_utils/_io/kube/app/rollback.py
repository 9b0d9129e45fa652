# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Back to the last good release, with the same plan as any other; or down, where there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...._core.kube.app.objects import WORKLOADS, Ident, with_live_replicas
from ...._core.kube.app.plan import CREATE, decide
from ...._core.kube.app.releases import Release
from ..kubectl import KubectlError
from . import cluster
from .apply import Runtime, apply, remove_left


@dataclass(frozen=True)
class RolledBack:
    """`ok`: what was good before runs again."""

    ok: bool
    message: str


def rollback(runtime: Runtime, wished: bool) -> RolledBack:
    """What runs after this, in one sentence."""
    good = runtime.present.history.good
    if not runtime.touched:
        return RolledBack(False, "What ran before still runs.")
    if not wished:
        return RolledBack(False, "No rollback is wanted; everything stays as it is, for inspection.")
    if good is not None and good.id == runtime.wanted.release:
        return RolledBack(False, "This is the release that was good last, so there is nothing to go back to.")
    try:
        return _back(runtime, good) if good is not None else _down(runtime)
    except KubectlError as error:
        return RolledBack(False, f"The way back failed, too: {error}. Run it again to come to a known state.")


def _back(runtime: Runtime, good: Release) -> RolledBack:
    app, namespace = runtime.wanted.app, runtime.wanted.namespace
    runtime.say(f"going back to release {good.id}")
    wanted = good.wanted(app, namespace)
    present = cluster.look(runtime.kubectl, app, namespace, wanted)
    wanted = replace(wanted, manifests=tuple(with_live_replicas(wanted.manifests, present.live)))
    predicted = cluster.predict(runtime.kubectl, present, wanted)
    plan = decide(present, wanted, predicted.objects, present.history)
    # Its pods are waited for even where nothing of them changes: they may have been on their way.
    again = replace(
        runtime, wanted=wanted, plan=replace(plan, good=""), present=present, wait=True, states={}, predicted=predicted
    )
    failure = apply(again)
    runtime.actions = again.actions
    if failure is not None:
        return RolledBack(False, f"Release {good.id} was put back, and failed, too: {failure.as_lines()[0]}")
    remove_left(again)
    return RolledBack(True, f"Release {good.id} is back and runs.")


def _down(runtime: Runtime) -> RolledBack:
    """A first release has nothing before it. What cannot work shall not be tried for ever; data and the rest stay."""
    made = [step.ident for step in runtime.plan.steps if step.action == CREATE and step.ident.kind in WORKLOADS]
    runtime.say(f"removing {', '.join(ident.words for ident in made)}")
    cluster.remove(runtime.kubectl, [one for one in runtime.wanted.manifests if Ident.of(one) in made])
    told = "There is nothing to go back to: this app was never good here. Its workloads are removed, its data stays."
    return RolledBack(False, told)
