# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dockerd as a service of systemd: its process, its command line, its logs, and its own judgement of a file."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..._core.secrets import mask_text
from .. import program_run
from ..program_run import Ended

_PATH = os.pathsep.join(["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"])
_VERSION = re.compile(r"version (\d+)\.(\d+)")
_SHOWN = ("MainPID", "ActiveState", "SubState", "LoadState", "ExecStart")
_LOG_LINES = 8
#: None of the programs that are asked takes long; systemctl is told not to wait.
_SECONDS = 60.0
#: dockerd's logfmt: the level and the sentence are what a reader wants of it.
_SENTENCE = re.compile(r'level=(?P<level>\w+) msg="(?P<said>(?:[^"\\]|\\.)*)"(?: error="(?P<error>(?:[^"\\]|\\.)*)")?')


@dataclass(frozen=True)
class Unit:
    """What systemd says of dockerd. `loaded` is False where there is no such unit; `pid` 0 where it does not run."""

    pid: int = 0
    active: str = "inactive"
    sub: str = "dead"
    loaded: bool = False
    arguments: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """dockerd ended by itself; systemd may be about to start it once more."""
        return self.active == "failed" or self.sub.startswith("auto-restart")


def run(*command: str) -> Ended:
    environment = {**os.environ, "PATH": f"{os.environ.get('PATH', '')}{os.pathsep}{_PATH}", "LC_ALL": "C.UTF-8"}
    return program_run.run(program_run.Run(command, environment, seconds=_SECONDS, whole=True))


def program() -> str | None:
    """dockerd itself; it lies where the PATH of an ordinary user does not look."""
    return shutil.which("dockerd", path=f"{os.environ.get('PATH', '')}{os.pathsep}{_PATH}")


def version(dockerd: str) -> tuple[int, int] | None:
    found = _VERSION.search(run(dockerd, "--version").stdout)
    return (int(found[1]), int(found[2])) if found else None


class Service:
    """The unit that runs dockerd; `name` is without .service."""

    def __init__(self, name: str) -> None:
        self.name = name

    def unit(self) -> Unit:
        if not Path("/run/systemd/system").is_dir():
            return Unit()
        shown = run("systemctl", "show", f"{self.name}.service", *(f"--property={name}" for name in _SHOWN)).stdout
        values = dict(line.partition("=")[::2] for line in shown.splitlines())
        pid = int(values.get("MainPID") or 0)
        found = _of_process(pid) or _of_unit(values.get("ExecStart", ""))
        state = values.get("ActiveState", "inactive"), values.get("SubState", "dead")
        return Unit(pid, *state, values.get("LoadState") == "loaded", found)

    def start(self, again: bool = False) -> None:
        """Does not wait: how it went is seen from outside. `again` stops dockerd first where it runs."""
        run("systemctl", "reset-failed", f"{self.name}.service", f"{self.name}.socket")
        run("systemctl", "--no-block", "restart" if again else "start", f"{self.name}.service")

    def log_tail(self, since: float) -> str:
        """The last lines of dockerd since a moment, errors first where there are any."""
        options = ("--unit", self.name, "--since", f"@{int(since)}", "--output", "cat", "--no-pager")
        lines = run("journalctl", "--quiet", *options).stdout.splitlines()
        said = [line for line in (_sentence(line) for line in lines) if line and self.name not in line.split(" ")[0]]
        telling = [line for line in said if not line.startswith(("info: ", "debug: ", "warning: "))]
        return mask_text("\n".join((telling or said)[-_LOG_LINES:]))


def _sentence(line: str) -> str:
    found = _SENTENCE.search(line)
    if not found:
        return line.strip()
    error = f": {found['error']}" if found["error"] else ""
    return f"{found['level']}: {found['said']}{error}".replace('\\"', '"')


def _of_process(pid: int) -> tuple[str, ...]:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") if pid else []
    except OSError:
        return ()
    return tuple(word.decode(errors="replace") for word in words[1:] if word)


def _of_unit(exec_start: str) -> tuple[str, ...]:
    """ExecStart as systemctl shows it; a variable of the unit's environment is not known here."""
    said = exec_start.partition("argv[]=")[2].partition(" ; ")[0]
    try:
        words = shlex.split(said)
    except ValueError:
        return ()
    return tuple(word for word in words[1:] if not word.startswith("$"))


def reload(pid: int) -> None:
    os.kill(pid, signal.SIGHUP)


def pid_of_file(pidfile: str) -> int:
    """A dockerd that systemd did not start."""
    try:
        pid = int(Path(pidfile).read_text(encoding="ascii").strip() or 0)
        return pid if pid and Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").startswith("dockerd") else 0
    except (OSError, ValueError):
        return 0


def started_after(pid: int, path: str) -> bool:
    """Whether this process began after the file was last written, so that it has read it."""
    try:
        return Path(f"/proc/{pid}").stat().st_mtime > Path(path).stat().st_mtime
    except OSError:
        return False


def asked(dockerd: str, arguments: Sequence[str], text: str, path: str) -> str | None:
    """What `dockerd --validate` says of this text as the file at `path`, beside its own flags.

    Empty where it has nothing against it; None where this dockerd has no --validate, which came with Engine 23.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:  # 0600 from the start
        file.write(text)
        file.flush()
        done = run(dockerd, *_without_file(arguments), "--validate", "--config-file", file.name)
        if done.exit_code == 0:
            return ""
        said = "\n".join(done.lines).strip() or done.stdout.strip() or "dockerd refuses it, and does not say why"
        if "unknown flag: --validate" in said:
            return None
        return mask_text("\n".join(said.splitlines()[-2:]).replace(file.name, path))


def _without_file(arguments: Sequence[str]) -> list[str]:
    """The arguments but --config-file, which names the file in place."""
    kept: list[str] = []
    skip = False
    for word in arguments:
        if skip or word.startswith("--config-file"):
            skip = word == "--config-file"
        else:
            kept.append(word)
    return kept
