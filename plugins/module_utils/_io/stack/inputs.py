# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the inputs of a run: Compose files and all that they may name, and env files.

`gather` is all that a run without changes needs of Compose's side. It reads a file at most once, and asks nobody.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..._core.stack import inputs
from ..._core.stack.inputs import Asked, Inputs
from ..file_hashes import sha256

_MOST_FOLDERS = 64
#: What only may be named is hashed by its bytes up to this size, and by its time of change above.
_SMALL = 1024 * 1024
_SEPARATORS = "[:;,]"
_UNPLAIN = re.compile(r"[$\\\"']")


class _UnreadableError(Exception):
    """Why there is no fingerprint."""


def gather(asked: Asked, environment: Mapping[str, str]) -> Inputs:
    """The fingerprint of everything that decides what Compose would print."""
    reader = _Reader(asked, environment)
    try:
        reader.read()
    except _UnreadableError as error:
        return Inputs(reason=str(error))
    variables = inputs.used(environment, reader.texts())
    texts = inputs.digest(
        [
            repr(sorted(asked.parameters.items())),
            asked.program,
            asked.definition or "",
            *(f"{path} {digest}" for path, digest in sorted(reader.hashes.items())),
            *(f"{name}={value}" for name, value in variables.items()),
        ]
    )
    return Inputs(texts, tuple(sorted(reader.hashes)))


def dotenv_values(asked: Asked, environment: Mapping[str, str]) -> dict[str, str]:
    """What the env files of the project say; the environment, which outdoes them, is not in it."""
    values: dict[str, str] = {}
    for path in _env_files(asked, environment):
        try:
            content = _content(path)
        except _UnreadableError:
            continue  # nor can Compose read it, and it says so
        if not content:
            continue
        # Most projects have no env file, and then nothing of this is needed.
        from ..._core.compose.dotenv import parse_env

        try:
            values.update(parse_env(content.decode("utf-8", "replace"), environment.get, path, earlier=values))
        except ValueError:
            continue  # Compose says what is wrong with it
    return values


def _env_files(asked: Asked, environment: Mapping[str, str]) -> list[str]:
    """As Compose takes them: the given ones, else those of its variable, else .env."""
    named = asked.env_files or tuple(filter(None, environment.get("COMPOSE_ENV_FILES", "").split(",")))
    return [_joined(asked.project_src, name) for name in named or (".env",)]


