# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that a service takes variables and labels from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..findings import shown
from .document import Path
from .dotenv import parse_env
from .interpolation import Lookup
from .sources import Sources, unset_variable

_FORMATS = (None, "", ".env", "raw")


class ServiceFiles:
    """Reads `env_file` and `label_file` of a project's services."""

    def __init__(self, sources: Sources, variables: Mapping[str, str]) -> None:
        self.sources, self.variables = sources, variables

    def resolved(self, name: str, service: Mapping[str, Any]) -> dict[str, Any]:
        """The service with what its files say; what stands in the service itself wins."""
        found = {
            "environment": self._environment(("services", name, "env_file"), service),
            "labels": self._labels(("services", name, "label_file"), service),
        }
        return {**service, **{key: value for key, value in found.items() if value}}

    def _environment(self, path: Path, service: Mapping[str, Any]) -> dict[str, Any]:
        stated = service.get("environment") or {}
        values: dict[str, str] = {}

        def lookup(name: str) -> str | None:
            return self.variables.get(name, stated.get(name))

        for position, entry in enumerate(service.get("env_file") or []):
            place: Path = (*path, position)
            if entry.get("format") not in _FORMATS:
                self.sources.refuse_merged((*place, "format"), f"found {shown(entry['format'])}, expected 'raw'")
                continue
            file, raw = entry.get("path"), entry.get("format") == "raw"
            if file is not None:  # else told when the service is printed
                text = self._text(file, place, entry.get("required", True))
                values.update(self._parsed(text, place, file, lookup, raw, values))
        return {**values, **stated}

    def _labels(self, path: Path, service: Mapping[str, Any]) -> dict[str, Any]:
        values: dict[str, str] = {}
        for position, file in enumerate(service.get("label_file") or []):
            place: Path = (*path, position)
            values.update(self._parsed(self._text(file, place, True), place, file, values.get))
        return {**values, **(service.get("labels") or {})}

    def _text(self, file: str, place: Path, required: bool) -> str:
        """The file's text; a file that need not exist is as good as an empty one."""
        text = self.sources.world.read(file)
        if text is None and required:
            hint = "create it, or write 'required: false' beside its 'path'" if place[-2] == "env_file" else ""
            self.sources.refuse_merged(place, f"the file {self.sources.shown(file)} does not exist", hint)
        return text or ""

    def _parsed(
        self,
        text: str,
        place: Path,
        file: str,
        lookup: Lookup,
        raw: bool = False,
        earlier: Mapping[str, str] | None = None,
    ) -> dict[str, str]:
        shown_as = self.sources.shown(file)

        def on_unset(name: str) -> None:
            self.sources.warnings.append(unset_variable(name, shown_as))

        try:
            return parse_env(text, lookup, shown_as, raw, earlier, on_unset)
        except ValueError as error:
            self.sources.refuse_merged(place, str(error))
            return {}
