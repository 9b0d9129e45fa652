# SPDX-License-Identifier: GPL-3.0-or-later
"""What other tools get wrong, and what `compose_stack` has to get right, with both Compose versions on a real engine.

Each test is a small story: a project, something that changes, and what check mode, the real run, and the run after it
say. `Project.agreed` holds all three to the same answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tools.compose_cli import RELEASES

from .hosts import PYTHON, Host
from .registry import Registry
from .stacks import Project, actions, reasons

WEB = "slipway-test/web:1"
NEXT = "slipway-test/web:2"
JOB = "slipway-test/job:1"
_NUMBERS = count(1)


@pytest.fixture(scope="module", params=sorted(RELEASES.values()))
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    with Registry() as found:
        yield found


@pytest.fixture
def project(docker_host: Host, version: str) -> Iterator[Project]:
    found = Project(docker_host, f"story{next(_NUMBERS)}", version, {"ready": [], "stop_timeout": 1})
    yield found
    found.remove()


def web(**more: Any) -> dict[str, Any]:
    return {"image": WEB, "init": True, **more}


def test_the_system_log_has_no_options(project: Project) -> None:
    """Ansible writes a module's options there, unless the module sees to it that it does not."""
    project.services({"web": web()})
    project.host.module("ansible.builtin.stat", {"path": "/not-a-secret"})
    project.host.module("compose_stack", {"project_src": "/srv/none", "definition": {"x-key": "sesame-open"}})
    logged = project.host.run("journalctl", "--no-pager", "--output", "export").stdout
    assert "/not-a-secret" in logged
    assert "sesame-open" not in logged


class TestStale:
    """The files changed, and what runs is old."""

    def test_inline_config(self, project: Project) -> None:
        services = {"web": web(configs=[{"source": "c", "target": "/etc/c"}]), "other": web()}
        project.services(services, configs={"c": {"content": "one"}})
        project.agreed()
        other = project.id("other")
        project.services(services, configs={"c": {"content": "two"}})
        done = project.agreed()
        assert actions(done) == {"web": "recreate"}
        assert "config c" in reasons(done, "web")
        assert project.inside("web", "cat", "/etc/c") == "two"
        assert project.id("other") == other

    @pytest.mark.parametrize("kind", ["configs", "secrets"])
    def test_file_replaced(self, project: Project, kind: str) -> None:
        project.write("f.txt", "one")
        services = {"web": web(**{kind: [{"source": "c", "target": "/run/f"}]}), "other": web()}
        project.services(services, **{kind: {"c": {"file": "./f.txt"}}})
        project.agreed()
        project.replace("f.txt", "two")
        done = project.agreed()
        assert actions(done) == {"web": "recreate"}
        assert project.inside("web", "cat", "/run/f") == "two"

    def test_bound_file_replaced(self, project: Project) -> None:
        project.write("f.txt", "one")
        project.services({"web": web(volumes=["./f.txt:/etc/f:ro"]), "other": web()})
        project.agreed()
        project.replace("f.txt", "two")
        done = project.agreed()
        assert actions(done) == {"web": "recreate"}
        assert "f.txt" in reasons(done, "web")
        assert project.inside("web", "cat", "/etc/f") == "two"

    def test_secret_of_the_environment(self, project: Project) -> None:
        project.environment = {"TOKEN_VALUE": "geheim-1"}
        services = {"web": web(secrets=["t"])}
        project.services(services, secrets={"t": {"environment": "TOKEN_VALUE"}})
        first = project.agreed()
        project.environment = {"TOKEN_VALUE": "geheim-2"}
        done = project.agreed()
        assert actions(done) == {"web": "recreate"}
        assert project.inside("web", "cat", "/run/secrets/t") == "geheim-2"
        assert "geheim" not in f"{first}{done}"

    def test_a_service_that_reloads_gets_a_signal(self, project: Project) -> None:
        project.write("conf/f.txt", "one")
        service = web(volumes=["./conf:/conf:ro"], environment={"SHOW_FILES": "/conf/f.txt"})
        project.services({"web": service})
        options = {"reload_signals": {"web": "HUP"}}
        project.agreed(**options)
        before = project.id("web")
        project.replace("conf/f.txt", "two")
        done = project.agreed(**options)
        assert actions(done) == {"web": "signal"}
        assert project.id("web") == before
        assert project.inside("web", "wget", "-qO-", "http://127.0.0.1:8080/files/f.txt") == "two"

    def test_stack_that_somebody_else_started(self, project: Project) -> None:
        """Nothing was learned: the containers themselves say what they have."""
        project.write("f.txt", "one")
        services = {"web": web(volumes=["./f.txt:/etc/f:ro"], configs=[{"source": "c", "target": "/etc/c"}])}
        project.services(services, configs={"c": {"content": "one"}})
        project.compose("up", "-d")
        assert project.plan() == {}
        project.replace("f.txt", "two")
        assert project.plan() == {"web": "recreate"}
        project.agreed()
        assert project.inside("web", "cat", "/etc/f") == "two"

    def test_build_context(self, project: Project) -> None:
        project.environment = {"DOCKER_BUILDKIT": "0"}  # Compose 2.40 needs a newer buildx than Debian 13 has
        project.write("Dockerfile", f"FROM {WEB}\nCOPY text /text\n")
        project.write("text", "one")
        project.services({"web": web(image=f"{project.name}:built", build=".")})
        project.agreed()
        project.write("text", "two")
        done = project.agreed()
        assert actions(done) == {"web": "recreate"}
        assert project.inside("web", "cat", "/text") == "two"

    def test_tag_that_moved(self, project: Project) -> None:
        tag = f"{project.name}:latest"
        project.host.run("docker", "tag", WEB, tag)
        project.services({"web": web(image=tag)})
        project.agreed()
        project.host.run("docker", "tag", NEXT, tag)
        done = project.agreed()
        assert actions(done) == {"web": "recreate"}
        assert project.inside("web", "sh", "-c", "echo $VERSION") == "2\n"


