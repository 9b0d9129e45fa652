# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may stand in the options of a service, and how it is read: a table for each noun of wish.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..extensions.kinds import COMMAND
from ..findings import ERROR, shown
from ..options.schema import REQUIRED, Check, Key, Kind, ListOf, MappingOf, Structure
from ..options.values import FLAG
from ..rule import Problem
from . import values, wish
from .quoting import uncarried

_PROBES = ("http", "tcp", "command", "stable_seconds")


def one_way_to_probe(probe: wish.Probe) -> Iterator[Problem]:
    """A probe is exactly one of http, tcp, command and stable_seconds."""
    given = [name for name in _PROBES if getattr(probe, name)]
    if len(given) != 1:
        yield "", f"found {' and '.join(given) or 'nothing'}, expected exactly one of {', '.join(_PROBES)}", ""
    if probe.status and not probe.http:
        yield "status", "found without http, expected it with http only", ""


def one_way_to_time(timer: wish.Timer) -> Iterator[Problem]:
    """A timer is exactly one of calendar and every."""
    given = [name for name in ("calendar", "every") if getattr(timer, name)]
    if len(given) != 1:
        yield "", f"found {' and '.join(given) or 'nothing'}, expected exactly one of calendar, every", ""


def limits_agree(limits: wish.Limits) -> Iterator[Problem]:
    """What is kept for a service is not above what it may have."""
    if limits.memory is not None and limits.memory_low is not None and limits.memory_low > limits.memory:
        yield "memory_low", f"found {limits.memory_low}, expected at most memory, which is {limits.memory}", ""


def starts_one_way(service: wish.Service) -> Iterator[Problem]:
    """A service with a timer has no sockets, and one with either is started by it."""
    if service.timer and service.sockets:
        yield "timer", "found beside sockets, expected one of the two: each says what starts the service", ""
    if service.one_shot and service.sockets:
        yield "one_shot", "found beside sockets, expected a service that stays to answer them", ""
    if service.reload_on and not service.reload:
        yield "reload_on", "found without reload, expected the command that makes the service read them again", ""


def programs_are_carried(service: wish.Service) -> Iterator[Problem]:
    """The program of a command is one that a unit can name; its other words may be anything."""
    for name in ("exec", "reload"):
        words = getattr(service, name)
        odd = uncarried(words[0]) if words else ""
        if odd:
            message = f"found the program {shown(words[0])} with {odd}, which systemd cannot carry in a unit"
            yield name, f"{message}; expected another path", ""


def places_once(service: wish.Service) -> Iterator[Problem]:
    """No two things are at one place of the service."""
    targets: dict[str, str] = {}
    for name in ("directories", "binds", "tmpfs", "files"):
        for index, entry in enumerate(getattr(service, name)):
            place = f"{name}[{index}]"
            if entry.target and entry.target in targets:
                message = f"found {entry.target}, where {targets[entry.target]} is, too; expected another path"
                yield f"{place}.target", message, ""
            targets.setdefault(entry.target, place)


def names_once(service: wish.Service) -> Iterator[Problem]:
    """No two files have one name, and none that of a credential where it becomes one."""
    seen = {f"credential {name}": f"credentials.{name}" for name in service.credentials}
    for index, entry in enumerate(service.files):
        for name in (entry.name, f"credential {entry.name}" if entry.secret else ""):
            if name and name in seen:
                yield f"files[{index}].name", f"found {entry.name}, the name of {seen[name]}; expected another one", ""
            elif name:
                seen[name] = f"files[{index}]"


def _check(function: Any, *names: str) -> Check:
    return Check(ERROR, names, function)


def _list(item: Kind, noun: str) -> ListOf:
    return ListOf(item, noun)


