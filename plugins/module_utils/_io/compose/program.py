# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Docker Compose there is on this host. Finding it runs nothing; only its version has to be asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..program_run import Ended

#: Where the Docker client looks for plugins, behind the user's own folder.
PLUGIN_FOLDERS = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)
_NAME = "docker-compose"
_VERSION_SECONDS = 30.0
_ADVICE = "install docker-compose-plugin of Docker, docker-compose of Debian 13, or docker-compose-v2 of Ubuntu"
#: How the programs of Compose 1 end that were packed into one file: the mark of PyInstaller.
_PACKED_PYTHON = b"MEI\014\013\012\013\016"


class CliError(Exception):
    """A command of Compose failed. `lines` are its last ones, without secrets.

    There is no exit code where it was not run at all, or was ended because its time was over: `how` says that.
    """

    def __init__(self, command: str, exit_code: int | None, lines: Sequence[str] = (), how: str = "") -> None:
        self.command = command
        self.exit_code = exit_code
        self.lines = tuple(lines)
        said = ": " + "\n".join(self.lines) if self.lines else ""
        super().__init__(f"docker compose {command} {how or f'failed with exit code {exit_code}'}{said}")

    @property
    def message(self) -> str:
        return str(self)


def failed(command: str, ended: Ended, seconds: float, lines: Sequence[str]) -> CliError:
    late = f"did not end within {seconds:g} s" if ended.exit_code is None else ""
    return CliError(command, ended.exit_code, lines, late)


def not_run(command: str, error: OSError) -> CliError:
    """The program or the project's folder went away, or the machine has no room for another process."""
    return CliError(command, None, how=f"cannot be run: {error.filename or 'process'}: {error.strerror}")


class NoComposeError(CliError):
    """There is no Compose that can be used. Nothing was run."""

    def __init__(self, message: str) -> None:
        super().__init__("", None)
        self.args = (message,)


@dataclass(frozen=True)
class Program:
    """`fingerprint` is its path, size and time of change: another one where it was replaced."""

    path: str
    fingerprint: str


def find(explicit: str | None = None, environment: Mapping[str, str] | None = None) -> Program:
    """The program at `explicit`, else the first on PATH, else the Docker client's plugin. Raises NoComposeError.

    Compose 1, a Python program, is passed over, and named where there is no other.
    """
    environment = os.environ if environment is None else environment
    places = [Path(explicit)] if explicit else list(_places(environment))
    old: list[Path] = []
    for place in places:
        if not (place.is_file() and os.access(place, os.X_OK)):
            continue
        if not _is_python(place):
            stat = place.stat()
            return Program(str(place), f"{place}:{stat.st_size}:{stat.st_mtime_ns}")
        old.append(place)
    if old:
        raise NoComposeError(f"found Compose {_old_version(old[0])} at {old[0]}, expected 2.26 or later ({_ADVICE})")
    if explicit:
        raise NoComposeError(f"found no program at {explicit}, expected Docker Compose 2.26 or later ({_ADVICE})")
    looked = ", ".join(dict.fromkeys(["PATH", *(str(place.parent) for place in _plugins(environment))]))
    raise NoComposeError(f"found no Docker Compose, expected 2.26 or later in {looked} ({_ADVICE})")


def _places(environment: Mapping[str, str]) -> Iterator[Path]:
    for folder in environment.get("PATH", os.defpath).split(os.pathsep):
        if folder:
            yield Path(folder) / _NAME
    yield from _plugins(environment)


def _plugins(environment: Mapping[str, str]) -> Iterator[Path]:
    home = environment.get("HOME") or str(Path.home())
    own = environment.get("DOCKER_CONFIG") or str(Path(home) / ".docker")
    for folder in (str(Path(own) / "cli-plugins"), *PLUGIN_FOLDERS):
        yield Path(folder) / _NAME


def _is_python(place: Path) -> bool:
    """Told by the file itself, since running it takes longer than all else that a run without changes does."""
    try:
        with place.open("rb") as file:
            first_line = file.readline(200)
            file.seek(max(0, place.stat().st_size - 4096))
            return (first_line.startswith(b"#!") and b"python" in first_line) or _PACKED_PYTHON in file.read()
    except OSError:
        return False


def version(program: Program) -> str:
    """What the program calls its version, such as 2.40.3. Raises NoComposeError where that is below 2."""
    ended = _ask_version(program.path)
    told = ended.stdout.strip().lstrip("v")
    if ended.exit_code == 0 and not told:
        raise CliError("version", 0, how="failed: it said nothing")
    if ended.exit_code != 0:
        raise failed("version", ended, _VERSION_SECONDS, ended.lines[-3:])
    if told.startswith("1."):
        raise NoComposeError(f"found Compose {told} at {program.path}, expected 2.26 or later ({_ADVICE})")
    return told


def _old_version(place: Path) -> str:
    ended = _ask_version(str(place))
    return ended.stdout.strip() if ended.exit_code == 0 and ended.stdout.strip() else "1"


def _ask_version(path: str) -> Ended:
    from ..program_run import Run, run  # a program that is known is not asked

    try:
        return run(Run((path, "version", "--short"), dict(os.environ), seconds=_VERSION_SECONDS, whole=True))
    except OSError as error:
        raise not_run("version", error) from error
