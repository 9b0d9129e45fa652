# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inputs of a run in one hash: where it is the same as last time, Compose would print the same model again.

A target has no YAML parser, so texts are searched for words: what a Compose file might name counts, be it more than
it does name. `_io/stack/inputs.py` reads the files.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: As Compose looks for them, in each folder from the project's upwards.
NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
OVERRIDES = tuple(name.replace(".y", ".override.y") for name in NAMES)
#: Where a project that is given as a mapping is written, in its folder.
DEFINITION = "compose.definition.json"
#: What is larger is no Compose file, and what names more files is asked of Compose itself.
MOST_BYTES = 8 * 1024 * 1024
MOST_FILES = 200
_ALWAYS = ("HOME", "PWD")
_PREFIXES = ("COMPOSE_", "DOCKER_")
_CONTINUED = re.compile(r"\\\r?\n[ \t]*")
_WORD = re.compile(r"\w+")
_TOKEN = re.compile(r"[^\s\"'\[\]{},:;=]+")
_SETTING = re.compile(
    r"^[ \t]*(?:export[ \t]+)?(COMPOSE_[A-Z_]+)[ \t]*[=:][ \t]*(.*?)[ \t]*(?:[ \t]#.*)?$", re.MULTILINE
)


@dataclass(frozen=True)
class Asked:
    """What a run was asked for. `parameters` are the options that the model depends on, `program` is Compose's."""

    project_src: str
    files: tuple[str, ...] = ()  # none: those that Compose looks for
    env_files: tuple[str, ...] = ()
    definition: str | None = None  # the Compose file itself, as text
    parameters: Mapping[str, Any] = field(default_factory=dict)
    program: str = ""


@dataclass(frozen=True)
class Inputs:
    """`texts` is the hash of all that Compose's model depends on, and empty where `reason` says why there is none.

    What containers get beside the model is no part of it: it is compared by itself, each run.
    """

    texts: str = ""
    files: tuple[str, ...] = ()
    reason: str = ""


def may_name_files(text: str) -> bool:
    """Whether a text has to be looked into; most have nothing of these."""
    return any(word in text for word in ("include", "extends", "env_file", "label_file", "\\x", "\\u", "\\U", "\0"))


def tokens(text: str) -> set[str]:
    """Every word that could be a path."""
    return set(_TOKEN.findall(text))


def setting(text: str, name: str) -> tuple[str, ...]:
    """What an env file says of one of Compose's own variables, as it is written there."""
    return tuple(value for key, value in _SETTING.findall(text) if key == name)


def used(environment: Mapping[str, str], texts: Iterable[str]) -> dict[str, str]:
    """The variables whose names occur in a text, and those that steer Compose itself.

    In a quoted text a name may go on behind the end of a line.
    """
    whole = "\n".join(texts)
    if "\\" in whole:
        whole += "\n" + _CONTINUED.sub("", whole)
    words = set(_WORD.findall(whole))
    return {
        name: value
        for name, value in sorted(environment.items())
        if name in words
        or name in _ALWAYS
        or name.startswith(_PREFIXES)
        or (_WORD.fullmatch(name) is None and name in whole)
    }


def digest(parts: Iterable[str | bytes]) -> str:
    """One hash of many parts, none of which can pass for two."""
    found = hashlib.sha256()
    for part in parts:
        content = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
        found.update(b"%d:" % len(content) + content)
    return found.hexdigest()
