#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecr_tags
short_description: Tags of an Amazon ECR repository
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Gives a repository its tags. M(community.aws.ecs_ecr), which makes repositories, knows of none.
options:
  repository:
    description: The name of the repository.
    type: str
    required: true
  tags:
    description: The tags of the repository.
    type: dict
    required: true
    aliases: [resource_tags]
  purge_tags:
    description: Whether tags that are not named go.
    type: bool
    default: true
extends_documentation_fragment:
  - slipway.containers.aws
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Tells what would change, and changes nothing. A repository that is not there yet has no tags.
    support: full
  diff_mode:
    description: Shows the tags before and after.
    support: full
notes:
  - "IAM permissions: C(ecr:DescribeRepositories), C(ecr:ListTagsForResource), C(ecr:TagResource),
    C(ecr:UntagResource)."
seealso:
  - module: community.aws.ecs_ecr
"""

EXAMPLES = r"""
- name: Make the repository
  community.aws.ecs_ecr:
    name: shop/web
    image_tag_mutability: immutable

- name: Say whose it is
  slipway.containers.ecr_tags:
    repository: shop/web
    tags:
      app: shop
"""

RETURN = r"""
tags:
  description: The tags that the repository has, in check mode would have.
  returned: always
  type: dict
  sample: {"app": "shop"}
"""

from typing import Any

from ..module_utils._core.aws.tags import change
from ..module_utils._io.aws import ecr_repositories
from ..module_utils._io.aws.module import Context, RefusedError, run

ARGUMENTS: dict[str, Any] = {
    "repository": {"type": "str", "required": True},
    "tags": {"type": "dict", "required": True, "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}


def work(context: Context) -> dict[str, Any]:
    name, client = context.params["repository"], context.client("ecr")
    wanted = {str(key): str(value) for key, value in context.params["tags"].items()}
    found = ecr_repositories.repository(client, name)
    if found is None and not context.check_mode:
        raise RefusedError(
            f"the repository {name} is not there: make it first, with community.aws.ecs_ecr", changed=False
        )
    present = ecr_repositories.read_tags(client, found["repositoryArn"]) if found else {}
    changed = change(present, wanted, context.params["purge_tags"])
    if changed and found and not context.check_mode:
        ecr_repositories.change_tags(client, found["repositoryArn"], changed, context.done)
    before, after = (present, changed.wanted) if changed else ({}, {})
    header = f"repository {name}"
    diff = {"before": before, "after": after, "before_header": header, "after_header": header}
    return {"changed": bool(changed), "tags": changed.wanted, "diff": diff}


def main() -> None:
    run(work, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
