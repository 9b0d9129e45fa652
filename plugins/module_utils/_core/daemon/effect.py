# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `GET /info` shows of the settings: whether the running dockerd has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Info = Mapping[str, Any]


def not_in_effect(config: Mapping[str, Any], info: Info) -> Iterator[str]:
    """The settings that dockerd shows otherwise than the file says. What it does not show is not judged."""
    for key, (wanted, shown) in SHOWN.items():
        if key not in config:
            continue
        there = shown(info)
        if there is not None and not _agrees(wanted(config[key]), there):
            yield key


def _agrees(wanted: Any, there: Any) -> bool:
    """A set has to be part of what is there: dockerd adds its own runtimes and loopback registries."""
    return wanted <= there if isinstance(wanted, set) else bool(wanted == there)


def _field(name: str) -> Callable[[Info], Any]:
    return lambda info: info.get(name)


def _plain(value: Any) -> Any:
    return value


def _words(value: Any) -> set[str]:
    return {str(word).rstrip("/") for word in value}


def _listed(name: str) -> Callable[[Info], Any]:
    return lambda info: None if info.get(name) is None else _words(info[name])


def _mirrors(info: Info) -> Any:
    registries = info.get("RegistryConfig")
    return None if registries is None else _words(registries.get("Mirrors") or ())


def _insecure(info: Info) -> Any:
    registries = info.get("RegistryConfig")
    if registries is None:
        return None
    indexes = registries.get("IndexConfigs") or {}
    insecure = {name for name, index in indexes.items() if not index.get("Secure", True)}
    return _words([*(registries.get("InsecureRegistryCIDRs") or ()), *insecure])


def _bare_hosts(value: Any) -> set[str]:
    """dockerd takes a scheme off; a network in CIDR form stays as it is."""
    return {str(word).partition("://")[2] or str(word) for word in _words(value)}


def _firewall(info: Info) -> Any:
    backend = info.get("FirewallBackend")
    return str(backend.get("Driver", "")).partition("+")[0] if isinstance(backend, Mapping) else None


#: For each key: the value as it is compared, and the same out of /info.
SHOWN: Mapping[str, tuple[Callable[[Any], Any], Callable[[Info], Any]]] = {
    "debug": (_plain, _field("Debug")),
    "default-runtime": (_plain, _field("DefaultRuntime")),
    "experimental": (_plain, _field("ExperimentalBuild")),
    "firewall-backend": (_plain, _firewall),
    "insecure-registries": (_bare_hosts, _insecure),
    "labels": (_words, _listed("Labels")),
    "live-restore": (_plain, _field("LiveRestoreEnabled")),
    "log-driver": (_plain, _field("LoggingDriver")),
    "registry-mirrors": (_words, _mirrors),
    "runtimes": (_words, _listed("Runtimes")),
    "storage-driver": (_plain, _field("Driver")),
}
