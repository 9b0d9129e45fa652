# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`k8s_app` from its options to its result: read, predict, decide, apply, wait, and keep or come back."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ...._core.findings import ERROR, WARNING, Finding
from ...._core.kube.app import answer
from ...._core.kube.app.hiding import literals
from ...._core.kube.app.objects import WORKLOADS, Ident, Wanted, is_of, problems, ready_to_apply, with_live_replicas
from ...._core.kube.app.plan import Plan, Present, decide, foreign, remove_all
from ...._core.kube.app.releases import History, Release, ReleaseError, as_secret
from ...._core.kube.app.rollout import READY
from ...app_module import AppError, Context
from ...private_files import make_private
from ...run_journal import now
from ...run_lock import held
from ..kubectl import Kubectl, KubectlError
from . import cluster
from .apply import Runtime, apply, remove_left
from .rollback import rollback
from .wait import Watch

PRESENT, FORMER, ABSENT = "present", "former", "absent"
_LOCKS = Path("/run/slipway")


@dataclass
class Session:
    """One run on one app, under its lock."""

    context: Context
    app: str
    namespace: str
    kubectl: Kubectl
    started: float = field(default_factory=time.monotonic)
    progress: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def state(self) -> str:
        return str(self.context.params["state"])

    def say(self, text: str) -> None:
        self.progress.append(f"{time.monotonic() - self.started:.1f} s: {text}")

    def hide(self, *listed: Iterable[Mapping[str, Any]]) -> None:
        """Of the secrets of these, nothing is shown from now on."""
        self.kubectl = replace(self.kubectl, hidden=literals(one for manifests in listed for one in manifests))


def work(context: Context) -> dict[str, Any]:
    """Raises AppError with one message where something is wrong, and with the failure's block where it failed."""
    params = context.params
    app, namespace = params["name"], params["namespace"] or params["name"]
    listed = params["manifests"] or []
    wrong = list(problems(app, namespace, listed))
    if params["state"] == PRESENT and not listed:
        message = "found none, expected at least one; to remove the app there is state: absent"
        wrong.append(Finding("manifests", ERROR, "manifests", message))
    if wrong:
        raise AppError.of(wrong, f"app {app}")
    session = Session(context, app, namespace, Kubectl(kubeconfig=params["kubeconfig"]))
    session.kubectl = replace(session.kubectl, say=session.say)
    wanted = ready_to_apply(app, namespace, listed) if params["state"] == PRESENT else None
    session.hide(wanted.manifests if wanted else ())
    with _lock(session):
        return _on_app(session, wanted)


@contextmanager
def _lock(session: Session) -> Iterator[None]:
    """Check mode waits for nobody and writes nothing."""
    if session.context.check_mode:
        yield
        return
    make_private(_LOCKS)
    path = _LOCKS / f"k8s_app-{session.namespace}-{session.app}.lock"
    with held(path, session.context.params["lock_timeout"], session.context.who, session.app):
        yield


def _on_app(session: Session, wanted: Wanted | None) -> dict[str, Any]:
    if session.state == ABSENT:
        return _absent(session)
    if wanted is None:
        wanted = _former(session)
    present = cluster.look(session.kubectl, session.app, session.namespace, wanted)
    session.hide(wanted.manifests, present.live.values(), *(one.manifests for one in present.history.releases))
    wrong = list(foreign(present, wanted))
    if wrong:
        raise AppError.of(wrong, f"app {session.app}")
    sent = replace(wanted, manifests=tuple(with_live_replicas(wanted.manifests, present.live)))
    later = _later(session, present.history, wanted)
    predicted = _predicted(session, present, sent)
    plan = decide(present, sent, predicted.objects, later)
    if session.context.check_mode or not plan.changed:
        return _kept(session, plan, present)
    watch = Watch(session.kubectl, session.namespace, session.say)
    runtime = Runtime(session.kubectl, sent, plan, present, watch, session.say, predicted=predicted)
    return _deployed(session, runtime, later)


def _predicted(session: Session, present: Present, wanted: Wanted) -> cluster.Prediction:
    """What the API server refuses is refused before anything is touched."""
    try:
        if present.namespace is not None:
            return cluster.predict(session.kubectl, present, wanted)
        cluster.refuse_elsewhere(session.kubectl, wanted)
    except KubectlError as error:
        fixed = "immutable" in str(error) or "updates to statefulset spec" in str(error)
        hint = "; what cannot be changed has to be removed first (kubectl delete; volumes stay)" if fixed else ""
        raise AppError(f"app {session.app}: nothing was changed: {error}{hint}") from error
    return cluster.Prediction()