class TestVolumes:
    def test_changed_definition_is_refused(self, project: Project) -> None:
        services = {"web": web(volumes=["data:/data"])}
        project.services(services, volumes={"data": {}})
        project.agreed()
        project.inside("web", "touch", "/data/precious")
        project.services(services, volumes={"data": {"labels": {"a": "b"}}})
        for check_mode in (True, False):
            refused = project.module(check_mode=check_mode)
            assert refused["failed"] and not refused["changed"]
            assert f"{project.name}_data" in refused["msg"] and "deleted" in refused["msg"]
            assert "allow_volume_recreate" in refused["msg"]
        assert project.inside("web", "ls", "/data") == "precious\n"

    def test_changed_definition_is_made_anew_when_allowed(self, project: Project) -> None:
        services = {"web": web(volumes=["data:/data"])}
        project.services(services, volumes={"data": {}})
        project.agreed()
        project.inside("web", "touch", "/data/precious")
        project.services(services, volumes={"data": {"labels": {"a": "b"}}})
        project.agreed(allow_volume_recreate=True)
        assert project.inside("web", "ls", "/data") == ""
        label = project.host.run(
            "docker", "volume", "inspect", "--format", "{{.Labels.a}}", f"{project.name}_data"
        ).stdout
        assert label == "b\n"


class TestDrift:
    def test_limits_changed_by_hand(self, project: Project) -> None:
        project.services({"web": web(mem_limit="64m")})
        project.agreed()
        project.host.run("docker", "update", "--memory", "96m", "--memory-swap", "192m", project.id("web"))
        assert project.plan() == {}
        told = project.up(drift="report")
        assert not told["changed"]
        assert any("web" in line and "memory" in line for line in told["drift"]), told["drift"]
        project.agreed(drift="repair")
        assert project.inspect("web", "{{.HostConfig.Memory}}") == str(64 * 1024**2)

    def test_network_detached(self, project: Project) -> None:
        project.services({"web": web()})
        project.agreed()
        project.host.run("docker", "network", "disconnect", f"{project.name}_default", project.id("web"))
        told = project.module(drift="report", check_mode=True)
        assert any("network" in line for line in told["drift"]), told["drift"]
        project.agreed(drift="repair")
        assert f"{project.name}_default" in project.inspect("web", "{{json .NetworkSettings.Networks}}")


