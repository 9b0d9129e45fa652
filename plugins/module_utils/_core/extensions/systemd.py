# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""x-systemd: what systemd has to know about a service and Compose has no word for.

Sources: systemd.exec(5), systemd.resource-control(5), systemd.socket(5), systemd.unit(5).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ..options.schema import Key, ListOf, MappingOf, Value
from ..options.values import FLAG, matching, number, text
from ..words import nearest
from .kinds import COMMAND, SECRET_NAME

#: The options of a unit that confine a service and can be turned off by name.
HARDENING = (
    *("AmbientCapabilities", "CapabilityBoundingSet", "DevicePolicy", "DynamicUser", "IPAddressDeny", "KeyringMode"),
    *("LockPersonality", "MemoryDenyWriteExecute", "NoNewPrivileges", "PrivateDevices", "PrivateIPC", "PrivateMounts"),
    *("PrivateNetwork", "PrivateTmp", "PrivateUsers", "ProcSubset", "ProtectClock", "ProtectControlGroups"),
    *("ProtectHome", "ProtectHostname", "ProtectKernelLogs", "ProtectKernelModules", "ProtectKernelTunables"),
    *("ProtectProc", "ProtectSystem", "RemoveIPC", "RestrictAddressFamilies", "RestrictNamespaces"),
    *("RestrictRealtime", "RestrictSUIDSGID", "SystemCallArchitectures", "SystemCallFilter", "UMask"),
)
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


_DIRECTORY = Value("a folder within the release or an absolute path, with no .. in it", _directory)
_OPTION = Value("an option that confines a unit, such as ProtectHome", _option)
_LISTENER = Value("a port or the absolute path of a Unix socket", _listener)
_USER = matching(r"[A-Za-z_][A-Za-z0-9_-]{0,30}|[0-9]{1,9}", "the name or number of a user of the host")
_CREDENTIAL = matching(r"/[^\s:\0]{1,4094}", "the absolute path of a file on the host", secret=True)


@dataclass(frozen=True)
class SystemdOptions:
    """A host, as a systemd service without a container."""

    exec: tuple[str, ...] | None = None
    build: tuple[tuple[str, ...], ...] = ()
    working_dir: str | None = None
    user: str | None = None
    socket: tuple[int | str, ...] = ()
    reload: tuple[str, ...] | None = None
    hardening: Mapping[str, bool] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    KEYS: ClassVar[Mapping[str, Key]] = {
        "exec": Key(
            COMMAND,
            "The command that the service is; no shell runs it.",
            {"exec": "venv/bin/streamlit run app.py --server.port 8501"},
            "`entrypoint` and `command`",
        ),
        "build": Key(
            ListOf(COMMAND, "a list of commands"),
            "The commands that make a release ready, one after the other, in its folder.",
            {"build": ["python3 -m venv venv", "venv/bin/pip install -r requirements.txt"]},
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
        "socket": Key(
            ListOf(_LISTENER, "a list of ports and paths"),
            "The ports and Unix sockets that systemd listens on for the service, so that a restart refuses nobody.",
            {"socket": [8080, "/run/shop.sock"]},
        ),
        "reload": Key(
            COMMAND,
            "The command that makes the service read its configuration again.",
            {"reload": "nginx -s reload"},
            "it is restarted",
        ),
        "hardening": Key(
            MappingOf(_OPTION, FLAG, "a mapping from options to true or false"),
            "Options of the hardened unit to turn off, by name.",
            {"hardening": {"MemoryDenyWriteExecute": False}},
        ),
        "secrets": Key(
            MappingOf(SECRET_NAME, _CREDENTIAL, "a mapping from names to paths"),
            "For variables and Compose secrets, the host's file that holds the value, which is passed as a credential.",
            {"secrets": {"DB_PASSWORD": "/etc/shop/db_password"}},
        ),
    }
