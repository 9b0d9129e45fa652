# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of `compose_stack`, read into a Wish; all that is wrong with them at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..findings import ERROR, Finding
from .wish import Probe, Wish

_PROBES = ("http", "tcp", "command", "log", "stable_seconds")
_SIGNAL = re.compile(r"(SIG)?[A-Z][A-Z0-9+-]*|[1-9]\d?")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


def read(params: Mapping[str, Any]) -> tuple[Wish, list[Finding]]:
    """What is asked for, and what is wrong with how it is asked."""
    found = list(_problems(params))
    probes = None if params["ready"] is None else tuple(_probe(entry) for entry in params["ready"])
    wish = Wish(
        services=tuple(params["services"] or ()),
        wait_timeout=float(params["wait_timeout"]),
        ready=probes,
        one_shot=tuple(params["one_shot"]),
        reload_signals={str(name): _signal(value) for name, value in params["reload_signals"].items()},
        **{name: params[name] for name in _AS_GIVEN},
    )
    return wish, found


#: Options that need no reading: Ansible has seen to type and choices.
_AS_GIVEN = (
    *("state", "pull", "build", "recreate", "drift", "allow_volume_recreate", "remove_orphans", "remove_volumes"),
    *("wait", "stop_timeout", "rollback", "keep_releases"),
)


def _problems(params: Mapping[str, Any]) -> Iterator[Finding]:
    takes_away = params["state"] in ("absent", "stopped")
    if not params["project_src"] and not (takes_away and params["project_name"]):
        expected = "project_src, the project's folder" + (", or project_name" if takes_away else "")
        yield _wrong("project_src", f"found nothing, expected {expected}")
    if params["definition"] is not None and params["files"]:
        yield _wrong("definition", "found beside files, expected one of the two")
    if params["definition"] is not None and not params["project_src"]:
        yield _wrong("definition", "found without project_src, expected the folder that its paths count from")
    name = params["project_name"]
    if name and not _NAME.fullmatch(name):
        yield _wrong("project_name", f"found {name!r}, expected a-z, 0-9, - and _, beginning with a letter or a digit")
    if params["controller_src"] and not params["project_src"]:
        yield _wrong("controller_src", "found without project_src, expected the folder on the target, too")
    yield from _numbers(params)
    for position, entry in enumerate(params["ready"] or ()):
        yield from _probe_problems(f"ready[{position}]", entry)
    for service, signal in params["reload_signals"].items():
        if not _SIGNAL.fullmatch(str(signal).upper()):
            yield _wrong(f"reload_signals.{service}", f"found {signal!r}, expected a signal such as SIGHUP")


def _numbers(params: Mapping[str, Any]) -> Iterator[Finding]:
    least = {"wait_timeout": 1, "stop_timeout": 0, "keep_releases": 1, "lock_timeout": 0}
    for name, smallest in least.items():
        if params[name] is not None and params[name] < smallest:
            yield _wrong(name, f"found {params[name]}, expected {smallest} or more")


def _probe_problems(path: str, entry: Mapping[str, Any]) -> Iterator[Finding]:
    given = [kind for kind in _PROBES if entry.get(kind)]
    if len(given) != 1:
        yield _wrong(path, f"found {' and '.join(given) or 'nothing'}, expected exactly one of {', '.join(_PROBES)}")
    if entry.get("status") and "http" not in given:
        yield _wrong(f"{path}.status", "found without http, expected it with http only")
    if entry.get("http") and not str(entry["http"]).startswith(("http://", "https://")):
        yield _wrong(f"{path}.http", f"found {entry['http']!r}, expected a URL with http:// or https://")
    if entry.get("tcp") and not re.fullmatch(r"(.+:)?\d{1,5}", str(entry["tcp"])):
        yield _wrong(f"{path}.tcp", f"found {entry['tcp']!r}, expected a port such as 5432, or host:port")
    if entry.get("log"):
        try:
            re.compile(entry["log"])
        except re.error as error:
            yield _wrong(f"{path}.log", f"found {entry['log']!r}, expected a regular expression: {error}")


def _probe(entry: Mapping[str, Any]) -> Probe:
    return Probe(
        service=entry.get("service") or "",
        http=entry.get("http") or "",
        tcp=entry.get("tcp") or "",
        command=tuple(entry.get("command") or ()),
        log=entry.get("log") or "",
        stable_seconds=float(entry.get("stable_seconds") or 0),
        status=tuple(entry.get("status") or ()),
    )


def _signal(value: Any) -> str:
    """HUP and SIGHUP are the same; numbers stay."""
    text = str(value).upper()
    return text if text.isdigit() or text.startswith("SIG") else f"SIG{text}"


def _wrong(path: str, message: str) -> Finding:
    return Finding("option", ERROR, path, message)
