# SPDX-License-Identifier: GPL-3.0-or-later
"""The role compose_app on a host with Docker: images, secrets, start at boot, and what stays on the disk."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tools.prepare import ROOT

from .engine import docker
from .hosts import Host, playbook

PLAY = """
- hosts: all
  gather_facts: false
  become: true
  tasks:
    - name: Deploy
      ansible.builtin.include_role:
        name: slipway.containers.compose_app
"""
BACK_SECONDS = 30
#: What a test leaves; the role's own way to remove it is slower, and tested elsewhere.
CLEAN = """
mine="label=com.docker.compose.project=$1"
docker ps --all --quiet --filter "$mine" | xargs --no-run-if-empty docker rm --force --volumes
docker volume ls --quiet --filter "$mine" | xargs --no-run-if-empty docker volume rm
docker network ls --quiet --filter "$mine" | xargs --no-run-if-empty docker network rm
rm -rf "/opt/slipway/$1" "/var/lib/slipway/compose/$1" "/var/lib/slipway/compose_app/$1"
rm -f /etc/systemd/system/slipway-compose-"$1".service /etc/systemd/system/*.wants/slipway-compose-"$1".service
rm -f /usr/local/sbin/slipway-compose-"$1"
"""


@dataclass(frozen=True)
class Shop:
    """A project on the controller, and where it is deployed."""

    folder: Path
    host: Host
    name: str

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def deploy(self, *words: str, env: dict[str, str] | None = None, **told: Any) -> subprocess.CompletedProcess[str]:
        play = self.folder.parent / "play.yml"
        play.write_text(PLAY, encoding="utf-8")
        variables = {f"compose_app_{name}": value for name, value in told.items()}
        given = {"compose_app_source": str(self.folder), "compose_app_name": self.name, **variables}
        return playbook(play, "-e", json.dumps(given), *words, hosts=[self.host], env=env)

    def succeed(self, *words: str, **told: Any) -> int:
        """How many tasks changed something."""
        done = self.deploy(*words, **told)
        assert done.returncode == 0, done.stdout + done.stderr
        return int(re.findall(r"changed=(\d+)", done.stdout)[-1])

    def fail(self, **told: Any) -> str:
        done = self.deploy(**told)
        assert done.returncode == 2, done.stdout + done.stderr
        return done.stdout + done.stderr

    def read(self, path: str) -> str:
        return self.host.read(f"/opt/slipway/{self.name}/{path}")

    def states(self) -> dict[str, str]:
        layout = '{{.Label "com.docker.compose.service"}} {{.State}}'
        project = f"label=com.docker.compose.project={self.name}"
        listed = self.host.run("docker", "ps", "--all", "--filter", project, "--format", layout).stdout
        return dict(line.split() for line in listed.splitlines())

    def inside(self, service: str, *command: str) -> str:
        return self.host.run("docker", "exec", f"{self.name}-{service}-1", *command).stdout


@pytest.fixture
def shop(request: pytest.FixtureRequest, docker_host: Host, tmp_path: Path) -> Iterator[Shop]:
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_"))[:30].strip("-")
    yield Shop(tmp_path / "src", docker_host, name)
    docker_host.run("sh", "-c", CLEAN, "sh", name)


WEB = """
services:
  web:
    image: slipway-test/web:${TAG:-1}
    environment: {SHOW_FILES: /etc/page.conf}
    volumes: ["./page.conf:/etc/page.conf:ro"]
"""
QUICK = {"ready": [{"service": "web", "tcp": "8080"}], "wait_timeout": 20}


def test_a_file_that_changed_reaches_its_container(shop: Shop) -> None:
    shop.write("compose.yaml", WEB)
    shop.write("page.conf", "one")
    assert shop.succeed("--check", stack=QUICK) > 0, "of files that are not there yet"
    assert shop.succeed(stack=QUICK) > 0
    shop.write("page.conf", "two")
    assert shop.succeed("--check", stack=QUICK) > 0
    assert shop.read("page.conf") == "one"
    assert shop.succeed(stack=QUICK) > 0
    assert shop.inside("web", "cat", "/etc/page.conf") == "two"
    assert shop.succeed(stack=QUICK) == 0


def test_without_rollback_the_new_files_stay(shop: Shop) -> None:
    shop.write("compose.yaml", WEB)
    shop.write("page.conf", "one")
    shop.succeed(stack=QUICK)
    shop.write("page.conf", "two")
    shop.write("compose.yaml", WEB.replace("web:${TAG:-1}", "crash:1"))
    shop.fail(stack={**QUICK, "rollback": False})
    assert shop.read("page.conf") == "two"
    shop.fail(stack=QUICK)
    assert shop.read("page.conf") == "one", "what was good last comes back, not what was there last"


def test_the_first_version_stays_where_it_fails(shop: Shop) -> None:
    shop.write("compose.yaml", WEB.replace("web:${TAG:-1}", "crash:1"))
    shop.write("page.conf", "one")
    assert "cannot read /etc/app.conf" in shop.fail(stack=QUICK)
    assert shop.read("page.conf") == "one"
    shop.write("compose.yaml", WEB)
    shop.succeed(stack=QUICK)
    assert shop.states() == {"web": "running"}


SECRET = """
services:
  web:
    image: slipway-test/web:1
    user: "10001:10001"
    cap_drop: [ALL]
    environment: {SHOW_FILES: /run/secrets/key, GREETING: null}
    secrets: [key]
secrets:
  key: {file: ./secrets/key}
"""


def test_secrets_reach_their_readers_and_nobody_else(shop: Shop) -> None:
    shop.write("compose.yaml", SECRET)
    told = {"stack": QUICK, "secrets": {"key": "hunter2"}, "environment": {"GREETING": "it's $5 #1 \\ pass-w0rd"}}
    done = shop.deploy("--diff", "-vvv", env={"ANSIBLE_PIPELINING": "0"}, **told)
    assert done.returncode == 0, done.stdout
    shown = done.stdout + done.stderr + shop.host.run("journalctl", "--no-pager").stdout
    assert "hunter2" not in shown and "pass-w0rd" not in shown
    assert shop.inside("web", "cat", "/run/secrets/key") == "hunter2"
    assert shop.inside("web", "sh", "-c", 'echo "$GREETING"') == "it's $5 #1 \\ pass-w0rd\n"
    layout = shop.host.run("sh", "-c", f"cd /opt/slipway/{shop.name} && stat -c '%a %u %n' .env secrets secrets/key")
    assert layout.stdout.splitlines() == ["600 0 .env", "700 0 secrets", "400 10001 secrets/key"]
    found = shop.host.run("grep", "-rl", "hunter2", "/root", "/tmp", "/var/lib/slipway", "/etc", check=False)
    assert [file for file in found.stdout.splitlines() if "/releases/" not in file] == []
    assert shop.succeed(**told) == 0
    assert shop.succeed(**{**told, "secrets": {"key": "hunter3"}}) > 0
    assert shop.inside("web", "cat", "/run/secrets/key") == "hunter3"


def test_images_are_loaded_where_they_are_missing_or_others(shop: Shop, tmp_path: Path) -> None:
    host = shop.host
    archive = tmp_path / "images.tar"
    host.run("sh", "-c", "docker tag slipway-test/web:1 shop-web:1; docker save -o /root/images.tar shop-web:1")
    docker("cp", f"{host.container}:/root/images.tar", archive)
    host.run("sh", "-c", "rm /root/images.tar; docker rmi shop-web:1")
    shop.write("compose.yaml", WEB.replace("slipway-test/web:${TAG:-1}", "shop-web:1"))
    shop.write("page.conf", "one")
    told = {"stack": QUICK, "images": "load", "image_archives": [str(archive)]}
    assert shop.succeed("--check", **told) > 0
    shop.succeed(**told)
    assert shop.succeed(**told) == 0
    host.run("docker", "tag", "slipway-test/web:2", "shop-web:1")
    assert shop.succeed(**told) > 0
    first = host.run("docker", "image", "inspect", "--format", "{{.Id}}", "slipway-test/web:1").stdout
    assert host.run("docker", "inspect", "--format", "{{.Image}}", f"{shop.name}-web-1").stdout == first


BOOT = """
services:
  always: {image: "slipway-test/web:1", restart: always}
  stopped: {image: "slipway-test/web:1", restart: unless-stopped}
  job: {image: "slipway-test/job:1", volumes: ["runs:/data"]}
  db: {image: "slipway-test/healthy:1"}
  app:
    image: slipway-test/web:1
    restart: on-failure
    depends_on:
      db: {condition: service_healthy}
      job: {condition: service_completed_successfully}
volumes: {runs: {}}
"""


def test_a_reboot_brings_back_what_ran(shop: Shop) -> None:
    """Each service but the one-shot, and but what somebody stopped and Docker keeps stopped."""
    shop.write("compose.yaml", BOOT)
    shop.succeed(stack={"ready": [], "wait_timeout": 30})
    shop.host.run("docker", "stop", "--time", "1", f"{shop.name}-stopped-1", f"{shop.name}-always-1")
    wanted = {"always": "running", "stopped": "exited", "job": "exited", "db": "running", "app": "running"}
    for again in (reboot, restart_docker):
        again(shop.host)
        limit = time.monotonic() + BACK_SECONDS
        while shop.states() != wanted and time.monotonic() < limit:
            time.sleep(0.2)
        assert shop.states() == wanted, shop.host.run("journalctl", "-u", "slipway-compose-*", "--no-pager").stdout
    runs = shop.host.run(
        "docker", "run", "--rm", "-v", f"{shop.name}_runs:/data", "slipway-test/busybox:1", "cat", "/data/runs"
    )
    assert runs.stdout.count("run") == 1


def reboot(host: Host) -> None:
    docker("stop", host.container)
    host.start()
    host.wait_for_docker()


def restart_docker(host: Host) -> None:
    host.run("systemctl", "restart", "docker")


def test_stopped_stays_down_and_comes_up_again(shop: Shop) -> None:
    shop.write("compose.yaml", WEB)
    shop.write("page.conf", "one")
    shop.succeed(stack=QUICK)
    shop.succeed(stack=QUICK, state="stopped")
    assert shop.succeed(stack=QUICK, state="stopped") == 0
    restart_docker(shop.host)
    shop.host.wait_for_docker()
    assert shop.states() == {"web": "exited"}
    shop.succeed(stack=QUICK)
    assert shop.states() == {"web": "running"}


def test_a_folder_of_somebody_else_is_refused(shop: Shop) -> None:
    shop.write("compose.yaml", WEB)
    shop.write("page.conf", "one")
    shop.host.write(f"/opt/slipway/{shop.name}/theirs", "theirs")
    assert "holds theirs, which was not placed here" in shop.fail(stack=QUICK)
    assert shop.read("theirs") == "theirs" and shop.states() == {}
    shop.succeed(stack=QUICK, adopt=True)
    assert shop.read("theirs") == "theirs" and shop.states() == {"web": "running"}


def test_the_example_of_the_readme_runs(shop: Shop, tmp_path: Path) -> None:
    """As often as documentation is tried: in check mode, for real, and again."""
    readme = (ROOT / "roles/compose_app/README.md").read_text(encoding="utf-8")
    (play,) = re.findall(r"^```yaml\n(- name: .*?)^```$", readme, re.MULTILINE | re.DOTALL)
    (tmp_path / "play.yml").write_text(play.replace("docker_hosts", "all"), encoding="utf-8")
    folder = tmp_path / "shop"
    folder.mkdir()
    secret = "secrets: {db_password: {file: ./secrets/db_password}}"
    service = "services: {web: {image: 'slipway-test/web:1', secrets: [db_password]}}"
    (folder / "compose.yaml").write_text(f"name: {shop.name}\n{service}\n{secret}\n", encoding="utf-8")
    told = ("-e", json.dumps({"vault_db_password": "hunter2"}))
    counts = []
    for mode in (["--check", "--diff"], [], []):
        done = playbook(tmp_path / "play.yml", *told, *mode, hosts=[shop.host])
        assert done.returncode == 0, done.stdout + done.stderr
        counts.append(int(re.findall(r"changed=(\d+)", done.stdout)[-1]))
    assert counts[0] == counts[1] > 0 and counts[2] == 0


def test_an_option_of_compose_stack_that_there_is_not_is_refused(shop: Shop) -> None:
    shop.write("compose.yaml", WEB)
    assert "wait_time" in shop.fail(stack={"wait_time": 5})
