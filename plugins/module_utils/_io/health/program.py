# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The code of a check as files on this host, for its timer: those that the module itself was just loaded from."""

from __future__ import annotations

import ast
import compileall
import os
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from ..private_files import write_whole
from . import watch

NAME = "slipway_host_health"
_START = f"""\
# Made by slipway.containers.host_health_program. Runs one look: python3 THIS_FOLDER SETTINGS
import sys

from {NAME}._io.health.watch import main

sys.exit(main())
"""


def files() -> dict[str, str]:
    """Text by path: what `watch` imports, and what that imports, down to imports within functions."""
    root = __name__.rpartition("._io.")[0]
    found = {"__main__.py": _START, f"{NAME}/__init__.py": ""}
    waiting, reached = [watch.__name__], set()
    while waiting:
        name = waiting.pop()
        if name in reached or not name.startswith(f"{root}."):
            continue
        reached.add(name)
        module = import_module(name)
        place = name[len(root) + 1 :].replace(".", "/")
        source = _source(module)
        found[f"{NAME}/{place}{'/__init__' if hasattr(module, '__path__') else ''}.py"] = source
        waiting += [name.rpartition(".")[0], *_imported(module, source)]
    return found


def _imported(module: ModuleType, source: str) -> Iterator[str]:
    """Modules of ours by full name; a name that is imported may be one, too."""
    package = module.__name__.split(".") if hasattr(module, "__path__") else module.__name__.split(".")[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level:
            above = package[: len(package) - node.level + 1]
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names if _is_module(f"{base}.{alias.name}"))


def _is_module(name: str) -> bool:
    owner, _dot, attribute = name.rpartition(".")
    within = getattr(import_module(owner), attribute, None)
    if within is not None:
        return isinstance(within, ModuleType)
    return find_spec(name) is not None


def _source(module: ModuleType) -> str:
    """Also from within the archive that Ansible sends."""
    loader = module.__loader__
    source: str | None = getattr(loader, "get_source", str)(module.__name__)
    if source is None:
        raise OSError(f"the source of {module.__name__} cannot be read")
    return source


def present(folder: Path) -> dict[str, str]:
    """What is there, by path. Bytecode is not looked at: it is made anew."""
    if not folder.is_dir():
        return {}
    return {str(file.relative_to(folder)): file.read_text(encoding="utf-8") for file in sorted(folder.rglob("*.py"))}


def install(folder: Path, wanted: dict[str, str]) -> None:
    """Read by everybody, written by root. Bytecode is made at once, since the timer may not write there."""
    for path in sorted(set(present(folder)) - set(wanted)):
        (folder / path).unlink()
    for path, source in wanted.items():
        place = folder / path
        for parent in reversed([place.parent, *place.parent.parents]):
            if not parent.exists():
                parent.mkdir()
                parent.chmod(0o755)
        if not place.is_file() or place.read_text(encoding="utf-8") != source:
            write_whole(place, source, 0o644)
    before = os.umask(0o022)
    try:
        compileall.compile_dir(str(folder), quiet=2)
    finally:
        os.umask(before)
