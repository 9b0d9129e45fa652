# SPDX-License-Identifier: GPL-3.0-or-later
"""The reference page of what confines a service, and what each part of it is worth."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ansible_collections.slipway.containers.plugins.module_utils._core.systemd import grants, hardening
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.exposure import shown
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.wish import Service

_HEAD = """\
# Hardening of systemd services

Generated from the code by `make generate`; do not edit.

The units of `systemd_app` are confined by the options below, all of which systemd 252 and later know. `hardening` of a
service turns them off by name, and turns on those that are off by default:

```yaml
services:
  - name: web
    exec: venv/bin/web
    hardening:
      MemoryDenyWriteExecute: false   # a runtime that compiles while it runs, such as Java, Node.js and LuaJIT
      IPAddressDeny: true             # it needs no other host
```

The score is what `systemd-analyze security` gives: 0 is a unit that can do nothing, 10 one that can do all, and it is
rounded up to one digit. *Rises by* is how much higher it is without the option, for a service with the user that
systemd makes up, and for one with a named user. A test compares the figures with the program itself, on systemd 252 and
257. Where a rise is 0, another option brings the same along, or the score does not look at it.

A call that is refused fails with *Operation not permitted*. `chown` is one of them, which gunicorn makes for a Unix
socket of its own: let systemd open it with `sockets`.

## Scores

| service | score |
| --- | --- |"""

_OPTIONS = """
## Options

| option | value | by default | so that | rises by | with a named user |
| --- | --- | --- | --- | --- | --- |"""

_CAPABILITIES = """
## Capabilities

A service has none but those that its `capabilities` name. With any of them `PrivateUsers` is off, since a user
namespace of its own has no rights outside. Some need more:

| capability | also allowed | turned off |
| --- | --- | --- |"""

_WEB = Service(name="web", exec=("/usr/bin/web",), ports=(8080,))
_NAMED = Service(name="web", exec=("/usr/bin/web",), ports=(8080,), user="shop")
_LOW = Service(name="web", exec=("/usr/bin/web",), ports=(80,), capabilities=("CAP_NET_BIND_SERVICE",))
_JIT = Service(name="web", exec=("/usr/bin/web",), ports=(8080,), hardening={"MemoryDenyWriteExecute": False})
_ROOT = Service(name="web", exec=("/usr/bin/web",), ports=(8080,), user="root")
_LOCAL = Service(name="web", exec=("/usr/bin/web",), ports=(8080,), hardening={"IPAddressDeny": True})
_SHAPES = {
    "an ordinary network service, with the user that systemd makes up": _WEB,
    "the same with a named user": _NAMED,
    "the same that talks with its own host alone (`IPAddressDeny`)": _LOCAL,
    "one with a JIT runtime": _JIT,
    "one that opens a port below 1024 itself (`CAP_NET_BIND_SERVICE`)": _LOW,
    "one that runs as root": _ROOT,
}


def systemd_hardening_page() -> str:
    return "\n".join([_HEAD, *_scores(), _OPTIONS, *_options(), _CAPABILITIES, *_capabilities(), ""])


def _scores() -> Iterator[str]:
    for words, service in _SHAPES.items():
        yield f"| {words} | {shown(hardening.score(service))} |"


def _options() -> Iterator[str]:
    for name, option in hardening.OPTIONS.items():
        values = option.of(_LOW if name == "AmbientCapabilities" else _WEB, "")
        value = ", ".join(f"`{line}`" for line in values if line) or "none"
        default = "on" if option.default else "off"
        if name == "AmbientCapabilities":
            value, default = "those of `capabilities`", "on"
        rises = [_figure(hardening.rise(service, name)) for service in (_WEB, _NAMED)]
        yield f"| `{name}` | {value} | {default} | {option.why} | {' | '.join(rises)} |"


def _figure(rise: Decimal) -> str:
    return f"{rise}" if rise else "0"


def _capabilities() -> Iterator[str]:
    for name, grant in grants.GRANTS.items():
        allowed = ", ".join(f"`{word}`" for word in (*grant.calls, *grant.families)) or "nothing"
        given_up = ", ".join(f"`{option}`" for option in grant.given_up) or "nothing"
        yield f"| `{name}` | {allowed} | {given_up} |"
