# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of an app, read into its nouns with all that is wrong with them at once, and written again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from typing import Any

from .. import graph
from ..findings import ERROR, Finding
from ..options.schema import REFUSED, described, read_structure
from ..words import did_you_mean
from . import sharing, values
from .keys import SERVICE_OPTIONS
from .places import Places
from .wish import App, Service

RULE = "option"


def read_app(options: Mapping[str, Any]) -> tuple[App, list[Finding]]:
    """`name`, `root` and `services`, which is a list of mappings with a name each, or a mapping from names."""
    findings: list[Finding] = []
    name = values.APP.read(options.get("name"), "name", findings)
    root = values.ABSOLUTE.read(options["root"], "root", findings) if options.get("root") else ""
    services = tuple(_services(options.get("services"), findings))
    app = App("" if name is REFUSED else str(name), services, root="" if root is REFUSED else str(root).rstrip("/"))
    if not findings:
        findings += list(_needs(services)) or list(_circles(services))
        findings += [*_units(app), *sharing.problems(app)]
    return replace(app, root=Places.of(app).root) if app.name else app, findings


def as_options(app: App) -> dict[str, Any]:
    """Plain values that read_app makes the same app of. What has its default is left out."""
    return {"name": app.name, "root": app.root, "services": [_plain(service) for service in app.services]}


def _services(given: Any, findings: list[Finding]) -> Iterator[Service]:
    said: set[str] = set()
    for place, entry in _entries(given, findings):
        service, wrong = read_structure(SERVICE_OPTIONS, entry, place, RULE)
        findings.extend(wrong)
        if service is not None and service.name in said:
            findings.append(Finding(RULE, ERROR, place, "found twice, expected one service of each name"))
        elif service is not None:
            said.add(service.name)
            yield service


def _entries(given: Any, findings: list[Finding]) -> Iterator[tuple[str, Any]]:
    """Each with the place that its problems have: by name, as far as it has one."""
    if isinstance(given, Mapping):
        for name, entry in given.items():
            place = f"services.{name}"
            if isinstance(entry, Mapping):
                yield place, {**entry, "name": name}
            else:
                findings.append(Finding(RULE, ERROR, place, f"{described(entry)}, expected a mapping"))
    elif isinstance(given, list):
        for index, entry in enumerate(given):
            name = entry.get("name") if isinstance(entry, Mapping) else None
            yield f"services.{name}" if isinstance(name, str) and name else f"services[{index}]", entry
    elif given is not None:
        findings.append(Finding(RULE, ERROR, "services", f"{described(given)}, expected a list of services"))


def _needs(services: tuple[Service, ...]) -> Iterator[Finding]:
    names = [service.name for service in services]
    for service in services:
        for index, need in enumerate(service.needs):
            path = f"services.{service.name}.needs[{index}]"
            if need.service == service.name:
                yield Finding(RULE, ERROR, path, "found the service itself, expected another one")
            elif need.service not in names and need.required:
                others = [name for name in names if name != service.name]
                hint = did_you_mean(need.service, others, f"known are {', '.join(others)}" if others else "")
                yield Finding(RULE, ERROR, path, f"found '{need.service}', which is no service of the app", hint)


def _circles(services: tuple[Service, ...]) -> Iterator[Finding]:
    """systemd breaks a circle by leaving out one of its units."""
    needs = {service.name: [need.service for need in service.needs] for service in services}
    circle = graph.cycle(needs)
    if circle:
        yield Finding(RULE, ERROR, f"services.{circle[0]}.needs", f"found a circle: {' -> '.join(circle)}")


def _units(app: App) -> Iterator[Finding]:
    """App shop has units shop and shop-web; two services must not come to the same one."""
    units: dict[str, str] = {}
    for service in app.services:
        unit = app.unit(service.name)
        if unit in units:
            message = f"its unit would be {unit}, which is that of {units[unit]}, too"
            yield Finding(RULE, ERROR, f"services.{service.name}", message, "give it another name")
        units[unit] = service.name


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {
            entry.name: _plain(getattr(value, entry.name)) for entry in fields(value) if not _default(value, entry.name)
        }
    if isinstance(value, Mapping):
        return {name: _plain(child) for name, child in value.items()}
    if isinstance(value, tuple):
        return [_plain(child) for child in value]
    return str(value) if isinstance(value, Decimal) else value


def _default(value: Any, name: str) -> bool:
    """Whether an attribute has the value that it has where nothing is said."""
    entry = next((one for one in fields(value) if one.name == name), None)
    if entry is None:
        return False
    made = entry.default_factory() if callable(entry.default_factory) else entry.default
    return bool(getattr(value, name) == made)
