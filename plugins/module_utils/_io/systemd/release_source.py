# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which release is asked for, by what it is made of, and its code as something that can be unpacked."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..._core.placing import Entry
from ..._core.systemd.releases import (
    ARCHIVE,
    DIRECTORY,
    GIT,
    LEFT_OUT,
    Recipe,
    Source,
    release_id,
    tree_identity,
    usual_mode,
)
from ..app_module import AppError
from ..local_folder import listed
from ..placed.files import sha256_of
from .build import RUN, python_version
from .download import fetched
from .git import GitMissingError, Repository
from .unpack import Folder, Packed, opened


class NotThereYetError(AppError):
    """What the release is made of is not on this host, as it may be in check mode."""


@dataclass(frozen=True)
class Asked:
    """The release that is asked for. `entries` are of a directory on this host."""

    source: Source
    recipe: Recipe
    entries: tuple[Entry, ...] = field(default=(), repr=False)

    @property
    def id(self) -> str:
        return release_id(self.source, self.recipe) if self.source.identity else ""


def asked_for(params: Mapping[str, Any]) -> Asked:
    """Raises NotThereYetError, other AppErrors, and PlacingError for a folder that cannot be listed."""
    source = params["source"]
    if source.get(DIRECTORY):
        identity, place, entries = _directory(source, params)
        return Asked(Source(DIRECTORY, identity, place), _recipe(params), entries)
    if source.get(GIT):
        wanted = Source(GIT, _commit(source[GIT]), source[GIT]["repo"], source[GIT]["version"])
        return Asked(wanted, _recipe(params, exclude=tuple(params["exclude"])))
    recipe = _recipe(params, exclude=tuple(params["exclude"]), strip=source[ARCHIVE]["strip"])
    return Asked(_archive(source, params["sent"] or {}), recipe)


def listed_directory(folder: Path, exclude: list[str]) -> tuple[Entry, ...]:
    """A directory as a release has it, on the controller and on the target alike."""
    entries = listed(folder, [*LEFT_OUT, *exclude])
    return tuple(replace(entry, mode=usual_mode(entry.kind, entry.mode)) for entry in entries)


def _directory(source: Mapping[str, Any], params: Mapping[str, Any]) -> tuple[str, str, tuple[Entry, ...]]:
    if not source["remote_src"]:
        sent = _of_controller(params["sent"] or {}, "source.directory")
        return sent["identity"], sent["place"], ()
    folder = Path(source[DIRECTORY])
    if not folder.is_dir():
        raise NotThereYetError(f"source.directory: {folder} is no folder on the target")
    entries = listed_directory(folder, params["exclude"])
    return tree_identity(entries), str(folder), entries


def _of_controller(sent: Mapping[str, Any], option: str) -> Mapping[str, Any]:
    if "identity" not in sent:
        raise AppError(f"{option} is on the controller, and its action plugin did not run; expected remote_src: true")
    return sent


def _commit(git: Mapping[str, Any]) -> str:
    try:
        with _for_secrets() as folder:
            return Repository(git["repo"], folder).commit(git["version"])
    except GitMissingError as problem:
        raise NotThereYetError(str(problem)) from problem


@contextlib.contextmanager
def _for_secrets() -> Iterator[Path]:
    """A folder in memory, for who runs this alone."""
    home = None
    if os.geteuid() == 0:
        RUN.mkdir(mode=0o700, exist_ok=True)
        home = RUN
    with tempfile.TemporaryDirectory(prefix="release-", dir=home) as folder:
        yield Path(folder)


def _archive(source: Mapping[str, Any], sent: Mapping[str, Any]) -> Source:
    archive = source[ARCHIVE]
    if archive.get("url"):
        return Source(ARCHIVE, archive["sha256"], archive["url"])
    if source["remote_src"]:
        file = Path(archive["path"])
        if not file.is_file():
            raise NotThereYetError(f"source.archive.path: {file} is no file on the target")
        found, place = sha256_of(file), str(file)
    else:
        found, place = (_of_controller(sent, "source.archive.path")[name] for name in ("identity", "place"))
    if archive.get("sha256") and archive["sha256"] != found:
        raise AppError(f"{place} is not what was asked for: found sha256 {found}, expected {archive['sha256']}")
    return Source(ARCHIVE, found, place)


def _recipe(params: Mapping[str, Any], exclude: tuple[str, ...] = (), strip: int = 0) -> Recipe:
    build = tuple(tuple(str(word) for word in words) for words in params["build"])
    if not params["requirements"]:
        return Recipe(build=build, exclude=exclude, strip=strip)
    version = python_version(params["python"])
    if not version:
        raise NotThereYetError(f"python: {params['python']} cannot be run on the target")
    python = f"{params['python']} {version}"
    return Recipe(params["requirements"], _wheels(params["wheels"] or ""), python, build, exclude, strip)


def _wheels(place: str) -> tuple[str, ...]:
    """Those in the source are part of its hash already."""
    if not place.startswith("/"):
        return (place,) if place else ()
    folder = Path(place)
    if not folder.is_dir():
        raise NotThereYetError(f"wheels: {place} is no folder on the target")
    return tuple(f"{file.name} {sha256_of(file)}" for file in sorted(folder.iterdir()) if file.is_file())


def unpackable(asked: Asked, params: Mapping[str, Any], folder: Path) -> contextlib.AbstractContextManager[Packed]:
    """The code, with a folder for temporary use. Raises AppError where it is not what was asked for."""
    source = params["source"]
    if source.get(DIRECTORY) and source["remote_src"]:
        return contextlib.nullcontext(Folder(Path(source[DIRECTORY]), asked.entries))
    return opened(_file(asked, params, folder))


def _file(asked: Asked, params: Mapping[str, Any], folder: Path) -> Path:
    source, wanted = params["source"], asked.source
    if wanted.kind == GIT:
        return Repository(wanted.place, folder).archive(wanted.identity, wanted.version)
    if wanted.kind == ARCHIVE and source[ARCHIVE].get("url"):
        return fetched(wanted.place, wanted.identity, folder)
    if wanted.kind == ARCHIVE and source["remote_src"]:
        return Path(wanted.place)
    file = Path(params["sent"]["archive"])
    if wanted.kind == ARCHIVE and sha256_of(file) != wanted.identity:
        raise AppError("the archive came damaged from the controller; run it again")
    return file
