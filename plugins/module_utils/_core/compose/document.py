# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A parsed YAML document, the places in it, and the one error of the Compose model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Union

from ..findings import ERROR, Finding, report

#: The keys and positions that lead to a value: ("services", "web", "ports", 0).
Path = tuple[Union[str, int], ...]


@dataclass(frozen=True)
class Document:
    """One YAML document as Compose reads it: mappings with text keys, lists, text, numbers, booleans and None.

    `overridden` are the paths that carry `!reset` or `!override`: what earlier files say there is dropped. A value
    tagged `!reset` is not in `value` at all. `line_of` gives the line, from 1, of the value at a path, or of the
    nearest one above it.
    """

    file: str
    value: Any
    overridden: tuple[Path, ...]
    line_of: Callable[[Path], int]

    def place(self, path: Path) -> str:
        """compose.yaml:12 services.web.ports[0]"""
        return f"{self.file}:{self.line_of(path)} {dotted(path)}".rstrip()


class ComposeError(Exception):
    """A Compose project that cannot be read; `findings` are all that is known to be wrong with it."""

    def __init__(self, findings: Sequence[Finding], subject: str = "Compose project") -> None:
        super().__init__(report(findings, subject))
        self.findings = list(findings)


def dotted(path: Path) -> str:
    """services.web.ports[0]"""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.lstrip(".")


def problem(document: Document, path: Path, message: str, hint: str = "", rule: str = "compose") -> Finding:
    """What is wrong at a place of a file."""
    return Finding(rule, ERROR, document.place(path), message, hint)
