# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single values that the options of a service take."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from ..compose.durations import seconds
from ..compose.sizes import byte_size
from ..options.schema import Value, described
from ..options.values import free_text, matching, number, text
from ..words import nearest
from .hardening import OPTIONS
from .quoting import uncarried

_PORT = number(1, 65535)
_LISTENER = re.compile(r"(?P<address>\d{1,3}(\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+\]):(?P<port>\d{1,5})")
_MODE = re.compile(r"0?[0-7]{3}")
_NO_UNIT = "which systemd cannot carry in a unit"
#: Longer spans are mistakes: a century.
_LONGEST = 100 * 366 * 86400
_SYSTEM_NAME = r"[A-Za-z_][A-Za-z0-9_-]{0,30}"


def one_of(*words: str) -> Value:
    def convert(value: Any) -> str:
        written = "no" if value is False else text(value)  # YAML reads an unquoted no as false
        if written not in words:
            raise ValueError
        return written

    return Value(" or ".join(words), convert)


def span(whole: bool, least: int = 0) -> Value:
    """Seconds: a number, or text with units as Compose writes it."""

    def convert(value: Any) -> Decimal | int:
        amount = _seconds(value)
        if not least <= amount <= _LONGEST or (whole and amount != amount.to_integral_value()):
            raise ValueError
        return int(amount) if whole else amount

    return Value(f"{'whole ' if whole else ''}seconds from {least} up, as a number or as text such as 1m30s", convert)


def _seconds(value: Any) -> Decimal:
    written = _decimal(value)
    return seconds(text(value)) if written is None else written


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def _stable(value: Any) -> float:
    return float(_SPAN.convert(value))


def _size(value: Any) -> int:
    size = byte_size(int(value) if isinstance(value, str) and value.isdecimal() else value)
    if size < 1:
        raise ValueError(f"found {size}, expected a size above 0")
    return size


def _cpus(value: Any) -> Decimal:
    amount = _decimal(value)
    if amount is None or not Decimal("0.01") <= amount <= 8192:
        raise ValueError
    return amount


def _path(absolute: bool, refused: str = "", why: str = "") -> Callable[[Any], str]:
    """A path that a unit can name. `refused` are letters that mean something else where it will stand."""

    def convert(value: Any) -> str:
        path = text(value)
        odd = uncarried(path)
        meant = next((f"'{letter}'" for letter in refused if letter in path), "")
        if odd or meant:
            what = f"{odd}, {_NO_UNIT}" if odd else f"{meant}, {why}"
            raise ValueError(f"{described(path)}, a path with {what}; expected another path")
        if ".." in path.split("/") or (absolute and not path.startswith("/")):
            raise ValueError
        return path

    return convert


def _target(value: Any) -> str:
    path = _path(absolute=True, refused=":", why="which systemd reads as the end of it")(value).rstrip("/")
    if not path:
        raise ValueError("found /, expected a path below it")
    return path


def _listener(value: Any) -> int | str:
    """A port, address:port, or the path of a Unix socket, which the kernel allows 107 bytes."""
    if isinstance(value, str) and value.startswith("/"):
        path: str = ABSOLUTE.convert(value)
        if len(path.encode()) > 107:
            raise ValueError(f"found a path of {len(path.encode())} bytes, of which the kernel allows a socket 107")
        return path
    bound = _LISTENER.fullmatch(value) if isinstance(value, str) else None
    if bound:
        _PORT.convert(bound["port"])
        return str(value)
    return int(_PORT.convert(value))