class TestOneShots:
    def test_a_migration_runs_once_per_release(self, project: Project) -> None:
        def services(image: str) -> dict[str, Any]:
            migrate = {"image": JOB, "volumes": ["data:/data"], "environment": {"FOR": image}}
            waits = {"migrate": {"condition": "service_completed_successfully"}}
            return {"migrate": migrate, "web": web(image=image, volumes=["data:/data"], depends_on=waits)}

        project.services(services(WEB), volumes={"data": {}})
        project.agreed()
        assert project.inside("web", "cat", "/data/runs") == "run\n"
        project.services(services(NEXT), volumes={"data": {}})
        project.agreed()
        assert project.inside("web", "cat", "/data/runs") == "run\nrun\n"

    def test_named_one_shot_is_kept(self, project: Project) -> None:
        project.services({"seed": {"image": JOB}, "web": web()})
        project.agreed(one_shot=["seed"])
        assert project.plan(one_shot=["seed"]) == {}

    def test_a_failed_migration_stops_before_the_app_is_touched(self, project: Project) -> None:
        def services(image: str, code: str) -> dict[str, Any]:
            migrate = {"image": JOB, "environment": {"EXIT_CODE": code}}
            waits = {"migrate": {"condition": "service_completed_successfully"}}
            return {"migrate": migrate, "web": web(image=image, depends_on=waits)}

        project.services(services(WEB, "0"))
        project.agreed()
        before = project.id("web")
        project.services(services(NEXT, "7"))
        failed = project.module()
        assert failed["failed"] and failed["failure"]["service"] == "migrate"
        assert failed["failure"]["exit_code"] == 7
        assert project.id("web") == before
        assert project.inspect("web", "{{.State.Running}}") == "true"


class TestStates:
    def test_disabled_profile_is_stopped_and_removed_with_the_rest(self, project: Project) -> None:
        project.services({"web": web(), "debug": web(profiles=["debug"])})
        project.agreed(profiles=["debug"])
        assert actions(project.agreed(state="stopped")) == {"web": "stop", "debug": "stop"}
        assert actions(project.agreed(state="absent")) == {"web": "remove", "debug": "remove"}
        assert project.name not in project.host.run("docker", "network", "ls").stdout

    def test_disabled_profile_is_an_orphan(self, project: Project) -> None:
        project.services({"web": web(), "debug": web(profiles=["debug"])})
        project.agreed(profiles=["debug"])
        kept = project.up()
        assert not kept["changed"] and any("debug" in finding["message"] for finding in kept["findings"])
        assert actions(project.agreed(remove_orphans=True)) == {"debug": "remove"}

    def test_absent_with_volumes_repeated(self, project: Project) -> None:
        project.services({"web": web(volumes=["data:/data"])}, volumes={"data": {}})
        project.agreed()
        assert project.agreed(state="absent", remove_volumes=True)["changed"]
        assert f"{project.name}_data" not in project.host.run("docker", "volume", "ls").stdout

    def test_paused(self, project: Project) -> None:
        project.services({"web": web()})
        project.agreed()
        project.host.run("docker", "pause", project.id("web"))
        assert actions(project.agreed()) == {"web": "start"}
        assert project.inspect("web", "{{.State.Status}}") == "running"

    def test_exited(self, project: Project) -> None:
        project.services({"web": web(), "other": web()})
        project.agreed()
        project.host.run("docker", "stop", "-t", "0", project.id("web"))
        assert actions(project.agreed()) == {"web": "start"}

    def test_removed_by_hand(self, project: Project) -> None:
        project.services({"web": web(), "other": web()})
        project.agreed()
        project.host.run("docker", "rm", "-f", project.id("web"))
        assert actions(project.agreed()) == {"web": "create"}

    def test_scale(self, project: Project) -> None:
        project.services({"web": web(deploy={"replicas": 3})})
        project.agreed()
        project.host.run("docker", "rm", "-f", project.id("web"))
        project.agreed()
        project.services({"web": web(deploy={"replicas": 1})})
        project.agreed()
        assert not project.id("web", 2)

    def test_restarted(self, project: Project) -> None:
        project.services({"web": web()})
        project.agreed()
        started = project.inspect("web", "{{.State.StartedAt}}")
        assert actions(project.up(state="restarted")) == {"web": "restart"}
        assert project.inspect("web", "{{.State.StartedAt}}") != started


