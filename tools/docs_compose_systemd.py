# SPDX-License-Identifier: GPL-3.0-or-later
"""The reference page of what becomes of each Compose key as a systemd unit, made from the table that does it."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.slipway.containers.plugins.module_utils._core.compose_levels import levels
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.compose.key import Key
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.compose.kinds import KINDS
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.compose.registry import THEMES

from tools.docs_compose_support import findings_table, sentences, table

_HEAD = """\
# Compose on systemd

Generated from the table of keys by `make generate`; do not edit.

Every key of a Compose service, what becomes of it in a hardened systemd unit, and what to know. Each service is a unit
of its own, `APP-SERVICE.service`. What Compose has no word for stands in [`x-systemd`](extension_fields.md): above all
`exec`, since a host runs no images.
"""
_FINDINGS = """\
## Findings

An *error* cannot run there, a *warning* works and bites later, *info* is worth knowing. Names are stable.
"""


def compose_on_systemd() -> str:
    meanings = table(("what becomes of it", "means"), levels("the unit", "service").items())
    themes = [_theme(title, keys) for title, keys in THEMES.items()]
    return "\n".join([_HEAD, meanings, *themes, _FINDINGS, findings_table(KINDS)])


def _theme(title: str, keys: Iterable[Key]) -> str:
    rows = ((f"`{key.name}`", key.level, key.becomes, sentences(key.note, key.hint)) for key in keys)
    return f"## {title}\n\n" + table(("key", "what", "becomes", "note"), rows)
