# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits until workloads are ready, and finds out why one is not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...._core.kube.app.failure import LOG_LINES, Failure, explain, late
from ...._core.kube.app.objects import Ident
from ...._core.kube.app.pods import Trouble, View, restarts, runs
from ...._core.kube.app.rollout import FAILED, READY, Verdict, judge
from ..kubectl import Kubectl, KubectlError

_LOOKED_AT = "deployments.apps,replicasets.apps,statefulsets.apps,daemonsets.apps,jobs.batch,pods"
_PAUSE_SECONDS = 1.0
_STABLE_SECONDS, _STABLE_AGAIN_SECONDS = 3.0, 15.0
#: What the kubelet says in a log of a container that is gone.
_NO_LOG = "unable to retrieve container logs"


@dataclass
class Watched:
    """One workload. `doubted_since` is when its present trouble was first seen."""

    ident: Ident
    verdict: Verdict | None = None
    said: str = ""
    doubt: tuple[str, str, str] = ("", "", "")
    doubted_since: float = 0.0


@dataclass
class Watch:
    """All that is waited for together."""

    kubectl: Kubectl
    namespace: str
    say: Callable[[str], None]
    restarts_before: dict[str, int] = field(default_factory=dict)

    def look(self) -> View:
        return View(tuple(self.kubectl.items(_LOOKED_AT, self.namespace)))

    def remember(self) -> None:
        """How often pods were restarted before anything was applied."""
        pods = [one for one in self.look().items if one["kind"] == "Pod"]
        self.restarts_before = {str(pod["metadata"]["name"]): restarts(pod) for pod in pods}

    def until_ready(self, idents: Iterable[Ident], seconds: float) -> Failure | None:
        """None when all are ready; else why the first one is not."""
        watched = [Watched(ident) for ident in idents]
        deadline = time.monotonic() + seconds
        ready_since = 0.0
        while True:
            view = self.look()
            self._free(watched, view)
            for one in watched:
                found = self._failed(one, view)
                if found is not None:
                    return self._explain(one.ident, found, view)
            waiting = [one for one in watched if one.verdict is None or one.verdict.outcome != READY]
            ready_since = ready_since if not waiting and ready_since else time.monotonic()
            if not waiting and time.monotonic() - ready_since >= self._stable_seconds(watched, view):
                return None
            if waiting and time.monotonic() >= deadline:
                first = waiting[0]
                known = first.verdict or Verdict(FAILED, "it")
                return self._explain(first.ident, late(known.trouble, known.words, seconds), view)
            time.sleep(_PAUSE_SECONDS)

    def _free(self, watched: list[Watched], view: View) -> None:
        """Kubernetes leaves it to its user to remove a pod that cannot get ready and is not wanted any more."""
        for live in (view.workload(one.ident.kind, one.ident.name) for one in watched):
            for pod in view.stuck(live) if live else ():
                self.say(f"removing pod {pod}, which is not ready and of a former revision")
                self.kubectl.delete("pod", pod, namespace=self.namespace, wait=False)

    def _stable_seconds(self, watched: list[Watched], view: View) -> float:
        """One that dies a moment after it was ready is not; one that died before is looked at for longer."""
        found = [view.workload(one.ident.kind, one.ident.name) for one in watched if one.ident.kind != "Job"]
        pods = [pod for live in found if live for pod in view.pods(live)]
        if any(restarts(pod) > self.restarts_before.get(str(pod["metadata"]["name"]), 0) for pod in pods):
            return _STABLE_AGAIN_SECONDS
        return _STABLE_SECONDS if found else 0.0

    def states(self, idents: Iterable[Ident]) -> dict[Ident, Verdict]:
        """As they are now."""
        view = self.look()
        return {ident: judge(ident, view, self.restarts_before) for ident in idents}

    def _failed(self, one: Watched, view: View) -> Trouble | None:
        """Its trouble, if that has lasted long enough."""
        verdict = one.verdict = judge(one.ident, view, self.restarts_before)
        self._tell(one, verdict)
        found = verdict.trouble
        if found is None:
            one.doubt = ("", "", "")
            return None
        doubt = (found.pod, found.container, found.cause)
        if doubt != one.doubt:
            one.doubt, one.doubted_since = doubt, time.monotonic()
        lasted = time.monotonic() - one.doubted_since
        over = found.patience is not None and lasted >= found.patience
        return found if verdict.outcome == FAILED or over else None

    def _tell(self, one: Watched, verdict: Verdict) -> None:
        if verdict.outcome == FAILED:
            return
        words = f"ready: {verdict.words}" if verdict.outcome == READY else f"waiting for {verdict.words}"
        if verdict.trouble and verdict.outcome != READY:
            words = f"{words}; {verdict.trouble.message}"
        if words != one.said:
            one.said = words
            self.say(f"{one.ident.words}: {words}")

    def _explain(self, ident: Ident, found: Trouble, view: View) -> Failure:
        pod = self._pod(ident, found, view)
        container = found.container or _first_container(pod)
        events, log = self._events(), self._log(pod, container)
        return explain(ident, found, pod, events, log)

    def _pod(self, ident: Ident, found: Trouble, view: View) -> Mapping[str, Any] | None:
        live = view.workload(ident.kind, ident.name)
        pods = view.pods(live) if live else []
        named = [pod for pod in pods if pod["metadata"]["name"] == found.pod]
        return next(iter([*named, *reversed(pods)]), None)

    def _events(self) -> list[dict[str, Any]]:
        try:
            return self.kubectl.items("events", self.namespace)
        except KubectlError as error:
            self.say(f"its events cannot be read: {error}")
            return []

    def _log(self, pod: Mapping[str, Any] | None, container: str) -> list[str]:
        """Of the container as it ended last: while one runs again, of the one before it."""
        if pod is None or not container:
            return []
        name = str(pod["metadata"]["name"])
        words = ("logs", name, f"--container={container}", f"--namespace={self.namespace}", f"--tail={LOG_LINES}")
        for more in (("--previous",), ()) if runs(pod, container) and restarts(pod) else ((),):
            try:
                lines = self.kubectl.run(*words, *more).splitlines()
            except KubectlError:  # a container that never ran has no log, and one may be gone
                continue
            told = [line for line in lines if not line.startswith(_NO_LOG)]
            if told:
                return told
        return []


def _first_container(pod: Mapping[str, Any] | None) -> str:
    listed = ((pod or {}).get("spec") or {}).get("containers") or []
    return str(listed[0].get("name", "")) if listed else ""