class TestDefinition:
    def test_relative_binds(self, project: Project) -> None:
        project.write("f.txt", "one")
        definition = {"name": project.name, "services": {"web": web(volumes=["./f.txt:/etc/f:ro", "./d:/d"])}}
        project.agreed(definition=definition)
        before = project.id("web")
        assert not project.agreed(definition=definition)["changed"]
        assert project.id("web") == before
        assert project.inside("web", "cat", "/etc/f") == "one"
        assert project.host.run("stat", "-c", "%a", f"{project.folder}/compose.definition.json").stdout == "600\n"

    def test_labels_with_commas(self, project: Project) -> None:
        project.services({"web": web(labels={"rule": "Host(`a`),Path(`/b=c`)"})})
        project.agreed()
        assert project.inspect("web", '{{index .Config.Labels "rule"}}') == "Host(`a`),Path(`/b=c`)"


class TestPreflight:
    """What check mode has to see, since the real run would stumble over it."""

    def test_missing_image(self, project: Project) -> None:
        project.services({"web": web(image="nobody/has-this:1")})
        for check_mode in (True, False):
            refused = project.module(check_mode=check_mode, pull="never")
            assert refused["failed"] and not refused["changed"]
            assert "nobody/has-this:1" in refused["msg"] and "web" in refused["msg"]
        assert project.name not in project.host.run("docker", "network", "ls").stdout

    def test_busy_port(self, project: Project) -> None:
        project.host.run("docker", "run", "-d", "--name", f"{project.name}-holder", "-p", "18080:8080", WEB)
        try:
            project.services({"web": web(ports=["18080:8080"])})
            for check_mode in (True, False):
                refused = project.module(check_mode=check_mode)
                assert refused["failed"] and not refused["changed"]
                assert "18080" in refused["msg"] and f"{project.name}-holder" in refused["msg"]
        finally:
            project.host.run("docker", "rm", "-f", f"{project.name}-holder")

    def test_missing_bound_file(self, project: Project) -> None:
        """Docker would make a folder of it."""
        project.services({"web": web(volumes=["./nginx.conf:/etc/nginx.conf:ro"])})
        refused = project.module(check_mode=True)
        assert refused["failed"] and "nginx.conf" in refused["msg"]

    def test_missing_network(self, project: Project) -> None:
        project.services({"web": web(networks=["front"])}, networks={"front": {"external": True, "name": "nowhere"}})
        refused = project.module(check_mode=True)
        assert refused["failed"] and "nowhere" in refused["msg"]

    def test_invalid_file(self, project: Project) -> None:
        project.write("compose.yaml", "services: {web: {imag: x}}")
        refused = project.module()
        assert refused["failed"] and "imag" in refused["msg"] and "compose.yaml" in refused["msg"]


class TestReasons:
    def test_values_of_secrets_are_masked(self, project: Project) -> None:
        project.services({"web": web(environment={"DB_PASSWORD": "alt-geheim", "MODE": "a"})})
        project.agreed()
        project.services({"web": web(environment={"DB_PASSWORD": "neu-geheim", "MODE": "b"})})
        done = project.agreed()
        assert "environment DB_PASSWORD changed" in reasons(done, "web")
        assert "MODE" in reasons(done, "web")
        assert "geheim" not in str(done)

    def test_one_of_many(self, project: Project) -> None:
        services = {f"s{number:02}": web() for number in range(6)}
        project.services(services)
        project.agreed()
        project.services({**services, "s03": web(command=["serve", "again"])})
        done = project.agreed()
        assert actions(done) == {"s03": "recreate"}
        assert done["prediction_exact"]


