# SPDX-License-Identifier: GPL-3.0-or-later
"""The role ecr_image with a real Docker Engine and a real registry, which speaks the protocol of ECR's."""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from .ecr import NAME, TOKEN, USER, Ecr, arguments
from .hosts import Host, playbook
from .registry import Registry

#: What modules of peers import on the host: boto3, requests.
PACKAGES = Path(sys.executable).parent.parent / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
ROLE = "slipway.containers.ecr_image"
RECAP = re.compile(r"^\S+ +: ok=\d+ +changed=(\d+) .*failed=0", re.MULTILINE)
DOCKERFILE = "FROM scratch\nARG VERSION\nLABEL version=$VERSION\nCOPY page /\n"


@pytest.fixture(scope="module")
def builder() -> Iterator[Host]:
    """A host with Docker and Buildx, and a folder to build."""
    with Host.create("builder", volumes=[f"{PACKAGES}:/opt/lab/packages:ro"], extra_args=arguments()) as host:
        host.write("/srv/web/Dockerfile", DOCKERFILE)
        yield host


def build(number: int, page: str, **variables: Any) -> list[dict[str, Any]]:
    """Tasks that run the role for what the page holds, and show the result."""
    return [
        {"name": "Write", "ansible.builtin.copy": {"dest": "/srv/web/page", "content": page, "mode": "0644"}},
        {"name": "Push", "ansible.builtin.include_role": {"name": ROLE}, "vars": variables},
        {"name": "Show", "ansible.builtin.debug": {"msg": f"run {number} {{{{ ecr_image_result | to_json }}}} end"}},
    ]


def run(
    host: Host,
    registry: Registry,
    folder: Path,
    tasks: list[dict[str, Any]],
    *options: str,
    env: Mapping[str, str] | None = None,
) -> Any:
    """The results by the numbers of the runs, and the process."""
    given = {
        "ecr_image_registry": registry.address,
        "ecr_image_repository": "shop/web",
        "ecr_image_source": "/srv/web",
        "ecr_image_build": {"args": {"VERSION": "7"}},
    }
    environment = {"PYTHONPATH": "/opt/lab/packages", **(env or {})}
    play = {"hosts": "lab", "gather_facts": False, "environment": environment, "vars": given}
    file = folder / "play.yml"
    file.write_text(yaml.safe_dump([{**play, "tasks": tasks}], sort_keys=False), encoding="utf-8")
    done = playbook(file, *options, hosts=[host])
    shown = re.findall(r'"run (\d+) (\{.*?\}) end"', done.stdout.replace('\\"', '"'))
    return {int(number): json.loads(text) for number, text in shown}, done


def test_a_tag_and_its_content(builder: Host, tmp_path: Path) -> None:
    """New content under a tag that is there stops; a tag that may move does, and back to what was pushed once."""
    fixed = {"ecr_image_tag": "1.0.0"}
    told = {"name": "Told", "ansible.builtin.debug": {"msg": "told {{ ansible_failed_result.msg }}"}}
    refused = {"name": "Refused", "block": build(2, "two", **fixed), "rescue": [told]}
    moving = {**fixed, "ecr_image_immutable": False}
    tasks = [*build(1, "one", **fixed), refused, *build(3, "two", **moving), *build(4, "one", **moving)]
    with Registry() as registry:
        registry.trust(builder)
        results, done = run(builder, registry, tmp_path, tasks)
        assert done.returncode == 0, done.stdout + done.stderr
        assert results[1]["reference"] == f"{registry.address}/shop/web@{results[1]['digest']}"
        assert 2 not in results and "is there with other content, and tags are immutable" in done.stdout
        assert results[3]["digest"] != results[1]["digest"] and results[4] == results[1]
        tags = json.loads(registry.get("v2/shop/web/tags/list"))["tags"]
        assert len(tags) == 3 and "1.0.0" in tags, "one for each content, and the one that moved"
        builder.run("docker", "pull", "--quiet", results[4]["reference"])
        labels = builder.run("docker", "inspect", "--format", "{{json .Config.Labels}}", results[4]["reference"])
        assert json.loads(labels.stdout) == {"version": "7"}


def test_a_push_to_ecr_with_its_own_login(builder: Host, tmp_path: Path) -> None:
    """By its own name, with a token that the API gives out, and again; check mode is in tests/integration."""
    given = {"ecr_image_registry": "", "ecr_image_tags": {"slipway:app": "shop"}, "ecr_image_tag": "1.0.0"}
    with Ecr() as ecr:
        ecr.trust(builder)
        builder.write("/srv/web/page", "one")
        results = []
        for options in (["-vvv", "--diff"], []):
            found, done = run(builder, ecr, tmp_path, build(0, "one", **given), *options, env=ecr.environment())
            text = done.stdout + done.stderr
            assert done.returncode == 0, text
            assert TOKEN not in text and base64.b64encode(f"{USER}:{TOKEN}".encode()).decode() not in text
            results.append((found[0], RECAP.findall(text)[-1]))
        (pushed, _changed), (again, unchanged) = results
        assert pushed["reference"] == f"{NAME}/shop/web@{pushed['digest']}" and (again, unchanged) == (pushed, "0")
        (image,) = ecr.client().describe_images(repositoryName="shop/web")["imageDetails"]
        assert image["imageDigest"] == pushed["digest"] and len(image["imageTags"]) == 2
        kept = builder.run("sh", "-c", "cat ~/.docker/config.json; ls /tmp", check=False).stdout
        assert "slipway-ecr-" not in kept and NAME not in kept, "no login stays"
        assert "no basic auth" in builder.run("docker", "push", f"{NAME}/shop/web:1.0.0", check=False).stderr
