# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the canonical form of a Compose project to an `App`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from .app import UNSTATED, Amount, App, Dependency, FileReference, HealthCheck, Mount, Port, Service
from .compose.durations import seconds
from .extensions import EXTENSIONS, read_options
from .extensions.across import disagreements, misplaced, misspelt, unmounted
from .findings import Finding, worst_first

_NOTHING: Mapping[str, Any] = {}


def app(canonical: Mapping[str, Any]) -> tuple[App, list[Finding]]:
    """The app, and everything that is wrong with the extension fields of all its services."""
    found: list[Finding] = []
    services = {
        name: _service(name, keys or _NOTHING, found) for name, keys in (canonical.get("services") or _NOTHING).items()
    }
    found += disagreements({name: service.ecs for name, service in services.items()})
    found += misplaced(canonical, EXTENSIONS)
    kinds = ("networks", "volumes", "secrets", "configs")
    resources = {kind: _resources(canonical.get(kind)) for kind in kinds}
    return App(canonical.get("name") or "", services, **resources), worst_first(found)


def _resources(written: Any) -> dict[str, Mapping[str, Any]]:
    return {name: keys or _NOTHING for name, keys in (written or _NOTHING).items()}


def _service(name: str, keys: Mapping[str, Any], found: list[Finding]) -> Service:
    deploy = keys.get("deploy") or _NOTHING
    resources = deploy.get("resources") or _NOTHING
    mounts = tuple(map(_mount, keys.get("volumes") or ()))
    return Service(
        name=name,
        keys=keys,
        image=keys.get("image"),
        command=_words(keys.get("command")),
        entrypoint=_words(keys.get("entrypoint")),
        environment=keys.get("environment") or _NOTHING,
        ports=tuple(map(_port, keys.get("ports") or ())),
        mounts=mounts,
        dependencies=tuple(_dependencies(keys.get("depends_on") or _NOTHING)),
        healthcheck=_healthcheck(keys.get("healthcheck")),
        limits=_amount(resources.get("limits"), keys.get("cpus"), keys.get("mem_limit")),
        reservations=_amount(resources.get("reservations"), None, keys.get("mem_reservation")),
        replicas=_replicas(keys.get("scale"), deploy.get("replicas")),
        secrets=_files(keys.get("secrets"), "/run/secrets/"),
        configs=_files(keys.get("configs"), "/"),
        stop_grace_period=_seconds(keys.get("stop_grace_period")),
        **_extensions(name, keys, mounts, found),
    )


def _extensions(
    service: str, keys: Mapping[str, Any], mounts: tuple[Mount, ...], found: list[Finding]
) -> dict[str, Any]:
    """What the service's extension fields say, by the names that `Service` has for them."""
    read: dict[str, Any] = {}
    for field, options in EXTENSIONS.items():
        if keys.get(field) is not None:
            path = f"services.{service}.{field}"
            read[field[2:]], problems = read_options(options, keys[field], path)
            found += problems
    found += misspelt(service, keys, EXTENSIONS)
    named = {mount.source for mount in mounts if mount.type == "volume" and mount.source}
    if "ecs" in read:
        found += unmounted(read["ecs"].efs, named, f"services.{service}.x-ecs.efs")
    if "kubernetes" in read:
        for key in ("storage", "access"):
            written = getattr(read["kubernetes"], key)
            found += unmounted(written, named, f"services.{service}.x-kubernetes.{key}")
    return read


def _words(written: list[str] | None) -> tuple[str, ...] | None:
    return None if written is None else tuple(written)


def _port(written: Mapping[str, Any]) -> Port:
    published = written.get("published")
    return Port(
        target=int(written["target"]),
        published=None if published in (None, "") else str(published),
        protocol=written.get("protocol") or "tcp",
        host_ip=written.get("host_ip"),
        mode=written.get("mode") or "ingress",
        name=written.get("name"),
        app_protocol=written.get("app_protocol"),
    )


def _mount(written: Mapping[str, Any]) -> Mount:
    kind = written["type"]
    return Mount(
        type=kind,
        target=written["target"],
        source=written.get("source"),
        read_only=bool(written.get("read_only")),
        options=written.get(kind) or _NOTHING,
    )


def _dependencies(written: Mapping[str, Any]) -> Iterator[Dependency]:
    for name, keys in written.items():
        yield Dependency(name, keys["condition"], keys.get("required", True))


def _healthcheck(written: Mapping[str, Any] | None) -> HealthCheck | None:
    if written is None:
        return None
    test = tuple(written.get("test") or ())
    retries = written.get("retries")
    return HealthCheck(
        test=test,
        interval=_seconds(written.get("interval")),
        timeout=_seconds(written.get("timeout")),
        start_period=_seconds(written.get("start_period")),
        retries=None if retries is None else int(retries),
        disabled=bool(written.get("disable")) or test[:1] == ("NONE",),
    )


@lru_cache(maxsize=256)  # projects say the same few again and again
def _seconds(written: str | None) -> Decimal | None:
    return None if written is None else seconds(written)


def _amount(resource: Mapping[str, Any] | None, cpus: Any, memory: Any) -> Amount:
    """`deploy.resources` goes before the service's own keys. Zero sets no limit, so nothing is said."""
    if resource:
        cpus, memory = resource.get("cpus") or cpus, resource.get("memory") or memory
    if not cpus and not memory:
        return UNSTATED
    return Amount(Decimal(str(cpus or 0)) or None, int(memory or 0) or None)


def _replicas(scale: Any, replicas: Any) -> int:
    written = replicas if scale is None else scale
    return 1 if written is None else int(written)


def _files(written: list[Mapping[str, Any]] | None, folder: str) -> tuple[FileReference, ...]:
    return tuple(_file(entry, folder) for entry in written or ())


def _file(written: Mapping[str, Any], folder: str) -> FileReference:
    """With the target as the container sees it: a relative one, or none, is within Compose's own folder."""
    target, mode = written.get("target") or written["source"], written.get("mode")
    return FileReference(
        source=written["source"],
        target=target if target.startswith("/") else folder + target,
        uid=written.get("uid"),
        gid=written.get("gid"),
        mode=f"{mode:04o}" if isinstance(mode, int) else mode,
    )
