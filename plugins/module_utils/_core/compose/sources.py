# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of one project: what was read, what is wrong with it, and where things stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..findings import ERROR, WARNING, Finding
from .document import ComposeError, Document, Path, problem
from .kinds import Refuse

#: How far files may lead to other files; each step takes some of Python's own stack.
DEEPEST = 50


@dataclass(frozen=True)
class World:
    """What the model needs of the world: `read` gives a file's text, or None where there is no such file."""

    read: Callable[[str], str | None]
    parse: Callable[[str, str], list[Document]]
    #: The home directory, which `~` stands for; None leaves `~` alone.
    home: str | None = None


@dataclass
class Sources:
    """Collects documents, problems and warnings while a project is read."""

    world: World
    project_directory: str
    documents: list[Document] = field(default_factory=list)
    problems: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    parsed: dict[str, list[Document]] = field(default_factory=dict)

    def shown(self, file: str) -> str:
        """A file within the project by its path there, any other one by its whole path."""
        inside = f"{self.project_directory.rstrip('/')}/"
        return file[len(inside) :] if file.startswith(inside) else file

    def text(self, file: str, needed_by: str) -> str:
        """The text of a file that must exist."""
        text = self.world.read(file)
        if text is None:
            raise ComposeError([missing_file(self.shown(file), needed_by)])
        return text

    def open(self, file: str, needed_by: str = "") -> list[Document]:
        """The documents of a YAML file, parsed once."""
        if file not in self.parsed:
            self.parsed[file] = self.world.parse(self.text(file, needed_by), self.shown(file))
        return self.parsed[file]

    def refuse(self, document: Document) -> Refuse:
        def add(path: Path, message: str, hint: str = "") -> None:
            self.problems.append(problem(document, path, message, hint))

        return add

    def refuse_merged(self, path: Path, message: str, hint: str = "") -> None:
        """What is wrong with the merged project: the place is where the path was written last."""
        self.problems.append(problem(self.holder(path), path, message, hint))

    def holder(self, path: Path) -> Document:
        """The document that says most about a path; of several, the last."""
        return max(reversed(self.documents), key=lambda document: _depth(document.value, path))

    def stop_at_problems(self) -> None:
        """Raise everything that was found wrong until now, in the order of the files' lines."""
        if self.problems:
            files = list(dict.fromkeys(_line(finding)[0] for finding in self.problems))
            raise ComposeError(sorted(self.problems, key=lambda it: (files.index(_line(it)[0]), _line(it)[1])))


def _line(finding: Finding) -> tuple[str, int]:
    """The file and the line of a finding's place, `compose.yaml:12 services.web`."""
    file, _colon, line = finding.path.partition(" ")[0].rpartition(":")
    return (file, int(line)) if line.isdigit() else (finding.path, 0)


def unset_variable(name: str, place: str) -> Finding:
    message = f"the variable {name} is not set, so it is replaced by nothing"
    return Finding(
        "unset-variable", WARNING, place, message, f"set it, or write ${{{name}:-default}} or ${{{name}:?message}}"
    )


def missing_file(file: str, needed_by: str) -> Finding:
    message = "no such file" + (f", needed by {needed_by}" if needed_by else "")
    return Finding("compose", ERROR, file, message, "")


def _depth(value: Any, path: Path) -> int:
    """How many steps of the path the value has."""
    for depth, step in enumerate(path):
        if isinstance(value, Mapping) and step in value:
            value = value[str(step)]
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return depth
    return len(path)
