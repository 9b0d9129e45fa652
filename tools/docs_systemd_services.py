# SPDX-License-Identifier: GPL-3.0-or-later
"""The reference page of a systemd service's options, made from the tables that read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.slipway.containers.plugins.module_utils._core.options.schema import Kind, ListOf, Structure
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.keys import SERVICE_OPTIONS

from tools.docs_extensions import default_of, flow, table_row

_HEAD = """\
# Services on systemd

Generated from the code by `make generate`; do not edit.

The keys of an entry of `services`, which the module `systemd_app` takes, and of `systemd_service_services` of the role
`systemd_service`, where the name stands before the rest. What is wrong is said all at once, with its place, such as
`services.web.limits.memory`. Sizes and spans of time are written as in Compose files: `512M`, `1m30s`. A path that is
not absolute is within the release. Paths may hold blanks, but no quotes and no backslashes, which systemd cannot carry
everywhere.

What confines a service, and what each part of it is worth, is on [its own page](systemd_hardening.md).
"""
_COLUMNS = ["| key | what | left out | says | example |", "| --- | --- | --- | --- | --- |"]


def systemd_services_page() -> str:
    return "\n".join([_HEAD, *_section("services", SERVICE_OPTIONS)])


def _section(place: str, structure: Structure) -> Iterator[str]:
    yield from (f"## `{place}`", "", *_COLUMNS)
    yield from (_row(name, structure) for name in structure.keys)
    yield ""
    rules = [f"- {check.sentence}" for check in structure.checks or ()]
    if rules:
        yield from ("Between keys:", "", *rules, "")
    for name, inner in _structures(structure.keys):
        yield from _section(f"{place}.{name}", inner)


def _structures(keys: Mapping[str, Any]) -> Iterator[tuple[str, Structure]]:
    for name, key in keys.items():
        inner: Kind = key.kind.item if isinstance(key.kind, ListOf) else key.kind
        if isinstance(inner, Structure):
            yield name, inner


def _row(name: str, structure: Structure) -> str:
    key = structure.keys[name]
    within = isinstance(key.kind, Structure)
    left_out = key.left_out or ("its defaults" if within else default_of(structure.options, name))
    what = "a mapping, see below" if within else key.kind.noun
    return table_row([f"`{name}`", what, left_out, key.says, f"`{flow(dict(key.example))}`"])