class TestCrashLoop:
    def test_it_is_seen_without_a_health_check(self, project: Project) -> None:
        project.services({"web": web(restart="always", environment={"EXIT_CODE": "1"})})
        failed = project.module(ready=None)
        assert failed["failed"] and failed["failure"]["service"] == "web"
        assert failed["failure"]["exit_code"] == 1
        assert "gives up" in "\n".join(failed["failure"]["log_tail"])

    def test_it_is_seen_when_nothing_changes(self, project: Project) -> None:
        project.services({"web": web(restart="always", environment={"EXIT_CODE": "1"})})
        project.module(wait=False)
        failed = project.module(ready=None)
        assert failed["failed"] and failed["failure"]["exit_code"] == 1

    def test_what_ran_longer_passes_at_once(self, project: Project) -> None:
        project.services({"web": web()})
        project.up(ready=None)
        assert not project.up(ready=None)["changed"]


class TestVersions:
    """Of a program that says another version than it has: the formula is then unknown, or too old."""

    def as_version(self, project: Project, said: str) -> dict[str, str]:
        script = f'#!/bin/sh\ncase "$*" in "version --short") echo {said};; *) exec {project.cli} "$@";; esac\n'
        project.host.write(f"/opt/compose-{said}/docker-compose", script, "0755")
        return {"compose_cli": f"/opt/compose-{said}/docker-compose"}

    def test_one_that_nobody_knows_yet(self, project: Project) -> None:
        newer = self.as_version(project, "9.1.0")
        project.services({"web": web()})
        assert not project.up(**newer)["prediction_exact"]
        again = project.up(**newer)
        assert not again["changed"]
        project.services({"web": web(command=["serve", "again"])})
        assert actions(project.up(**newer)) == {"web": "recreate"}

    def test_one_that_is_too_old(self, project: Project) -> None:
        project.services({"web": web()})
        refused = project.module(**self.as_version(project, "2.20.3"))
        assert refused["failed"] and not refused["changed"]
        assert "2.20.3" in refused["msg"] and "2.26" in refused["msg"]


class TestLockFile:
    def test_images_are_pinned_to_what_their_tags_meant(self, project: Project, registry: Registry) -> None:
        registry.trust(project.host)
        name = f"{registry.address}/{project.name}/web:1"
        registry.publish(project.host, WEB, f"{project.name}/web:1")
        project.services({"web": web(image=name)})
        planned = project.module(check_mode=True, lock_file="stack.lock")
        assert planned["changed"]
        project.up(lock_file="stack.lock")
        assert not project.up(lock_file="stack.lock")["changed"]
        pinned = project.inspect("web", "{{.Config.Image}}")
        assert pinned.startswith(f"{name}@sha256:")
        registry.publish(project.host, NEXT, f"{project.name}/web:1")
        assert not project.up(lock_file="stack.lock", pull="always")["changed"]
        assert project.inspect("web", "{{.Config.Image}}") == pinned
        project.services({"web": web(image=f"{registry.address}/{project.name}/web:2")})
        refused = project.module(lock_file="stack.lock")
        assert refused["failed"] and "services.web.image" in refused["msg"]


class TestRequests:
    """Counted at the socket, not by us."""

    def test_a_run_without_changes_asks_little(self, project: Project) -> None:
        project.services({f"s{number:02}": web() for number in range(20)})
        project.up()
        project.up()  # which keeps the answer
        socket, log = f"/run/{project.name}.sock", f"/run/{project.name}.log"
        proxy = f"{PYTHON}/ansible_collections/slipway/containers/tests/lab/socket_proxy.py"
        project.host.run("systemd-run", "--unit", project.name, "python3", proxy, "/var/run/docker.sock", socket, log)
        try:
            project.host.run("sh", "-c", f"while [ ! -S {socket} ]; do sleep 0.1; done")
            project.options["docker_host"] = f"unix://{socket}"
            for calls in (None, 0):  # the engine's address is an option: the first run works all out again
                before = len(project.host.run("cat", log, check=False).stdout.splitlines())
                done = project.up()
                asked = len(project.host.run("cat", log).stdout.splitlines()) - before
                assert not done["changed"] and asked == done["measured"]["engine_requests"] <= 5
                assert calls is None or done["measured"]["cli_calls"] == calls
            project.write("compose.yaml", project.host.read(f"{project.folder}/compose.yaml") + "\n# a comment\n")
            assert project.up()["measured"]["cli_calls"] == 1
        finally:
            project.host.run("systemctl", "stop", project.name, check=False)
