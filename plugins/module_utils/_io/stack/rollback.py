# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the last good release back after a failed one: its images, its model, its files; then waits until it is ready.

Data is not put back, and one-shots are not run again: what a migration has done stays done.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..._core.stack import gojson
from ..._core.stack.model import Stack
from ..._core.stack.present import Container, Present
from ..._core.stack.reader import read
from ..._core.stack.release import Release
from ..._core.stack.restore import Restore, down, restore, with_copies
from ..._core.stack.wish import Failure
from ..compose.cli import CliError, ComposeCli
from ..engine.client import Engine, EngineError
from ..engine.reads import inspect_image, present
from ..private_files import write_private
from .copies import differs, hand_out
from .release_images import point
from .runtime import Runtime
from .wait import diagnose, wait_until_ready

#: What stopping a container of the failed release may take, in seconds: nobody needs its last words.
_STOP_SECONDS = 5
#: What a command of Compose may take beside waiting for what others depend on.
_COMPOSE_SECONDS = 60


@dataclass(frozen=True)
class RolledBack:
    """`ok`: the release runs and is ready. Not `attempted`: there is nothing to come back to, or nobody wants it."""

    ok: bool
    actions: tuple[Mapping[str, Any], ...] = ()
    message: str = ""
    failure: Failure | None = None
    stack: Stack | None = None  # what runs now
    attempted: bool = True


def rollback(runtime: Runtime, release: Release | None, failure: Failure) -> RolledBack:
    """`failure` is why the new release is given up."""
    refusal = _refusal(runtime, release, failure)
    if refusal or release is None:
        return RolledBack(False, message=refusal, attempted=False)
    actions: list[Mapping[str, Any]] = []
    try:
        stack = read(release.model, runtime.wish.one_shot)
        return _restored(runtime, release, stack, actions)
    except CliError as error:
        stack = read(release.model, runtime.wish.one_shot)
        own = diagnose(runtime.engine, stack, "", "\n".join(error.lines))
    except (EngineError, OSError) as error:
        own = Failure("", "engine" if isinstance(error, EngineError) else "disk", str(error))
    return _failed(release, own, actions)


def _refusal(runtime: Runtime, release: Release | None, failure: Failure) -> str:
    """Why nothing is restored; empty where it is."""
    left = "everything stays as it is, for inspection"
    if not runtime.wish.rollback:
        return f"no rollback is wanted; {left}"
    service = runtime.stack.services.get(failure.service)
    action = service.failure_action if service else ""
    if action not in ("", "rollback"):
        return f"the file says failure_action {action} for {failure.service}; {left}"
    if release is None or runtime.store is None:
        return f"there is no earlier good release to come back to; {left}"
    if not any(runtime.present.of(str(name)) for name in release.model.get("services") or {}):
        return f"release {release.number} did not run before; {left}"
    return ""


def _restored(runtime: Runtime, release: Release, stack: Stack, actions: list[Mapping[str, Any]]) -> RolledBack:
    engine, before = runtime.engine, runtime.present
    now = _look(engine, runtime.stack, stack)
    todo = restore(stack, runtime.stack, before, now, runtime.plan)
    lost = _images_back(engine, release, stack, (*todo.replace, *todo.fill), actions)
    if lost is not None:
        return _failed(release, lost, actions)
    _clear(engine, todo, actions)
    services = (*todo.replace, *todo.fill)
    if not services:
        return RolledBack(True, tuple(actions), f"release {release.number} still runs", stack=stack)
    cli = _cli(runtime, release, stack, todo)
    began, seconds = time.monotonic(), runtime.wish.wait_timeout + _COMPOSE_SECONDS
    if todo.replace:
        cli.create(todo.replace, force_recreate=True, seconds=seconds)
    if todo.fill:
        cli.create(todo.fill, seconds=seconds)
    made = _look(engine, runtime.stack, stack)
    start = down(stack, made, before, services)
    if start:
        cli.start(start, seconds=seconds)
    actions += [
        {"service": name, "action": "restore", "seconds": round(time.monotonic() - began, 3)} for name in services
    ]
    return _awaited(runtime, release, stack, tuple(dict.fromkeys((*services, *start))), actions)


