# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab does what it promises: what stands on it can be believed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tools.prepare import ROOT

from . import engine, images, scenarios
from .disks import disk
from .hosts import Host, playbook
from .registry import Registry


@pytest.fixture(scope="module")
def bare_host() -> Iterator[Host]:
    with Host.create("bare", docker=False) as host:
        yield host


def test_systemd_is_up_and_nothing_failed(bare_host: Host) -> None:
    assert bare_host.run("ps", "-o", "comm=", "-p", "1").stdout.strip() == "systemd"
    assert bare_host.run("systemctl", "--failed", "--plain", "--no-legend").stdout == ""


def test_a_bare_host_has_no_docker_and_no_yaml(bare_host: Host) -> None:
    assert bare_host.run("sh", "-c", "command -v docker dockerd", check=False).returncode != 0
    assert bare_host.run("python3", "-c", "import yaml", check=False).returncode != 0


def test_the_clock_of_the_machine_cannot_be_set(bare_host: Host) -> None:
    """A container with SYS_TIME would move the clock of the whole machine."""
    done = bare_host.run("date", "-s", "2001-01-01", check=False)
    assert done.returncode != 0
    assert "not permitted" in done.stderr


def test_files_of_a_machine_can_be_replaced(bare_host: Host) -> None:
    """As bind mounts, which they are in an ordinary container, they could not."""
    for name in ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf"):
        bare_host.run("sh", "-c", f"cp {name} {name}.new && mv {name}.new {name}")


def test_it_comes_back_from_a_power_failure(bare_host: Host) -> None:
    bare_host.write("/etc/kept", "kept\n", mode="0600")
    bare_host.kill()
    bare_host.start()
    assert bare_host.read("/etc/kept") == "kept\n"
    assert bare_host.run("stat", "-c", "%a", "/etc/kept").stdout == "600\n"


def test_a_variable_reaches_a_command_and_not_the_argument_list(bare_host: Host) -> None:
    done = bare_host.run("sh", "-c", "echo $TOKEN $DOCKER_HOST", env={"TOKEN": "s3cret", "DOCKER_HOST": "unix:///x"})
    assert done.stdout == "s3cret unix:///x\n"
    assert "s3cret" not in " ".join(done.args)


