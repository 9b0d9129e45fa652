#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecr_login
short_description: Log Docker's client in to Amazon ECR, with the token in no command line, log or result
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Asks AWS for a token, which holds for twelve hours, and writes it into a C(config.json) of Docker's client, beside
    everything else that the file holds, with mode 0600.
  - With a folder of its own for O(config_path), named in C(DOCKER_CONFIG) and removed afterwards, nothing of the token
    stays behind.
options:
  config_path:
    description: The file. Folders that it needs are made, for their owner alone.
    type: path
    default: ~/.docker/config.json
  registry:
    description:
      - The name of the registry in names of images, where it is not the account's usual one, such as that of its FIPS
        or dual-stack endpoint.
    type: str
extends_documentation_fragment:
  - slipway.containers.aws
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Asks for no token, and writes nothing.
    support: full
  diff_mode:
    description: Shows who is logged in where, before and after, and no secrets.
    support: full
  idempotent:
    description: Each run asks for a new token, and so changes the file.
    support: none
notes:
  - "IAM permissions: C(ecr:GetAuthorizationToken)."
seealso:
  - module: slipway.containers.docker_login
"""

EXAMPLES = r"""
- name: Log in for one push
  slipway.containers.ecr_login:
    config_path: "{{ playbook_dir }}/push/config.json"
"""

RETURN = r"""
registry:
  description: The registry. In check mode V(none) without O(registry).
  returned: always
  type: str
  sample: 111122223333.dkr.ecr.eu-central-1.amazonaws.com
config_path:
  description: The file.
  returned: always
  type: str
  sample: /root/.docker/config.json
"""

from pathlib import Path
from typing import Any

from ..module_utils._core.daemon import login
from ..module_utils._core.daemon.document import DocumentError, parse, text_of
from ..module_utils._io.aws import ecr_repositories
from ..module_utils._io.aws.module import Context, RefusedError, run
from ..module_utils._io.daemon import files
from ..module_utils._io.private_files import write_private

ARGUMENTS: dict[str, Any] = {
    "config_path": {"type": "path", "default": "~/.docker/config.json"},
    "registry": {"type": "str"},
}


def logged_in(context: Context, config: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    """The file as it will be, and the registry."""
    endpoint, user, password = ecr_repositories.authorization(context.client("ecr"))
    registry = login.key_of(context.params["registry"] or endpoint)
    try:
        return login.with_login(config, registry, user, password), registry
    except login.HelperError as error:
        raise RefusedError(f"{path}: {error}", changed=False) from error


def work(context: Context) -> dict[str, Any]:
    path = context.params["config_path"]
    try:
        config = parse(files.read(path) or "", path)
    except (DocumentError, OSError) as error:
        raise RefusedError(str(error), changed=False) from error
    registry, after = context.params["registry"], config
    if not context.check_mode:
        after, registry = logged_in(context, config, path)
        write_private(Path(path), text_of(after))
    users = [login.users(it) for it in (config, after)]
    if context.check_mode:
        users[1] = {**users[0], login.key_of(registry) if registry else "the account's registry": "AWS"}
    diff = {"before": text_of(users[0]), "after": text_of(users[1])}
    return {"changed": True, "registry": registry, "config_path": path, "diff": diff}


def main() -> None:
    run(work, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
