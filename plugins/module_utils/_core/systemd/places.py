# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where everything of an app lies on its host. Paths are text: nothing is looked at."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from .wish import App

UNITS = "/etc/systemd/system"
PRIVATE = "/etc/slipway"
STATE = "/var/lib/slipway/systemd"
ROOTS = "/srv/slipway"
CACHE = "/var/cache/slipway"
#: Written last of a release: a folder without it is one that was not finished.
MARKER = ".slipway-release.json"


@dataclass(frozen=True)
class Places:
    name: str
    root: str

    @classmethod
    def of(cls, app: App) -> Places:
        return cls(app.name, app.root or f"{ROOTS}/{app.name}")

    @property
    def current(self) -> str:
        return posixpath.join(self.root, "current")

    @property
    def releases(self) -> str:
        return posixpath.join(self.root, "releases")

    def release(self, identity: str) -> str:
        return posixpath.join(self.releases, identity)

    @property
    def private(self) -> str:
        """The folder of what is beside the units: variables, files and secrets."""
        return posixpath.join(PRIVATE, self.name)

    def environment(self, service: str) -> str:
        """The file of a service's variables, which its unit names with EnvironmentFile=."""
        return posixpath.join(self.private, service, "environment")

    def file(self, service: str, name: str) -> str:
        """Where the content of a wish.File lies, for BindReadOnlyPaths= or LoadCredential=."""
        return posixpath.join(self.private, service, "files", name)

    @property
    def cache(self) -> str:
        """What builds keep from release to release, such as what pip loaded; CacheDirectory= makes it."""
        return posixpath.join(CACHE, self.name)

    @property
    def state(self) -> str:
        return posixpath.join(STATE, self.name)

    def data(self, directory: str) -> tuple[str, ...]:
        """Where StateDirectory= makes a folder of data: beside the link of DynamicUser, or in its stead."""
        return (f"/var/lib/private/{self.name}/{directory}", f"/var/lib/{self.name}/{directory}")
