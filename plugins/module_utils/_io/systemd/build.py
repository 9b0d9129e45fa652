# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to run before a release is ready: pip and the app's own commands, never as root, in a sandbox of systemd.

They are a unit of their own, so nothing that they start outlives them, and what a killed run left can be ended.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import pwd
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..._core.redaction import redact
from ..._core.secrets import mask
from ..._core.systemd.places import Places
from ..._core.systemd.quoting import assignments, item
from ..._core.systemd.releases import VENV, Recipe
from ..app_module import AppError
from ..private_files import write_private
from ..program_run import Ended, Run, run
from .systemctl import call, environment

USER = "slipway-build"
#: Variables of a command are in a file here, which is memory and never a disk.
RUN = Path("/run/slipway")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: It sees the host read-only, and writes to the release, to a cache of the app, and to a /tmp of its own.
_SANDBOX = (
    *("ProtectSystem=strict", "ProtectHome=read-only", "PrivateTmp=yes", "PrivateDevices=yes", "NoNewPrivileges=yes"),
    *("ProtectKernelTunables=yes", "ProtectKernelModules=yes", "ProtectControlGroups=yes", "RestrictSUIDSGID=yes"),
    *("CapabilityBoundingSet=", "UMask=0022", "TimeoutStopSec=2"),
)
_FULL = ("No space left on device", "Errno 28", "ENOSPC", "Disk quota exceeded")
_TAIL = 30
#: systemd ends a command by itself this much after its time, should this run have been killed.
_GRACE_SECONDS = 10


class DiskFullError(AppError):
    """A command found no space. It has to be told with the file system, so the sentence is made elsewhere."""


@dataclass(frozen=True)
class Build:
    """Of one release. `hidden` are the values that may not be shown."""

    app: str
    folder: Path
    recipe: Recipe
    wheels: str
    variables: Mapping[str, str]
    hidden: tuple[str, ...]
    until: float
    say: Callable[[str], None]

    @property
    def unit(self) -> str:
        return unit_of(self.app)

    @property
    def cache(self) -> str:
        return Places(self.app, "").cache


def unit_of(app: str) -> str:
    return f"slipway-build-{app}.service"


def user() -> pwd.struct_passwd:
    """The user of builds, which is made where it is not there."""
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(USER)
    words = ("useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent", "--user-group")
    ended = call(*words, "--shell", "/usr/sbin/nologin", USER)
    with contextlib.suppress(KeyError):  # two runs may have made it at once
        return pwd.getpwnam(USER)
    raise AppError(f"the user {USER}, which builds run as, cannot be made: {' '.join(ended.lines)}")


def end_leftover(app: str) -> None:
    """A command that a killed run had started, and its variables."""
    call("systemctl", "stop", unit_of(app))
    _file_of(app).unlink(missing_ok=True)


def _file_of(app: str) -> Path:
    return RUN / f"build-{app}.env"


def python_version(program: str) -> str:
    """Such as 3.13; nothing where there is no such program. Environments do not outlive a change of it."""
    words = (program, "-I", "-S", "-c", "import sys; print('%d.%d' % sys.version_info[:2])")
    try:
        ended = run(Run(words, environment(), folder="/", seconds=30, whole=True))
    except OSError:
        return ""
    return ended.stdout.strip() if ended.exit_code == 0 else ""


def check_python(program: str) -> None:
    """Before anything is made: can it make an environment?"""
    words = (program, "-I", "-c", "import venv, ensurepip")
    try:
        ended = run(Run(words, environment(), folder="/", seconds=60))
    except OSError as problem:
        raise AppError(f"python: {program} cannot be run: {problem.strerror}") from problem
    if ended.exit_code != 0:
        raise AppError(f"python: {program} cannot make a Python environment; install its package python3-venv")


def perform(build: Build) -> tuple[str, ...]:
    """All of it, as the user of builds. What pip installed, as name==version."""
    if build.recipe.requirements:
        _install(build)
    for words in build.recipe.build:
        _run(build, words)
        build.say(f"ran {_shown(build, words)}")
    return _installed(build.folder / VENV)


