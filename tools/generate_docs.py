# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the reference pages that are made from code: `make generate`. A test compares them with what is committed."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

from tools.prepare import ROOT, lay_out_tree

sys.path.insert(0, str(lay_out_tree()))

from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.rules.registry import RULES
from ansible_collections.slipway.containers.plugins.module_utils._core.findings import SEVERITIES
from ansible_collections.slipway.containers.plugins.module_utils._core.rule import Rule

_HEAD = """\
# Rules for task definitions

Generated from the rules themselves by `make generate`; do not edit.

The module `ecs_task_def` and the filter `task_definition` report these findings. Names are stable: they may be used
in conditions. An *error* is what Amazon ECS refuses or what cannot work, a *warning* works and bites later,
*info* is worth knowing. The option `fail_on` says which of them stop a run.

Four more findings come from the walk along the API's own shapes: `unknown-field`, `wrong-type`, `missing-field` and
`unknown-value`. The first three stop every run, since nothing could be sent.
`family-twice`, `launch-type` and `masked-value` report options that contradict the definition.
"""


def pages() -> dict[Path, str]:
    """Every generated page and what it should hold."""
    return {ROOT / "docs/reference/task_definition_rules.md": task_definition_rules()}


def task_definition_rules() -> str:
    tables = [_table(severity, [rule for rule in RULES if rule.severity == severity]) for severity in SEVERITIES]
    return "\n".join([_HEAD, *tables])


def _table(severity: str, rules: list[Rule]) -> str:
    rows = [f"| `{rule.name}` | {inspect.cleandoc(rule.sentence)} | {rule.source} |" for rule in rules]
    return "\n".join([f"## {severity.capitalize()}", "", "| rule | says | source |", "| --- | --- | --- |", *rows, ""])


if __name__ == "__main__":
    for path, text in pages().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
