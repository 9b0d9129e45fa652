# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a service's configuration is another: the model of the last release, or a container, against the model of now.

For people, short, and without secrets: values are shown where their names and forms are harmless.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..secrets import mask_text, named_like_a_secret

MOST = 8
_WIDTH = 40  # a longer value says no more than that it changed
#: What no version of Compose recreates a container for, and what is compared by its own code below.
_UNHASHED = ("build", "pull_policy", "scale", "depends_on", "profiles")
_LISTS = {"ports": "port", "volumes": "mount", "configs": "config", "secrets": "secret", "tmpfs": "tmpfs"}
_MAPS = {"environment": "environment", "labels": "label", "sysctls": "sysctl", "networks": "network"}
#: Words of a command may be secrets in any place.
_HIDDEN = ("command", "entrypoint", "healthcheck", "post_start", "pre_stop")


def service_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Of two services as `config --format json` prints them."""
    keys = [key for key in dict.fromkeys([*new, *old]) if key not in _UNHASHED and old.get(key) != new.get(key)]
    first = ("image", "environment", "command", "entrypoint", "ports", "volumes")
    found: list[str] = []
    for key in [*(key for key in first if key in keys), *(key for key in keys if key not in first)]:
        found.extend(_key_changes(key, old.get(key), new.get(key)))
    # Older versions of Compose hash these, too; they are worth a word only where nothing else changed.
    return found or [f"{key} changed" for key in ("depends_on", "profiles") if old.get(key) != new.get(key)]


def limited(reasons: Iterable[str], most: int = MOST) -> tuple[str, ...]:
    """The first ones, and how many more there are."""
    every = list(dict.fromkeys(reasons))
    return tuple(every if len(every) <= most else [*every[:most], f"and {len(every) - most} more"])


def pair(name: str, old: Any, new: Any, label: str = "") -> str:
    """`name changed`, with both values where they are short and harmless."""
    said = label or name
    if old is None:
        return f"{said} added"
    if new is None:
        return f"{said} removed"
    texts = [_text(value) for value in (old, new)]
    secret = any(named_like_a_secret(name.rpartition(".")[2], text) for text in texts)
    if secret or any(len(text) > _WIDTH or not text or "\n" in text or mask_text(text) != text for text in texts):
        return f"{said} changed"
    return f"{said} {texts[0]} -> {texts[1]}"


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    return text.replace("$$", "$")


def _key_changes(key: str, old: Any, new: Any) -> Iterator[str]:
    if key in _LISTS:
        yield from _list_changes(_LISTS[key], old or [], new or [])
    elif key in _MAPS:
        yield from _map_changes(_MAPS[key], _mapping(old), _mapping(new))
    elif key in _HIDDEN:
        yield f"{key} {'added' if old is None else 'removed' if new is None else 'changed'}"
    elif isinstance(old, Mapping) or isinstance(new, Mapping):
        yield from _deep(key, old or {}, new or {})
    else:
        yield pair(key, old, new)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _map_changes(word: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """A key without a value is a key all the same: FOO of `environment: [FOO]`."""
    for name in dict.fromkeys([*new, *old]):
        if name not in old or name not in new:
            yield f"{word} {name} {'added' if name in new else 'removed'}"
        elif old[name] != new[name]:
            if isinstance(old[name], Mapping) or isinstance(new[name], Mapping) or None in (old[name], new[name]):
                yield f"{word} {name} changed"
            else:
                yield pair(name, old[name], new[name], f"{word} {name}")


def _deep(path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys([*new, *old]):
        before, after = old.get(name), new.get(name)
        if before == after or (path, name) == ("deploy", "replicas"):
            continue
        if isinstance(before, Mapping) or isinstance(after, Mapping):
            yield from _deep(f"{path}.{name}", _mapping(before), _mapping(after))
        else:
            yield pair(f"{path}.{name}", before, after)


def _list_changes(word: str, old: list[Any], new: list[Any]) -> Iterator[str]:
    """Items by what they are called by: a port by itself, a mount, a config and a secret by the place inside."""
    before, after = {_item(word, one): one for one in old}, {_item(word, one): one for one in new}
    for name in dict.fromkeys([*after, *before]):
        if name not in before or name not in after:
            yield f"{word} {name} {'added' if name in after else 'removed'}"
        elif before[name] != after[name]:
            yield f"{word} {name} changed"


def _item(word: str, item: Any) -> str:
    if not isinstance(item, Mapping):
        return _text(item)
    if word == "port":
        return port(str(item.get("host_ip") or ""), item.get("published"), item.get("target"), item.get("protocol"))
    if word == "mount":
        return str(item.get("target"))
    return str(item.get("source") or item.get("target"))


def port(address: str, published: Any, target: Any, protocol: Any = "tcp") -> str:
    """As people write it: 127.0.0.1:8080:80, 53:53/udp."""
    shown = f"[{address}]" if ":" in address else address
    words = [shown] if shown else []
    words += [str(published)] if published else []
    suffix = f"/{protocol}" if protocol and protocol != "tcp" else ""
    return ":".join([*words, str(target)]) + suffix
