# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our settings over the host's own, and back again.

What we set is recorded with what the host had in its place. So a later run can tell ours from the host's: a setting
that is no longer wanted goes, and the host's comes back. What somebody changed after us is the host's again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from .logs import driver
from .schema import KEYS, depth

Path = tuple[str, ...]


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


#: Where there is no value.
ABSENT = _Absent()


@dataclass(frozen=True)
class Setting:
    """One place of the file: what we put there, and what the host had. Either may be ABSENT."""

    path: Path
    ours: Any
    before: Any

    def as_json(self) -> dict[str, Any]:
        values = {"ours": self.ours, "before": self.before}
        return {"path": list(self.path), **{name: value for name, value in values.items() if value is not ABSENT}}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Setting:
        return cls(tuple(record["path"]), record.get("ours", ABSENT), record.get("before", ABSENT))


@dataclass(frozen=True)
class Merged:
    """`conflicts` are the settings where the host had another value of its own."""

    config: dict[str, Any]
    settings: tuple[Setting, ...]

    @property
    def conflicts(self) -> tuple[Setting, ...]:
        return tuple(it for it in self.settings if it.before is not ABSENT and it.before != it.ours)


def merge(host: Mapping[str, Any], ours: Mapping[str, Any], recorded: Iterable[Setting]) -> Merged:
    """What the file should hold, from what it holds."""
    own = without_ours(host, recorded)
    config = deepcopy(own)
    wanted = {**_log_options_of_another_driver(own, ours), **dict(leaves(ours))}
    settings = tuple(Setting(path, value, look_up(own, path)) for path, value in wanted.items())
    for setting in settings:
        put(config, setting.path, setting.ours)
    return Merged(config, settings)


def without_ours(host: Mapping[str, Any], recorded: Iterable[Setting]) -> dict[str, Any]:
    """The host's own settings: where ours still stand, what was there before."""
    own = deepcopy(dict(host))
    for setting in recorded:
        if look_up(own, setting.path) == setting.ours:
            put(own, setting.path, setting.before)
    return own


def leaves(config: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    """What is merged as one thing, by its path. `None` leaves a setting to the host."""
    for key, value in config.items():
        yield from _below((key,), value, depth(key))


def _below(path: Path, value: Any, deepest: int) -> Iterator[tuple[Path, Any]]:
    # An empty mapping sets nothing; below a key that is not known it shows that the key is wrong.
    if isinstance(value, Mapping) and len(path) < deepest and (value or path[0] in KEYS):
        for name, member in value.items():
            yield from _below((*path, str(name)), member, deepest)
    elif value is not None:
        yield path, value


def _log_options_of_another_driver(own: Mapping[str, Any], ours: Mapping[str, Any]) -> dict[Path, Any]:
    """With a log driver of ours, the options of the host's driver would stop dockerd from starting."""
    options = own.get("log-opts")
    if ours.get("log-driver") in (None, driver(own)) or not isinstance(options, Mapping):
        return {}
    return {("log-opts", name): ABSENT for name in options}


def look_up(config: Any, path: Path) -> Any:
    for name in path:
        if not isinstance(config, Mapping) or name not in config:
            return ABSENT
        config = config[name]
    return config


def put(config: dict[str, Any], path: Path, value: Any) -> None:
    """Set, or take out together with the mappings that this leaves empty."""
    name, rest = path[0], path[1:]
    if rest:
        inner = config.get(name)
        if not isinstance(inner, dict):
            if value is ABSENT:
                return
            inner = config[name] = {}
        put(inner, rest, value)
        if not inner:
            del config[name]
    elif value is ABSENT:
        config.pop(name, None)
    else:
        config[name] = deepcopy(value)
