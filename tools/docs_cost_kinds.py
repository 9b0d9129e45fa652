# SPDX-License-Identifier: GPL-3.0-or-later
"""The reference page of the kinds of resources that are priced, made from their schema and from what they do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.slipway.containers.plugins.module_utils._core.cost.catalogue import unit_of
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.estimate import HOURS
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.registry import KINDS, read_parts
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.scenario import (
    OWN_PRICE,
    Resource,
    Usage,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.options.schema import keys_of

from tools.docs_extensions import section, table_row

_HEAD = """\
# Kinds of resources that are priced

Generated from the schema by `make generate`; do not edit.

A scenario's `resources` is a list of mappings. `kind` says what it is, and `name`, which is free, what it is called in
the result; without one it is called by its kind. The other keys are below.

An unknown key, a value of the wrong type and keys that contradict each other are errors. All of them are reported at
once, before anything is priced. A key that is null counts as left out. Numbers may be text, since templates make text
of them. GiB and GB are both 2**30 bytes, as AWS bills them.

Each kind makes the lines that stand below its keys. What a resource does not use has no line. A line whose price is
not known has no cost, which is not the same as costing nothing. The quantity of a line is what its formula says, for
the expected number of things.
"""


def cost_kinds_page() -> str:
    """The page."""
    return "\n".join([_HEAD, *(_kind(word, kind) for word, kind in KINDS.items())])


def _kind(word: str, kind: type[Resource]) -> str:
    rows = [table_row(_cells(usage)) for usage in lines_of(kind)]
    head = ["| line | price | unit | follows traffic | for example |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([section(f"`{word}`", kind, beside={"kind": word}), "Lines:", "", *head, *rows, ""])


def _cells(usage: Usage) -> list[str]:
    key = "none: the figure given" if usage.key == OWN_PRICE else f"`{usage.key}`"
    return [usage.item, key, unit_of(usage.key) or "month", "no" if usage.fixed else "yes", usage.formula]


def lines_of(kind: type[Resource]) -> Iterator[Usage]:
    """One of each line that the examples of the keys make."""
    examples: list[dict[str, Any]] = [{"kind": kind.KIND, **key.example} for key in keys_of(kind).values()]
    parts, findings = read_parts(examples, kind.KIND)
    if findings:
        raise ValueError(findings)
    seen = set()
    for part in parts:
        for usage in part.resource.usages(HOURS):
            if usage.key not in seen:
                seen.add(usage.key)
                yield usage