def _installed(environment_folder: Path) -> tuple[str, ...]:
    """From the names of folders: nothing of what was installed is run for it."""
    found = environment_folder.glob("lib/python*/site-packages/*.dist-info")
    parts = (place.name[: -len(".dist-info")].rpartition("-") for place in found)
    return tuple(sorted(f"{name}=={version}" for name, _dash, version in parts))


def _install(build: Build) -> None:
    program = build.recipe.python.rpartition(" ")[0]
    _run(build, (program, "-m", "venv", VENV))
    pip = (f"{VENV}/bin/python", "-m", "pip", "--disable-pip-version-check", "--no-input", "install")
    quiet = ("--progress-bar=off", "--no-warn-script-location", "--requirement", build.recipe.requirements)
    offline = ("--no-index", f"--find-links={build.wheels}") if build.wheels else ()
    _run(build, (*pip, *quiet, *offline), network=not build.wheels)
    build.say(f"installed {build.recipe.requirements}")


def _run(build: Build, words: tuple[str, ...], network: bool = True) -> None:
    left = build.until - time.monotonic()
    with _variables(build) as file:
        command = (
            *_unit(build, file, left, network),
            "/usr/bin/env",
            "--",
            *(word.replace("$", "$$") for word in words),
        )
        ended = run(Run(command, environment(), folder="/", seconds=max(0.1, left)))
    if ended.exit_code != 0:
        end_leftover(build.app)
        raise _failure(build, words, ended)


def _unit(build: Build, variables: Path, seconds: float, network: bool) -> tuple[str, ...]:
    properties = (
        *_SANDBOX,
        f"ReadWritePaths={item(str(build.folder)).replace('%%', '%')}",
        f"WorkingDirectory={build.folder}",
        f"CacheDirectory={posixpath.relpath(build.cache, '/var/cache')}",
        "CacheDirectoryMode=0700",
        f"EnvironmentFile={variables}",
        f"RuntimeMaxSec={max(1, int(seconds)) + _GRACE_SECONDS}",
        f"PrivateNetwork={'no' if network else 'yes'}",
    )
    given = (word for text in properties for word in ("--property", text))
    start = ("systemd-run", "--quiet", "--wait", "--pipe", "--collect", "--service-type=exec")
    return (*start, f"--unit={build.unit}", f"--uid={USER}", f"--gid={USER}", *given, "--")


@contextlib.contextmanager
def _variables(build: Build) -> Iterator[Path]:
    """systemd reads the file, so nobody but root has to."""
    file = _file_of(build.app)
    path = f"{build.folder}/{VENV}/bin:{_PATH}"
    own = {"PATH": path, "HOME": "/tmp", "XDG_CACHE_HOME": build.cache, "LANG": "C.UTF-8"}
    write_private(file, assignments({**own, **build.variables}))
    try:
        yield file
    finally:
        file.unlink(missing_ok=True)


def _failure(build: Build, words: tuple[str, ...], ended: Ended) -> AppError:
    lines = [redact(line, build.hidden) for line in ended.lines if line.strip()][-_TAIL:]
    if any(sign in line for line in lines for sign in _FULL):
        return DiskFullError("")
    shown = _shown(build, words)
    late = ended.exit_code is None
    how = "did not end in the time of build_timeout" if late else f"ended with {ended.exit_code}"
    facts = {"command": shown, "exit_code": ended.exit_code, "timed_out": late, "log_tail": lines}
    last = f": {lines[-1].strip()}" if lines else ""
    return AppError(f"{shown} {how}{last}", failure=facts)


def _shown(build: Build, words: tuple[str, ...]) -> str:
    return redact(" ".join(mask(list(words))), build.hidden)


def inherited() -> dict[str, str]:
    """Of Ansible's own environment, what a network needs."""
    names = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE")
    return {name: os.environ[name] for name in names if name in os.environ}
