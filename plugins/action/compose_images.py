# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""compose_images on the controller: what the archives hold goes to the target as a list, then those that it lacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase

from ..module_utils._io.compose.image_archives import ArchiveError, read_archive
from ..module_utils._io.compose.images_options import ARGUMENTS


class ActionModule(ActionBase):  # type: ignore[misc]  # ansible-core is not typed
    """Ansible's entry."""

    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The result of the task."""
        super().run(tmp, task_vars)
        options = self.validate_argument_spec(ARGUMENTS)[0].validated_parameters
        archives = [str(archive) for archive in options["archives"]]
        try:
            images = [
                {**image.as_dict(), "archive": archive}
                for archive in archives
                for image in read_archive(Path(archive).expanduser().absolute())
            ]
            return self._run(options, archives, images, task_vars)
        except ArchiveError as problem:
            return {"failed": True, "changed": False, "msg": str(problem)}
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)

    def _run(
        self,
        options: dict[str, Any],
        archives: list[str],
        images: list[dict[str, Any]],
        task_vars: dict[str, Any] | None,
    ) -> dict[str, Any]:
        args = {"archives": archives, "images": images, "docker_host": options["docker_host"]}
        result = self._module(args, task_vars)
        needs = result.pop("needs", [])
        if needs and not result.get("failed") and not self._task.check_mode:
            result = self._module({**args, "sent": self._send(needs)}, task_vars)
            result.pop("needs", None)
        if self._task.diff and not result.get("failed"):
            result["diff"] = {side: _lines(result["images"], key) for side, key in _SIDES.items()}
        return result

    def _module(self, args: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        result: dict[str, Any] = self._execute_module(
            module_name="slipway.containers.compose_images", module_args=args, task_vars=task_vars
        )
        return result

    def _send(self, archives: list[str]) -> dict[str, str]:
        """Into the temporary folder of the task, which goes when the task ends."""
        if not self._connection._shell.tmpdir:
            self._make_tmp_path()
        folder = self._connection._shell.tmpdir
        sent = {}
        for number, archive in enumerate(archives):
            local = str(Path(archive).expanduser().absolute())
            sent[archive] = self._transfer_file(local, self._connection._shell.join_path(folder, f"{number}.tar"))
        self._fixup_perms2((folder, *sent.values()))
        return sent


_SIDES = {"before": "former_id", "after": "id"}


def _lines(images: list[dict[str, Any]], key: str) -> str:
    return "".join(f"{image['name']} {image[key]}\n" for image in images if image["loaded"] and image[key])
