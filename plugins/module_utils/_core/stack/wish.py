# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the task's options ask for, read once. Every option of the module that decides something is here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Probe:
    """A readiness probe of the option `ready`: exactly one of the kinds is set.

    http: a URL as the host reaches it; {address} stands for the container's address, which is the default host.
    tcp: a port of the container, or host:port. command: run in the container, ready at exit code 0.
    log: a regular expression that a line of the log matches. stable_seconds: running that long without a restart.
    """

    service: str = ""  # all services that change, where empty
    http: str = ""
    tcp: str = ""
    command: tuple[str, ...] = ()
    log: str = ""
    stable_seconds: float = 0
    status: tuple[int, ...] = ()  # accepted; 200 to 399 where empty

    @property
    def words(self) -> str:
        kinds = (
            (self.http, f"http {self.http}"),
            (self.tcp, f"tcp {self.tcp}"),
            (" ".join(self.command), f"command {' '.join(self.command)}"),
            (self.log, f"log line /{self.log}/"),
            (self.stable_seconds, f"stable for {self.stable_seconds:g} s"),
        )
        return next((words for given, words in kinds if given), "nothing")


#: A service without a health check and without a probe has to stay up this long, in seconds.
STABLE_SECONDS = 3.0


@dataclass(frozen=True)
class Wish:
    state: str = "present"  # present, stopped, restarted, absent
    services: tuple[str, ...] = ()  # only these and what they need; all where empty
    pull: str = "policy"  # what the file says for each service, else missing; or always, missing, never
    build: str = "changed"  # changed, always, missing, never
    recreate: str = "auto"  # auto, always, never
    drift: str = "ignore"  # ignore, report, repair
    allow_volume_recreate: bool = False
    remove_orphans: bool = False
    remove_volumes: bool = False
    wait: bool = True
    wait_timeout: float = 120  # seconds
    stop_timeout: int | None = None  # seconds; the service's own where None
    ready: tuple[Probe, ...] | None = None  # None: stable where nothing else is said; (): only health checks
    rollback: bool = True
    one_shot: tuple[str, ...] = ()
    keep_releases: int = 3
    reload_signals: Mapping[str, str] = field(default_factory=dict)  # service -> signal when only contents changed


@dataclass(frozen=True)
class Failure:
    """Why a service is not up, in one block, without secrets."""

    service: str
    cause: str  # port, image, oom, probe, dependency, config, exit, engine, disk, timeout
    message: str  # one plain sentence
    container: str = ""
    exit_code: int | None = None
    probe_output: str = ""
    log_tail: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "service": self.service,
            "cause": self.cause,
            "message": self.message,
            "container": self.container,
            "exit_code": self.exit_code,
            "probe_output": self.probe_output,
            "log_tail": list(self.log_tail),
        }
