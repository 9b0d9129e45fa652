# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked for: the options of `host_health`, which the timer's settings file has, too. All problems at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..findings import ERROR, Finding, report

#: Percent at which it gets a warning, and above which it is critical: the plan's figures. The others are only shown.
DEFAULTS: dict[str, tuple[float | None, float | None]] = {
    "cpu": (50.0, 70.0),
    "memory": (60.0, 80.0),
    "disk": (70.0, 85.0),
    "inodes": (70.0, 85.0),
    "swap": (None, None),
    "load": (None, None),
    "pressure": (None, None),
    "app_cpu": (None, None),
    "app_memory": (None, None),
}
#: Items that mounts and apps may have thresholds of their own for.
_OF_MOUNT, _OF_APP = ("disk", "inodes"), ("cpu", "memory")
_HIGHEST = 1000.0
_LONGEST_INTERVAL, _MOST_SAMPLES = 300.0, 60


class OptionsError(ValueError):
    """What was asked for cannot be; the sentences say what, one by one."""


@dataclass(frozen=True)
class Threshold:
    """Normal below `warning`, critical above `critical`. None: never."""

    warning: float | None = None
    critical: float | None = None


@dataclass(frozen=True)
class Thresholds:
    """By item; `own` by item and mount, or app_<item> and app."""

    items: Mapping[str, Threshold]
    own: Mapping[tuple[str, str], Threshold] = field(default_factory=dict)

    def of(self, item: str, name: str = "") -> Threshold:
        return self.own.get((item, name)) or self.items.get(item, Threshold())


@dataclass(frozen=True)
class App:
    """`units` are names or patterns of systemd units and slices, `project` is one of Docker Compose."""

    name: str
    units: tuple[str, ...] = ()
    project: str = ""


@dataclass(frozen=True)
class Wish:
    interval: float
    samples: int
    thresholds: Thresholds
    mounts: tuple[str, ...] = ()
    ignore_mounts: tuple[str, ...] = ()
    docker: str = "auto"
    docker_host: str = ""
    docker_timeout: float = 5.0
    apps: tuple[App, ...] = ()
    sustained_seconds: float = 60.0


def read(options: Mapping[str, Any]) -> Wish:
    """Raises OptionsError. What is left out, or null, has its default."""
    given = {name: value for name, value in options.items() if value is not None}
    problems: list[Finding] = []
    wish = Wish(
        interval=_number(given.get("interval", 1.0), "interval", (0.1, _LONGEST_INTERVAL), problems),
        samples=int(_number(given.get("samples", 1), "samples", (1, _MOST_SAMPLES), problems)),
        thresholds=_thresholds(given.get("thresholds", {}), problems),
        mounts=_texts(given.get("mounts", ()), "mounts", problems),
        ignore_mounts=_texts(given.get("ignore_mounts", ()), "ignore_mounts", problems),
        docker=str(given.get("docker", "auto")),
        docker_host=str(given.get("docker_host", "")),
        docker_timeout=_number(given.get("docker_timeout", 5.0), "docker_timeout", (0.1, 600), problems),
        apps=_apps(given.get("apps", ()), problems),
        sustained_seconds=_number(given.get("sustained_seconds", 60), "sustained_seconds", (1, 86400), problems),
    )
    _check_names(wish, problems)
    if problems:
        raise OptionsError(report(problems, "host_health"))
    return wish


def _thresholds(given: Any, problems: list[Finding]) -> Thresholds:
    items = {item: Threshold(*default) for item, default in DEFAULTS.items()}
    own: dict[tuple[str, str], Threshold] = {}
    for item, value in _mapping(given, "thresholds", problems).items():
        path = f"thresholds.{item}"
        if item in ("mounts", "apps"):
            prefix, known = ("", _OF_MOUNT) if item == "mounts" else ("app_", _OF_APP)
            for name, within in _mapping(value, path, problems).items():
                for inner, limits in _mapping(within, f"{path}.{name}", problems).items():
                    if inner in known:
                        place = f"{path}.{name}.{inner}"
                        own[prefix + inner, name] = _threshold(limits, items[prefix + inner], place, problems)
                    else:
                        _unknown(f"{path}.{name}.{inner}", inner, known, problems)
        elif item in items:
            items[item] = _threshold(value, items[item], path, problems)
        else:
            _unknown(path, item, (*DEFAULTS, "mounts", "apps"), problems)
    return Thresholds(items, own)


