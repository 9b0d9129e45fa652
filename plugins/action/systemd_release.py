# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""systemd_release on the controller: first the hash of the source goes to the target, then, where need be, the source.

So a run that changes nothing is one call. Variables for the build go in a file of their own, and only where it runs.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.plugins.action import ActionBase

from ..module_utils._core.placing import Entry
from ..module_utils._core.systemd.releases import ARCHIVE, DIRECTORY, default_root, problems, tree_identity
from ..module_utils._io.placed.files import sha256_of
from ..module_utils._io.placed.state import PlacingError
from ..module_utils._io.systemd.packing import pack
from ..module_utils._io.systemd.release_options import ARGUMENTS
from ..module_utils._io.systemd.release_source import listed_directory


class ActionModule(ActionBase):  # type: ignore[misc]  # ansible-core is not typed
    """Ansible's entry."""

    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The result of the task."""
        super().run(tmp, task_vars)
        options = self.validate_argument_spec(ARGUMENTS)[0].validated_parameters
        try:
            return self._run(options, task_vars)
        except (PlacingError, OSError) as problem:
            return {"failed": True, "changed": False, "msg": str(problem)}
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)

    def _run(self, options: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        root = options["root"] or default_root(options["app"])
        found = problems(options["app"], root, options["source"], options)
        if found:
            raise PlacingError("\n".join(found))
        local = _local(options) if options["state"] == "present" else None
        args = {name: value for name, value in options.items() if name not in ("environment", "sent")}
        args["sent"] = {"only_ask": True, **(local.facts if local else {})}
        result = self._module(args, task_vars)
        if result.pop("needs", False) and not result.get("failed"):
            args["sent"] = {**(local.facts if local else {}), **self._send(local, options["environment"])}
            result = self._module(args, task_vars)
            result.pop("needs", None)
        return result

    def _module(self, args: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        result: dict[str, Any] = self._execute_module(
            module_name="slipway.containers.systemd_release", module_args=args, task_vars=task_vars
        )
        return result

    def _send(self, local: Local | None, variables: Mapping[str, Any]) -> dict[str, str]:
        """The source and the variables, in the temporary folder of the task, which goes when the task ends."""
        if local is None and not variables:
            return {}
        if not self._connection._shell.tmpdir:
            self._make_tmp_path()
        with tempfile.TemporaryDirectory(dir=constants.DEFAULT_LOCAL_TMP) as folder:
            files = dict(_files(Path(folder), local, variables))
            sent = {name: self._transferred(file) for name, file in files.items()}
        self._fixup_perms2((self._connection._shell.tmpdir, *sent.values()))
        return sent

    def _transferred(self, file: Path) -> str:
        shell = self._connection._shell
        return str(self._transfer_file(str(file), shell.join_path(shell.tmpdir, file.name)))


class Local:
    """A source on this machine: what the target has to know of it, and how it is sent."""

    def __init__(self, path: Path, identity: str, entries: tuple[Entry, ...] | None = None) -> None:
        self.path = path
        self.entries = entries
        self.facts = {"identity": identity, "place": str(path)}


def _local(options: Mapping[str, Any]) -> Local | None:
    source = options["source"]
    if source["remote_src"]:
        return None
    if source[DIRECTORY]:
        folder = Path(source[DIRECTORY]).expanduser().absolute()
        entries = listed_directory(folder, options["exclude"])
        return Local(folder, tree_identity(entries), entries)
    if source[ARCHIVE] and source[ARCHIVE]["path"]:
        file = Path(source[ARCHIVE]["path"]).expanduser().absolute()
        if not file.is_file():
            raise PlacingError(f"source.archive.path: {file} is no file on the controller")
        return Local(file, sha256_of(file))
    return None


def _files(folder: Path, local: Local | None, variables: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    if local is not None and local.entries is None:
        yield "archive", local.path
    elif local is not None:
        yield "archive", folder / "source.tar.gz"
        pack(folder / "source.tar.gz", local.path, local.entries or ())
    if variables:
        file = folder / "environment.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(variables), encoding="utf-8")
        yield "environment", file
