# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Relative paths of a project made absolute, each from the folder that its file counts from."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from typing import Any

_REMOTE = ("https://", "http://", "git://", "ssh://", "github.com/", "git@")


def is_remote(path: str) -> bool:
    """A Git reference or an address, instead of a path of this machine."""
    return path.startswith(_REMOTE) or "://" in path


class Locations:
    """Resolves what a folder's files say; values are in long form."""

    def __init__(self, folder: str, home: str | None) -> None:
        self.folder, self.home = folder, home

    def path(self, written: Any) -> Any:
        """An absolute path; anything that is no path (empty, or no text) is left as it is."""
        if not isinstance(written, str) or not written:
            return written
        if written.startswith("~") and self.home is not None:
            return _clean(posixpath.join(self.home, written[1:].lstrip("/")))
        return written if written.startswith("/") else _clean(posixpath.join(self.folder, written))

    def context(self, written: Any) -> Any:
        """A build context may be remote, or another service's image."""
        remote = isinstance(written, str) and (is_remote(written) or written.startswith("service:"))
        return written if remote else self.path(written)

    def model(self, model: Mapping[str, Any]) -> dict[str, Any]:
        """A project of one folder."""
        located = dict(model)
        if isinstance(model.get("services"), Mapping):
            located["services"] = {name: self.service(item) for name, item in model["services"].items()}
        for kind in ("configs", "secrets"):
            if isinstance(model.get(kind), Mapping):
                located[kind] = {name: self._with(item, "file") for name, item in model[kind].items()}
        if isinstance(model.get("volumes"), Mapping):
            located["volumes"] = {name: self._bound(item) for name, item in model["volumes"].items()}
        return located

    def service(self, service: Any) -> Any:
        if not isinstance(service, Mapping):
            return service
        resolvers: Mapping[str, Callable[[Any], Any]] = {
            "build": self._build,
            "env_file": lambda items: [self._with(item, "path") for item in items],
            "label_file": lambda items: [self.path(item) for item in items],
            "extends": lambda item: self._with(item, "file"),
            "develop": lambda item: {**item, "watch": [self._with(watch, "path") for watch in item.get("watch") or []]},
            "volumes": lambda items: [self._mount(item) for item in items],
        }
        changed = {key: resolve(service[key]) for key, resolve in resolvers.items() if service.get(key) is not None}
        return {**service, **changed} if changed else service

    def _with(self, item: Any, key: str) -> Any:
        return {**item, key: self.path(item[key])} if isinstance(item, Mapping) and key in item else item

    def _build(self, build: Mapping[str, Any]) -> dict[str, Any]:
        located = {**build, "context": self.context(build.get("context", "."))}
        if isinstance(build.get("additional_contexts"), Mapping):
            contexts = build["additional_contexts"]
            located["additional_contexts"] = {name: self.context(context) for name, context in contexts.items()}
        if isinstance(build.get("ssh"), Mapping):
            located["ssh"] = {name: self.path(key) for name, key in build["ssh"].items()}
        return located

    def _mount(self, mount: Any) -> Any:
        return self._with(mount, "source") if isinstance(mount, Mapping) and mount.get("type") == "bind" else mount

    def _bound(self, volume: Any) -> Any:
        """A volume of the local driver with `o: bind` is a bind mount in disguise."""
        if not isinstance(volume, Mapping) or volume.get("driver") != "local":
            return volume
        options = volume.get("driver_opts")
        if not isinstance(options, Mapping) or options.get("o") != "bind" or "device" not in options:
            return volume
        return {**volume, "driver_opts": {**options, "device": self.path(options["device"])}}


def _clean(path: str) -> str:
    """Without `.` and `..`; two slashes at the start are one, unlike POSIX has it."""
    return "/" + posixpath.normpath(path).lstrip("/")
