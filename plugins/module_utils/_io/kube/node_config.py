# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One node brought to the cluster's documents: read, decide, apply step by step, put back what does not come up."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ..._core.kube.certificates import missing_names, read_pem
from ..._core.kube.config_change import CLUSTER, KUBELET, differences
from ..._core.kube.config_merge import merged
from ..._core.kube.node_change import NodeChange, PodChange, TextChange, WantedFile, wanted_files
from ..._core.kube.static_pods import Standing, named_files, plain, reads, restarted, told_changes
from ..._core.kube.versions import VersionError, exact
from ..app_module import AppError, Context
from ..private_files import write_whole
from ..program_run import Run
from ..program_run import run as run_program
from . import kube_yaml, kubelet, static_pods
from .config_files import file_change, put_back, removal, write, written_after
from .kubectl import ADMIN_CONF, Kubectl, environment

#: For an API server that is busy. One that is down has to be repaired, whatever it would say.
_PATIENCE_SECONDS = 10.0
_CERTIFICATE = Path("/etc/kubernetes/pki/apiserver.crt")
_KEY = Path("/etc/kubernetes/pki/apiserver.key")
_CA_KEY = Path("/etc/kubernetes/pki/ca.key")


@dataclass(frozen=True)
class Wish:
    """`documents` are the cluster's as they shall be, by kind; of the kubelet's, what was wanted before and is now."""

    node: str
    address: str
    init: dict[str, Any]
    documents: dict[str, dict[str, Any]]
    kubelet_wanted: dict[str, Any]
    kubelet_former: dict[str, Any]
    files: list[WantedFile]
    former_files: list[str]
    seconds: float

    @property
    def for_kubeadm(self) -> list[Mapping[str, Any]]:
        return [self.init, self.documents[CLUSTER]]


class Node:
    """This node, while it is changed."""

    def __init__(self, wish: Wish, say: Callable[[str], None]) -> None:
        self.wish = wish
        self.say = say
        here = f"https://{_host(wish.address)}:{_port(wish.init)}"
        self.kubectl = Kubectl(ADMIN_CONF, patience_seconds=_PATIENCE_SECONDS, address=here)

    def plan(self) -> NodeChange:
        """Changes nothing."""
        kubelet_change = self._kubelet()
        if not static_pods.is_control_plane():
            return NodeChange(kubelet=kubelet_change)
        _same_version(self.wish.documents[CLUSTER])
        files = [change for change in map(file_change, self.wish.files) if change]
        sans = self._sans()
        pods = [self._pod(manifest, files, sans) for manifest in static_pods.manifests(self.wish.for_kubeadm)]
        kept = {file.path for file in self.wish.files}
        removed = [removal(path) for path in self.wish.former_files if path not in kept]
        return NodeChange(
            files, sans, [pod for pod in pods if pod], kubelet_change, [change for change in removed if change]
        )

    def apply(self, change: NodeChange) -> None:
        """Raises AppError where something does not come up; then all is as it was before."""
        files: list[Callable[[], None]] = []
        programs: list[Callable[[], None]] = []
        try:
            for file in change.files:
                files.append(partial(put_back, file))
                write(file)
                self.say(f"{file.verb} {file.path}")
            if change.sans:
                self._renew_certificate(files)
            for pod in change.pods:
                self._change_pod(pod, programs)
            if change.kubelet:
                self._change_kubelet(change.kubelet, programs)
        except AppError as error:
            self._put_back([*files, *reversed(programs)], error)
        for file in change.removed:
            Path(file.path).unlink(missing_ok=True)
            self.say(f"remove {file.path}")

    def _kubelet(self) -> TextChange | None:
        place = str(kubelet.CONFIG)
        text = kubelet.CONFIG.read_text(encoding="utf-8")
        before = kube_yaml.read_one(text, place)
        after = merged(before, self.wish.kubelet_former, self.wish.kubelet_wanted)
        changes = differences(KUBELET, before, after)
        if not changes:
            return None
        why = f"restart with {', '.join(change.path for change in changes)} of {place}"
        return TextChange(place, text, kube_yaml.write(after), why=why)

    def _sans(self) -> list[str]:
        """All names of a certificate that lacks one of them."""
        wanted = [str(name) for name in (self.wish.documents[CLUSTER].get("apiServer") or {}).get("certSANs") or []]
        if not wanted or not _CERTIFICATE.is_file():
            return []
        lacking = missing_names(read_pem(_CERTIFICATE.read_text(encoding="ascii"))[0], wanted)
        if lacking and not _CA_KEY.is_file():
            raise AppError(
                f"{_CERTIFICATE} lacks {', '.join(lacking)}, and the CA's key is not on this node: have the certificate"
                " made where the key is, for all of apiServer.certSANs, and put it here"
            )
        return lacking

    def _pod(self, manifest: static_pods.Manifest, files: list[TextChange], sans: list[str]) -> PodChange | None:
        place = str(static_pods.path_of(manifest.component))
        if manifest.differs:
            why = f"another manifest, {told_changes(plain(manifest.present_pod), manifest.rendered_pod)}"
            change = TextChange(place, manifest.present, manifest.rendered, why=why)
            return PodChange(manifest.component, change)
        why = self._stale(manifest, files, sans)
        if not why:
            return None
        text = kube_yaml.write(restarted(manifest.rendered_pod, _moment()))
        return PodChange(manifest.component, TextChange(place, manifest.present, text, why=f"restart, since {why}"))

    def _stale(self, manifest: static_pods.Manifest, files: list[TextChange], sans: list[str]) -> str:
        """Why a program has to read its files again; empty where it runs on what is there."""
        pod = manifest.rendered_pod
        changed = [file.path for file in files if reads(pod, file.path)]
        if changed:
            return f"{', '.join(changed)} changed"
        if sans and str(_CERTIFICATE) in named_files(pod):
            return "its certificate is renewed"
        standing = static_pods.look_if_told(self.kubectl, manifest.component, self.wish.node)
        declared = [file.path for file in self.wish.files if reads(pod, file.path)]
        newer = [path for path in dict.fromkeys([*declared, *named_files(pod)]) if written_after(path, standing)]
        return f"{', '.join(newer)} was written after it started" if newer else ""

    def _change_pod(self, pod: PodChange, undo: list[Callable[[], None]]) -> None:
        before = static_pods.look_if_told(self.kubectl, pod.component, self.wish.node)
        undo.append(partial(self._put_pod_back, pod, before))
        self.say(pod.words)
        write(pod.change)
        static_pods.wait(self.kubectl, pod.component, self.wish.node, before, self.wish.seconds, self.say)

    def _put_pod_back(self, pod: PodChange, before: Standing) -> None:
        put_back(pod.change)
        static_pods.wait(self.kubectl, pod.component, self.wish.node, before, self.wish.seconds, self.say, back=True)

    def _renew_certificate(self, undo: list[Callable[[], None]]) -> None:
        for path in (_CERTIFICATE, _KEY):
            text, mode = path.read_text(encoding="ascii"), path.stat().st_mode & 0o777
            undo.append(partial(write_whole, path, text, mode))
            path.unlink()
        static_pods.kubeadm(self.wish.for_kubeadm, "certs", "apiserver")
        self.say("the API server's certificate is renewed")

    def _change_kubelet(self, change: TextChange, undo: list[Callable[[], None]]) -> None:
        undo.append(partial(self._put_kubelet_back, change))
        self.say(f"kubelet: {change.why}")
        write(change)
        kubelet.restart(self.wish.node, self.wish.seconds, self.say)

    def _put_kubelet_back(self, change: TextChange) -> None:
        put_back(change)
        kubelet.restart(self.wish.node, self.wish.seconds, self.say)

    def _put_back(self, steps: list[Callable[[], None]], error: AppError) -> None:
        """Files first: the programs that start anew read them. Always raises."""
        self.say(f"putting back what was there: {error}".splitlines()[0])
        try:
            for step in steps:
                step()
        except AppError as again:
            told = f"{error}\nThe former state was put back, and does not come up either: {again}"
            raise AppError(told, rolled_back=False) from error
        raise AppError(f"{error}\nWhat was there before is put back, and runs.", rolled_back=True) from error


