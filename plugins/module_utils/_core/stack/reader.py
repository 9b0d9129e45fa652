# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what `docker-compose config --format json` prints into the nouns of model.py.

Docker Compose 2.26 to 5.5 differ in details that no noun holds, and our own canonical form reads the same. All of
the printed text has each dollar twice; the nouns have it once, and `Service.config` is left as it was printed.
What Go prints sorted is sorted here, too, since our own form keeps the order of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .model import (
    BIND,
    COMPLETED,
    CONFIG,
    SECRET,
    START_FIRST,
    STARTED,
    STOP_FIRST,
    Content,
    Dependency,
    Mount,
    Port,
    Service,
    Stack,
)

Printed = Mapping[str, Any]
_SECRETS = "/run/secrets/"


def read(raw: Printed, one_shot: tuple[str, ...] = ()) -> Stack:
    """A project from its printed model. `one_shot` names services that run once beside those that others await."""
    printed = raw.get("services") or {}
    services = {name: _without_absent(config, printed) for name, config in sorted(printed.items())}
    awaited = {
        dependency.service
        for config in services.values()
        for dependency in _dependencies(config)
        if dependency.condition == COMPLETED
    }
    once = awaited.union(one_shot)
    return Stack(
        project=raw["name"],
        services={name: _service(name, config, raw, name in once) for name, config in services.items()},
        networks=_named(raw, "networks"),
        volumes=_named(raw, "volumes"),
        raw=raw,
    )


def _without_absent(config: Printed, services: Printed) -> Printed:
    """Compose forgets optional dependencies on services of other profiles, also where it hashes dependencies."""
    needs = config.get("depends_on") or {}
    kept = {name: facts for name, facts in needs.items() if name in services or facts.get("required", True)}
    if len(kept) == len(needs):
        return config
    found = {key: kept if key == "depends_on" else value for key, value in config.items()}
    return found if kept else {key: value for key, value in found.items() if key != "depends_on"}


def _named(raw: Printed, kind: str) -> dict[str, Printed]:
    """Networks or volumes, each with the name that the engine knows it by."""
    project = raw["name"]
    return {key: {"name": f"{project}_{key}", **(item or {})} for key, item in (raw.get(kind) or {}).items()}


def _service(name: str, config: Printed, raw: Printed, one_shot: bool) -> Service:
    update = (config.get("deploy") or {}).get("update_config") or {}
    parallelism = update.get("parallelism")
    return Service(
        name=name,
        image=_plain(config.get("image")) or f"{raw['name']}-{name}",
        config=config,
        replicas=_replicas(config),
        depends_on=tuple(_dependencies(config)),
        networks=tuple(sorted(config.get("networks") or ())),
        ports=tuple(_port(port) for port in config.get("ports") or ()),
        mounts=tuple(_mount(mount) for mount in config.get("volumes") or ()),
        contents=(*_files(config, raw, CONFIG), *_files(config, raw, SECRET), *_binds(config)),
        one_shot=one_shot,
        order=START_FIRST if update.get("order") == START_FIRST else STOP_FIRST,
        parallelism=1 if parallelism is None else int(parallelism),
        failure_action=str(update.get("failure_action") or ""),
    )


def _replicas(config: Printed) -> int:
    """Compose does not look at deploy.mode; a service of a provider has no containers."""
    if config.get("provider"):
        return 0
    replicas = config.get("scale")
    if replicas is None:
        replicas = (config.get("deploy") or {}).get("replicas")
    return 1 if replicas is None else int(replicas)


def _dependencies(config: Printed) -> Iterator[Dependency]:
    for name, facts in sorted((config.get("depends_on") or {}).items()):
        yield Dependency(
            name,
            condition=facts.get("condition", STARTED),
            restart=bool(facts.get("restart", False)),
            required=bool(facts.get("required", True)),
        )


def _port(port: Printed) -> Port:
    published = port.get("published")
    return Port(
        target=int(port["target"]),
        published=str(published) if published else None,
        host_ip=port.get("host_ip", ""),
        protocol=port.get("protocol", "tcp"),
    )


def _mount(mount: Printed) -> Mount:
    return Mount(
        kind=mount["type"],
        target=_plain(mount.get("target")),
        source=_plain(mount.get("source")),
        read_only=bool(mount.get("read_only")),
        create_host_path=_creates(mount.get("bind")),
    )


def _creates(bind: Printed | None) -> bool:
    """Of a bind in long form without options, 2.26 makes no folder and 2.40 does; the kinder one counts."""
    return bind is None or bool(bind.get("create_host_path"))


def _files(config: Printed, raw: Printed, kind: str) -> Iterator[Content]:
    """The configs or secrets of a service. An external one is not Compose's to read, and is left out."""
    defined = raw.get(f"{kind}s") or {}
    for use in config.get(f"{kind}s") or ():
        name = use["source"]
        item = defined.get(name) or {}
        where = {
            "source": _given(item, "file"),
            "text": _given(item, "content"),
            "variable": _given(item, "environment"),
        }
        key = next((key for key in ("source", "variable", "text") if where[key] is not None), None)
        if key is not None:
            yield Content(kind, name, _target(kind, name, _plain(use.get("target"))), **{key: where[key]})


def _target(kind: str, name: str, target: str) -> str:
    if kind == SECRET:
        return target if target.startswith("/") else f"{_SECRETS}{target or name}"
    return target or f"/{name}"


def _binds(config: Printed) -> Iterator[Content]:
    """Every bind: whether it is a file can only be seen on the host."""
    for mount in map(_mount, config.get("volumes") or ()):
        if mount.kind == BIND:
            yield Content(BIND, mount.source, mount.target, source=mount.source)


def _given(item: Printed, key: str) -> str | None:
    value = item.get(key)
    return None if value is None else _plain(value)


def _plain(value: Any) -> str:
    return str(value or "").replace("$$", "$")
