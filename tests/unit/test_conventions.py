# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules that hold the structure up: who may import whom, and that documentation says what the code does."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.prepare import ROOT

PLUGINS = ROOT / "plugins"
CORE = PLUGINS / "module_utils" / "_core"
IO = PLUGINS / "module_utils" / "_io"
COLLECTION = "ansible_collections.slipway.containers.plugins"
#: Of the standard library, what reads or changes the world: `_core` is given values instead.
WORLD = {
    *("asyncio", "builtins", "ctypes", "getpass", "glob", "http", "importlib", "io", "locale", "logging"),
    *("multiprocessing", "os", "pathlib", "pkgutil", "platform", "random", "secrets", "select", "shutil", "signal"),
    *("socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "time", "urllib", "uuid"),
}
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py"))


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """What a file imports, by full name within the plugins folder (`module_utils._core.tree`) or outside it (`re`)."""
    package = path.relative_to(PLUGINS).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            yield ".".join([*base, *([node.module] if node.module else [])])


@pytest.mark.parametrize("path", files(CORE), ids=lambda path: str(path.relative_to(CORE)))
def test_core_imports_the_standard_library_and_itself(path: Path) -> None:
    for name in imports(path):
        top = name.partition(".")[0]
        if name.startswith("module_utils"):
            assert name.startswith("module_utils._core"), f"{path.name} imports {name}"
        else:
            assert top in sys.stdlib_module_names and top not in WORLD, f"{path.name} imports {name}"


@pytest.mark.parametrize("path", files(CORE), ids=lambda path: str(path.relative_to(CORE)))
def test_core_opens_nothing(path: Path) -> None:
    calls = [node.func for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    named = {function.id for function in calls if isinstance(function, ast.Name)}
    assert not named & {"open", "print", "input", "eval", "exec", "__import__"}
    asked = {function.attr for function in calls if isinstance(function, ast.Attribute)}
    assert not asked & {"today", "now", "utcnow", "fromtimestamp"}, "dates are values; what day it is, is given"


@pytest.mark.parametrize("path", files(IO), ids=lambda path: path.name)
def test_adapters_import_no_modules(path: Path) -> None:
    inside = [name for name in imports(path) if name.split(".")[0] in ("modules", "filter", "module_utils")]
    assert all(name.startswith(("module_utils._core", "module_utils._io")) for name in inside)


@pytest.mark.parametrize("folder", ["action", "modules", "filter"])
def test_modules_and_filters_import_core_and_adapters(folder: str) -> None:
    for path in files(PLUGINS / folder):
        inside = [name for name in imports(path) if name.split(".")[0] in ("modules", "filter", "module_utils")]
        assert all(name.startswith(("module_utils._core", "module_utils._io")) for name in inside), path.name


def test_no_module_writes_its_options_to_the_system_log() -> None:
    """They hold secrets. AnsibleModule does, whatever its `no_log`; a QuietModule does not (test_quiet_module.py)."""
    for path in files(PLUGINS):
        calls = (node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))
        called = {function.id for function in calls if isinstance(function, ast.Name)}
        assert "AnsibleModule" not in called, path


def test_every_file_has_a_licence_and_a_docstring() -> None:
    for path in files(PLUGINS / "module_utils"):
        text = path.read_text(encoding="utf-8")
        assert "SPDX-License-Identifier: GPL-3.0-or-later" in text, path
        assert ast.get_docstring(ast.parse(text)), path


def merged(module: Any, section: str) -> dict[str, Any]:
    """A section of a module's documentation, with that of our own fragments beneath, as Ansible merges them."""
    documentation = yaml.safe_load(module.DOCUMENTATION)
    found = dict(documentation.get(section, {}))
    for fragment in documentation.get("extends_documentation_fragment", []):
        if fragment.startswith("slipway.containers."):
            name, _dot, part = fragment.removeprefix("slipway.containers.").partition(".")
            written = importlib.import_module(f"{COLLECTION}.doc_fragments.{name}").ModuleDocFragment
            beneath = yaml.safe_load(getattr(written, part.upper() or "DOCUMENTATION")).get(section, {})
            found = {**beneath, **{key: {**beneath.get(key, {}), **said} for key, said in found.items()}}
    return found


def documented(module: Any) -> dict[str, Any]:
    return {name: facts(option) for name, option in merged(module, "options").items()}


def facts(option: dict[str, Any]) -> dict[str, Any]:
    kept = ("type", "choices", "default", "required", "aliases", "elements")
    told = {key: option[key] for key in kept if option.get(key) not in (None, [], False)}
    within = option.get("suboptions") or option.get("options") or {}
    return {**told, **({"within": {name: facts(inner) for name, inner in within.items()}} if within else {})}


@pytest.mark.parametrize("name", MODULES)
def test_documentation_and_argument_spec_agree(name: str) -> None:
    module = importlib.import_module(f"{COLLECTION}.modules.{name}")
    # A module that runs on the controller is documentation; its action plugin has the arguments.
    runs = module if hasattr(module, "ARGUMENTS") else action(name)
    assert documented(module) == {option: facts(spec) for option, spec in runs.ARGUMENTS.items()}


def action(name: str) -> Any:
    return importlib.import_module(f"{COLLECTION}.action.{name}")


@pytest.mark.parametrize("name", MODULES)
def test_modules_declare_what_they_support(name: str) -> None:
    module = importlib.import_module(f"{COLLECTION}.modules.{name}")
    documentation = yaml.safe_load(module.DOCUMENTATION)
    assert documentation["version_added"] and documentation["author"]
    said = merged(module, "attributes")
    assert {"check_mode", "diff_mode", "idempotent"} <= set(said)
    if "amazon.aws.common.modules" in documentation.get("extends_documentation_fragment", []):
        assert said["action_group"]["membership"] == ["slipway.containers.aws"]
    assert yaml.safe_load(module.EXAMPLES) and yaml.safe_load(module.RETURN)


def test_aws_modules_are_in_the_action_group() -> None:
    groups = yaml.safe_load((ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))["action_groups"]
    listed = [entry for entry in groups["aws"] if isinstance(entry, str)]
    on_aws = [name for name in MODULES if "amazon.aws.common.modules" in (PLUGINS / f"modules/{name}.py").read_text()]
    assert listed == on_aws


def test_core_versions_agree() -> None:
    """requires_ansible, the matrix and the pins speak of the same ansible-core releases."""
    requires = yaml.safe_load((ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))["requires_ansible"]
    locked = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")
    oldest = min(
        line.partition("==")[2].split()[0] for line in locked.splitlines() if line.startswith("ansible-core==")
    )
    assert requires == f">={'.'.join(oldest.split('.')[:2])}.0"
