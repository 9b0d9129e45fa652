# SPDX-License-Identifier: GPL-3.0-or-later
"""Random Compose projects that Docker Compose accepts, to compare our model with the real one; and large ones, to time.

A project is drawn as plain values from tables of recipes, one for each key of a service (`recipes`), put together
(`project`), and dressed as YAML text with styles, comments, anchors and merge keys (`text`). `shrunk` takes from a
project what a failure does not need.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

from tools.generate_compose.large import many
from tools.generate_compose.project import project
from tools.generate_compose.shrink import shrunk
from tools.generate_compose.text import dress, write
from tools.generate_compose.tree import File, Files
from tools.generate_compose.wild import made_wild

__all__ = ["OLDEST", "Files", "drawn", "generate", "many", "shrunk", "texts", "write_into"]

#: The release whose keys every project keeps to, unless asked otherwise.
OLDEST = "2.26"
#: What may stand around the documents of a file, and in which part of the files something does.
STARTS = ((), ("\ufeff",), ("%YAML 1.1\n",), ("# first\n\n",))
ENDS = ((), ("...\n",), ("\n\n",), ("  # last",))
ODD_FILES = 0.2


def generate(seed: int, services: int = 3, release: str = OLDEST) -> dict[str, str]:
    """The files of a project by name, the same for the same seed; `case.yml` says how to read it."""
    return texts(drawn(seed, services, release))


def drawn(seed: int, services: int = 3, release: str = OLDEST, wild: bool = False) -> Files:
    """The same before it is text, so that it can be shrunk; `wild` with something that may be wrong."""
    random = Random(seed)
    content = project(random, services, newest=release != OLDEST)
    files = {name: _file(random, each) for name, each in content.items()}
    return made_wild(random, files) if wild else files


def _file(random: Random, content: Any) -> File:
    if isinstance(content, str):
        return tuple(content.splitlines(keepends=True))
    documents = tuple(dress(random, document) for document in content)
    return (*random.choice(STARTS), *documents, *random.choice(ENDS)) if random.random() < ODD_FILES else documents


def texts(files: Files) -> dict[str, str]:
    return {name: "".join(map(_text, file)) for name, file in files.items()}


def write_into(folder: Path, files: Mapping[str, str]) -> None:
    """Each file at its place below the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def _text(part: Any) -> str:
    return part if isinstance(part, str) else "---\n" + write(part)
