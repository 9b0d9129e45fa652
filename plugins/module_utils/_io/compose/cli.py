# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker Compose's own program, run by its path: where it is, and the few commands of it that are used.

A plugin of the Docker client also works as a program of its own, and starts sooner that way. What it prints about
its progress is for people: the last lines are kept, and nothing is read from them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..program_run import Ended, Run, run
from .program import CliError, NoComposeError, Program, failed, find, not_run, version

__all__ = ["CliError", "ComposeCli", "Ended", "NoComposeError", "Program", "Run", "find", "run", "version"]

#: Of a model, which is computed on this machine.
CONFIG_SECONDS = 60.0
#: Where nothing else is said: a pull or a build may take long, and must end some day.
COMMAND_SECONDS = 3600.0
#: How many of the last lines of a failed command are shown.
SHOWN_LINES = 15
#: Variables of the user's environment that would change what is asked for here. All others of COMPOSE_* are theirs to
#: set, as for their own `docker compose up`: files, profiles, the project's name, separators, parallel limits.
_OURS = frozenset(
    {
        "COMPOSE_REMOVE_ORPHANS",  # would remove what the plan did not name
        "COMPOSE_IGNORE_ORPHANS",  # forbids --remove-orphans
        "COMPOSE_ANSI",
        "COMPOSE_PROGRESS",
        "COMPOSE_STATUS_STDOUT",  # would mix words into what `config` prints
        "COMPOSE_MENU",
        "DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND",  # makes the program think that it runs as a plugin
        "DOCKER_CONTEXT",  # docker_host says where
    }
)


class Tally:
    """How many programs were run for a project, whatever files they were given."""

    def __init__(self) -> None:
        self.calls = 0