NEEDS: Mapping[str, Key] = {
    "service": Key(values.SERVICE, "The other service.", {"service": "db"}, REQUIRED),
    "condition": Key(
        values.one_of(wish.STARTED, wish.READY, wish.COMPLETED),
        "What is waited for: its start, its readiness, or its end without an error.",
        {"service": "db", "condition": "ready"},
        "`started`",
    ),
    "required": Key(FLAG, "Whether it has to be there at all.", {"service": "cache", "required": False}, "`true`"),
}
DIRECTORY: Mapping[str, Key] = {
    "name": Key(
        values.DIRECTORY_NAME,
        "The folder below `/var/lib/<app>`. Services that name the same one share it.",
        {"name": "data"},
        REQUIRED,
    ),
    "target": Key(
        values.TARGET, "Where the service sees it, too.", {"name": "data", "target": "/data"}, "`/var/lib/<app>/<name>`"
    ),
}
BIND: Mapping[str, Key] = {
    "source": Key(values.ABSOLUTE, "The path on the host.", {"source": "/etc/ssl", "target": "/ssl"}, REQUIRED),
    "target": Key(values.TARGET, "Where the service sees it.", {"source": "/etc/ssl", "target": "/ssl"}, REQUIRED),
    "read_only": Key(
        FLAG, "Whether it may only be read.", {"source": "/etc/ssl", "target": "/ssl", "read_only": True}, "`false`"
    ),
}
TMPFS: Mapping[str, Key] = {
    "target": Key(values.TARGET, "Where the service sees it.", {"target": "/scratch"}, REQUIRED),
    "size": Key(
        values.SIZE, "The most that it holds.", {"target": "/scratch", "size": "64M"}, "half of the host's memory"
    ),
}
FILE: Mapping[str, Key] = {
    "name": Key(values.FILE_NAME, "A name that no other file of the service has.", {"name": "a.ini"}, REQUIRED),
    "target": Key(
        values.TARGET,
        "Where the service sees it.",
        {"name": "a.ini", "target": "/etc/a.ini", "content": "x=1"},
        REQUIRED,
    ),
    "content": Key(values.CONTENT, "The text.", {"name": "a.ini", "target": "/etc/a.ini", "content": "x=1"}, REQUIRED),
    "secret": Key(
        FLAG,
        "Whether it is passed as a credential and never shown.",
        {"name": "key", "target": "/run/secrets/key", "content": "hush", "secret": True},
        "`false`",
    ),
    "mode": Key(
        values.MODE,
        "Its permissions. A secret is for its service alone.",
        {"name": "a.ini", "target": "/etc/a.ini", "content": "x=1", "mode": "0444"},
        "`0644`",
    ),
}
TIMER: Mapping[str, Key] = {
    "calendar": Key(values.CALENDAR, "When, in the words of systemd.time(7).", {"calendar": "*-*-* 03:00:00"}, "none"),
    "every": Key(
        values.FROM_ONE_SECOND, "How long after its last start; it starts once when the timer does.", {"every": "15m"}
    ),
    "randomized_delay": Key(
        values.WHOLE_SECONDS, "At most how much later, by chance.", {"every": "1h", "randomized_delay": "5m"}, "0"
    ),
    "persistent": Key(
        FLAG,
        "Whether a time that passed while the host was off is caught up with.",
        {"calendar": "daily", "persistent": False},
        "`true`",
    ),
}
PROBE: Mapping[str, Key] = {
    "http": Key(values.HTTP, "A URL that has to answer.", {"http": "http://127.0.0.1:8080/health"}, "none"),
    "status": Key(
        _list(values.STATUS, "a list of status codes"),
        "What it has to answer.",
        {"http": "http://127.0.0.1:8080/", "status": [200, 204]},
        "200 to 399",
    ),
    "tcp": Key(values.TCP, "A port that has to accept.", {"tcp": 5432}, "none"),
    "command": Key(COMMAND, "A command that has to end without an error.", {"command": "venv/bin/check"}),
    "stable_seconds": Key(values.STABLE, "How long it has to run without an end.", {"stable_seconds": 5}, "none"),
}
LIMITS: Mapping[str, Key] = {
    "memory": Key(values.SIZE, "The most memory.", {"memory": "512M"}, "none"),
    "memory_low": Key(values.SIZE, "Memory that is taken from others first.", {"memory_low": "128M"}, "none"),
    "cpus": Key(values.CPUS, "The most CPU time, in CPUs.", {"cpus": 0.5}, "none"),
    "tasks": Key(values.COUNT, "The most processes and threads.", {"tasks": 256}, "the host's"),
    "files": Key(values.COUNT, "The most open files.", {"files": 4096}, "the host's"),
}
LOG: Mapping[str, Key] = {
    "interval": Key(values.WHOLE_SECONDS, "The interval; 0 is no limit.", {"interval": "30s"}, "30"),
    "burst": Key(values.LINES, "The most lines in it; 0 is no limit.", {"burst": 1000}, "10000"),
}
_PROBE = Structure(wish.Probe, table=PROBE, checks=(_check(one_way_to_probe, *_PROBES),))
_TIMER = Structure(wish.Timer, table=TIMER, checks=(_check(one_way_to_time, "calendar", "every"),))
_LIMITS = Structure(wish.Limits, table=LIMITS, checks=(_check(limits_agree, "memory", "memory_low"),))
_NEEDS = Structure(wish.Needs, short="service", table=NEEDS, checks=())

