# SPDX-License-Identifier: GPL-3.0-or-later
"""The role ecr_image with a real Docker Engine and a real registry, which speaks the protocol of ECR's."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.embedded_aws import EmbeddedAws
from tools.prepare import lay_out_tree

from .hosts import Host, playbook
from .registry import Registry

#: What modules of peers import on the host: boto3, requests.
PACKAGES = Path(sys.executable).parent.parent / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
ROLE = "slipway.containers.ecr_image"
DOCKERFILE = "FROM scratch\nARG VERSION\nLABEL version=$VERSION\nCOPY page /\n"


@pytest.fixture(scope="module")
def builder() -> Iterator[Host]:
    """A host with Docker and Buildx, and a folder to build."""
    with Host.create("builder", volumes=[f"{PACKAGES}:/opt/lab/packages:ro"]) as host:
        host.write("/srv/web/Dockerfile", DOCKERFILE)
        yield host


def build(number: int, page: str, **variables: Any) -> list[dict[str, Any]]:
    """Tasks that run the role for what the page holds, and show the result."""
    return [
        {"name": "Write", "ansible.builtin.copy": {"dest": "/srv/web/page", "content": page, "mode": "0644"}},
        {"name": "Push", "ansible.builtin.include_role": {"name": ROLE}, "vars": variables},
        {"name": "Show", "ansible.builtin.debug": {"msg": f"run {number} {{{{ ecr_image_result | to_json }}}} end"}},
    ]


def run(host: Host, registry: Registry, folder: Path, tasks: list[dict[str, Any]], *arguments: str) -> Any:
    """The results by the numbers of the runs, and the process."""
    given = {
        "ecr_image_registry": registry.address,
        "ecr_image_repository": "shop/web",
        "ecr_image_source": "/srv/web",
        "ecr_image_build": {"args": {"VERSION": "7"}},
    }
    play = {"hosts": "lab", "gather_facts": False, "environment": {"PYTHONPATH": "/opt/lab/packages"}, "vars": given}
    file = folder / "play.yml"
    file.write_text(yaml.safe_dump([{**play, "tasks": tasks}], sort_keys=False), encoding="utf-8")
    done = playbook(file, *arguments, hosts=[host])
    shown = re.findall(r'"run (\d+) (\{.*?\}) end"', done.stdout.replace('\\"', '"'))
    return {int(number): json.loads(text) for number, text in shown}, done


def tags(registry: Registry) -> set[str]:
    found: list[str] = json.loads(registry.get("v2/shop/web/tags/list"))["tags"]
    return set(found)


def uploads(registry: Registry) -> int:
    return len(re.findall(r'"(?:PUT|POST|PATCH) /v2/', registry.log()))


def test_an_image_is_built_pushed_and_known_again(builder: Host, tmp_path: Path) -> None:
    with Registry() as registry:
        registry.trust(builder)
        builder.write("/srv/web/page", "one")
        first = {"ecr_image_tag": "1.0.0"}
        predicted, checked = run(builder, registry, tmp_path, build(0, "one", **first), "--check", "--diff")
        assert checked.returncode == 0, checked.stdout + checked.stderr
        assert "changed=1 " in checked.stdout and json.loads(registry.get("v2/_catalog")) == {"repositories": []}
        assert predicted[0]["reference"] == f"{registry.address}/shop/web:1.0.0"

        results, done = run(builder, registry, tmp_path, build(1, "one", **first), "--diff")
        assert done.returncode == 0, done.stdout + done.stderr
        digest = results[1]["digest"]
        assert results[1]["reference"] == f"{registry.address}/shop/web@{digest}"
        assert len(tags(registry)) == 2 and "1.0.0" in tags(registry)
        builder.run("docker", "pull", "--quiet", results[1]["reference"])
        labels = builder.run("docker", "inspect", "--format", "{{json .Config.Labels}}", results[1]["reference"])
        assert json.loads(labels.stdout) == {"version": "7"}

        sent = uploads(registry)
        same, done = run(builder, registry, tmp_path, build(2, "one", **first), "--diff")
        assert same[2] == results[1] and re.search(r"changed=0 .*failed=0", done.stdout), done.stdout
        assert uploads(registry) == sent, "nothing is sent again"
        stays_with_its_content(builder, registry, tmp_path, digest)


def stays_with_its_content(builder: Host, registry: Registry, folder: Path, digest: str) -> None:
    """New content under a tag that is there stops; a tag that may move does, and back to what was pushed once."""
    told = {"name": "Told", "ansible.builtin.debug": {"msg": "told {{ ansible_failed_result.msg }}"}}
    refusal = {"name": "Refused", "block": build(3, "two", ecr_image_tag="1.0.0"), "rescue": [told]}
    moving = {"ecr_image_tag": "1.0.0", "ecr_image_immutable": False}
    tasks = [refusal, *build(4, "two", **moving), *build(5, "one", **moving), *build(6, "two")]
    results, done = run(builder, registry, folder, tasks)
    assert done.returncode == 0, done.stdout + done.stderr
    assert 3 not in results and "is there with other content, and tags are immutable" in done.stdout
    assert results[4]["digest"] != digest and results[5]["digest"] == digest
    assert results[6]["tag"].startswith("content-") and results[6]["tag"] in tags(registry)


def test_docker_pushes_with_the_login_of_ecr(builder: Host, tmp_path: Path) -> None:
    """The token of the embedded AWS, and a registry that asks for exactly it."""
    registry = Registry(login=True)
    registry.user, registry.password = "AWS", "123456789012-auth-token"
    config = tmp_path / "docker" / "config.json"
    with registry, EmbeddedAws() as aws:
        name = f"{registry.address}/web:1"
        request = {"ANSIBLE_MODULE_ARGS": {"config_path": str(config), "registry": registry.address}}
        done = subprocess.run(
            [sys.executable, "-m", "ansible_collections.slipway.containers.plugins.modules.ecr_login"],
            input=json.dumps(request),
            env={**aws.environment({}), "PYTHONPATH": str(lay_out_tree()), "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0 and registry.password not in done.stdout, done.stdout
        registry.trust(builder)
        builder.push(config, "/root/push/config.json")
        builder.run("sh", "-c", "echo one > /srv/web/page")
        builder.run("docker", "build", "--quiet", "--tag", name, "/srv/web")
        refused = builder.run("docker", "push", "--quiet", name, check=False)
        assert refused.returncode != 0 and "no basic auth credentials" in refused.stderr
        builder.run("docker", "push", "--quiet", name, env={"DOCKER_CONFIG": "/root/push"})
        assert json.loads(registry.get("v2/web/tags/list"))["tags"] == ["1"]