def _later(session: Session, before: History, wanted: Wanted) -> History:
    """What is kept when all went well. A release that could not be kept is refused before anything is touched."""
    if session.state == FORMER:
        return before.went_back()
    if before.good and before.good.id == wanted.release:
        return before
    later = before.accepted(wanted, now(), session.context.params["keep_releases"])
    try:
        _secret(session, later.releases[-1])
    except ReleaseError as error:
        raise AppError(str(error)) from error
    return later


def _secret(session: Session, release: Release) -> dict[str, Any]:
    return as_secret(release, session.app, session.namespace)


def _former(session: Session) -> Wanted:
    former = cluster.look(session.kubectl, session.app, session.namespace, None).history.former
    if former is None:
        raise AppError(f"app {session.app} has no former release in namespace {session.namespace} to go back to")
    return former.wanted(session.app, session.namespace)


def _kept(session: Session, plan: Plan, present: Present) -> dict[str, Any]:
    """Nothing is to be done, or check mode. What is not ready is said."""
    there = [ident for ident in present.live if ident.kind in WORKLOADS]
    states = Watch(session.kubectl, session.namespace, session.say).states(there) if there else {}
    for ident, verdict in states.items():
        if verdict.outcome != READY and not plan.changed:
            told = f"; {verdict.trouble.message}" if verdict.trouble else ""
            message = f"it is as declared, and waits for {verdict.words}{told}"
            found = Finding("not-ready", WARNING, ident.words, message)
            session.findings.append(found)
            session.context.warn(found.as_text())
    return _result(session, plan, present, states={ident: verdict.words for ident, verdict in states.items()})


def _deployed(session: Session, runtime: Runtime, later: History) -> dict[str, Any]:
    params, plan, present = session.context.params, runtime.plan, runtime.present
    runtime.wait, runtime.wait_seconds = params["wait"], params["wait_timeout"]
    failure = apply(runtime)
    if failure is not None:
        back = rollback(runtime, bool(params["rollback"]))
        failure = failure.redacted(session.kubectl.hidden)
        known = _result(session, plan, present, runtime)
        known.update(changed=runtime.touched, rolled_back=back.ok, failure=failure.as_dict())
        raise AppError("\n".join([*failure.as_lines(), back.message]), **known)
    _record(session, present.history, later)
    remove_left(runtime)
    return _result(session, plan, replace(present, history=later), runtime)


def _record(session: Session, before: History, later: History) -> None:
    """What is good now is kept in the cluster; what is beyond the number to keep goes."""
    known = {one.number for one in before.releases}
    session.kubectl.apply([_secret(session, one) for one in later.releases if one.number not in known])
    cluster.remove(session.kubectl, [_secret(session, one) for one in before.gone(later)])


def _absent(session: Session) -> dict[str, Any]:
    kubectl, with_data = session.kubectl, bool(session.context.params["remove_data"])
    present = cluster.look(kubectl, session.app, session.namespace, None)
    session.hide(present.labelled.values(), *(one.manifests for one in present.history.releases))
    ours = with_data and present.namespace is not None and is_of(session.app, present.namespace)
    gone = ours and cluster.is_alone(kubectl, session.app, session.namespace)
    plan = replace(remove_all(present, with_data), removes_namespace=gone)
    if session.context.check_mode or not plan.changed:
        return _result(session, plan, present)
    removed = [present.labelled[ident] for ident in plan.removed()]
    session.say(f"removing {len(removed)} objects, and waiting until their pods have ended")
    cluster.remove(kubectl, [one for one in removed if one["kind"] in WORKLOADS])
    cluster.remove(kubectl, [one for one in removed if one["kind"] not in WORKLOADS])
    cluster.remove(kubectl, [_secret(session, one) for one in present.history.releases])
    if gone:
        session.say(f"removing namespace {session.namespace}, which was made for the app and is empty")
        kubectl.delete("namespace", session.namespace)
    return _result(session, plan, replace(present, history=History()))


def _result(
    session: Session,
    plan: Plan,
    present: Present,
    runtime: Runtime | None = None,
    states: Mapping[Ident, str] | None = None,
) -> dict[str, Any]:
    good, former = present.history.good, present.history.former
    result = answer.result(plan)
    known = {ident.words: words for ident, words in (runtime.states if runtime else states or {}).items()}
    for one in result["objects"]:
        one["state"] = known.get(f"{one['kind']} {one['name']}", "")
    return {
        **result,
        "app": session.app,
        "namespace": session.namespace,
        "release": good.id if good else "",
        "former": former.id if former else "",
        "actions": list(runtime.actions) if runtime else [],
        "findings": [finding.as_dict() for finding in session.findings],
        "progress": list(session.progress),
        "rolled_back": False,
    }
