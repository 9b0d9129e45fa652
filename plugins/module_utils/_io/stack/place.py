# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a project stands on the target: its folder and files, its name, and where its state is kept."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..._core.findings import ERROR, Finding
from ..._core.stack.inputs import DEFINITION, NAMES, OVERRIDES, Asked
from ..private_files import write_private
from .module import StackError
from .state_root import state_root

#: Options that a model depends on, beside the files and the environment.
_OF_THE_MODEL = ("project_name", "profiles", "files", "env_files", "one_shot")


def asked(place: Place, program: str, params: Mapping[str, Any]) -> Asked:
    """What a fingerprint is of; `program` is Compose's own."""
    parameters = {name: params[name] for name in _OF_THE_MODEL}
    return Asked(place.folder, place.files, place.env_files, place.definition, parameters, program)


@dataclass(frozen=True)
class Place:
    """`files` as given, or the one that a definition is written to; none are the usual ones."""

    folder: str
    files: tuple[str, ...]
    env_files: tuple[str, ...]
    profiles: tuple[str, ...]
    definition: str | None  # as text
    given_name: str | None
    root: Path  # of all projects' state
    lock_file: Path | None = None

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Place:
        definition = params["definition"]
        folder = os.path.normpath(Path(params["project_src"]).absolute()) if params["project_src"] else ""
        return cls(
            folder=folder,
            files=(DEFINITION,) if definition is not None else tuple(params["files"] or ()),
            env_files=tuple(params["env_files"] or ()),
            profiles=tuple(params["profiles"] or ()),
            definition=None if definition is None else json.dumps(definition, indent=2, sort_keys=True) + "\n",
            given_name=params["project_name"] or os.environ.get("COMPOSE_PROJECT_NAME") or None,
            root=Path(params["state_directory"]) if params["state_directory"] else state_root(),
            lock_file=Path(folder, params["lock_file"]) if params["lock_file"] else None,
        )

    @property
    def has_folder(self) -> bool:
        """A definition needs none: it is made."""
        return self.definition is not None or Path(self.folder).is_dir()

    @property
    def has_files(self) -> bool:
        return self.has_folder and bool(self.found() or os.environ.get("COMPOSE_FILE"))

    def refusal(self) -> StackError:
        """There is no folder that could be read."""
        found = "a file" if Path(self.folder).exists() else "nothing"
        message = f"found {found} at {self.folder}, expected the project's folder"
        return StackError.of([Finding("option", ERROR, "project_src", message)], "compose_stack")

    def found(self) -> tuple[str, ...]:
        """The files as given, else those that Compose finds in the folder by itself."""
        usual = (
            next((name for name in names if Path(self.folder, name).is_file()), "") for names in (NAMES, OVERRIDES)
        )
        return self.files or tuple(name for name in usual if name)

    @property
    def shown(self) -> str:
        """The files by their paths, for people."""
        return ", ".join(str(Path(self.folder, name)) for name in self.found()) or self.folder

    @property
    def remembered(self) -> Path:
        """Where the name is kept that Compose gave a project of this folder and these files: it saves asking again."""
        words = json.dumps([self.folder, self.files, self.env_files, os.environ.get("COMPOSE_FILE", "")])
        return self.root / ".names" / hashlib.sha256(words.encode()).hexdigest()[:24]

    def name(self) -> str | None:
        """The project's name, where it is known without Compose."""
        if self.given_name:
            return self.given_name
        try:
            return self.remembered.read_text(encoding="utf-8").strip() or None
        except OSError:
            return None

    def remember(self, name: str) -> None:
        if not self.given_name and self.name() != name:
            write_private(self.remembered, name + "\n")

    def definition_is_written(self) -> bool:
        path = Path(self.folder, DEFINITION)
        try:
            return self.definition is None or path.read_text(encoding="utf-8") == self.definition
        except OSError:
            return False

    def write_definition(self) -> None:
        if not self.definition_is_written():
            Path(self.folder).mkdir(parents=True, exist_ok=True)
            write_private(Path(self.folder, DEFINITION), str(self.definition))
