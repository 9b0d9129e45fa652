# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example in the documentation runs: plays and commands of the pages, EXAMPLES of the plugins."""

from __future__ import annotations

import base64
import importlib
import json
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.documentation import CLUSTER_MODULES, HOST_MODULES, blocks, plays, task_lists
from tools.prepare import ROOT
from tools.refresh_price_book import arguments

Playbook = Callable[..., subprocess.CompletedProcess[str]]
PLUGINS = "ansible_collections.slipway.containers.plugins"
#: Commands that other tests run: the artifact's build and install, the environment, the examples' own servers, what
#: the lab does by hand (tests/lab/test_lab.py), saved images (tests/lab/test_compose_app.py), and a folder of wheels
#: (tests/lab/test_deploy_systemd.py).
ELSEWHERE = re.compile(
    r"python3 -m pip (install|download) --requirement |ansible-galaxy collection (build|install)\b"
    r"|\.venv/bin/(python -m (tests\.lab(\.kubernetes)?|tools\.check)|pytest) |docker (exec|save) "
    r"|molecule (create|converge|destroy) "
    r"|export PATH=|echo '\{"
)
#: Playbooks with stories of their own: tests/lab/test_<name>.py, or test_<name>.py here; or in tests/cluster.
PLAYED = (
    *("check_hosts", "deploy_compose", "deploy_ecs", "deploy_systemd", "remove_ecs"),
    *("build_cluster", "add_nodes", "remove_node", "reset_cluster", "deploy_kubernetes"),
)
STORIES = (
    *(f"slipway.containers.{name}" for name in PLAYED),
    "examples/seven_nodes/price.yml",  # test_kube_manifests.py
)


#: As much of Calico's manifest as is looked at.
CALICO = """\
---
kind: ConfigMap
metadata: {name: calico-config}
data: {veth_mtu: "0"}
---
kind: DaemonSet
metadata: {name: calico-node}
spec: {template: {spec: {containers: [{name: calico-node}]}}}
"""


def folder_of_a_user(folder: Path) -> None:
    """What examples find beside them: the README's Compose file and a Dockerfile, here and in shop; a manifest."""
    (folder / "shop").mkdir()
    for place in (folder, folder / "shop"):
        (place / "compose.yaml").write_text(compose_files(ROOT / "README.md")[0], encoding="utf-8")
        (place / "Dockerfile").write_text("FROM scratch\nCOPY . /\n", encoding="utf-8")
    (folder / "archive-key.asc").write_text(public_key(), encoding="utf-8")
    (folder / "calico-vxlan.yaml").write_text(CALICO, encoding="utf-8")


def public_key() -> str:
    """A key of no use but to have a fingerprint: one packet of version 4, in armor."""
    packet = bytes([0xC6, 0xFF]) + (301).to_bytes(4, "big") + b"\x04" + bytes(300)
    armor = ("-----BEGIN PGP PUBLIC KEY BLOCK-----", "", base64.b64encode(packet).decode(), "=abcd")
    return "\n".join([*armor, "-----END PGP PUBLIC KEY BLOCK-----", ""])


