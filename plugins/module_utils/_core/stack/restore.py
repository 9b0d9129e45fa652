# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be done so that the last good release runs again: only where the failed run touched something."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from .model import Stack
from .plan import SIGNAL, Plan
from .present import Container, Present

#: States in which a container serves, or will by itself.
_UP = ("running", "restarting")
_CANARY = "-canary"


@dataclass(frozen=True)
class Restore:
    """Services in the release's order; containers of the failed run that go, by id."""

    replace: tuple[str, ...] = ()  # their containers are those of the failed run, or have its files
    fill: tuple[str, ...] = ()  # some of their containers are gone
    remove: tuple[Container, ...] = ()  # beside the release's own, or of services that it does not have
    unpause: tuple[Container, ...] = ()  # Compose does not touch what is paused
    networks: tuple[str, ...] = ()  # that the failed run made or defined anew, by the engine's names


def restore(release: Stack, failed: Stack, before: Present, now: Present, plan: Plan) -> Restore:
    """`release` is what shall run again, `failed` what was tried; `before` is from before the run."""
    redefined = tuple(sorted(_redefined(failed, before, now)))
    replace = _replaced(release, before, now, plan, redefined)
    fill = {name for name in release.services if name not in replace and _fewer(name, before, now)}
    fill |= {name for name in release.services if name not in replace and _was_up(name, before) and not _up(name, now)}
    once = {name for name, service in release.services.items() if service.one_shot}
    touched = (replace | fill) - once
    return Restore(
        replace=tuple(name for name in release.services if name in replace - once),
        fill=tuple(name for name in release.services if name in fill - once),
        remove=tuple(_removed(release, before, now, replace)),
        unpause=tuple(one for one in now.containers if one.state == "paused" and one.service in touched),
        networks=redefined,
    )


def down(release: Stack, now: Present, before: Present, restored: Collection[str]) -> tuple[str, ...]:
    """Which services have to be started: Compose also stops some that it was not told to."""
    wanted = (name for name, service in release.services.items() if not service.one_shot)
    return tuple(
        name
        for name in wanted
        if (name in restored or _was_up(name, before)) and any(one.state not in _UP for one in now.of(name))
    )


def with_copies(model: Mapping[str, Any], copies: Mapping[str, str], services: Collection[str]) -> dict[str, Any]:
    """The model with files replaced by the release's copies of them.

    Binds only of the services that are replaced: for others it would be a change of their configuration.
    """
    changed = dict(model)
    for kind in ("configs", "secrets"):
        if model.get(kind):
            changed[kind] = {name: _with_copy(entry, "file", copies) for name, entry in model[kind].items()}
    changed["services"] = {
        name: _bound(entry, copies) if name in services else entry for name, entry in model["services"].items()
    }
    return changed


def _bound(service: Mapping[str, Any], copies: Mapping[str, str]) -> dict[str, Any]:
    mounts = service.get("volumes")
    if not mounts:
        return dict(service)
    bound = [_with_copy(one, "source", copies) if one.get("type") == "bind" else one for one in mounts]
    return {**service, "volumes": bound}


def _with_copy(entry: Any, key: str, copies: Mapping[str, str]) -> Any:
    if isinstance(entry, Mapping) and entry.get(key) in copies:
        return {**entry, key: copies[entry[key]]}
    return entry


def _replaced(release: Stack, before: Present, now: Present, plan: Plan, redefined: Collection[str]) -> set[str]:
    """Also those that refer to a replaced container by its id, and all that are on a network that is made anew."""
    replaced = {
        name
        for name, service in release.services.items()
        if _other_containers(name, before, now)
        or (plan.step(name).action == SIGNAL and now.of(name))
        or any(_network(release, key) in redefined for key in service.networks)
    }
    more = {name for name, one in release.services.items() if name not in replaced and set(one.shares_with) & replaced}
    while more:
        replaced |= more
        more = {
            name for name, one in release.services.items() if name not in replaced and set(one.shares_with) & replaced
        }
    return replaced


def _other_containers(name: str, before: Present, now: Present) -> bool:
    """The failed run replaced one: its own is here, and one from before is not."""
    old, new = _ids(name, before), _ids(name, now)
    return bool(new - old) and bool(old - new)


def _fewer(name: str, before: Present, now: Present) -> bool:
    return bool(_ids(name, before) - _ids(name, now))


def _ids(name: str, present: Present) -> set[str]:
    return {one.id for one in present.of(name)}


def _was_up(name: str, before: Present) -> bool:
    return any(one.state in _UP for one in before.of(name))


def _up(name: str, now: Present) -> bool:
    return all(one.state in _UP for one in now.of(name))


def _removed(release: Stack, before: Present, now: Present, replace: Collection[str]) -> list[Container]:
    """Containers of this run that no container of the release takes the place of."""
    old = {one.id for one in before.containers}
    new = [one for one in now.containers if one.id not in old]
    return [
        one
        for one in new
        if (one.one_off and one.name.endswith(_CANARY))
        or (not one.one_off and one.service not in replace and one.service not in _kept_once(release))
    ]


def _kept_once(release: Stack) -> set[str]:
    """One-shots of the release stay as the failed run left them: they are not run again."""
    return {name for name, service in release.services.items() if service.one_shot}


def _redefined(failed: Stack, before: Present, now: Present) -> list[str]:
    """Networks of the project that the run made, or made anew: they have another id, or none had one before."""
    own = [str(one.get("name")) for one in failed.networks.values() if not one.get("external")]
    return [name for name in own if name in now.networks and _id(name, before) != now.networks[name].id]


def _id(name: str, present: Present) -> str:
    return present.networks[name].id if name in present.networks else ""


def _network(stack: Stack, key: str) -> str:
    return str((stack.networks.get(key) or {}).get("name") or "")