@dataclass
class ComposeCli:
    """One project's commands. `calls` counts the programs that were run, `last` is what the last one did.

    `environment` is added to the process's own: values never stand in an argument, where every user sees them.
    `stdin` is the model where `files` is just `-`.
    """

    program: Program
    project_name: str | None
    project_src: str
    files: Sequence[str] = ()
    env_files: Sequence[str] = ()
    profiles: Sequence[str] = ()
    docker_host: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    runner: Callable[[Run], Ended] = run
    stdin: str | None = None
    tally: Tally = field(default_factory=Tally)
    last: Ended | None = None
    known_version: str = ""

    @property
    def calls(self) -> int:
        return self.tally.calls

    def version(self) -> str:
        """What the program calls its version, asked once."""
        if not self.known_version:
            self.tally.calls += 1
            self.known_version = version(self.program)
        return self.known_version

    def config(self, services: Sequence[str] = ()) -> str:
        """The whole model as JSON. It has every secret in it: it may be read, and must not be shown."""
        return self._run("config", "--format", "json", *services, seconds=CONFIG_SECONDS, whole=True).stdout

    def create(
        self,
        services: Sequence[str] = (),
        *,
        force_recreate: bool = False,
        no_recreate: bool = False,
        remove_orphans: bool = False,
        assume_yes: bool = False,
        scale: Mapping[str, int] | None = None,
        seconds: float = COMMAND_SECONDS,
    ) -> Ended:
        """Make or replace containers and start none. What they depend on is made, too.

        `assume_yes` lets Compose 2.32 and later replace a volume whose definition changed, with its data.
        """
        flags = _flags(
            force_recreate=force_recreate, no_recreate=no_recreate, remove_orphans=remove_orphans, y=assume_yes
        )
        ready = ("--no-build", "--pull", "never")
        return self._run("create", *flags, *ready, *_scale(scale), *services, seconds=seconds)

    def up(
        self,
        services: Sequence[str] = (),
        *,
        force_recreate: bool = False,
        no_recreate: bool = False,
        no_deps: bool = False,
        remove_orphans: bool = False,
        assume_yes: bool = False,
        scale: Mapping[str, int] | None = None,
        stop_timeout: int | None = None,
        seconds: float = COMMAND_SECONDS,
    ) -> Ended:
        """Make, replace and start, in the order that Compose finds. Returns when they run, not when they are ready."""
        flags = _flags(
            force_recreate=force_recreate,
            no_recreate=no_recreate,
            no_deps=no_deps,
            remove_orphans=remove_orphans,
            y=assume_yes,
        )
        ready = ("--detach", "--no-build", "--pull", "never", *flags, *_timeout(stop_timeout), *_scale(scale))
        return self._run("up", *ready, *services, seconds=seconds)

    def start(
        self, services: Sequence[str], *, scale: Mapping[str, int] | None = None, seconds: float = COMMAND_SECONDS
    ) -> Ended:
        """Start what was created, in order, and nothing else: post_start hooks run, nothing is replaced."""
        return self.up(services, no_recreate=True, no_deps=True, scale=scale, seconds=seconds)

    def run_canary(self, service: str, name: str, *, seconds: float = COMMAND_SECONDS) -> Ended:
        """A container of the service beside the others, without its published ports."""
        return self._run("run", "--detach", "--no-deps", "--name", name, service, seconds=seconds)

    def pull(self, services: Sequence[str], *, policy: str | None = None, seconds: float = COMMAND_SECONDS) -> Ended:
        """`policy` is always or missing; left out, Compose does as each service says."""
        chosen = ("--policy", policy) if policy else ()
        return self._run("pull", "--quiet", *chosen, *services, seconds=seconds)

    def build(self, services: Sequence[str], *, pull: bool = False, seconds: float = COMMAND_SECONDS) -> Ended:
        return self._run("build", *_flags(pull=pull), *services, seconds=seconds)

    def stop(
        self, services: Sequence[str] = (), *, stop_timeout: int | None = None, seconds: float = COMMAND_SECONDS
    ) -> Ended:
        return self._run("stop", *_timeout(stop_timeout), *services, seconds=seconds)

    def _run(self, command: str, *words: str, seconds: float, whole: bool = False) -> Ended:
        asked = Run(
            (self.program.path, *self._options(), command, *words),
            self._variables(),
            folder=self.project_src,
            stdin=self.stdin if "-" in self.files else None,
            seconds=seconds,
            whole=whole,
        )
        self.tally.calls += 1
        try:
            self.last = ended = self.runner(asked)
        except OSError as error:
            raise not_run(command, error) from error
        if ended.exit_code != 0:
            raise failed(command, ended, seconds, shown(ended.lines))
        return ended

    def _options(self) -> Iterable[str]:
        yield from ("--ansi", "never", "--progress", "plain", "--project-directory", self.project_src)
        if self.project_name:
            yield from ("--project-name", self.project_name)
        for option, values in (("--file", self.files), ("--env-file", self.env_files), ("--profile", self.profiles)):
            for value in values:
                yield from (option, value)

    def _variables(self) -> dict[str, str]:
        variables = {name: value for name, value in os.environ.items() if name not in _OURS}
        if self.docker_host:
            variables["DOCKER_HOST"] = self.docker_host
            if self.docker_host.startswith("unix:"):  # the client would speak TLS even there
                variables.pop("DOCKER_TLS_VERIFY", None)
        return {**variables, **self.environment}


def shown(lines: Iterable[str]) -> tuple[str, ...]:
    """The last lines that say something, without secrets. Warnings are left out where there is anything else."""
    from ..._core.secrets import mask_text  # its patterns take long to compile, and most commands succeed

    told = [line.strip() for line in mask_text("\n".join(lines)).splitlines() if line.strip()]
    meant = [line for line in told if not (line.startswith("time=") and "level=warning" in line)]
    return tuple((meant or told)[-SHOWN_LINES:])


def _flags(**given: bool) -> tuple[str, ...]:
    """{"force_recreate": True} is --force-recreate; a name of one letter gets one dash."""
    return tuple(
        f"{'-' if len(name) == 1 else '--'}{name.replace('_', '-')}" for name, wanted in given.items() if wanted
    )


def _scale(scale: Mapping[str, int] | None) -> tuple[str, ...]:
    return tuple(word for service, count in (scale or {}).items() for word in ("--scale", f"{service}={count}"))


def _timeout(seconds: int | None) -> tuple[str, ...]:
    return () if seconds is None else ("--timeout", str(seconds))
