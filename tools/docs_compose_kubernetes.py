# SPDX-License-Identifier: GPL-3.0-or-later
"""The reference page of what becomes of each Compose key in Kubernetes, made from the table that does it."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.slipway.containers.plugins.module_utils._core.compose_levels import levels
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.compose.key import Key
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.compose.kinds import KINDS
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.compose.registry import THEMES

from tools.docs_compose_support import findings_table, sentences, table

_HEAD = """\
# Compose on Kubernetes

Generated from the table of keys by `make generate`; do not edit.

Every key of a Compose service, what becomes of it in a cluster, and what to know. Each service is a Deployment, a
StatefulSet where it keeps data, a DaemonSet or a Job. What Compose has no word for stands in
[`x-kubernetes`](extension_fields.md). The filter `slipway.containers.kube_manifests` shows the manifests.
"""
_FINDINGS = """\
## Findings

An *error* cannot run there, a *warning* works and bites later, *info* is worth knowing. Names are stable.
"""


def compose_on_kubernetes() -> str:
    meanings = table(("what becomes of it", "means"), levels("Kubernetes", "service").items())
    themes = [_theme(title, keys) for title, keys in THEMES.items()]
    return "\n".join([_HEAD, meanings, *themes, _FINDINGS, findings_table(KINDS)])


def _theme(title: str, keys: Iterable[Key]) -> str:
    rows = ((f"`{key.name}`", key.level, key.becomes, sentences(key.note, key.hint)) for key in keys)
    return f"## {title}\n\n" + table(("key", "what", "becomes", "note"), rows)
