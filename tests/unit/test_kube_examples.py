# SPDX-License-Identifier: GPL-3.0-or-later
"""Examples that need a cluster: their tasks are those that Ansible would run, with options that it would take.

They name nodes and files that no cluster of the tests has, so they are not run; tests/cluster runs the same modules.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from tests.documentation import CLUSTER_MODULES, cluster_plays
from tools import docs_roles
from tools.prepare import ROOT

OURS = "slipway.containers."
MODULES = "ansible_collections.slipway.containers.plugins.modules"
PARTS = ("block", "rescue", "always", "tasks", "pre_tasks", "post_tasks", "handlers")


def tasks(listed: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for task in listed:
        yield task
        for part in PARTS:
            yield from tasks(task.get(part, []))


def mistakes(name: str, options: Mapping[str, Any]) -> list[str]:
    """What Ansible says of options before a module runs; what a template makes is not known here."""
    module = importlib.import_module(f"{MODULES}.{name}")
    known = {key: value for key, value in options.items() if not (isinstance(value, str) and "{{" in value)}
    later = set(options) - set(known)
    spec = {key: {**said, "required": False} if key in later else said for key, said in module.ARGUMENTS.items()}
    unknown = [f"{key} is no option" for key in options if key not in spec]
    return [*unknown, *ArgumentSpecValidator(spec).validate(known).error_messages]


@pytest.mark.parametrize("name", CLUSTER_MODULES)
def test_examples_of_modules(name: str) -> None:
    listed = yaml.safe_load(importlib.import_module(f"{MODULES}.{name}").EXAMPLES)
    used = [(key, task[key]) for task in tasks(listed) for key in task if key.startswith(OURS)]
    assert f"{OURS}{name}" in [key for key, _options in used]
    for key, options in used:
        assert mistakes(key.removeprefix(OURS), options or {}) == []


@pytest.mark.parametrize(
    ("page", "text"), cluster_plays(), ids=lambda value: str(value.relative_to(ROOT)) if isinstance(value, Path) else ""
)
def test_plays_of_the_pages(page: Path, text: str) -> None:
    """Roles and their variables are known, and so are modules and their options."""
    for play in yaml.safe_load(text):
        for role in play.get("roles", []):
            assert role["role"].startswith(OURS), page
            specs = docs_roles.specs(ROOT / "roles" / role["role"].removeprefix(OURS))
            known = {name for spec in specs.values() for name in spec["options"]}
            assert set(role.get("vars", {})) <= known, page
        for task in tasks([play]):
            for key in task:
                if key.startswith(OURS):
                    assert mistakes(key.removeprefix(OURS), task[key] or {}) == [], page
