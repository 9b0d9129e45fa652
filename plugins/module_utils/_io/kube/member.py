# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make this machine a member of a cluster: `kubeadm init` or `kubeadm join`, also after one that was interrupted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..._core.kube.documents import Admission, NodeWish, join_document, with_token
from ..._core.kube.local_state import LocalState
from ..._core.kube.versions import Minor
from . import local_state, node_files, secret_documents
from .kubeadm import Kubeadm
from .kubectl import Kubectl, KubectlError
from .reset import reset
from .tokens import new_token, revoke

#: What an `init` that was interrupted has made already; the phases find it as they would make it.
_RESUMED = (
    *("Port-6443", "Port-10250", "Port-10257", "Port-10259", "Port-2379", "Port-2380", "DirAvailable--var-lib-etcd"),
    *(
        f"FileAvailable--etc-kubernetes-manifests-{name}.yaml"
        for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd")
    ),
)
_INIT_TOKEN_SECONDS = 900


@dataclass(frozen=True)
class Task:
    """`admission` is what lets it join; without, it makes the cluster of `documents`."""

    node: NodeWish
    minor: Minor
    seconds: int
    documents: tuple[Mapping[str, Any], ...] = ()
    admission: Admission | None = None
    files: tuple[Mapping[str, Any], ...] = ()
    progress: list[str] = field(default_factory=list)

    @property
    def verb(self) -> str:
        return "join" if self.admission else "init"


def needed(task: Task, local: LocalState) -> str:
    """One of `nothing`, `run`, `clean` (then run), and `resume`."""
    if task.admission:
        if local.half_way:
            return "clean"
        return "nothing" if local.kubelet_conf else "run"
    if local.kubelet_conf and local.etcd_data:
        return "resume"
    return "clean" if local.half_way or local.kubelet_conf else "run"


def become(task: Task, check_mode: bool) -> bool:
    """Whether anything was done, or would be."""
    step = needed(task, local_state.read())
    if step == "nothing" or check_mode:
        return step != "nothing"
    if step == "clean":
        gone = reset(task.node.cri_socket)
        task.progress.append(
            f"clean: {len(gone)} things that were left here, such as by a {task.verb} that did not end"
        )
    secret_documents.sweep()
    node_files.apply(node_files.changes(task.files, ()))
    if task.admission:
        _join(task, task.admission)
    else:
        _init(task, resumed=step == "resume")
    return True


def _join(task: Task, admission: Admission) -> None:
    document = join_document(admission, task.node, task.minor, task.seconds)
    hidden = tuple(filter(None, (admission.token, admission.token.partition(".")[2], admission.certificate_key)))
    with secret_documents.written([document]) as path:
        Kubeadm(task.progress.append, hidden, _limit(task)).run("join", f"--config={path}")


def _init(task: Task, resumed: bool) -> None:
    token = new_token()
    init, *others = task.documents
    ignored = [f"--ignore-preflight-errors={','.join(_RESUMED)}"] if resumed else []
    if resumed:
        task.progress.append("resume: an init was interrupted after etcd had begun")
    kubeadm = Kubeadm(task.progress.append, (token, token.partition(".")[2]), _limit(task))
    try:
        with secret_documents.written([with_token(dict(init), token, _INIT_TOKEN_SECONDS), *others]) as path:
            kubeadm.run("init", f"--config={path}", "--skip-token-print", *ignored)
    finally:
        _revoke(token, task)


def _revoke(token: str, task: Task) -> None:
    """The init's own token. Where the API server never came up, there is none."""
    try:
        revoke(Kubectl(patience_seconds=0), token.partition(".")[0])
    except KubectlError as error:
        task.progress.append(f"the token of the init was not revoked, it ends in 15 minutes: {error.failure.message}")


def _limit(task: Task) -> float:
    """kubeadm has limits of its own for each step; this one is for one that hangs."""
    return task.seconds * 3.0
