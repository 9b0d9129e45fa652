#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecr_image_info
short_description: Tell whether Amazon ECR has an image already, by what it is built from
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Compares the tags of a repository with the hash of a build context. Nothing is built, and no Docker is needed.
  - An image is meant to be pushed under two tags - its own, and one that also names the hash. So it can be told whether
    an image that is there has the same content. The role P(slipway.containers.ecr_image#role) pushes in this way.
  - The hash is of names, bytes and modes of all files that a C(.dockerignore) leaves in, of the Dockerfile, and of
    O(build). Base images are not part of it.
options:
  repository:
    description: The name of the repository.
    type: str
    required: true
  tag:
    description: The tag. Without one the content names the image, and O(path) is needed.
    type: str
  path:
    description: The build context on the host that the module runs on. Without one the content is not known.
    type: path
  build:
    description:
      - What else decides what is built, as options of M(community.docker.docker_image_build), such as C(dockerfile),
        C(args), C(target) and C(platform). C(secrets) are left out of the hash.
    type: dict
    default: {}
  immutable:
    description: Whether a tag that is there may not be given to other content.
    type: bool
    default: true
  registry:
    description:
      - Another registry than the account's own, as host and port. It is asked through Docker, without a login, and
        nothing is asked of AWS.
    type: str
  docker_host:
    description: The socket of Docker, with O(registry). The default is C(DOCKER_HOST), or the usual socket.
    type: str
extends_documentation_fragment:
  - slipway.containers.aws
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Changes nothing in any mode. In check mode it is no error if Docker is not there.
    support: full
  diff_mode:
    description: Changes nothing.
    support: none
  idempotent:
    description: Changes nothing.
    support: full
notes:
  - "IAM permissions: C(ecr:DescribeRepositories), C(ecr:DescribeImages)."
seealso:
  - module: community.docker.docker_image_build
"""

EXAMPLES = r"""
- name: Look whether the web image of this checkout was pushed
  slipway.containers.ecr_image_info:
    repository: shop/web
    tag: 1.4.2
    path: "{{ playbook_dir }}/shop"
  register: web

- name: Say what would have to be done
  ansible.builtin.debug:
    msg: "{{ web.sentence }}"
"""

RETURN = r"""
repository:
  description: The repository as the API describes it; C(repositoryName) and C(repositoryUri) where it is not there yet.
  returned: always
  type: dict
  sample:
    repositoryName: shop/web
    repositoryUri: 111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop/web
exists:
  description: Whether the repository is there.
  returned: always
  type: bool
tag:
  description: The tag of the image.
  returned: always
  type: str
  sample: 1.4.2
content_tag:
  description: The tag that names the content, too. V(none) without O(path).
  returned: always
  type: str
  sample: 1.4.2-0f3c5a9b2d71
digest:
  description: The digest of the image with this content. V(none) where it is not there.
  returned: always
  type: str
reference:
  description: What a task definition would name - by digest where it is known, else by tag.
  returned: always
  type: str
action:
  description:
    - What there is to do. V(none), V(push) to build and push it, V(tag) where the content is there and lacks the tag,
      V(refuse) where an immutable tag has other content.
  returned: always
  type: str
sentence:
  description: The same in words.
  returned: always
  type: str
  sample: 1.4.2 is there with the same content
"""

from pathlib import Path
from typing import Any

from ..module_utils._core.ecs import pushed
from ..module_utils._io.aws import ecr_repositories
from ..module_utils._io.aws.module import Context, RefusedError, run
from ..module_utils._io.engine import registry
from ..module_utils._io.engine.client import Engine, EngineError, NoEngineError
from ..module_utils._io.stack.build_context import content_hash

ARGUMENTS: dict[str, Any] = {
    "repository": {"type": "str", "required": True},
    "tag": {"type": "str"},
    "path": {"type": "path"},
    "build": {"type": "dict", "default": {}},
    "immutable": {"type": "bool", "default": True},
    "registry": {"type": "str"},
    "docker_host": {"type": "str"},
}
#: How something is built, and not what.
_NOT_CONTENT = ("secrets", "pull", "nocache", "cache_from")


def content(params: dict[str, Any]) -> str | None:
    """The hash of what the image is built from."""
    path = params["path"]
    if not path:
        return None
    if not Path(path).is_dir():
        raise RefusedError(f"path: {path} is no folder on this host, expected the build context")
    build = {name: value for name, value in params["build"].items() if name not in _NOT_CONTENT and value}
    dockerfile = Path(path, str(build.setdefault("dockerfile", "Dockerfile")))
    if not dockerfile.is_file():
        raise RefusedError(f"build.dockerfile: {dockerfile} is no file on this host, expected the Dockerfile")
    # Where the context lies is no part of what is built.
    return content_hash(str(path), build)


def tags(params: dict[str, Any]) -> pushed.Tags:
    """All that is wrong with the options at once, before anything is asked."""
    tag = params["tag"] or None
    wrong = [] if tag is None or pushed.is_tag(tag) else [f"tag: found '{tag}', expected a tag such as 1.4.2"]
    if not tag and not params["path"]:
        wrong.append("tag and path: found neither, expected one of them")
    if wrong:
        raise RefusedError("; ".join(wrong))
    return pushed.tags_of(tag, content(params))


def in_ecr(context: Context, wanted: pushed.Tags) -> tuple[dict[str, Any], bool, dict[str, str | None]]:
    name, client = context.params["repository"], context.client("ecr")
    found = ecr_repositories.repository(client, name)
    if found is None:
        location = ecr_repositories.uri(name, context.client)
        return {"repositoryName": name, "repositoryUri": location}, False, {}
    return found, True, ecr_repositories.digests(client, name, wanted.all)


def elsewhere(context: Context, wanted: pushed.Tags) -> tuple[dict[str, Any], bool, dict[str, str | None]]:
    params = context.params
    location = f"{params['registry']}/{params['repository']}"
    known: dict[str, str | None] = {}
    try:
        with Engine(params["docker_host"]) as engine:
            known = registry.digests(engine, location, wanted.all)
    except NoEngineError as error:
        if not context.check_mode:
            raise RefusedError(f"{params['registry']} cannot be asked: {error}") from error
        context.warn(f"What {params['registry']} has is not known: {error}")
    except EngineError as error:
        raise RefusedError(f"{params['registry']} cannot be asked: {error}") from error
    return {"repositoryName": params["repository"], "repositoryUri": location}, bool(any(known.values())), known


def work(context: Context) -> dict[str, Any]:
    wanted = tags(context.params)
    repository, exists, known = (elsewhere if context.params["registry"] else in_ecr)(context, wanted)
    found = pushed.verdict(wanted, known, context.params["immutable"])
    location = repository["repositoryUri"]
    return {
        "changed": False,
        "repository": repository,
        "exists": exists,
        "tag": wanted.wanted,
        "content_tag": wanted.content,
        "digest": found.digest,
        "reference": f"{location}@{found.digest}" if found.digest else f"{location}:{wanted.wanted}",
        "action": found.action,
        "sentence": found.sentence,
    }


def main() -> None:
    run(work, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
