# SPDX-License-Identifier: GPL-3.0-or-later
"""Examples that need a host: plays of the pages for groups of hosts, and those of modules that need one."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.documentation import DOCKER_HOSTS, DOCKER_MODULES, HOST_MODULES, SYSTEMD_HOSTS, SYSTEMD_MODULES, host_plays
from tools.prepare import ROOT

from .hosts import Host, playbook
from .registry import Registry

MODULES = "ansible_collections.slipway.containers.plugins.modules"
RECAP = re.compile(r"^\S+ +: ok=(\d+) +changed=(\d+) .*failed=0", re.MULTILINE)
#: What the examples call vaults.
MAKEFILE = "dist:\n\ttouch dist\n"
REPOSITORY = """
cd /srv/git/shop
git init -q
git add .
git -c user.name=me -c user.email=me@example.org commit -q -m 1.4.0
git tag v1.4.0
"""
VAULT = {"vault_db_password": "sehr-geheim"}
SHOP = {
    "name": "shop",
    "services": {
        "web": {
            "image": "shop-web:1.4.0",
            "secrets": ["db_password"],
            "ports": ["8080:8080"],
            "x-systemd": {"exec": "/usr/bin/python3 -m http.server 8080"},
        }
    },
    "secrets": {"db_password": {"file": "./secrets/db_password"}},
}
COMPOSE = {"services": {"web": {"image": "slipway-test/healthy:1", "init": True}}}


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    with Registry(login=True) as found:
        yield found


def recap(done: subprocess.CompletedProcess[str]) -> tuple[int, int]:
    """How many tasks were there, and how many changed something."""
    found = RECAP.search(done.stdout)
    assert done.returncode == 0 and found, done.stdout + done.stderr
    return int(found[1]), int(found[2])


def real(text: str, registry: Registry) -> str:
    """With a registry and a group of hosts that are there."""
    there = {"registry.example.org": registry.address, "username: deploy": f"username: {registry.user}"}
    for shown, found in {**there, f"hosts: {DOCKER_HOSTS}": "hosts: lab"}.items():
        text = text.replace(shown, found)
    return text


def values(registry: Registry) -> str:
    return json.dumps({**VAULT, "registry_token": registry.password})


@pytest.mark.parametrize(
    ("page", "text"), host_plays(DOCKER_HOSTS), ids=lambda value: value.parent.name if isinstance(value, Path) else ""
)
def test_plays_run_as_the_page_says(
    page: Path, text: str, docker_host: Host, registry: Registry, tmp_path: Path
) -> None:
    """In check mode, for real, and again with nothing changed."""
    registry.trust(docker_host)
    arrange(docker_host, tmp_path)
    play = tmp_path / "play.yml"
    play.write_text(real(text, registry), encoding="utf-8")
    see_that_it_settles(play, docker_host, values(registry))


def see_that_it_settles(play: Path, host: Host, variables: str) -> None:
    modes: tuple[list[str], ...] = (["--check", "--diff"], [], [])
    check, run, again = (playbook(play, "-e", variables, *mode, hosts=[host], folder=play.parent) for mode in modes)
    assert recap(check)[1] > 0 and recap(run)[1] > 0
    assert recap(again)[1] == 0, again.stdout


@pytest.mark.parametrize("name", DOCKER_MODULES)
def test_examples_of_modules_run_one_after_another(
    name: str, docker_host: Host, registry: Registry, tmp_path: Path
) -> None:
    registry.trust(docker_host)
    arrange(docker_host, tmp_path)
    text = real(importlib.import_module(f"{MODULES}.{name}").EXAMPLES, registry)
    tasks: list[dict[str, Any]] = yaml.safe_load(text)
    play = tmp_path / "play.yml"
    play.write_text(yaml.safe_dump([{"name": name, "hosts": "lab", "gather_facts": False, "tasks": tasks}]), "utf-8")
    done = playbook(play, "-e", values(registry), hosts=[docker_host], folder=tmp_path)
    assert recap(done)[0] == len(tasks)


@pytest.fixture(scope="module")
def bare_host() -> Iterator[Host]:
    """A host with the packages that releases are made with."""
    with Host.create("documentation", docker=False) as host:
        host.run("sh", "-c", "apt-get update -q && apt-get install -qy python3-venv git make")
        host.write("/srv/git/shop/Makefile", MAKEFILE)
        host.run("sh", "-c", REPOSITORY)
        yield host


@pytest.mark.parametrize(
    ("page", "text"),
    host_plays(SYSTEMD_HOSTS),
    ids=lambda value: value.parent.name if isinstance(value, Path) else "",
)
def test_plays_without_docker_run_as_the_page_says(page: Path, text: str, bare_host: Host, tmp_path: Path) -> None:
    """In check mode, for real, and again with nothing changed."""
    arrange_code(tmp_path)
    play = tmp_path / "play.yml"
    play.write_text(text.replace(f"hosts: {SYSTEMD_HOSTS}", "hosts: lab"), encoding="utf-8")
    see_that_it_settles(play, bare_host, json.dumps(VAULT))


@pytest.mark.parametrize("name", SYSTEMD_MODULES)
def test_examples_of_modules_without_docker_run_one_after_another(name: str, bare_host: Host, tmp_path: Path) -> None:
    arrange_code(tmp_path)
    text = importlib.import_module(f"{MODULES}.{name}").EXAMPLES
    for shown, found in {"/home/me": str(tmp_path), "https://git.example.com/shop.git": "file:///srv/git/shop"}.items():
        text = text.replace(shown, found)
    tasks: list[dict[str, Any]] = yaml.safe_load(text)
    play = tmp_path / "play.yml"
    play.write_text(yaml.safe_dump([{"name": name, "hosts": "lab", "gather_facts": False, "tasks": tasks}]), "utf-8")
    done = playbook(play, "-e", json.dumps(VAULT), hosts=[bare_host], folder=tmp_path)
    assert recap(done)[0] == len(tasks)


def arrange_code(folder: Path) -> None:
    """What those examples find here: the shop, and the page of the role's README."""
    (folder / "page").mkdir()
    (folder / "page" / "index.html").write_text("hello", encoding="utf-8")
    (folder / "shop").mkdir()
    (folder / "shop" / "compose.yaml").write_text(json.dumps(SHOP), encoding="utf-8")
    (folder / "shop" / "requirements.txt").write_text("# nothing but Python\n", encoding="utf-8")
    (folder / "shop" / "wheels").mkdir()
    (folder / "shop" / "wheels" / "README").write_text("nothing is needed\n", encoding="utf-8")
    with tarfile.open(folder / "shop-1.4.0.tar.gz", "w:gz") as archive:
        archive.add(folder / "shop", ".")


def arrange(host: Host, folder: Path) -> None:
    """What the examples find: a project on the host and one here, an image by the name of redis, and an archive."""
    host.write("/opt/shop/compose.yaml", json.dumps(COMPOSE))
    host.write("/opt/cache/redis.conf", "appendonly yes\n")
    host.run("docker", "tag", "slipway-test/web:1", "redis:7")
    host.run("sh", "-c", "id deploy 2>/dev/null || useradd --create-home deploy")
    (folder / "shop").mkdir()
    secrets = {"db_password": {"file": "./secrets/db_password"}}
    (folder / "shop" / "compose.yaml").write_text(json.dumps({**COMPOSE, "secrets": secrets}), encoding="utf-8")
    (folder / "build").mkdir()
    host.save_images(["slipway-test/web:1"], folder / "build" / "shop-1.4.0.tar")


def test_every_module_for_hosts_is_here() -> None:
    """The others run in tests/integration."""
    assert {f"{name}.py" for name in HOST_MODULES} <= {path.name for path in (ROOT / "plugins/modules").glob("*.py")}
