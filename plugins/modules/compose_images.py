#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: compose_images
short_description: Load images of the controller into the engine of a host, where it does not have them
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Takes archives of C(docker save) on the controller. Only those travel of which the host lacks an image, or has
    another one under its name.
  - The ids are compared, so an image that was built anew under the same tag is loaded, and the same one is not.
options:
  archives:
    description:
      - The archives on the controller. Relative paths start where C(ansible-playbook) was started.
      - To find out what is in a compressed one, it has to be unpacked at each run.
    type: list
    elements: path
    required: true
  docker_host:
    description: The engine's address. The default is that of the C(docker) command.
    type: str
  images:
    description: The images of the archives, from the action plugin to the module. Not for playbooks.
    type: list
    elements: dict
    default: []
  sent:
    description: Where the archives are on the target, from the action plugin to the module. Not for playbooks.
    type: dict
    default: {}
requirements:
  - The C(docker) command on the target
attributes:
  check_mode:
    description: Says what would be loaded. Never fails for want of Docker.
    support: full
  diff_mode:
    description: Shows the ids of images before and after.
    support: full
  idempotent:
    description: A second run with the same archives changes nothing.
    support: full
"""

EXAMPLES = r"""
- name: Bring the images of the shop to the hosts
  slipway.containers.compose_images:
    archives:
      - build/shop-1.4.0.tar
"""

RETURN = r"""
images:
  description: The images of the archives.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name with the tag, or its id.
      type: str
    id:
      description: The id under which the engine lists it. In check mode, that of the archive.
      type: str
    former_id:
      description: The id that had the name before; empty where there was none.
      type: str
    loaded:
      description: Whether it was loaded now.
      type: bool
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils._io.compose.images_options import ARGUMENTS
from ..module_utils._io.quiet_module import QuietModule


def present(module: QuietModule, docker: list[str], name: str) -> str:
    """The id that the engine has under a name, or nothing: without engine there are no images."""
    if not docker:
        return ""
    status, out, said = module.run_command([*docker, "image", "inspect", "--format", "{{.Id}}", name])
    if status == 0:
        return str(out).strip()
    if "no such" in said.lower() or module.check_mode:
        return ""
    module.fail_json(msg=f"the engine cannot be asked for {name}: {said.strip()}")
    return ""


def facts_of(image: Mapping[str, Any], has: str) -> dict[str, Any]:
    known = has in image["ids"]
    name = image["name"] or image["ids"][0]
    facts = {"name": name, "id": has if known else image["ids"][0], "former_id": has, "loaded": not known}
    return {**facts, "archive": image["archive"]}


def command(module: QuietModule) -> list[str]:
    """The docker command; in check mode there may be none yet."""
    program = module.get_bin_path("docker", required=not module.check_mode)
    if not program:
        return []
    return [program, "--host", module.params["docker_host"]] if module.params["docker_host"] else [program]


def main() -> None:
    """The first call says which archives have to come, the second loads those that came."""
    module = QuietModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    docker = command(module)
    asked = [(image, image["name"] or image["ids"][0]) for image in module.params["images"]]
    facts = [facts_of(image, present(module, docker, name)) for image, name in asked]
    needs = sorted({fact["archive"] for fact in facts if fact["loaded"]})
    if not module.check_mode and module.params["sent"]:
        for archive in needs:
            status, _out, said = module.run_command([*docker, "load", "--input", module.params["sent"][archive]])
            if status != 0:
                module.fail_json(msg=f"{archive} cannot be loaded: {said.strip()}")
        for fact in facts:
            fact["id"] = present(module, docker, fact["name"])
        needs = []
    images = [{name: value for name, value in fact.items() if name != "archive"} for fact in facts]
    module.exit_json(changed=any(fact["loaded"] for fact in facts), images=images, needs=needs)


if __name__ == "__main__":
    main()
