# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""compose_files on the controller: the folder goes to the target as a list, then what that lacks in one archive.

A run that changes nothing is one call of the module, whatever the number of files.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.plugins.action import ActionBase

from ..module_utils._core.compose.document import ComposeError
from ..module_utils._core.placing import FILE
from ..module_utils._io.compose.files_options import ARGUMENTS
from ..module_utils._io.compose.project_extras import App, extras
from ..module_utils._io.compose.project_folder import Wanted, collect, write_archive, write_folder
from ..module_utils._io.placed.run import text_of
from ..module_utils._io.placed.state import PlacingError

#: Of the options, what the target needs to know. The values of secrets go in the archive alone.
_ON_THE_TARGET = ("name", "dest", "state", "adopt", "state_directory")
_SECRET = "(not shown)\n"


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
        except ComposeError as problem:
            facts = [finding.as_dict() for finding in problem.findings]
            return {"failed": True, "changed": False, "msg": str(problem), "findings": facts}
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)

    def _run(self, options: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        warnings: list[str] = []
        wanted = _wanted(options, warnings) if options["state"] == "present" else Wanted()
        args = {name: options[name] for name in _ON_THE_TARGET}
        args["entries"] = [entry.as_dict() for entry in wanted.entries.values()]
        result = self._module(args, task_vars)
        before = result.pop("before", {})
        needs = result.pop("needs", [])
        if needs and not result.get("failed") and not self._task.check_mode:
            args["archive"] = self._send(needs, wanted)
            result = self._module(args, task_vars)
            before = result.pop("before", before)
            result.pop("needs", None)
        if self._task.diff and not result.get("failed"):
            result["diff"] = list(_diff(result, wanted, before, options["dest"]))
        if self._task.check_mode and wanted.entries and result.get("changed"):
            result["staged"] = _staged(wanted)
        if warnings:
            result["warnings"] = [*result.get("warnings", []), *warnings]
        return result

    def _module(self, args: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        result: dict[str, Any] = self._execute_module(
            module_name="slipway.containers.compose_files", module_args=args, task_vars=task_vars
        )
        return result

    def _send(self, needs: list[str], wanted: Wanted) -> str:
        """The archive in the temporary folder of the task, which goes when the task ends."""
        if not self._connection._shell.tmpdir:
            self._make_tmp_path()
        remote_folder = self._connection._shell.tmpdir
        with tempfile.TemporaryDirectory(dir=constants.DEFAULT_LOCAL_TMP) as folder:
            local = Path(folder) / "files.tar.gz"
            write_archive(local, needs, wanted.contents)
            remote = self._transfer_file(str(local), self._connection._shell.join_path(remote_folder, local.name))
        self._fixup_perms2((remote_folder, remote))
        return str(remote)


def _wanted(options: dict[str, Any], warnings: list[str]) -> Wanted:
    if not options["src"]:
        raise PlacingError("src is required: the folder of the project on the controller")
    folder = Path(str(options["src"])).expanduser().absolute()
    files = [str(file) for file in options["files"] or ()]
    app = App(options["name"], folder, options["dest"], files, options["environment"], options["secrets"])
    return collect(folder, map(str, options["exclude"]), extras(app, warnings) if folder.is_dir() else ())


def _staged(wanted: Wanted) -> str:
    """The folder as it would be, for the tasks that follow in check mode. Ansible removes it when the run ends."""
    folder = Path(tempfile.mkdtemp(dir=constants.DEFAULT_LOCAL_TMP))
    write_folder(folder, wanted)
    return str(folder)


def _diff(result: dict[str, Any], wanted: Wanted, before: dict[str, str], dest: str) -> Iterator[dict[str, str]]:
    """Each path that changes. What holds a secret is named, and nothing more."""
    for path in sorted((*result["created"], *result["updated"], *result["removed"])):
        entry = wanted.entries.get(path)
        header = f"{dest}/{path}"
        old = "" if path in result["created"] else before.get(path, _SECRET)
        new = "" if entry is None else _shown(wanted, path)
        if old == new and entry is not None and path in result["updated"]:
            new = f"{new}(mode {entry.mode:04o})\n" if entry.kind == FILE else new
        yield {"before_header": header, "after_header": header, "before": old, "after": new}


def _shown(wanted: Wanted, path: str) -> str:
    entry = wanted.entries[path]
    if entry.kind != FILE:
        return f"({entry.kind} {entry.target})\n" if entry.target else f"({entry.kind})\n"
    if entry.secret:
        return "(changed, not shown)\n"
    return text_of(wanted.contents[entry.sha256])
