# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The static pods of this control plane: their manifests, kubeadm's idea of them, and whether they are up."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..._core.kube.config_change import API_SERVER, ETCD, STATIC_PODS
from ..._core.kube.kubeadm_output import why
from ..._core.kube.program_log import last_words
from ..._core.kube.static_pods import Standing, plain, proxies, rendered_for, standing
from ..._core.redaction import redact
from ..app_module import AppError
from ..private_files import make_private
from ..program_run import Run
from ..program_run import run as run_program
from . import kube_yaml, secret_documents
from .kubectl import Kubectl, KubectlError, environment

MANIFESTS = Path("/etc/kubernetes/manifests")
_LOGS = Path("/var/log/pods")
_SECONDS = 120.0
_PAUSE_SECONDS = 1.0
#: How often a program may have been started anew until nobody waits for it any longer.
_STARTS = 4
_TAIL = 6
#: Of its log, with all its flags in it.
_LINES = 400
#: A mount namespace of its own ends with the program; what kubeadm writes in it goes to the folder that is given.
_APART = 'mount --bind "$1" /etc/kubernetes/manifests && shift && exec "$@"'


@dataclass(frozen=True)
class Manifest:
    """A manifest as it is, and as kubeadm would write it now."""

    component: str
    present: str
    rendered: str
    present_pod: dict[str, Any]
    rendered_pod: dict[str, Any]

    @property
    def differs(self) -> bool:
        return plain(self.present_pod) != self.rendered_pod


def is_control_plane() -> bool:
    return (MANIFESTS / f"{API_SERVER}.yaml").is_file()


def path_of(component: str) -> Path:
    return MANIFESTS / f"{component}.yaml"


def manifests(documents: Sequence[Mapping[str, Any]]) -> list[Manifest]:
    """Of those components that run here as static pods. kubeadm writes nothing but into a folder that is removed."""
    present = {name: path_of(name).read_text(encoding="utf-8") for name in STATIC_PODS if path_of(name).is_file()}
    pods = {name: kube_yaml.read_one(text, str(path_of(name))) for name, text in present.items()}
    rendered = _rendered(documents, proxies(pods.values()), ETCD in present)
    found = []
    for name, text in present.items():
        if name not in rendered:
            raise AppError(f"kubeadm wrote no manifest of {name}, which runs here as {path_of(name)}")
        fresh = kube_yaml.read_one(rendered[name], f"kubeadm's manifest of {name}")
        kept = rendered_for(fresh, pods[name])
        fresh_text = rendered[name] if kept == fresh else kube_yaml.write(kept)
        found.append(Manifest(name, text, fresh_text, pods[name], kept))
    return found


def kubeadm(documents: Sequence[Mapping[str, Any]], *words: str, apart: Path | None = None, **more: str) -> None:
    """A phase of `kubeadm init` with these documents; `apart` takes the manifests that it writes."""
    around = ("unshare", "--mount", "sh", "-c", _APART, "sh", str(apart)) if apart else ()
    with secret_documents.written(documents) as config:
        called = (*around, "kubeadm", "init", "phase", *words, f"--config={config}")
        try:
            ended = run_program(Run(called, {**environment(), **more}, seconds=_SECONDS))
        except OSError as error:
            raise AppError(f"{called[0]} cannot be run: {(error.strerror or str(error)).lower()}") from error
    if ended.exit_code != 0:
        said = "it did not end" if ended.exit_code is None else why([redact(line, ()) for line in ended.lines])
        raise AppError(f"kubeadm init phase {' '.join(words)} failed: {said}")


def _rendered(documents: Sequence[Mapping[str, Any]], more: Mapping[str, str], etcd: bool) -> dict[str, str]:
    make_private(secret_documents.FOLDER)
    folder = Path(tempfile.mkdtemp(dir=secret_documents.FOLDER, prefix="manifests-"))
    try:
        kubeadm(documents, "control-plane", "all", apart=folder, **more)
        if etcd:
            kubeadm(documents, "etcd", "local", apart=folder, **more)
        return {file.stem: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.yaml"))}
    finally:
        shutil.rmtree(folder)


def look(kubectl: Kubectl, component: str, node: str) -> Standing:
    return standing(kubectl.get("pod", f"{component}-{node}", "kube-system"))


def look_if_told(kubectl: Kubectl, component: str, node: str) -> Standing:
    """Nothing is known of it where this node's API server is what has to be repaired."""
    try:
        return look(kubectl, component, node)
    except KubectlError:
        return Standing()


def wait(
    kubectl: Kubectl,
    component: str,
    node: str,
    before: Standing,
    seconds: float,
    say: Callable[[str], None],
    back: bool = False,
) -> None:
    """Until the pod of the manifest that was just written is ready. Raises AppError with what it said last.

    `back`: that manifest is the former one again.
    """
    began = time.monotonic()
    known = _numbers(component, node)
    asked_once = replace(kubectl, patience_seconds=0.0, seconds=20.0)
    say(f"waiting for {component} on {node}: a pod of the {'former' if back else 'new'} manifest that is ready")
    while True:
        lacks = _not_yet(asked_once, component, node, before, back)
        spent = time.monotonic() - began
        if not lacks:
            say(f"{component} on {node} is ready after {spent:.0f} s")
            return
        starts = 0 if back else _starts(component, node, before, known)
        if starts >= _STARTS or spent > seconds:
            ended = f"its program ended {starts - 1} times" if starts >= _STARTS else f"waited {seconds:.0f} s for it"
            said = "" if back else _tail(component, node, before)
            raise AppError(f"{component} on {node} does not come up ({ended}): {lacks}{said}")
        time.sleep(_PAUSE_SECONDS)


def _not_yet(kubectl: Kubectl, component: str, node: str, before: Standing, back: bool) -> str:
    """Why it is not there yet; empty where it is."""
    try:
        now = look(kubectl, component, node)
        arrived = now.returns_to(before) if back else now.follows(before)
        if not arrived:
            same = now.hash == before.hash
            return "the kubelet has made no pod of it yet" if same != back else "its pod is not ready"
        kubectl.raw("/readyz")
    except KubectlError as error:
        return str(error)
    return ""


def _log_folders(component: str, node: str) -> list[Path]:
    """Of the pods that the kubelet made of the manifests, each named after the manifest's hash."""
    return list(_LOGS.glob(f"kube-system_{component}-{node}_*/{component}"))


def _numbers(component: str, node: str) -> dict[Path, int]:
    """The kubelet numbers the logs of each pod, one for each start of its program."""
    return {
        folder: max((int(log.stem) for log in folder.glob("*.log") if log.stem.isdigit()), default=-1)
        for folder in _log_folders(component, node)
    }


def _starts(component: str, node: str, before: Standing, known: Mapping[Path, int]) -> int:
    """How often the new pod's program was started since then."""
    numbers = _numbers(component, node)
    return max(
        (numbers[folder] - known.get(folder, -1) for folder in numbers if before.hash not in folder.parent.name),
        default=0,
    )


def _tail(component: str, node: str, before: Standing) -> str:
    """The last lines of what the new pod's program said. One that was just started has said nothing yet."""
    folders = [folder for folder in _log_folders(component, node) if before.hash not in folder.parent.name]
    logs = [(log.stat().st_mtime, log) for folder in folders for log in folder.glob("*.log") if log.exists()]
    for _moment, log in sorted(logs, reverse=True):
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LINES:] if log.exists() else []
        words = last_words(lines, _TAIL)
        if words:
            return ". It said last:\n" + "\n".join(redact(line, ()) for line in words)
    return ""
