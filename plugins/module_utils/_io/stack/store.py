# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept of a project on its host: a lock, what was learned, a journal, and the releases to come back to.

Folders are 0700 and files 0600: a model holds every secret of its project. What is written is written whole or not at
all. A file that cannot be read is moved aside with a warning, since a run without it only knows less.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..._core.stack import gojson
from ..._core.stack.learned import Learned
from ..._core.stack.release import Release
from .. import run_journal
from ..engine.client import Engine
from ..private_files import make_private, remove_folder, write_private
from ..run_lock import LockedError, StoreError, held
from .copies import keep_copies
from .release_images import images_kept
from .state_root import state_root

__all__ = ["LockedError", "Store", "StoreError", "state_root", "write_private"]

_PROJECT = re.compile(r"[a-z0-9][a-z0-9_-]*")
_RELEASE = re.compile(r"([1-9]\d*)\.json")
_NUMBERED = re.compile(r"[1-9]\d*")


class Store:
    """Of one project. Nothing is made before something is written; `read_only` also moves nothing aside."""

    def __init__(self, project: str, root: str | Path | None = None, read_only: bool = False) -> None:
        if not _PROJECT.fullmatch(project):
            raise StoreError(f"found project name '{project}', expected a-z, 0-9, - and _, a letter or digit first")
        self.project = project
        self.folder = (Path(root) if root else state_root()) / project
        self.read_only = read_only
        self.warnings: list[str] = []

    @contextlib.contextmanager
    def locked(self, timeout_seconds: float, who: str) -> Iterator[None]:
        """One run at a time. `who` is what the others read while they wait."""
        with self._writing("lock"):
            make_private(self.folder)
        with held(self.folder / "lock", timeout_seconds, who, self.project):
            yield

    def learned(self) -> Learned:
        value = self._read(self._file_of_learned, Learned.from_dict)
        return value if value is not None else Learned()

    def save_learned(self, learned: Learned) -> None:
        self._write(self._file_of_learned, learned.as_dict())

    def forget(self, engine: Engine | None = None) -> None:
        """After the project was removed: nothing of it can be come back to, and its images are kept no longer.

        The journal stays, and with it the numbers of its releases.
        """
        with self._writing("that the project is gone"):
            self._file_of_learned.unlink(missing_ok=True)
            remove_folder(self._releases)
        if engine is not None:
            images_kept(engine, self.project, ())

    def releases(self) -> tuple[Release, ...]:
        """All that can be read, oldest first."""
        found = (self._read(self._file(number), _release) for number in self._numbers())
        return tuple(release for release in found if release is not None)

    def last_good(self) -> Release | None:
        """The newest release that worked. Older ones are not read."""
        for number in reversed(self._numbers()):
            release: Release | None = self._read(self._file(number), _release)
            if release is not None and release.result == "good":
                return release
        return None

    def next_number(self) -> int:
        """Numbers are not used again, not even those of releases that were pruned or that failed."""
        said = [entry.get("release") for entry in self.entries()]
        journal = [number for number in said if isinstance(number, int)]
        try:
            names = [path.name.partition(".")[0] for path in self._releases.iterdir()]
        except OSError:
            names = []
        used = [int(name) for name in names if _NUMBERED.fullmatch(name)]
        return max([0, self.learned().release, *journal, *used]) + 1

    def record(self, release: Release, contents: Mapping[str, bytes]) -> Release:
        """Keeps a release with copies of the files that its containers got. The copies are named in what it returns."""
        with self._writing(f"release {release.number}"):
            copies = keep_copies(self._releases / str(release.number) / "files", contents)
            release = replace(release, contents={**release.contents, **copies})
        self._write(self._file(release.number), vars(release))
        return release

    def journal(self, entry: Mapping[str, Any]) -> None:
        """One line. `at` is added: UTC, ISO 8601."""
        with self._writing("the journal"):
            run_journal.append(self.folder / "journal.jsonl", entry)

    def entries(self) -> list[dict[str, Any]]:
        """The journal, oldest first. A line that a crash has torn is left out."""
        return run_journal.entries(self.folder / "journal.jsonl")

    def prune(self, keep: int, engine: Engine) -> tuple[str, ...]:
        """Keeps the newest `keep` good releases, and their images from Docker's own pruning. Returns what was removed.

        The last good release stays in any case, and so does one whose copies a container uses. Of failed releases
        those newer than the last good one stay.
        """
        releases = self.releases()
        good = [release.number for release in releases if release.result == "good"]
        kept = set(good[-max(1, keep) :])
        kept |= {release.number for release in releases if not good or release.number > good[-1]}
        kept |= self._used(engine)
        removed = [release for release in releases if release.number not in kept]
        for release in removed:
            self._remove(release.number)
        protected = {image for release in releases if release.number in kept for image in release.images.values()}
        dropped = images_kept(engine, self.project, protected)
        return (*(f"release {release.number}" for release in removed), *dropped)

    @property
    def _file_of_learned(self) -> Path:
        return self.folder / "learned.json"

    @property
    def _releases(self) -> Path:
        return self.folder / "releases"

    def _file(self, number: int) -> Path:
        return self._releases / f"{number}.json"

    def _numbers(self) -> list[int]:
        try:
            found = [_RELEASE.fullmatch(path.name) for path in self._releases.iterdir()]
        except OSError:
            return []
        return sorted(int(match[1]) for match in found if match)

    def _used(self, engine: Engine) -> set[int]:
        """Releases whose copies are mounted: after a rollback a container may use them."""
        inside = f"{self._releases}/"
        listed = engine.get(
            "/containers/json", all=True, filters={"label": [f"com.docker.compose.project={self.project}"]}
        )
        sources = [str(mount.get("Source") or "") for entry in listed for mount in entry.get("Mounts") or ()]
        numbers = [source[len(inside) :].partition("/")[0] for source in sources if source.startswith(inside)]
        return {int(number) for number in numbers if _NUMBERED.fullmatch(number)}

    def _remove(self, number: int) -> None:
        """The file first: a release without its copies is no release."""
        with self._writing(f"release {number}"):
            self._file(number).unlink(missing_ok=True)
            remove_folder(self._releases / str(number))

    def _read(self, path: Path, shape: Any) -> Any:
        """None where there is no such file, or no sense in it."""
        try:
            value = gojson.loads(path.read_text(encoding="utf-8", errors="surrogateescape"))
            if not isinstance(value, dict):
                raise ValueError("it is no mapping")
        except FileNotFoundError:
            return None
        except ValueError as error:
            return self._move_aside(path, error)
        except OSError as error:
            raise StoreError(f"{path} cannot be read: {error.strerror}") from error
        try:
            return shape(value)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            return self._move_aside(path, error)

    def _move_aside(self, path: Path, error: Exception) -> None:
        where = "it is not used"
        if not self.read_only:
            aside = path.with_name(f"{path.name}.corrupt-{run_journal.now().replace(':', '')}")
            with contextlib.suppress(OSError):
                path.replace(aside)
                where = f"it is kept as {aside.name}"
        self.warnings.append(f"{path} cannot be understood ({str(error)[:100]}); {where}")

    def _write(self, path: Path, value: Mapping[str, Any]) -> None:
        with self._writing(path.name):
            write_private(path, gojson.dumps(value) + "\n")

    @contextlib.contextmanager
    def _writing(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if isinstance(error, StoreError):
                raise
            raise StoreError(
                f"{what} cannot be kept in {self.folder}: {(error.strerror or str(error)).lower()}"
            ) from error


def _release(value: Mapping[str, Any]) -> Release:
    """Unknown keys are those of a newer release of this collection."""
    release = Release(**{name: value[name] for name in Release.__dataclass_fields__ if name in value})
    for mapping in (release.model, release.images, release.references, release.contents):
        if not isinstance(mapping, Mapping):
            raise ValueError("a mapping was expected")
    return release
