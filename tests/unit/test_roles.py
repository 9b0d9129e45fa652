# SPDX-License-Identifier: GPL-3.0-or-later
"""All roles have the same face: what they take is described once, and defaults, README and tasks agree with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools import docs_roles
from tools.prepare import ROOT

ROLES = sorted(path for path in (ROOT / "roles").iterdir() if path.is_dir())
#: What a task's module is called beside its keywords.
KEYWORDS = {
    *("name", "when", "loop", "loop_control", "vars", "register", "diff", "check_mode", "block", "rescue", "always"),
    *("become", "become_user", "changed_when", "failed_when", "delegate_to", "run_once", "notify", "listen", "tags"),
    *("no_log", "until", "retries", "delay", "environment", "module_defaults", "throttle", "args"),
    "ignore_unreachable",
}
ON_ROLES = pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None


def options(role: Path) -> dict[str, Mapping[str, Any]]:
    """What all entry points of a role take."""
    return {name: option for spec in docs_roles.specs(role).values() for name, option in spec["options"].items()}


def tasks(role: Path, *parts: str) -> Iterator[dict[str, Any]]:
    """All tasks, those in blocks included; or those of some files of tasks."""
    paths = sorted((*(role / "tasks").glob("*.yml"), *(role / "handlers").glob("*.yml")))
    for path in paths:
        if not parts or path.stem in parts:
            yield from unfolded(load(path) or [])


def unfolded(listed: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for task in listed:
        yield task
        for part in ("block", "rescue", "always"):
            yield from unfolded(task.get(part, []))


def included(role: Path, stem: str) -> set[str]:
    """The files of tasks that one names; an expression stands for every name."""
    found = set()
    stems = [path.stem for path in (role / "tasks").glob("*.yml")]
    for task in tasks(role, stem):
        parts = (task.get(f"ansible.builtin.{kind}_tasks", {}).get("file") for kind in ("include", "import"))
        for name in filter(None, parts):
            pattern = "".join(
                ".*" if part.startswith("{{") else re.escape(part) for part in re.split(r"({{.*?}})", name)
            )
            found |= {other for other in stems if re.fullmatch(pattern, f"{other}.yml")}
    return found


def reached(role: Path, entry: str) -> set[str]:
    """The files of tasks that one way into a role comes by."""
    known: set[str] = set()
    new = {entry}
    while new:
        known |= new
        new = {other for stem in new for other in included(role, stem)} - known
    return known


def entry_points(role: Path) -> list[str]:
    """What a play may name: `main`, and files that no other one includes."""
    stems = sorted(path.stem for path in (role / "tasks").glob("*.yml"))
    inner = {other for stem in stems for other in included(role, stem) if other != stem}
    return ["main", *(stem for stem in stems if stem not in inner and stem != "main")]


def is_counted(task: Mapping[str, Any]) -> bool:
    """A block, an import and a word to Ansible itself are no tasks of a run."""
    return not {"block", "ansible.builtin.import_tasks", "ansible.builtin.meta"} & set(task)


@ON_ROLES
def test_the_variables_in_the_readme_are_those_of_the_specification(role: Path) -> None:
    readme = role / "README.md"
    assert readme.read_text(encoding="utf-8") == docs_roles.pages()[readme], "run `make generate`"


@ON_ROLES
def test_defaults_are_those_of_the_specification(role: Path) -> None:
    said = {name: option["default"] for name, option in options(role).items() if "default" in option}
    assert (load(role / "defaults/main.yml") or {}) == said


@ON_ROLES
def test_every_variable_is_described_and_has_the_role_in_its_name(role: Path) -> None:
    for spec in docs_roles.specs(role).values():
        assert spec["short_description"] and spec["description"] and spec["version_added"] and spec["author"]
    for name, option in options(role).items():
        assert name.startswith(f"{role.name}_"), name
        assert option["description"] and option["type"], name
        assert not (option.get("required") and "default" in option), name


@ON_ROLES
def test_variables_of_its_own_are_private(role: Path) -> None:
    own = {*(load(role / "vars/main.yml") or {}), *(task["register"] for task in tasks(role) if "register" in task)}
    assert all(name.startswith(f"__{role.name}_") for name in own)


@ON_ROLES
def test_no_variable_is_used_that_nobody_describes(role: Path) -> None:
    """By its name: what starts with the role's is an option, or a variable of the task that uses it."""
    known = {*options(role), *(name for task in tasks(role) for name in task.get("vars", {}))}
    known |= {name for task in tasks(role) for name in task.get("ansible.builtin.set_fact", {})}  # what it gives back
    known |= {task["loop_control"]["loop_var"] for task in tasks(role) if "loop_var" in task.get("loop_control", {})}
    for path in [*role.glob("tasks/*.yml"), *role.glob("handlers/*.yml"), *role.glob("templates/*.j2")]:
        used = set(re.findall(rf"(?<![\w.]){role.name}_\w+", path.read_text(encoding="utf-8")))
        assert used <= known, path.name


@ON_ROLES
def test_every_option_is_used(role: Path) -> None:
    files = [
        *role.glob("tasks/*.yml"),
        *role.glob("handlers/*.yml"),
        *role.glob("templates/*"),
        *role.glob("vars/*.yml"),
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    assert [name for name in options(role) if not re.search(rf"\b{name}\b", text)] == []


@ON_ROLES
def test_tasks_are_few_named_and_honest(role: Path) -> None:
    for entry in entry_points(role):
        own = [task for task in tasks(role, *reached(role, entry)) if is_counted(task)]
        removal = [task for task in tasks(role, "absent") if task in own]
        assert len(removal) <= 30 and len(own) - len(removal) <= 30, entry  # what one run may come by
    for task in tasks(role):
        assert task["name"][0].isupper()
        assert "ignore_errors" not in task
        modules = set(task) - KEYWORDS
        assert len(modules) <= 1 and all(name.count(".") >= 2 for name in modules), f"{task['name']}: {modules}"


@ON_ROLES
def test_galaxy_is_told_what_it_asks_for(role: Path) -> None:
    info = load(role / "meta/main.yml")["galaxy_info"]
    assert info["description"] and info["license"] == "GPL-3.0-or-later"
    requires = load(ROOT / "meta/runtime.yml")["requires_ansible"]
    assert requires == f">={info['min_ansible_version']}.0"


@ON_ROLES
def test_the_readme_says_what_is_touched(role: Path) -> None:
    text = (role / "README.md").read_text(encoding="utf-8")
    for title in ("## Example", "## Variables", "## What it touches"):
        assert f"\n{title}\n" in text
    assert "Check mode" in text
