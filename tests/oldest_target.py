# SPDX-License-Identifier: GPL-3.0-or-later
"""Run by the oldest Python that a target may have: all of `_core` imports, and decides, without anything installed.

Not a pytest file: that Python has no pytest. `make check` runs it.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORE = "ansible_collections.slipway.containers.plugins.module_utils._core"
sys.path.insert(0, str(ROOT / "build" / "collections"))

names = [
    ".".join([CORE, *path.relative_to(ROOT / "plugins/module_utils/_core").with_suffix("").parts])
    for path in sorted((ROOT / "plugins/module_utils/_core").rglob("*.py"))
    if path.name != "__init__.py"
]
modules = {name: importlib.import_module(name) for name in names}

core = modules[f"{CORE}.ecs.task_definition"]
model = modules[f"{CORE}.ecs.shapes_snapshot"].MODEL
written = {
    "family": "web",
    "cpu": ".25 vCPU",
    "memory": "1 GB",
    "containerDefinitions": [{"name": "web", "image": "a b"}],
}
prepared = core.prepare(written, model, launch_type="FARGATE")
rules = {finding.rule for finding in prepared.findings}
if "image-reference" not in rules or "fargate-size" in rules:
    sys.exit(f"wrong findings: {sorted(rules)}")
present = core.Present({**prepared.definition, "taskDefinitionArn": "arn:x:task-definition/web:1", "revision": 1})
if core.decide(prepared.definition, present).changed or not core.decide(prepared.definition, None).changed:
    sys.exit("wrong decisions")
print(f"{len(modules)} files of _core import and decide on Python {sys.version.split()[0]}")