def _mode(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 0o777:
        return value
    if not isinstance(value, str) or not _MODE.fullmatch(value):
        raise ValueError
    return int(value, 8)


def _option(value: Any) -> str:
    name = text(value)
    if name in OPTIONS:
        return name
    near = nearest(name, OPTIONS)
    raise ValueError(f"unknown option: did you mean '{near}'?" if near else "")


def _signal(value: Any) -> str:
    name = text(value).upper()
    name = name if name.isdigit() or name.startswith("SIG") else f"SIG{name}"
    if not re.fullmatch(r"SIG(RT(MIN|MAX)([+-]\d{1,2})?|[A-Z]+\d?)|[1-9]\d?", name):
        raise ValueError
    return name


def _calendar(value: Any) -> str:
    words = text(value)
    if not words.strip() or any(ord(letter) < 32 for letter in words):
        raise ValueError
    return " ".join(words.split())


def _capability(value: Any) -> str:
    """NET_BIND_SERVICE and cap_net_bind_service are CAP_NET_BIND_SERVICE."""
    name = text(value).upper()
    name = name if name.startswith("CAP_") else f"CAP_{name}"
    if name not in CAPABILITIES:
        near = nearest(name, CAPABILITIES)
        raise ValueError(f"unknown capability: did you mean '{near}'?" if near else "")
    return name


def _variable_value(value: Any) -> str:
    words = free_text(value) if not isinstance(value, float) else str(value)
    if "\0" in words:
        raise ValueError
    return words


#: Of Linux 6.
CAPABILITIES = tuple(
    f"CAP_{name}"
    for name in (
        *("AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE", "BLOCK_SUSPEND", "BPF", "CHECKPOINT_RESTORE", "CHOWN"),
        *("DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE"),
        *("LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE", "NET_BROADCAST"),
        *("NET_RAW", "PERFMON", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_ADMIN", "SYS_BOOT", "SYS_CHROOT"),
        *("SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME"),
        *("SYS_TTY_CONFIG", "SYSLOG", "WAKE_ALARM"),
    )
)
_SPAN = span(whole=False)
APP = matching(r"[a-z0-9][a-z0-9_-]{0,62}", "a name of a-z, 0-9, - and _, of at most 63 characters")
SERVICE = matching(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", "a name of letters, digits, dots, - and _")
FILE_NAME = matching(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,255}", "a name of letters, digits, dots, - and _")
DIRECTORY_NAME = matching(
    r"(?!\.)[A-Za-z0-9._-]{1,255}(/(?!\.)[A-Za-z0-9._-]{1,255})*", "a name such as data, or a path such as data/cache"
)
USER = matching(rf"{_SYSTEM_NAME}|[0-9]{{1,9}}", "the name or number of a user of the host")
GROUP = matching(rf"{_SYSTEM_NAME}|[0-9]{{1,9}}", "the name or number of a group of the host")
VARIABLE = matching(r"[A-Za-z_][A-Za-z0-9_]*", "the name of a variable: letters, digits and _")
VARIABLE_VALUE = Value("a text", _variable_value, secret=True)
CONTENT = Value("a text", _variable_value, secret=True)
ABSOLUTE = Value("an absolute path with no .. in it", _path(absolute=True))
SECRET_PATH = Value("an absolute path with no .. in it", _path(True, " \t", "which systemd 257 cannot carry here"))
VARIABLES_PATH = Value("an absolute path with no .. in it", _path(True, "*?[", "which stands for other letters here"))
TARGET = Value("an absolute path with no .. in it", _target)
FOLDER = Value("a folder within the release or an absolute path, with no .. in it", _path(absolute=False))
PATTERN = matching(r"[^\s\x00-\x1f][^\x00-\x1f]*", "a pattern of paths in the release, such as config/*.toml")
LISTENER = Value("a port, address:port, or the absolute path of a Unix socket", _listener)
TCP = matching(r"(.+:)?\d{1,5}", "a port such as 5432, or host:port")
HTTP = matching(r"https?://\S+", "a URL with http:// or https://")
PORT = _PORT
SIZE = Value("a size such as 512M", _size)
CPUS = Value("a number of CPUs from 0.01 up, such as 0.5", _cpus)
MODE = Value("a file mode such as '0640'", _mode)
OPTION = Value("an option that confines a unit, such as ProtectHome", _option)
SIGNAL = Value("a signal such as SIGTERM", _signal)
CALENDAR = Value("a time of systemd.time(7), such as Mon 03:00", _calendar)
CAPABILITY = Value("a capability such as CAP_NET_BIND_SERVICE", _capability)
STATUS = number(100, 599)
SECONDS, WHOLE_SECONDS, FROM_ONE_SECOND = _SPAN, span(whole=True), span(whole=True, least=1)
STABLE = Value(_SPAN.noun, _stable)
COUNT = number(1, 2**31 - 1)
LINES = number(0, 2**31 - 1)
