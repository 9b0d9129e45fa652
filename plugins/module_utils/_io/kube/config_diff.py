# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of `kubeadm_config_diff`: the cluster's documents against the wanted ones, and the last step of a change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..._core.kube.config_change import KUBELET, PROXY, Comparison, by_kind, compare
from ..._core.secrets import mask, mask_text
from ..app_module import AppError, Context
from . import cluster_config, kube_yaml
from .cluster_config import Kept
from .kubectl import Kubectl


def work(context: Context) -> dict[str, Any]:
    params, progress = context.params, list[str]()
    kubectl = Kubectl(params["kubeconfig"], patience_seconds=params["patience"], say=progress.append)
    documents = [document for document in params["documents"] if document.get("kind") != "InitConfiguration"]
    try:
        wanted = by_kind(documents)
    except ValueError as error:
        raise AppError(f"kubeadm_config_diff: {error}") from error
    kept = cluster_config.read(kubectl)
    former, former_files = _recorded(kept)
    found = compare(kept.documents, former, wanted)
    if found.problems:
        raise AppError.of(found.problems, f"cluster at {kubectl.server}, nothing was changed")
    record = cluster_config.record_of([wanted[kind] for kind in sorted(wanted)], params["files"])
    result = {**_result(found, former, kept.record != record), "former_files": former_files}
    if not params["upload"]:
        return {**result, "changed": False, "progress": progress}
    diff = _diffs(kept, found, record)
    if diff and not context.check_mode:
        _upload(kubectl, kept, found, params["timeout"], progress, former.get(PROXY) != wanted.get(PROXY))
        cluster_config.store_record(kubectl, record)
    return {**result, "changed": bool(diff), "diff": diff, "progress": progress}


def _recorded(kept: Kept) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Documents by kind and files of the last run."""
    record = kept.record or {}
    try:
        return by_kind(json.loads(record.get("documents", "[]"))), list(json.loads(record.get("files", "[]")))
    except (ValueError, TypeError) as error:
        raise AppError(
            f"ConfigMap kube-system/{cluster_config.RECORD}: found what cannot be read ({error}), expected what a run"
            " wrote. Delete it: then nothing is taken out of the cluster's documents, and it is written anew"
        ) from error


def _result(found: Comparison, former: Mapping[str, Any], unrecorded: bool) -> dict[str, Any]:
    wanted = found.wishes.get(KUBELET)
    return {
        "differs": bool(found.changes) or unrecorded,
        "documents": found.documents,
        "changes": mask([change.as_dict() for change in found.changes]),
        "components": found.components,
        "kubelet": {"wanted": wanted or {}, "former": former.get(KUBELET, {}) if wanted else {}},
    }


def _diffs(kept: Kept, found: Comparison, record: Mapping[str, str]) -> list[dict[str, str]]:
    """As YAML. The record follows the documents; where it is all that changes, it is shown by itself."""
    told = []
    for kind in found.kinds:
        header = kept.places[kind].words
        before, after = kept.places[kind].text, _text(kept, found, kind)
        told.append({"before_header": header, "after_header": header, "before": before, "after": after})
    if kept.record != record and not told:
        header = f"ConfigMap kube-system/{cluster_config.RECORD}"
        told.append({"before_header": header, "after_header": header, **_record_sides(kept.record, record)})
    return [{key: mask_text(text) for key, text in one.items()} for one in told]


def _text(kept: Kept, found: Comparison, kind: str) -> str:
    """With a line's end at its end where there was one."""
    text = kube_yaml.write(found.documents[kind])
    return text if kept.places[kind].text.endswith("\n") else text.rstrip("\n")


def _record_sides(before: Mapping[str, str] | None, after: Mapping[str, str]) -> dict[str, str]:
    return {side: _record_text(data or {}) for side, data in (("before", before), ("after", after))}


def _record_text(data: Mapping[str, str]) -> str:
    return "".join(f"{key}: {json.dumps(json.loads(text), indent=2)}\n" for key, text in sorted(data.items()))


def _upload(
    kubectl: Kubectl, kept: Kept, found: Comparison, seconds: float, progress: list[str], proxy_wanted: bool
) -> None:
    """The proxies are the last that have to come up; where they do not, they get back what they had."""
    for kind in found.kinds:
        cluster_config.store(kubectl, kept.places[kind], _text(kept, found, kind))
        progress.append(f"{kept.places[kind].words} is written")
    if PROXY not in found.kinds and not (proxy_wanted and kept.record is not None and PROXY in kept.places):
        return
    try:
        cluster_config.restart_proxies(kubectl, seconds, progress.append)
    except AppError as error:
        place = cluster_config.read(kubectl).places[PROXY]
        cluster_config.store(kubectl, place, kept.places[PROXY].text)
        cluster_config.restart_proxies(kubectl, seconds, progress.append)
        raise AppError(f"{error}\nThe proxies' former settings are put back, and run.", progress=progress) from error
