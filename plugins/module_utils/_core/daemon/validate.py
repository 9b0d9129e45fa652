# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a daemon.json, all of it at once and before anything is installed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..findings import ERROR, Finding
from ..words import did_you_mean
from . import flags, logs
from .schema import KEYS

#: moby's registry.ValidateMirror: scheme and host, without user, path or query.
_MIRROR = re.compile(r"https?://[^/?#@\s]+/?\Z")


@dataclass(frozen=True)
class Dockerd:
    """The program on the host. `judges` says that its own `--validate` is asked as well, which knows its keys best."""

    arguments: Sequence[str] = ()
    version: tuple[int, int] | None = None
    judges: bool = False


def mended(ours: Mapping[str, Any]) -> dict[str, Any]:
    """Our settings with types as JSON wants them, where YAML and Jinja blur them. A key of `None` is not ours."""
    return {key: KEYS[key].kind.mended(it) if key in KEYS else it for key, it in ours.items() if it is not None}


def problems(config: Mapping[str, Any], ours: Mapping[str, Any], dockerd: Dockerd) -> list[Finding]:
    found = [*_of_types(config), *_of_keys(config, dockerd)]
    if not found:  # what follows supposes that the types are right
        found += [Finding("log-option", ERROR, *mistake) for mistake in logs.mistakes(config)]
        found += _of_mirrors(config)
    found += flags.conflicts(config, dockerd.arguments)
    return [_whose(finding, ours) for finding in found]


def _of_types(config: Mapping[str, Any]) -> Iterator[Finding]:
    for key, value in config.items():
        if key in KEYS:
            for path, mistake in KEYS[key].kind.mistakes(value, (key,)):
                yield Finding("wrong-type", ERROR, _dotted(path), mistake)


def _of_keys(config: Mapping[str, Any], dockerd: Dockerd) -> Iterator[Finding]:
    """Where dockerd can be asked, it is: a newer one has keys that this table does not know.

    Yet it looks only at what is within a mapping, and not at the name of one. So a slip in such a name is told.
    """
    for key, value in config.items():
        near = did_you_mean(key, KEYS) if key not in KEYS else ""
        if key not in KEYS and (not dockerd.judges or (near and isinstance(value, Mapping))):
            hint = near or "dockerd does not start with a key that it does not know"
            yield Finding("unknown-key", ERROR, key, f"found {_noun(value)}, expected a key of daemon.json", hint)
        since = KEYS[key].since if key in KEYS else (0, 0)
        if dockerd.version and dockerd.version < since and not dockerd.judges:
            message = f"needs Engine {_dots(since)}; this is {_dots(dockerd.version)}"
            yield Finding("too-new-key", ERROR, key, message)


def _of_mirrors(config: Mapping[str, Any]) -> Iterator[Finding]:
    """dockerd up to 28 looks at them only when it has read the file."""
    for position, mirror in enumerate(config.get("registry-mirrors", ())):
        if not _MIRROR.match(mirror):
            path = f"registry-mirrors[{position}]"
            yield Finding(
                "mirror", ERROR, path, "found no address of a registry, expected one such as https://HOST:PORT"
            )


def refused(said: str, config: Mapping[str, Any], ours: Mapping[str, Any]) -> list[Finding]:
    """What `dockerd --validate` said; a key that neither it nor our table knows is named with the likely one."""
    unknown = [_whose(it, ours) for it in _of_keys(config, Dockerd())]
    return [*unknown, Finding("refused-by-dockerd", ERROR, "", said)]


def _noun(value: Any) -> str:
    return "a mapping" if isinstance(value, Mapping) else "a setting"


def _dots(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def _dotted(path: tuple[str, ...]) -> str:
    return ".".join(path).replace(".[", "[")


def _whose(finding: Finding, ours: Mapping[str, Any]) -> Finding:
    """A mistake in the host's own part is not found in the play."""
    key = finding.path.partition(".")[0].partition("[")[0]
    if key in ours or finding.hint:
        return finding
    return Finding(finding.rule, finding.severity, finding.path, finding.message, "it is the host's own setting")
