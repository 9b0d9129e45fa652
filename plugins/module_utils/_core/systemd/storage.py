# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service sees beside its release: variables, secrets, data, files. Source: systemd.exec(5)."""

from __future__ import annotations

from collections.abc import Iterator

from .limits import Line
from .places import Places
from .quoting import item, line
from .wish import App, Directory, File, Service

_DATA = "/var/lib"


def lines(app: App, service: Service) -> Iterator[Line]:
    places = Places.of(app)
    if not service.user:
        yield "Environment", "HOME=/tmp"  # a made-up user has none, and many programs want one; /tmp is its own
    for path in service.environment_files:
        yield "EnvironmentFile", line(path)
    if service.environment:
        yield "EnvironmentFile", line(places.environment(service.name))
    yield from _secrets(service, places)
    yield from _data(app, service)
    for bind in service.binds:
        yield "BindReadOnlyPaths" if bind.read_only else "BindPaths", f"{item(bind.source)}:{item(bind.target)}"
    for entry in service.files:
        if not entry.secret:
            yield "BindReadOnlyPaths", f"{item(places.file(service.name, entry.name))}:{item(entry.target)}"
    for tmpfs in service.tmpfs:
        size = "" if tmpfs.size is None else f",size={tmpfs.size}"
        yield "TemporaryFileSystem", item(f"{tmpfs.target}:mode=1777{size}")


def _secrets(service: Service, places: Places) -> Iterator[Line]:
    for name, path in service.credentials.items():
        yield "LoadCredential", f"{name}:{line(path)}"
    for entry in secret_files(service):
        yield "LoadCredential", f"{entry.name}:{line(places.file(service.name, entry.name))}"
        yield "BindReadOnlyPaths", f"%d/{entry.name}:{item(entry.target)}"


def secret_files(service: Service) -> Iterator[File]:
    return (entry for entry in service.files if entry.secret)


def _data(app: App, service: Service) -> Iterator[Line]:
    for directory in service.directories:
        yield "StateDirectory", item(f"{app.name}/{directory.name}")
    if service.directories:
        yield "StateDirectoryMode", "0750"
    for directory in service.directories:
        if directory.target and directory.target != path_of(app, directory):
            yield "BindPaths", f"{item(path_of(app, directory))}:{item(directory.target)}"


def path_of(app: App, directory: Directory) -> str:
    return f"{_DATA}/{app.name}/{directory.name}"
