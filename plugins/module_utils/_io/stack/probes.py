# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readiness probes of the option `ready`, each asked once: over the network, or through the engine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..._core.stack.looks import Outcome
from ..._core.stack.wish import Probe
from ..engine.address import EngineError
from ..engine.client import Engine, NoEngineError
from ..engine.reads import execute, inspect, logs_tail
from ..network_probes import PROBE_SECONDS, ask_http, ask_tcp

#: How much of output and of the log is looked at.
_OUTPUT_LINES, _LOG_LINES = 5, 5000


@dataclass(frozen=True)
class Target:
    """A container that is probed. `address` is empty where it has none, such as with network_mode none."""

    container: str
    address: str
    since: float | None = None  # a Unix time: a log line from before, of an earlier start, does not count


def check(engine: Engine, probe: Probe, target: Target, timeout_seconds: float = PROBE_SECONDS) -> Outcome:
    if probe.http:
        return ask_http(probe.http, probe.status, target.address, timeout_seconds)
    if probe.tcp:
        return ask_tcp(probe.tcp, target.address, timeout_seconds)
    try:
        if probe.command:
            return _command(engine, probe.command, target, timeout_seconds)
        return _log(engine, probe.log, target)
    except NoEngineError:
        raise
    except EngineError as error:  # such as a container that has just stopped
        return Outcome(False, error.message)


def target_of(engine: Engine, inspected: Mapping[str, Any], since: float | None) -> Target:
    return Target(str(inspected["Id"]), address(engine, inspected), since)


def address(engine: Engine, inspected: Mapping[str, Any]) -> str:
    """Where this host reaches a container: IPv4 first, this host itself for its own network."""
    mode = str((inspected.get("HostConfig") or {}).get("NetworkMode") or "")
    if mode == "host":
        return "127.0.0.1"
    if mode.startswith("container:"):
        owner = inspect(engine, mode.partition(":")[2])
        return address(engine, owner) if owner else ""
    networks = (inspected.get("NetworkSettings") or {}).get("Networks") or {}
    attached = [networks[name] or {} for name in sorted(networks)]
    found = [str(one.get(key) or "") for key in ("IPAddress", "GlobalIPv6Address") for one in attached]
    return next((one for one in found if one), "")


def _command(engine: Engine, words: tuple[str, ...], target: Target, timeout: float) -> Outcome:
    done = execute(engine, target.container, words, timeout)
    output = "\n".join(done.output[-_OUTPUT_LINES:])
    if done.exit_code is None:
        return Outcome(False, output)
    return Outcome(done.exit_code == 0, f"exit code {done.exit_code}" + (f": {output}" if output else ""))


def _log(engine: Engine, pattern: str, target: Target) -> Outcome:
    try:
        wanted = re.compile(pattern)
    except re.error as error:
        return Outcome(False, f"no regular expression: {error}")
    lines = logs_tail(engine, target.container, _LOG_LINES, target.since)
    found = next((line for line in lines if wanted.search(line)), None)
    return Outcome(True, found) if found is not None else Outcome(False, f"no such line among {len(lines)}")