def _threshold(given: Any, default: Threshold, path: str, problems: list[Finding]) -> Threshold:
    """Nothing for either takes it away: `cpu: null` shows the figure, and judges it no more."""
    if given is None:
        return Threshold()
    limits: dict[str, float | None] = {"warning": default.warning, "critical": default.critical}
    for name, value in _mapping(given, path, problems).items():
        if name not in limits:
            _unknown(f"{path}.{name}", name, limits, problems)
        else:
            place = f"{path}.{name}"
            limits[name] = None if value is None else _number(value, place, (0, _HIGHEST), problems)
    warning, critical = limits["warning"], limits["critical"]
    if warning is not None and critical is not None and warning > critical:
        said = f"found warning {warning:g} above critical {critical:g}, expected it below"
        problems.append(Finding("threshold", ERROR, path, said))
    return Threshold(warning, critical)


def _apps(given: Any, problems: list[Finding]) -> tuple[App, ...]:
    apps = []
    for index, entry in enumerate(given if isinstance(given, (list, tuple)) else [given]):
        path = f"apps[{index}]"
        known = {name: value for name, value in _mapping(entry, path, problems).items() if value is not None}
        for name in set(known) - {"name", "units", "project"}:
            _unknown(f"{path}.{name}", name, ("name", "units", "project"), problems)
        app = App(
            str(known.get("name", "")),
            _texts(known.get("units", ()), f"{path}.units", problems),
            str(known.get("project", "")),
        )
        if not app.name:
            problems.append(Finding("app", ERROR, f"{path}.name", "the key is missing, expected a name"))
        elif not app.units and not app.project:
            said = f"found neither units nor project for {app.name}, expected one of them"
            problems.append(Finding("app", ERROR, path, said))
        apps.append(app)
    return tuple(apps)


def _check_names(wish: Wish, problems: list[Finding]) -> None:
    """A threshold for a name that nobody has would never be asked."""
    names = [app.name for app in wish.apps]
    problems += [
        Finding("app", ERROR, "apps", f"found two apps with the name {name}, expected one")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    for item, name in wish.thresholds.own:
        if item.startswith("app_") and name not in names:
            said = f"found thresholds for the app {name}, expected one of apps"
            problems.append(Finding("threshold", ERROR, f"thresholds.apps.{name}", said))
        if not item.startswith("app_") and not name.startswith("/"):
            said = f"found '{name}', expected the path of a mount point"
            problems.append(Finding("threshold", ERROR, f"thresholds.mounts.{name}", said))


def _mapping(value: Any, path: str, problems: list[Finding]) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return {str(name): child for name, child in value.items()}
    problems.append(Finding("type", ERROR, path, f"found {_shown(value)}, expected a mapping"))
    return {}


def _texts(value: Any, path: str, problems: list[Finding]) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if isinstance(listed, (list, tuple)) and all(isinstance(item, str) for item in listed):
        return tuple(listed)
    problems.append(Finding("type", ERROR, path, f"found {_shown(value)}, expected a list of texts"))
    return ()


def _number(value: Any, path: str, within: tuple[float, float], problems: list[Finding]) -> float:
    """Text is as good: templates and -e make numbers into it."""
    lowest, highest = within
    try:
        read = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else None
    except ValueError:
        read = None
    if read is None or not lowest <= read <= highest:
        said = f"found {_shown(value)}, expected a number from {lowest:g} to {highest:g}"
        problems.append(Finding("number", ERROR, path, said))
        return lowest
    return read


def _unknown(path: str, name: str, known: Iterable[str], problems: list[Finding]) -> None:
    from ..words import did_you_mean  # only who made a mistake waits for it

    names = tuple(known)
    hint = did_you_mean(name, names, f"known are {', '.join(names)}")
    problems.append(Finding("unknown-key", ERROR, path, "unknown key", hint))


def _shown(value: Any) -> str:
    text = "a mapping" if isinstance(value, Mapping) else repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