def play_of(name: str, tasks: list[dict[str, Any]], folder: Path) -> Path:
    file = folder / "examples.yml"
    play = [{"name": name, "hosts": "localhost", "gather_facts": False, "tasks": tasks}]
    file.write_text(yaml.safe_dump(play, sort_keys=False), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("page", "text"), task_lists(), ids=lambda value: str(value.relative_to(ROOT)) if isinstance(value, Path) else ""
)
def test_tasks_of_the_pages_run(page: Path, text: str, tmp_path: Path, playbook: Playbook) -> None:
    folder_of_a_user(tmp_path)
    done = playbook(play_of(page.name, yaml.safe_load(text), tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_plan_runs_as_the_readme_says(playbook: Playbook, tmp_path: Path) -> None:
    folder_of_a_user(tmp_path)
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^ansible-playbook (slipway\.containers\.plan .*)$", text, re.MULTILINE)
    more = re.findall(r"`-e (plan_\w+=\S+)`", text)
    assert len(more) == 2
    arguments = [*shlex.split(command), *(word for setting in more for word in ("-e", setting))]
    done = playbook(*arguments, folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {path.suffix for path in (tmp_path / "report").iterdir()} == {".html", ".md", ".json", ".txt"}


def pushes(text: str) -> bool:
    """An image is built and pushed by Docker, which tests/lab/test_ecr_image.py has."""
    return "slipway.containers.ecr_image" in text


@pytest.mark.parametrize("text", [text for _page, text in plays() if pushes(text)])
def test_images_are_foretold_without_docker(text: str, tmp_path: Path, playbook: Playbook) -> None:
    folder_of_a_user(tmp_path)
    file = tmp_path / "release.yml"
    file.write_text(text, encoding="utf-8")
    done = playbook(file, "--check", "--diff")
    assert done.returncode == 0 and "changed=0" not in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("page", "text"),
    [(page, text) for page, text in plays() if not pushes(text)],
    ids=lambda value: value.name if isinstance(value, Path) else "play",
)
def test_plays_run_as_the_page_says(
    page: Path, text: str, tmp_path: Path, playbook: Playbook, boto: Callable[[str], Any]
) -> None:
    """In check mode first, then for real, then again with the definition unchanged."""
    there = ("-e", json.dumps(what_the_pages_assume(boto)))
    file = tmp_path / "release.yml"
    file.write_text(text, encoding="utf-8")
    (tmp_path / "compose.yaml").write_text(next(iter(compose_files(page)), ""), encoding="utf-8")
    for beside in (*page.parent.glob("ecs.yml"), *page.parent.glob("compose.yaml")):
        (tmp_path / beside.name).write_bytes(beside.read_bytes())
    check, run, again = playbook(file, *there, "--check", "--diff"), playbook(file, *there), playbook(file, *there)
    for done in (check, run, again):
        assert done.returncode == 0, done.stdout + done.stderr
    registered = re.compile(r"TASK \[Register the task definition\] \**\n(?:---.*?\n\n)?(\w+): ", re.DOTALL)
    verdicts = [found for done in (check, run, again) for found in registered.findall(done.stdout)]
    assert verdicts == ["changed", "changed", "ok"]


def compose_files(page: Path) -> list[str]:
    """The Compose files that a page shows."""
    return [text for owner, text in blocks("yaml") if owner == page and text.startswith("# compose.yaml")]


def what_the_pages_assume(boto: Callable[[str], Any]) -> dict[str, list[str]]:
    """A cluster, and a network whose ids replace those that the pages print."""
    boto("ecs").create_cluster(clusterName="production")
    ec2 = boto("ec2")
    return {
        "web_subnets": [ec2.describe_subnets()["Subnets"][0]["SubnetId"]],
        "web_security_groups": [ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]],
    }


def test_commands_of_the_pages_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page, text in blocks("sh"):
        for line in filter(None, map(str.strip, text.replace("\\\n", " ").splitlines())):
            words = shlex.split(line, comments=True)
            if words[0] == "make":
                assert set(words[1:]) <= targets, f"{page.name}: {line}"
            elif words[0] == "ansible-playbook":
                runs = [owner for owner, _play in plays()] if words[1] == "release.yml" else [ROOT / "README.md"]
                known = ("release.yml", "slipway.containers.plan", *STORIES)
                assert words[1] in known and (page in runs or words[1] in STORIES), line
            elif words[:2] == ["python", "tools/refresh_price_book.py"]:
                # What each of them does is shown on recorded price lists, in tests/unit/test_price_list.py.
                assert arguments(words[2:]), line
            elif not page.is_relative_to(ROOT / "examples"):
                assert ELSEWHERE.match(line), f"{page.name}: no test runs {line!r}"


def examples() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for folder in ("modules", "filter"):
        for path in sorted((ROOT / "plugins" / folder).glob("*.py")):
            if path.stem in (*HOST_MODULES, *CLUSTER_MODULES):
                continue  # tests/lab/test_documentation.py, tests/unit/test_kube_examples.py
            module = importlib.import_module(f"{PLUGINS}.{folder}.{path.stem}")
            yield path.stem, yaml.safe_load(module.EXAMPLES)


def a_service(boto: Callable[[str], Any]) -> dict[str, Any]:
    """The service web in the cluster shop."""
    ecs = boto("ecs")
    ecs.create_cluster(clusterName="shop")
    containers = [{"name": "web", "image": "registry.example.com/web:1", "memory": 64}]
    ecs.register_task_definition(family="web", containerDefinitions=containers)
    ecs.create_service(cluster="shop", serviceName="web", taskDefinition="web", desiredCount=0)
    return {}


def a_task_definition(boto: Callable[[str], Any]) -> dict[str, Any]:
    """What the pages assume, with a task definition `web`, and Spot in the cluster."""
    variables = what_the_pages_assume(boto)
    containers = [{"name": "web", "image": "web:1.4.2"}]
    size = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256", "memory": "512"}
    boto("ecs").register_task_definition(family="web", containerDefinitions=containers, **size)
    boto("ecs").put_cluster_capacity_providers(
        cluster="production", capacityProviders=["FARGATE", "FARGATE_SPOT"], defaultCapacityProviderStrategy=[]
    )
    return variables


#: What the examples of a plugin find in AWS, where they need something; what it returns are variables that they use.
ARRANGED: dict[str, Callable[[Callable[[str], Any]], dict[str, Any]]] = {
    "ecs_run_task": a_task_definition,
    "ecs_scaling": a_service,
    "ecs_service": a_task_definition,
}


@pytest.mark.parametrize(("name", "tasks"), list(examples()), ids=lambda value: value if isinstance(value, str) else "")
def test_examples_of_plugins_run_one_after_another(
    name: str, tasks: list[dict[str, Any]], tmp_path: Path, playbook: Playbook, boto: Callable[[str], Any]
) -> None:
    folder_of_a_user(tmp_path)
    variables = ARRANGED[name](boto) if name in ARRANGED else {}
    done = playbook(play_of(name, tasks, tmp_path), "-e", json.dumps(variables), folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"ok={len(tasks)}" in done.stdout


def test_the_demo_predicts_itself_and_changes_nothing_twice(playbook: Playbook) -> None:
    predicted, done, again = (playbook(ROOT / "playbooks/demo.yml", *mode) for mode in (["--check"], [], []))
    recaps = [re.search(r"changed=(\d+) .*failed=0", run.stdout) for run in (predicted, done, again)]
    assert all(recaps), predicted.stdout + done.stdout + again.stdout
    would, did, nothing = (int(recap[1]) for recap in recaps if recap)
    assert would > 0 and did > 0 and nothing == 0
    assert "service web: changed, 3 running" in done.stdout and "service web: as it was, 3 running" in again.stdout
    assert re.search(r"too much\..*Nothing was changed\.", done.stdout, re.DOTALL)


def test_the_demo_can_be_called_by_full_name(playbook: Playbook) -> None:
    assert playbook("slipway.containers.demo", "--syntax-check").returncode == 0