def _awaited(
    runtime: Runtime, release: Release, stack: Stack, services: Collection[str], actions: list[Mapping[str, Any]]
) -> RolledBack:
    """A probe may ask for what only the new release has: then the old one is judged without probes."""
    now = _look(runtime.engine, stack)
    containers = {name: tuple(one.id for one in now.of(name)) for name in services}
    back = f"release {release.number} runs again"
    failure = _wait(runtime, runtime.wish.ready, stack, containers)
    if failure is None:
        return RolledBack(True, tuple(actions), back, stack=stack)
    if failure.cause == "timeout" and runtime.wish.ready and _wait(runtime, None, stack, containers) is None:
        message = f"{back}, but a probe does not pass: {failure.message}"
        return RolledBack(True, tuple(actions), message, stack=stack)
    return _failed(release, failure, actions)


def _wait(runtime: Runtime, ready: Any, stack: Stack, containers: Mapping[str, tuple[str, ...]]) -> Failure | None:
    wish = replace(runtime.wish, ready=ready)
    deadline = time.monotonic() + wish.wait_timeout
    return wait_until_ready(runtime.engine, stack, wish, containers, deadline, runtime.say)


def _failed(release: Release, failure: Failure, actions: Iterable[Mapping[str, Any]]) -> RolledBack:
    message = f"the rollback to release {release.number} failed, too: {failure.message}"
    return RolledBack(False, tuple(actions), message, failure)


def _look(engine: Engine, *stacks: Stack) -> Present:
    names = {str(one.get("name")) for stack in stacks for one in stack.networks.values() if one.get("external")}
    return present(engine, stacks[0].project, networks=sorted(names))


def _images_back(
    engine: Engine, release: Release, stack: Stack, services: Collection[str], actions: list[Mapping[str, Any]]
) -> Failure | None:
    """References mean the release's images again. One that is gone matters where a container has to be made of it."""
    for service, image in sorted(release.images.items()):
        reference = release.references.get(service) or (
            stack.services[service].image if service in stack.services else ""
        )
        if inspect_image(engine, image) is None:
            if service not in services:
                continue
            return Failure(service, "image", f"the image {image} of {service} was removed from the host")
        if reference and point(engine, reference, image):
            actions.append({"service": service, "action": "tag", "seconds": 0.0})
    return None


def _cli(runtime: Runtime, release: Release, stack: Stack, todo: Restore) -> ComposeCli:
    """Compose with the release's own model. All is resolved in it: no further file and no variable counts."""
    if runtime.store is None:
        raise ValueError("a release comes from a store")
    here = bool(runtime.engine.address.socket)  # an engine elsewhere mounts what is there, and has no copies
    stale = {path: copy for path, copy in release.contents.items() if here and differs(path, copy)}
    copies = {path: hand_out(copy) for path, copy in stale.items()}
    model = runtime.store.folder / "releases" / str(release.number) / "model.json"
    write_private(model, gojson.dumps(with_copies(release.model, copies, todo.replace)))
    return replace(
        runtime.compose, files=(str(model),), env_files=(), profiles=("*",), project_name=stack.project, stdin=None
    )


def _clear(engine: Engine, todo: Restore, actions: list[Mapping[str, Any]]) -> None:
    """What the failed run left that Compose would not take away, or that is in its way."""
    for one in todo.unpause:
        engine.post(f"/containers/{one.id}/unpause")
    for one in todo.remove:
        began = time.monotonic()
        _remove(engine, one)
        actions.append({"service": one.service, "action": "remove", "seconds": round(time.monotonic() - began, 3)})
    for name in todo.networks:
        _remove_network(engine, name)


def _remove(engine: Engine, one: Container) -> None:
    try:
        engine.post(f"/containers/{one.id}/stop", t=_STOP_SECONDS)
        engine.delete(f"/containers/{one.id}", force=True, v=True)
    except EngineError as error:
        if error.status != 404:
            raise


def _remove_network(engine: Engine, name: str) -> None:
    """Compose makes the release's network anew, and containers are attached to it when they are made."""
    try:
        for container in engine.get(f"/networks/{name}").get("Containers") or {}:
            engine.post(f"/networks/{name}/disconnect", {"Container": container, "Force": True})
        engine.delete(f"/networks/{name}")
    except EngineError as error:
        if error.status not in (403, 404):
            raise
