# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wish for a cluster and for its first node, from the options of the filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .documents import ClusterWish, NodeWish

_TEXTS = ("version", "endpoint", "name", "pod_cidr", "service_cidr", "image_repository")
_MAPPINGS = ("config", "api_server_args", "kubelet_config", "proxy_config")
_NODE_TEXTS = ("node_name", "node_address", "cri_socket")
_KNOWN = (*_TEXTS, *_MAPPINGS, "files", *_NODE_TEXTS, "kubelet_args")


def parts(given: Mapping[str, Any]) -> tuple[ClusterWish, NodeWish]:
    """Raises ValueError with all that is wrong."""
    wrong = list(_wrong(given))
    if wrong:
        raise ValueError("; ".join(wrong))
    said = {name: given[name] for name in (*_TEXTS, *_MAPPINGS) if given.get(name) is not None}
    more = {name: given[name] for name in ("cri_socket", "kubelet_args") if given.get(name)}
    node = NodeWish(given.get("node_name") or "", given.get("node_address") or "", **more)
    return ClusterWish(**{**said, "files": tuple(given.get("files") or ())}), node


def _wrong(given: Mapping[str, Any]) -> list[str]:
    wrong = [f"found the unknown option '{name}', expected {', '.join(_KNOWN)}" for name in given if name not in _KNOWN]
    wrong += [f"{name} is missing" for name in ("version", "endpoint") if not given.get(name)]
    for names, kind, called in (
        ((*_TEXTS, *_NODE_TEXTS), str, "a text"),
        ((*_MAPPINGS, "kubelet_args"), Mapping, "a dictionary"),
    ):
        wrong += [
            f"{name} is {type(given[name]).__name__}, expected {called}"
            for name in names
            if given.get(name) is not None and not isinstance(given[name], kind)
        ]
    return wrong
