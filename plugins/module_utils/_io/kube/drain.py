# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Empty nodes: look at their pods first, close the nodes, wait for those that somebody moves, then `kubectl drain`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ..._core.kube.drain import EVICT, Drain, Picture, attached, drains
from ..app_module import AppError, Context
from .kubectl import Kubectl, KubectlError

_PAUSE_SECONDS = 3.0
_KINDS = ("Node", "Pod", "PersistentVolumeClaim", "PersistentVolume")
_FLAGS = ("--ignore-daemonsets", "--delete-emptydir-data", "--force")


def work(context: Context) -> dict[str, Any]:
    """The result of the module `k8s_drain`."""
    kubectl = Kubectl(context.params["kubeconfig"], say=context.warn)
    policies = {str(node["name"]): str(node["policy"]) for node in context.params["nodes"]}
    planned = drains(policies, _picture(kubectl))
    problems = [problem for drain in planned for problem in drain.problems]
    if problems:
        raise AppError(_refusal(problems), nodes=[drain.as_dict() for drain in planned])
    for drain in planned:
        for held in drain.held if drain.policy == EVICT else ():
            context.warn(f"{drain.node}: {held}")
    changed = [drain for drain in planned if drain.changed]
    if not context.check_mode and changed:
        _apply(kubectl, changed, policies, context.params["timeout_seconds"])
    before = "".join(f"{line}\n" for drain in changed for line in _lines(drain))
    return {
        "changed": bool(changed),
        "nodes": [one.as_dict() for one in planned],
        "diff": {"before": before, "after": ""},
    }


def _picture(kubectl: Kubectl) -> Picture:
    kinds = kubectl.items("nodes,pods,persistentvolumeclaims,persistentvolumes", everywhere=True)
    return Picture.of(*([it for it in kinds if it["kind"] == kind] for kind in _KINDS))


def _refusal(problems: list[str]) -> str:
    return "\n".join(
        [
            "Draining would do harm. Nothing was changed.",
            *(f"- {problem}" for problem in problems),
            "Move them first, or choose another policy: `wait` waits until somebody moved them, `evict` lets them go.",
        ]
    )


def _lines(drain: Drain) -> list[str]:
    closed = [] if drain.cordoned else [f"{drain.node}: takes pods"]
    return [*closed, *(f"{drain.node}: {pod}" for pod in drain.goes)]


def _apply(kubectl: Kubectl, changed: list[Drain], policies: dict[str, str], seconds: int) -> None:
    """All nodes are closed first, so that no pod moves from one of them to the next. A failure opens them again."""
    opened = [drain.node for drain in changed if not drain.cordoned]
    try:
        if opened:
            kubectl.run("cordon", *opened)
        for drain in changed:
            _wait_for_held(kubectl, drain, policies, seconds)
            kubectl.run("drain", drain.node, *_FLAGS, f"--timeout={seconds}s", seconds=seconds + 60.0)
            _wait_for_volumes(kubectl, drain.node, seconds)
    except AppError as error:
        _open(kubectl, opened)
        if isinstance(error, KubectlError):
            raise AppError(
                f"{error}\nNodes that were closed take pods again: {', '.join(opened) or 'none'}."
            ) from error
        raise


def _open(kubectl: Kubectl, nodes: list[str]) -> None:
    if nodes:
        kubectl.run("uncordon", *nodes)


def _wait_for_held(kubectl: Kubectl, drain: Drain, policies: dict[str, str], seconds: int) -> None:
    """Somebody moves them in his own time; the others go afterwards."""
    left = list(drain.waited_for)

    def still() -> str:
        now = next((it for it in drains(policies, _picture(kubectl)) if it.node == drain.node), drain)
        return ", ".join(str(held.pod) for held in now.waited_for)

    if left:
        _wait(still, seconds, f"{drain.node}: nobody moved {{left}} within {seconds} s. The node takes pods again.")


def _wait_for_volumes(kubectl: Kubectl, node: str, seconds: int) -> None:
    """A volume that is attached to a node that goes cannot be used by another one for minutes."""

    def still() -> str:
        return ", ".join(attached(kubectl.items("volumeattachments"), node))

    _wait(still, seconds, f"{node}: {{left}} is still attached after {seconds} s. The node takes pods again.")


def _wait(still: Callable[[], str], seconds: int, late: str) -> None:
    limit = time.monotonic() + seconds
    while left := still():
        if time.monotonic() > limit:
            raise AppError(late.replace("{left}", left))
        time.sleep(_PAUSE_SECONDS)
