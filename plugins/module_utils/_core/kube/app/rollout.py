# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a workload is: ready, still waited for, or failed. Judged from what the cluster says at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .objects import Ident
from .pods import Trouble, View, is_ready, trouble

READY, WAITING, FAILED = "ready", "waiting", "failed"


@dataclass(frozen=True)
class Verdict:
    """`words` say what is waited for, or what it came to. With a trouble, its patience decides when it is a failure."""

    outcome: str
    words: str
    trouble: Trouble | None = None


def judge(ident: Ident, view: View, restarts_before: Mapping[str, int]) -> Verdict:
    """`restarts_before` are those of each pod when it was first seen."""
    live = view.workload(ident.kind, ident.name)
    if live is None:
        return Verdict(WAITING, "it is not there yet")
    if ident.kind == "Job":
        verdict = _job(live)
    elif not _seen(live):
        verdict = Verdict(WAITING, "the controller to see it")
    elif ident.kind == "Deployment":
        verdict = _deployment(live, sum(map(is_ready, view.pods(live))))
    else:
        verdict = _stateful_set(live) if ident.kind == "StatefulSet" else _daemon_set(live)
    if verdict.outcome != WAITING or verdict.trouble:
        return verdict
    return Verdict(WAITING, verdict.words, _worst(live, view, restarts_before))


def _worst(live: Mapping[str, Any], view: View, restarts_before: Mapping[str, int]) -> Trouble | None:
    """What would be a failure before what only takes its time; a Job may try again as often as it says."""
    found = [trouble(pod, restarts_before.get(str(pod["metadata"]["name"]), 0)) for pod in view.pods(live)]
    known = [one for one in found if one is not None and not (live["kind"] == "Job" and one.cause == "exit")]
    graver = [one for one in known if one.patience is not None]
    return next(iter([*graver, *known]), None)


def _seen(live: Mapping[str, Any]) -> bool:
    return int(_status(live, "observedGeneration")) >= int(live["metadata"].get("generation", 0))


def _deployment(live: Mapping[str, Any], ready: int) -> Verdict:
    """`ready` are pods of the new revision."""
    wanted, updated = _replicas(live), _status(live, "updatedReplicas")
    for condition in (live.get("status") or {}).get("conditions") or []:
        told = str(condition.get("message") or condition.get("reason") or "")
        if condition.get("type") == "ReplicaFailure" and condition.get("status") == "True":
            reason = str(condition.get("reason", ""))
            return Verdict(
                WAITING, "its pods", Trouble("start", f"no pod is made: {told}", "", reason=reason, patience=5.0)
            )
        if condition.get("type") == "Progressing" and condition.get("reason") == "ProgressDeadlineExceeded":
            return Verdict(FAILED, told, Trouble("timeout", told, "", reason="ProgressDeadlineExceeded", patience=0.0))
    if updated < wanted:
        return Verdict(WAITING, f"{updated} of {wanted} new pods to be made")
    if ready < wanted:
        return Verdict(WAITING, f"{ready} of {wanted} new pods to be ready")
    if _status(live, "replicas") > updated:
        return Verdict(WAITING, f"{_status(live, 'replicas') - updated} old pods to end")
    return _available(wanted, _status(live, "availableReplicas"))


def _stateful_set(live: Mapping[str, Any]) -> Verdict:
    wanted, status = _replicas(live), live.get("status") or {}
    spec = live.get("spec") or {}
    if (spec.get("updateStrategy") or {}).get("type") == "OnDelete":
        return _available(wanted, _status(live, "readyReplicas"))
    renewed = status.get("currentRevision") == status.get("updateRevision")
    if not renewed and _status(live, "updatedReplicas") < wanted:
        return Verdict(WAITING, f"{_status(live, 'updatedReplicas')} of {wanted} pods to be made anew")
    return _available(wanted, _status(live, "readyReplicas"))


def _daemon_set(live: Mapping[str, Any]) -> Verdict:
    wanted = _status(live, "desiredNumberScheduled")
    if _status(live, "updatedNumberScheduled") < wanted:
        return Verdict(WAITING, f"{_status(live, 'updatedNumberScheduled')} of {wanted} pods to be made anew")
    return _available(wanted, _status(live, "numberAvailable"))


def _job(live: Mapping[str, Any]) -> Verdict:
    for condition in (live.get("status") or {}).get("conditions") or []:
        if condition.get("status") == "True" and condition.get("type") == "Complete":
            return Verdict(READY, "it ended well")
        if condition.get("status") == "True" and condition.get("type") == "Failed":
            told = str(condition.get("message") or condition.get("reason") or "it failed")
            reason = str(condition.get("reason", ""))
            return Verdict(FAILED, told, Trouble("job", f"it failed: {told}", "", reason=reason, patience=0.0))
    return Verdict(WAITING, "it to end")


def _available(wanted: int, ready: int) -> Verdict:
    if ready < wanted:
        return Verdict(WAITING, f"{ready} of {wanted} pods to be ready")
    return Verdict(READY, f"{ready} of {wanted} pods are ready" if wanted else "no pod is wanted")


def _replicas(live: Mapping[str, Any]) -> int:
    found = (live.get("spec") or {}).get("replicas")
    return 1 if found is None else int(found)


def _status(live: Mapping[str, Any], key: str) -> int:
    return int((live.get("status") or {}).get(key) or 0)
