# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds that only one key of a Compose file has."""

from __future__ import annotations

from typing import Any

from ..findings import shown
from .document import Path
from .kinds import ABSENT, Kind, ListOf, Pairs, Refuse, Table, found, merge_freely
from .numbers import plain_text
from .ports import ports


class Ports(ListOf):
    """A range of ports is one item in the file and several in the canonical form."""

    def items(self, value: list[Any], path: Path, refuse: Refuse) -> list[Any]:
        read: list[Any] = []
        for position, item in enumerate(value):
            if isinstance(item, dict) or item is None or isinstance(item, list):
                read.append(self.one(item, (*path, position), refuse))
                continue
            try:
                read += ports(item)
            except ValueError as error:
                refuse((*path, position), str(error), "")
        return read


class Logging(Table):
    """Options belong to a driver: those of another driver are dropped."""

    def merge(self, base: Any, over: Any) -> Any:
        drivers = [side.get("driver") for side in (base, over) if isinstance(side, dict) and "driver" in side]
        return over if len(drivers) == 2 and drivers[0] != drivers[1] else super().merge(base, over)


class AddressPools(ListOf):
    """Pools of one subnet are merged; of pools of different subnets the later file's remain."""

    def merge(self, base: Any, over: Any) -> Any:
        if not base or over is None:
            return base if over is None else over
        merged: dict[Any, Any] = {}
        for pool in base:
            for other in over:
                subnet = other.get("subnet")
                if subnet == pool.get("subnet"):
                    merged[subnet] = self.item.merge(pool, other)
                else:
                    merged.setdefault(subnet, other)
        return list(merged.values())


class Resource(Table):
    """A network, volume, secret or config of the project; `external: {name: x}` is an old way to name it."""

    def read(self, value: Any, path: Path, refuse: Refuse) -> Any:
        external = value.get("external") if isinstance(value, dict) else None
        if not isinstance(external, dict):
            return super().read(value, path, refuse)
        named = external.get("name")
        if "name" in value and named is not None and named != value["name"]:
            refuse((*path, "external"), "found two different names, expected only 'name'", "remove external.name")
        return super().read({"name": named, **value, "external": True}, path, refuse)


class SshKeys(Pairs):
    """SSH keys by id; `default` alone is the agent's."""

    def read(self, value: Any, path: Path, refuse: Refuse) -> Any:
        keys = super().read(value, path, refuse)
        for position, name in enumerate(value if isinstance(value, list) else []):
            if isinstance(name, str) and "=" not in name and name != "default":
                refuse((*path, position), f"found {shown(name)}, expected default or ID=PATH", "")
        return keys

    def printed(self, value: Any, path: Path, refuse: Refuse) -> Any:
        keys = super().printed(value, path, refuse)
        return keys if keys is ABSENT else sorted(_ssh_key(name, key) for name, key in keys.items())


def _ssh_key(name: str, key: Any) -> str:
    return name if key in (None, "") else f"{name}: {plain_text(key)}"


class Gpus(ListOf):
    """`all` stands for one request of all of them."""

    def read(self, value: Any, path: Path, refuse: Refuse) -> Any:
        return super().read([{"count": "all"}] if value == "all" else value, path, refuse)


class ProviderOptions(Kind):
    """Texts by name, several of them where a list is given; lists of several files are joined."""

    expected = "a mapping of names to texts or lists of texts"

    def read(self, value: Any, path: Path, refuse: Refuse) -> Any:
        if value is not None and not isinstance(value, dict):
            refuse(path, f"{found(value)}, expected {self.expected}", "")
            return None
        for name, item in (value or {}).items():
            if any(isinstance(one, (list, dict)) for one in _listed(item)):
                refuse((*path, name), f"{found(item)}, expected a text or a list of texts", "")
        return value

    def merge(self, base: Any, over: Any) -> Any:
        return merge_freely(base, over)

    def printed(self, value: Any, path: Path, refuse: Refuse) -> Any:
        value = super().printed(value, path, refuse)
        if value is ABSENT:
            return ABSENT
        printed = {name: [plain_text(one) for one in _listed(item)] for name, item in value.items()}
        return {name: texts for name, texts in printed.items() if texts} or ABSENT


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