def _moment() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _host(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _port(init: Mapping[str, Any]) -> int:
    return int((init.get("localAPIEndpoint") or {}).get("bindPort") or 6443)


def _same_version(cluster: Mapping[str, Any]) -> None:
    """Another kubeadm writes other manifests."""
    ended = run_program(Run(("kubeadm", "version", "--output=short"), environment(), whole=True))
    found, expected = ended.stdout.strip(), str(cluster.get("kubernetesVersion"))
    try:
        fits = exact(found) == exact(expected)
    except VersionError:
        fits = False
    if not fits:
        raise AppError(
            f"kubeadm on this node: found {found or 'none'}, expected {expected}, the cluster's version. An upgrade is"
            " under way, or the package was changed by hand: finish the one, or install the cluster's version"
        )


def work(context: Context) -> dict[str, Any]:
    progress: list[str] = []
    node = Node(_wish(context.params), progress.append)
    change = node.plan()
    shown = {
        "differs": change.differs,
        "components": change.components,
        "steps": change.steps(),
        "init_configuration": context.params["init_configuration"],
        "progress": progress,
    }
    if not context.params["apply"] or not change.differs:
        return {**shown, "changed": False}
    if not context.check_mode:
        try:
            node.apply(change)
        except AppError as error:
            error.facts.setdefault("progress", progress)
            error.facts.setdefault("steps", change.steps())
            raise
    return {**shown, "changed": True, "diff": change.diffs()}


def _wish(params: Mapping[str, Any]) -> Wish:
    init = params["init_configuration"]
    node = (init.get("nodeRegistration") or {}).get("name")
    address = (init.get("localAPIEndpoint") or {}).get("advertiseAddress")
    if not node or not address or init.get("kind") != "InitConfiguration":
        raise AppError(
            "init_configuration: expected kubeadm's document InitConfiguration with nodeRegistration.name and"
            f" localAPIEndpoint.advertiseAddress, found {init.get('kind')!r} with {node!r} and {address!r}"
        )
    documents = params["documents"]
    if CLUSTER not in documents:
        raise AppError(f"documents: expected {CLUSTER}, as kubeadm_config_diff returns it, found {sorted(documents)}")
    try:
        files = wanted_files(params["files"])
    except ValueError as error:
        raise AppError(str(error)) from error
    return Wish(
        node=str(node),
        address=str(address),
        init=init,
        documents=documents,
        kubelet_wanted=params["kubelet_wanted"],
        kubelet_former=params["kubelet_former"],
        files=files,
        former_files=params["former_files"],
        seconds=float(params["timeout"]),
    )
