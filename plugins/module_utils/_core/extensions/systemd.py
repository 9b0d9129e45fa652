# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""x-systemd: what systemd has to know about a service and Compose has no word for.

Sources: systemd.exec(5), systemd.resource-control(5), systemd.socket(5), systemd.unit(5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ..compose.durations import seconds
from ..findings import ERROR
from ..options.schema import Check, Key, ListOf, MappingOf, Structure, Value
from ..options.values import FLAG, free_text, matching, number, text
from ..rule import Problem
from ..systemd.hardening import OPTIONS
from ..words import nearest
from .kinds import COMMAND, SECRET_NAME

#: The options of a unit that confine a service and can be turned off by name.
HARDENING = tuple(sorted(OPTIONS))
_PATH = re.compile(r"/[^\s\0]{1,106}")
_PORT = number(1, 65535)


def _option(value: Any) -> str:
    name = text(value)
    if name in HARDENING:
        return name
    near = nearest(name, HARDENING)
    raise ValueError(f"unknown option: did you mean '{near}'?" if near else "")


def _listener(value: Any) -> int | str:
    """A port, or the path of a Unix socket, which the kernel allows 107 bytes."""
    if isinstance(value, str) and _PATH.fullmatch(value):
        return str(value)
    return int(_PORT.convert(value))


def _directory(value: Any) -> str:
    path = text(value)
    if not path or ".." in path.split("/") or re.search(r"[\0\n]", path):
        raise ValueError
    return path


def _within(value: Any) -> str:
    path = _directory(value)
    if path.startswith("/"):
        raise ValueError
    return path


def _span(value: Any) -> int:
    """Whole seconds, as systemd counts what it starts again and again."""
    span = seconds(text(value))
    if span < 1 or span != span.to_integral_value():
        raise ValueError
    return int(span)


def _delay(value: Any) -> int:
    return 0 if value == 0 else _span(value)


_DIRECTORY = Value("a folder within the release or an absolute path, with no .. in it", _directory)
_FILE = Value("a file within the release, with no .. in its path", _within)
_PATTERN = Value("a path within the release, in which * stands for any text", _within)
_SPAN = Value("a span of whole seconds, such as 15m", _span)
_DELAY = Value("a span of whole seconds, such as 5m, or 0", _delay)
_CALENDAR = matching(
    r"[A-Za-z0-9*:,./~ +-]{1,200}", "an event of the calendar, as systemd.time(7) has it: Mon *-*-* 03:00:00"
)
_VARIABLE = matching(r"[A-Za-z_][A-Za-z0-9_]{0,254}", "the name of a variable")
_TEXT = Value("a text", free_text, secret=True)
_OPTION = Value("an option that confines a unit, such as ProtectHome", _option)
_LISTENER = Value("a port or the absolute path of a Unix socket", _listener)
_USER = matching(r"[A-Za-z_][A-Za-z0-9_-]{0,30}|[0-9]{1,9}", "the name or number of a user of the host")
_CREDENTIAL = matching(r"/[^\s:\0]{1,4094}", "the absolute path of a file on the host", secret=True)


def _one_time(options: TimerOptions) -> Iterator[Problem]:
    """`calendar` or `every` says when, and only one of them."""
    if bool(options.calendar) == (options.every is not None):
        found = "both calendar and every" if options.calendar else "neither calendar nor every"
        yield "", f"found {found}, expected one of them", ""


@dataclass(frozen=True)
class TimerOptions:
    """When a service runs that ends by itself. A text alone is `calendar`."""

    calendar: str = ""
    every: int | None = None
    randomized_delay: int = 0
    skip_missed: bool = False
    KEYS: ClassVar[Mapping[str, Key]] = {
        "calendar": Key(
            _CALENDAR,
            "At which times it runs, in the time zone of the host.",
            {"calendar": "Mon..Fri 06:30"},
            "`every` says it",
        ),
        "every": Key(_SPAN, "How long after its last start it runs again.", {"every": "15m"}, "`calendar` says it"),
        "randomized_delay": Key(
            _DELAY,
            "Up to how much later it runs, so that not all hosts do at once.",
            {"calendar": "daily", "randomized_delay": "10m"},
        ),
        "skip_missed": Key(
            FLAG,
            "Whether a time at which the host was off is left out. Else it runs once when the host is there again.",
            {"calendar": "daily", "skip_missed": True},
        ),
    }
    CHECKS: ClassVar[tuple[Check, ...]] = (Check(ERROR, ("calendar", "every"), _one_time),)


def _reload_on_needs_reload(options: SystemdOptions) -> Iterator[Problem]:
    """`reload_on` needs `reload`."""
    if options.reload_on and options.reload is None:
        yield (
            "reload_on",
            "found reload_on without reload, expected the command that makes the service read it again",
            "",
        )


@dataclass(frozen=True)
class SystemdOptions:
    """A host, as a systemd service without a container."""

    exec: tuple[str, ...] | None = None
    requirements: str | None = None
    build: tuple[tuple[str, ...], ...] = ()
    working_dir: str | None = None
    user: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    socket: tuple[int | str, ...] = ()
    timer: TimerOptions | None = None
    reload: tuple[str, ...] | None = None
    reload_on: tuple[str, ...] = ()
    hardening: Mapping[str, bool] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    KEYS: ClassVar[Mapping[str, Key]] = {
        "exec": Key(
            COMMAND,
            "The command that the service is; no shell runs it.",
            {"exec": "venv/bin/streamlit run app.py --server.port 8501"},
            "`entrypoint` and `command`",
        ),
        "requirements": Key(
            _FILE,
            "The pinned requirements that pip installs into `venv` of each release, before `build`.",
            {"requirements": "requirements.txt"},
        ),
        "build": Key(
            ListOf(COMMAND, "a list of commands"),
            "The commands that make a release ready, one after the other, in its folder.",
            {"build": ["npm ci", "npm run build"]},
        ),
        "working_dir": Key(
            _DIRECTORY,
            "The folder that the command starts in: within the release, or an absolute path.",
            {"working_dir": "app"},
            "the release",
        ),
        "user": Key(
            _USER,
            "The user of the host that it runs as.",
            {"user": "shop"},
            "one that systemd makes up",
        ),
        "environment": Key(
            MappingOf(_VARIABLE, _TEXT, "a mapping from variables to texts"),
            "Variables of its own there: what the image says with ENV, and no container is there to say.",
            {"environment": {"STREAMLIT_SERVER_PORT": "8501"}},
        ),
        "socket": Key(
            ListOf(_LISTENER, "a list of ports and paths"),
            "The ports and Unix sockets that systemd listens on for the service, so that a restart refuses nobody.",
            {"socket": [8080, "/run/shop.sock"]},
        ),
        "timer": Key(
            Structure(TimerOptions, short="calendar"),
            "When it runs, instead of all the time.",
            {"timer": {"calendar": "daily"}},
            "it runs all the time",
        ),
        "reload": Key(
            COMMAND,
            "The command that makes the service read its configuration again.",
            {"reload": "nginx -s reload"},
            "it is restarted",
        ),
        "reload_on": Key(
            ListOf(_PATTERN, "a list of paths"),
            "The files of the release that it reads again when it is reloaded; where others change it is restarted.",
            {"reload": "/bin/kill -HUP $MAINPID", "reload_on": ["conf/*.yml"]},
        ),
        "hardening": Key(
            MappingOf(_OPTION, FLAG, "a mapping from options to true or false"),
            "Options of the hardened unit to turn off by name, or on where they are not on by themselves.",
            {"hardening": {"MemoryDenyWriteExecute": False}},
        ),
        "secrets": Key(
            MappingOf(SECRET_NAME, _CREDENTIAL, "a mapping from names to paths"),
            "For variables and Compose secrets, the host's file that holds the value, which is passed as a credential.",
            {"secrets": {"DB_PASSWORD": "/etc/shop/db_password"}},
        ),
    }
    CHECKS: ClassVar[tuple[Check, ...]] = (Check(ERROR, ("reload", "reload_on"), _reload_on_needs_reload),)