class _Reader:
    """Follows names from file to file until no new one is found."""

    def __init__(self, asked: Asked, environment: Mapping[str, str]) -> None:
        self.asked = asked
        self.environment = environment
        self.hashes: dict[str, str] = {}  # path -> what it holds
        self.contents: dict[str, str] = {}  # path -> text, of those that Compose may read
        self.folders: dict[str, None] = {}  # what relative names may be relative to
        self.values: dict[str, None] = {}
        self.tried: set[tuple[str, str]] = set()

    def texts(self) -> Iterator[str]:
        yield self.asked.definition or ""
        yield from self.contents.values()

    def read(self) -> None:
        self.add_folder(self.asked.project_src)
        for path in _env_files(self.asked, self.environment):
            self.take_env_file(path)
        if self.asked.definition is not None:
            self.look_into("the definition", self.asked.definition, self.asked.project_src)
        else:
            for path in self.compose_files():
                self.take(path)
        while True:
            new = [(folder, value) for folder in self.folders for value in self.values]
            new = [pair for pair in new if pair not in self.tried]
            if not new:
                return
            self.tried.update(new)
            for folder, value in new:
                self.resolve(folder, value)

    def compose_files(self) -> Iterator[str]:
        """The given files, and where there are none those that Compose would find."""
        source = self.asked.project_src
        if self.asked.files:
            yield from (_joined(source, name) for name in self.asked.files if name != "-")
            return
        for name in self.split(self.environment.get("COMPOSE_FILE", "")):
            self.values[name] = None
            self.values[_joined(self.environment.get("PWD", source), name)] = None
        for folder in (Path(source), *Path(source).parents):
            found = [str(folder / name) for name in (*inputs.NAMES, *inputs.OVERRIDES) if _is_there(folder / name)]
            yield from found
            if found:
                return

    def split(self, value: str) -> list[str]:
        """A list of paths, with the separator that was set, and with those that are usual."""
        own = self.environment.get("COMPOSE_PATH_SEPARATOR", "")
        parts = [*(value.split(own) if own else []), *re.split(_SEPARATORS, value)]
        return [part for part in parts if part]

    def take_env_file(self, path: str) -> None:
        """An env file of the project may also say which the Compose files are."""
        text = self.take(path)
        for value in inputs.setting(text, "COMPOSE_FILE"):
            plain = value[1:-1] if value[:1] in ("'", '"') and value[-1:] == value[:1] else value
            if _UNPLAIN.search(plain) or "COMPOSE_PATH_SEPARATOR" in text:
                raise _UnreadableError(f"{path}: COMPOSE_FILE is not written plainly")
            self.values.update(dict.fromkeys(self.split(plain)))

    def take(self, path: str) -> str:
        """Read a file that Compose may read, where there is one, and look for names in it."""
        if path in self.contents:
            return self.contents[path]
        content = _content(path)
        if content is None:
            return ""
        self.hashes[path] = sha256(content)
        self.contents[path] = text = content.decode("utf-8", "replace")
        if len(self.contents) > inputs.MOST_FILES:
            raise _UnreadableError(f"more than {inputs.MOST_FILES} files may be named")
        self.look_into(path, text, _folder(path))
        return text

    def look_into(self, path: str, text: str, folder: str) -> None:
        if inputs.may_name_files(text):
            from ..._core.stack.named_files import named  # its patterns take long to compile

            found = named(text)
            if found.reason:
                raise _UnreadableError(f"{path}: {found.reason}")
            self.values.update(dict.fromkeys(found.values))
            self.add_folder(folder)
        self.note_others(text, folder)

    def add_folder(self, folder: str) -> None:
        """A folder that names may be relative to; an included project has an env file of its own there."""
        if folder in self.folders:
            return
        self.folders[folder] = None
        if len(self.folders) > _MOST_FOLDERS:
            raise _UnreadableError(f"more than {_MOST_FOLDERS} folders may be named")
        self.take_env_file(_joined(folder, ".env"))

    def resolve(self, folder: str, value: str) -> None:
        if not value:
            return
        if value[0] == "~":
            value = self.environment.get("HOME", "~") + value[1:]
        path = _joined(folder, value)
        mode = _mode(path)
        if stat.S_ISREG(mode):
            self.take(path)
            self.add_folder(_folder(path))
        elif stat.S_ISDIR(mode):
            self.add_folder(path)

    def note_others(self, text: str, folder: str) -> None:
        """Files that some other word of a text may mean: a later Compose may read what this one does not."""
        words = {word.removeprefix("./") for word in inputs.tokens(text)}
        for base in dict.fromkeys((folder, self.asked.project_src)):
            here = _names(base)
            for word in words:
                if word.partition("/")[0] in here:
                    self.note(_joined(base, word))

    def note(self, path: str) -> None:
        if path not in self.hashes:
            found = _signature(path)
            if found:
                self.hashes[path] = found


def _joined(folder: str, name: str) -> str:
    """As Go joins paths: dots are taken out of the text, whatever links there are."""
    return os.path.normpath(folder + "/" + name) if not name.startswith("/") else os.path.normpath(name)


def _folder(path: str) -> str:
    return path.rpartition("/")[0] or "/"


def _names(folder: str) -> frozenset[str]:
    try:
        with os.scandir(folder) as entries:
            return frozenset(entry.name for entry in entries)
    except OSError:
        return frozenset()


def _is_there(path: Path) -> bool:
    return stat.S_ISREG(_mode(str(path)))


def _mode(path: str) -> int:
    """The kind of a file; 0 where there is none."""
    try:
        return Path(path).stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0
    except (OSError, ValueError) as error:
        raise _UnreadableError(f"{path} cannot be looked at: {error}") from error


def _content(path: str) -> bytes | None:
    """The bytes of a regular file; None where there is none."""
    if not stat.S_ISREG(_mode(path)):
        return None
    try:
        with Path(path).open("rb") as file:
            content = file.read(inputs.MOST_BYTES + 1)
    except OSError as error:
        raise _UnreadableError(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > inputs.MOST_BYTES:
        raise _UnreadableError(f"{path} is larger than {inputs.MOST_BYTES // 1024**2} MiB")
    return content


def _signature(path: str) -> str:
    """Of a file that may be of any size and kind; nothing where it is no regular one."""
    try:
        found = Path(path).stat()
        if not stat.S_ISREG(found.st_mode):
            return ""
        if found.st_size <= _SMALL:
            return sha256(Path(path).read_bytes())
    except (OSError, ValueError):
        return ""
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"