def test_files_and_folders_arrive(bare_host: Host, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("text", encoding="utf-8")
    bare_host.push(tmp_path / "folder", "/srv/pushed")
    bare_host.push(tmp_path / "folder" / "file", "/srv/deep/name")
    assert bare_host.read("/srv/pushed/file") == bare_host.read("/srv/deep/name") == "text"


def test_modules_run_without_a_controller(bare_host: Host) -> None:
    assert bare_host.module("ansible.builtin.ping", {"data": "here"}) == {"ping": "here"}


def test_modules_know_check_mode(bare_host: Host) -> None:
    arguments = {"path": "/root/new", "state": "directory"}
    assert bare_host.module("ansible.builtin.file", arguments, check_mode=True)["changed"]
    assert bare_host.run("test", "-e", "/root/new", check=False).returncode != 0


def test_playbooks_run(bare_host: Host, tmp_path: Path) -> None:
    play = [{"hosts": "lab", "gather_facts": False, "tasks": [{"ansible.builtin.command": "hostname"}]}]
    (tmp_path / "play.yml").write_text(yaml.safe_dump(play), encoding="utf-8")
    done = playbook(tmp_path / "play.yml", "-v", hosts=[bare_host])
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"stdout": "bare"' in done.stdout


def test_a_play_whose_hosts_are_not_there_fails(bare_host: Host, tmp_path: Path) -> None:
    (tmp_path / "play.yml").write_text("- hosts: nobody\n  tasks: []\n", encoding="utf-8")
    assert playbook(tmp_path / "play.yml", hosts=[bare_host]).returncode != 0


def test_both_compose_clis_are_there(docker_host: Host) -> None:
    said = [
        docker_host.run(f"/opt/lab/compose/{version}/docker-compose", "version", "--short").stdout
        for version in ("2.26.1", "2.40.3")
    ]
    assert [line.partition("-")[0].strip() for line in said] == ["2.26.1", "2.40.3"]


def test_nested_docker_runs_a_container(docker_host: Host) -> None:
    done = docker_host.run("docker", "run", "--rm", "slipway-test/busybox:1", "echo", "hello")
    assert done.stdout == "hello\n"


def test_memory_limits_are_applied(docker_host: Host) -> None:
    done = docker_host.run("docker", "run", "--name", "hungry", "--memory", "32m", "slipway-test/oom:1", check=False)
    assert done.returncode == 137
    layout = "{{.State.OOMKilled}}"
    assert docker_host.run("docker", "inspect", "--format", layout, "hungry").stdout == "true\n"


def test_a_nested_build_reaches_a_name_server(docker_host: Host) -> None:
    """With the address of an embedded name server in resolv.conf, containers would get one that nobody reaches."""
    servers = docker_host.run("docker", "run", "--rm", "slipway-test/busybox:1", "cat", "/etc/resolv.conf").stdout
    expected = [
        line for line in Path("/etc/resolv.conf").read_text(encoding="utf-8").splitlines() if "nameserver" in line
    ]
    assert [line for line in servers.splitlines() if "nameserver" in line] == expected


@pytest.mark.parametrize("login", [False, True], ids=["open", "with_login"])
def test_a_registry_takes_and_gives_images(docker_host: Host, login: bool) -> None:
    with Registry(login=login) as registry:
        name = registry.publish(docker_host, "slipway-test/web:1", "shop/web:1")
        docker_host.run("docker", "pull", "--quiet", name)
        assert '"shop/web"' in registry.get("v2/_catalog")
        docker_host.run("docker", "rmi", name)
        docker_host.run("docker", "logout", registry.address)
        assert docker_host.run("docker", "pull", "--quiet", name, check=False).returncode == (1 if login else 0)


def test_cgroup2_hosts_run_containers() -> None:
    with Host.create("cgroup2", cgroup=2) as host:
        host.load_images()
        assert "2\n" in host.run("docker", "info", "--format", "{{.CgroupVersion}}").stdout
        assert host.run("docker", "run", "--rm", "slipway-test/busybox:1", "echo", "hello").stdout == "hello\n"


def test_a_host_may_have_a_small_disk_for_its_data() -> None:
    with disk(64) as folder, Host.create("small", volumes=[f"{folder}:/var/lib/docker"]) as host:
        done = host.run("dd", "if=/dev/zero", "of=/var/lib/docker/big", "bs=1M", "count=100", check=False)
        assert "No space left on device" in done.stderr


@pytest.mark.fault
def test_a_killed_dockerd_is_started_again(docker_host: Host) -> None:
    before = docker_host.run("systemctl", "show", "-P", "MainPID", "docker").stdout
    docker_host.run("kill", "-9", before.strip())
    docker_host.wait_for_docker()
    assert docker_host.run("systemctl", "show", "-P", "MainPID", "docker").stdout != before


def test_hosts_of_a_killed_run_are_removed_and_others_stay() -> None:
    """A process that makes a host and is killed leaves it; the next run removes it, and nobody's who is alive."""
    script = """if True:
        import os, signal
        from tests.lab.hosts import Host
        print(Host.create("left", docker=False).container, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    killed = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    left = killed.stdout.split()[-1]
    with Host.create("mine", docker=False) as mine:
        removed = engine.remove_leftovers()
        assert left in removed or not Host.existing(left).is_there()  # a test beside this one may have been quicker
        assert mine.is_there()
        assert mine.container not in removed


def test_a_reused_process_id_is_not_taken_for_the_owner() -> None:
    mine = engine.identity(os.getpid())
    assert engine.alive(mine)
    assert not engine.alive(f"{os.getpid()}:1")
    assert not engine.alive("999999999:1")


def test_an_image_is_made_again_when_its_recipe_changed(tmp_path: Path) -> None:
    (tmp_path / "script").write_text("one", encoding="utf-8")
    one = images.key(["trixie", tmp_path / "script"])
    (tmp_path / "script").write_text("two", encoding="utf-8")
    assert images.key(["trixie", tmp_path / "script"]) != one
    assert images.key(["ab", "c"]) != images.key(["a", "bc"])


@pytest.mark.parametrize("name", scenarios.names())
def test_a_scenario_verifies_and_has_hosts(name: str) -> None:
    """Molecule passes over a playbook that is not there, and says so in a warning that nobody reads."""
    assert (scenarios.FOLDER / name / "verify.yml").is_file()
    inventory = yaml.safe_load((scenarios.FOLDER / "inventory" / f"{name}.yml").read_text(encoding="utf-8"))
    assert inventory["lab"]["children"][name]["hosts"]
