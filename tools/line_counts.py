# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what has grown past what a reader follows easily. Warnings, never a failure: a number is no judgement.

The measures are in docs/architecture.md: module code (without documentation) 120 lines, functions 40, and what
one module imports of ours 9 files and 1,500 lines, tables and rules apart.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.prepare import ROOT

PLUGINS = ROOT / "plugins"
MODULE_LINES, FUNCTION_LINES, FILES_TO_FOLLOW, LINES_TO_FOLLOW = 120, 40, 9, 1500
DOCUMENTATION = {"DOCUMENTATION", "EXAMPLES", "RETURN"}
#: Data, and rules of which a reader needs one at a time.
TABLES = ("shapes_snapshot.py", "price_book_data.py", "/rules/")


def code_lines(path: Path) -> int:
    """Lines that are not blank, comments, docstrings or documentation."""
    text = path.read_text(encoding="utf-8")
    skipped: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        documentation = isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in DOCUMENTATION
        docstring = (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        )
        if documentation or docstring:
            skipped.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = enumerate(text.splitlines(), start=1)
    return sum(
        1 for number, line in lines if number not in skipped and line.strip() and not line.lstrip().startswith("#")
    )


def own_imports(path: Path) -> Iterator[Path]:
    package = path.parent
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package.joinpath(*[".."] * (node.level - 1), *(node.module or "").split(".")).resolve()
            candidates = [base.with_suffix(".py"), *(base / f"{alias.name}.py" for alias in node.names)]
            yield from (candidate for candidate in candidates if candidate.is_file())


def followed(path: Path) -> set[Path]:
    seen: set[Path] = set()
    waiting = [path]
    while waiting:
        file = waiting.pop()
        if file not in seen and not any(table in str(file) for table in TABLES):
            seen.add(file)
            waiting.extend(own_imports(file))
    return seen


def warnings() -> Iterator[str]:
    for module in sorted((PLUGINS / "modules").glob("*.py")):
        action = PLUGINS / "action" / module.name
        path = action if action.exists() else module
        files = followed(path)
        total = sum(code_lines(file) for file in files)
        yield f"{path.stem}: {code_lines(path)} lines of code (aim {MODULE_LINES}), follows {len(files)} files"
        yield f"  with {total} lines (aim {FILES_TO_FOLLOW} files, {LINES_TO_FOLLOW} lines)"
    for path in sorted(PLUGINS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES:
                    place = f"{path.relative_to(ROOT)}:{node.lineno}"
                    yield f"warning: {place} {node.name} has {length} lines (aim {FUNCTION_LINES})"


if __name__ == "__main__":
    for line in warnings():
        print(line)
    sys.exit(0)