SERVICE: Mapping[str, Key] = {
    "name": Key(values.SERVICE, "Its name.", {"name": "web", "exec": "venv/bin/web"}, REQUIRED),
    "exec": Key(
        COMMAND,
        "The command that it is; no shell runs it. A path is within the release, a name the host's program.",
        {"name": "web", "exec": "venv/bin/streamlit run app.py"},
        REQUIRED,
    ),
    "working_dir": Key(values.FOLDER, "The folder that it starts in.", {"working_dir": "app"}, "the release"),
    "user": Key(values.USER, "The user of the host that it runs as.", {"user": "shop"}, "one that systemd makes up"),
    "group": Key(values.GROUP, "The group that it runs as.", {"user": "shop", "group": "www-data"}, "the user's"),
    "environment": Key(
        MappingOf(values.VARIABLE, values.VARIABLE_VALUE, "a mapping from names to texts"),
        "Its variables, which stand in a file that only root reads.",
        {"environment": {"LOG_LEVEL": "info"}},
    ),
    "environment_files": Key(
        _list(values.VARIABLES_PATH, "a list of paths"),
        "Files of the host with more of them.",
        {"environment_files": ["/etc/shop/web.env"]},
    ),
    "credentials": Key(
        MappingOf(values.FILE_NAME, values.SECRET_PATH, "a mapping from names to paths"),
        "Files of the host that hold secrets; the service reads `$CREDENTIALS_DIRECTORY/<name>`.",
        {"credentials": {"db_password": "/etc/shop/db_password"}},
    ),
    "directories": Key(
        _list(Structure(wish.Directory, short="name", table=DIRECTORY, checks=()), "a list of folders"),
        "Folders for its data, which stay.",
        {"directories": ["data"]},
    ),
    "binds": Key(
        _list(Structure(wish.Bind, table=BIND, checks=()), "a list of binds"),
        "Paths of the host that it sees.",
        {"binds": [{"source": "/srv/media", "target": "/media", "read_only": True}]},
    ),
    "tmpfs": Key(
        _list(Structure(wish.Tmpfs, short="target", table=TMPFS, checks=()), "a list of file systems"),
        "File systems in memory.",
        {"tmpfs": ["/scratch"]},
    ),
    "files": Key(
        _list(Structure(wish.File, table=FILE, checks=()), "a list of files"),
        "Files with a given content.",
        {"files": [{"name": "a.ini", "target": "/etc/a.ini", "content": "x=1"}]},
    ),
    "ports": Key(_list(values.PORT, "a list of ports"), "The ports that it opens.", {"ports": [8080]}),
    "sockets": Key(
        _list(values.LISTENER, "a list of ports, addresses and paths"),
        "What systemd listens on for it: a restart lets clients wait and refuses none.",
        {"sockets": [8080]},
    ),
    "capabilities": Key(
        _list(values.CAPABILITY, "a list of capabilities"),
        "What it may do that else only root may.",
        {"ports": [80], "capabilities": ["CAP_NET_BIND_SERVICE"]},
    ),
    "needs": Key(
        _list(_NEEDS, "a list of services"),
        "Services that have to be there first.",
        {"needs": ["db", {"service": "migrate", "condition": "completed"}]},
    ),
    "limits": Key(_LIMITS, "What it may use.", {"limits": {"memory": "512M", "cpus": 0.5}}),
    "log": Key(
        Structure(wish.LogLimits, table=LOG, checks=()), "Lines that journald takes of it.", {"log": {"burst": 1000}}
    ),
    "restart": Key(
        values.one_of(wish.ALWAYS, wish.ON_FAILURE, wish.NEVER),
        "When it is started again.",
        {"restart": "on-failure"},
        "`always`",
    ),
    "restart_seconds": Key(values.WHOLE_SECONDS, "How long after its end.", {"restart_seconds": 5}, "1"),
    "restart_max_seconds": Key(
        values.WHOLE_SECONDS, "How long after many ends, from systemd 254.", {"restart_max_seconds": 60}, "30"
    ),
    "stop_seconds": Key(
        values.SECONDS, "How long it may take to end before it is killed.", {"stop_seconds": "30s"}, "10"
    ),
    "stop_signal": Key(values.SIGNAL, "The signal that ends it.", {"stop_signal": "SIGINT"}, "`SIGTERM`"),
    "one_shot": Key(FLAG, "Whether it does its work and ends.", {"one_shot": True}, "`false`"),
    "timer": Key(_TIMER, "When it runs, instead of all the time.", {"timer": {"calendar": "daily"}}, "none"),
    "reload": Key(
        COMMAND,
        "The command that makes it read its files again; `$MAINPID` is its process.",
        {"reload": "/bin/kill -HUP $MAINPID"},
        "it is restarted",
    ),
    "reload_on": Key(
        _list(values.PATTERN, "a list of patterns"),
        "Paths of the release that it then reads again.",
        {"reload": "/bin/kill -HUP $MAINPID", "reload_on": ["config/*.toml"]},
    ),
    "hardening": Key(
        MappingOf(values.OPTION, FLAG, "a mapping from options to true or false"),
        "Options of the hardened unit to turn off, by name.",
        {"hardening": {"MemoryDenyWriteExecute": False}},
    ),
    "ready": Key(
        _list(_PROBE, "a list of probes"),
        "How to see that it is ready.",
        {"ready": [{"http": "http://127.0.0.1:8080/health"}]},
        "it runs",
    ),
    "ready_seconds": Key(values.FROM_ONE_SECOND, "How long it may take.", {"ready_seconds": "1m"}, "120"),
}
SERVICE_OPTIONS = Structure(
    wish.Service,
    table=SERVICE,
    checks=(
        _check(programs_are_carried, "exec", "reload"),
        _check(starts_one_way, "timer", "sockets", "one_shot", "reload", "reload_on"),
        _check(places_once, "directories", "binds", "tmpfs", "files"),
        _check(names_once, "credentials", "files"),
    ),
)
