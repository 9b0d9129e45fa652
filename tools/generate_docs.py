# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the reference pages that are made from code: `make generate`. A test compares them with what is committed."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.prepare import ROOT, lay_out_tree

sys.path.insert(0, str(lay_out_tree()))

from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.rules.registry import RULES
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.rules.service import RULES as SERVICE_RULES
from ansible_collections.slipway.containers.plugins.module_utils._core.findings import SEVERITIES
from ansible_collections.slipway.containers.plugins.module_utils._core.rule import Rule

from tools.docs_compose_kubernetes import compose_on_kubernetes
from tools.docs_compose_support import compose_support
from tools.docs_compose_systemd import compose_on_systemd
from tools.docs_cost_kinds import cost_kinds_page
from tools.docs_cost_options import cost_options_page
from tools.docs_cost_topology import topology_page
from tools.docs_ecs_service import ecs_service_page
from tools.docs_extensions import extension_fields
from tools.docs_price_book import price_book_page
from tools.docs_systemd_hardening import systemd_hardening_page
from tools.docs_systemd_services import systemd_services_page

_HEAD = """\
# Rules for task definitions

Generated from the rules themselves by `make generate`; do not edit.

The module `ecs_task_def` and the filter `task_definition` report these findings. Names are stable: they may be used
in conditions. An *error* is what Amazon ECS refuses or what cannot work, a *warning* works and bites later,
*info* is worth knowing. The option `fail_on` says which of them stop a run.

Four more findings come from the walk along the API's own shapes: `unknown-field`, `wrong-type`, `missing-field` and
`unknown-value`. The first three stop every run, since nothing could be sent.
`family-twice`, `launch-type` and `masked-value` report options that contradict the definition.

Where the service that runs the definition is known, there are [more rules](service_rules.md).
"""

_SERVICE_HEAD = """\
# Rules for services

Generated from the rules themselves by `make generate`; do not edit.

These look at a service and the task definition that it is to run. The module `ecs_task_def` asks them with
`compare_to: running`, about the service that it compares with. For a Compose file they are asked as far as `x-ecs`
says how the service is to run. A setting that nobody named and that is decided elsewhere is never guessed. The module
`ecs_service` asks them about the service as it will be; [more](service_changes.md) stops it.

Some [rules for task definitions](task_definition_rules.md) suppose something of the service: `no-health-check`,
`efs-two-writers` and `platform-version`. Where the service is known, its settings answer them: such a finding is then
left out, or a sharper one from this page takes its place. What is not named here, such as security groups, the zones
of several subnets, and whether a described service scales, cannot be seen and is not judged.
"""


def pages() -> dict[Path, str]:
    """Every generated page and what it should hold."""
    reference = ROOT / "docs/reference"
    return {
        reference / "task_definition_rules.md": "\n".join([_HEAD, *_tables(RULES)]),
        reference / "compose_support.md": compose_support(),
        reference / "compose_on_kubernetes.md": compose_on_kubernetes(),
        reference / "compose_on_systemd.md": compose_on_systemd(),
        reference / "extension_fields.md": extension_fields(),
        reference / "service_rules.md": "\n".join([_SERVICE_HEAD, *_tables(SERVICE_RULES)]),
        reference / "service_changes.md": ecs_service_page(),
        reference / "cost_kinds.md": cost_kinds_page(),
        reference / "cost_options.md": cost_options_page(),
        reference / "cost_topology.md": topology_page(),
        reference / "price_book.md": price_book_page(),
        reference / "systemd_hardening.md": systemd_hardening_page(),
        reference / "systemd_services.md": systemd_services_page(),
    }


def _tables(rules: Iterable[Rule]) -> Iterator[str]:
    """One for each severity that there is, worst first."""
    for severity in SEVERITIES:
        chosen = [rule for rule in rules if rule.severity == severity]
        if chosen:
            yield _table(severity, chosen)


def _table(severity: str, rules: list[Rule]) -> str:
    rows = [f"| `{rule.name}` | {inspect.cleandoc(rule.sentence)} | {rule.source} |" for rule in rules]
    return "\n".join([f"## {severity.capitalize()}", "", "| rule | says | source |", "| --- | --- | --- |", *rows, ""])


if __name__ == "__main__":
    for path, text in pages().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
