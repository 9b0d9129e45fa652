# SPDX-License-Identifier: GPL-3.0-or-later
"""The role docker_host and the module docker_daemon on a bare Debian 13, from the first installation to the last file.

The tests of this file share one host and are run in their order.
"""

from __future__ import annotations

import json
import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from .hosts import Host, playbook

#: What the host has before anybody asks us.
OWN = {"max-concurrent-uploads": 2, "log-opts": {"max-size": "1g"}}
DEFAULTS = {"live-restore": True, "log-driver": "json-file", "log-opts": {"max-size": "10m", "max-file": "3"}}
PACKAGES = ["containerd", "docker-buildx", "docker-cli", "docker-compose", "docker.io"]


@dataclass
class Run:
    """What a play told. `tasks` are those that were not skipped, by name, each with its results."""

    ok: bool
    changed: int
    seconds: float
    output: str
    tasks: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def changing(self) -> list[str]:
        return [name for name, results in self.tasks.items() if any(it.get("changed") for it in results)]


def converge(host: Host, *arguments: str, **variables: Any) -> Run:
    """Apply the role, with these variables."""
    play = [{"hosts": "lab", "gather_facts": False, "roles": ["slipway.containers.docker_host"], "vars": variables}]
    path = Path("/tmp") / f"{host.container}.yml"
    path.write_text(json.dumps(play), encoding="utf-8")
    started = time.monotonic()
    try:
        done = playbook(path, *arguments, hosts=[host], env={"ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json"})
    finally:
        path.unlink()
    seconds = time.monotonic() - started
    told = json.loads(done.stdout[done.stdout.index("{") :])
    run = Run(done.returncode == 0, told["stats"][host.name]["changed"], seconds, done.stdout + done.stderr)
    for task in told["plays"][0]["tasks"]:
        result = task["hosts"][host.name]
        if not result.get("skipped"):
            name = task["task"]["name"].partition(" : ")[2] or task["task"]["name"]
            run.tasks.setdefault(name, []).append(result)
    return run


@dataclass
class Life:
    """One host, and what its first runs told."""

    host: Host
    predicted: Run
    left_by_check: str
    first: Run
    second: Run


@pytest.fixture(scope="module")
def life() -> Iterator[Life]:
    with Host.create("docker-host", docker=False) as host:
        host.write("/etc/docker/daemon.json", json.dumps(OWN), mode="0640")
        predicted = converge(host, "--check", "--diff", docker_host_users=["root"])
        look = "cat /etc/docker/daemon.json; ls /usr/bin/docker /var/lib/slipway /usr/local/sbin /etc/systemd/system"
        left = host.run("sh", "-c", look, check=False).stdout
        first = converge(host, docker_host_users=["root"])
        assert first.ok, first.output
        second = converge(host, docker_host_users=["root"])
        host.load_images()
        yield Life(host, predicted, left, first, second)


@pytest.fixture(scope="module")
def host(life: Life) -> Host:
    return life.host


@pytest.fixture(scope="module")
def outside(host: Host) -> Iterator[Host]:
    """Another machine on the host's network; both have an IPv6 address."""
    with Host.create("docker-host-outside", docker=False) as other:
        for machine, address in ((host, "fd00:5::1/64"), (other, "fd00:5::2/64")):
            machine.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=0", "net.ipv6.conf.eth0.disable_ipv6=0")
            machine.run("ip", "-6", "address", "add", address, "dev", "eth0", "nodad")
        yield other


def daemon(host: Host, config: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    """The module by itself, with the role's settings beneath."""
    return host.module("docker_daemon", {"config": {**DEFAULTS, **(config or {})}, **options}, diff=True)


def settings(host: Host) -> Any:
    return json.loads(host.read("/etc/docker/daemon.json"))


def dockerd_pid(host: Host) -> str:
    return host.run("systemctl", "show", "-P", "MainPID", "docker").stdout.strip()


def pid_of(host: Host, container: str) -> str:
    return host.run("docker", "inspect", "--format", "{{.State.Pid}}", container).stdout.strip()


# The first installation


def test_check_mode_on_a_bare_host_is_true_and_changes_nothing(life: Life) -> None:
    assert life.predicted.ok, life.predicted.output
    assert json.loads(life.left_by_check.partition("}}")[0] + "}}") == OWN
    assert "docker" not in life.left_by_check.partition("}}")[2].replace("/etc/docker", "")
    predicted = life.predicted.tasks["Bring the settings of dockerd into effect"][0]
    done = life.first.tasks["Bring the settings of dockerd into effect"][0]
    for key in ("changed", "action", "config", "conflicts", "reasons", "diff"):
        assert predicted[key] == done[key], key
    # What cannot be asked of a host without Docker is not predicted, and nothing is predicted that does not come.
    assert set(life.predicted.changing) <= set(life.first.changing)
    assert "Install Docker Engine and Compose" in life.predicted.changing


def test_engine_and_compose_work(host: Host) -> None:
    compose = "services:\n  web:\n    image: slipway-test/web:1\n    init: true\n    ports: ['127.0.0.1:9090:8080']\n"
    host.write("/srv/try/compose.yaml", compose)
    host.run("docker", "compose", "--project-directory", "/srv/try", "up", "--detach", "--wait")
    assert "web 1" in host.run("python3", "-c", _GET.format("http://127.0.0.1:9090/")).stdout
    host.run("docker", "compose", "--project-directory", "/srv/try", "down")


_GET = "import urllib.request; print(urllib.request.urlopen('{}', timeout=5).read().decode())"


def test_a_second_run_changes_nothing(life: Life) -> None:
    assert life.second.ok and life.second.changed == 0, life.second.changing
    ran = sum(len(results) for results in life.second.tasks.values())
    print(f"docker_host again: {ran} tasks, {life.second.seconds:.1f} s")


def test_the_hosts_own_settings_stay_and_the_conflict_is_told(life: Life) -> None:
    assert settings(life.host) == {**OWN, **DEFAULTS}
    told = life.first.tasks["Bring the settings of dockerd into effect"][0]
    assert told["conflicts"] == [{"key": "log-opts.max-size", "host": "1g", "ours": "10m"}]
    assert "log-opts.max-size" in json.dumps(told["warnings"])
    assert life.host.run("stat", "-c", "%a", "/etc/docker/daemon.json").stdout.strip() == "640"
    record = "/var/lib/slipway/docker_host/daemon.json"
    assert life.host.run("stat", "-c", "%a", record).stdout.strip() == "600"


def test_the_packages_are_held(host: Host) -> None:
    assert host.run("apt-mark", "showhold").stdout.split() == PACKAGES


def test_only_the_users_named_are_in_the_group(host: Host) -> None:
    assert host.run("getent", "group", "docker").stdout.strip().rpartition(":")[2] == "root"


# Settings that change


@pytest.fixture(scope="module")
def web(host: Host) -> str:
    """A container that has to survive everything, with no restart policy that could hide that it did not."""
    host.run("docker", "run", "--detach", "--init", "--name", "web", "--publish", "8080:8080", "slipway-test/web:1")
    return pid_of(host, "web")


def test_a_live_setting_changes_and_dockerd_is_the_same_process(host: Host, web: str) -> None:
    before = dockerd_pid(host)
    done = daemon(host, {"labels": ["rack=7"], "max-concurrent-downloads": 6})
    assert (done["changed"], done["action"], done["not_in_effect"]) == (True, "reload", [])
    assert dockerd_pid(host) == before and pid_of(host, "web") == web
    assert json.loads(host.run("docker", "info", "--format", "{{json .Labels}}").stdout) == ["rack=7"]
    again = daemon(host, {"labels": ["rack=7"], "max-concurrent-downloads": 6})
    assert (again["changed"], again["action"], again["diff"]) == (False, "none", {"before": "", "after": ""})


def test_a_restart_leaves_containers_running(host: Host, web: str) -> None:
    before = dockerd_pid(host)
    done = daemon(host, {"default-ulimits": {"nofile": {"Name": "nofile", "Hard": 4096, "Soft": 4096}}})
    assert (done["action"], done["live_restore"], done["not_running"]) == ("restart", "on", [])
    assert dockerd_pid(host) != before and pid_of(host, "web") == web


def test_live_restore_is_turned_on_before_the_restart(host: Host, web: str) -> None:
    def limited(limit: int, **more: Any) -> dict[str, Any]:
        return daemon(host, {"default-ulimits": {"nofile": {"Name": "nofile", "Hard": limit, "Soft": limit}}, **more})

    off: dict[str, Any] = {"live-restore": False}
    assert limited(4096, **off)["action"] == "reload"
    done = limited(2048)
    assert (done["action"], done["live_restore"], done["not_running"]) == ("restart", "turned on first", [])
    assert pid_of(host, "web") == web


def test_without_live_restore_what_has_a_policy_is_up_again_and_the_rest_is_named(host: Host) -> None:
    run = ("docker", "run", "--detach", "--init", "--name")
    host.run(*run, "policy", "--restart", "on-failure", "slipway-test/web:1")
    host.run(*run, "none", "slipway-test/web:1")
    done = daemon(host, {"live-restore": False, "init": True})
    assert (done["action"], done["live_restore"]) == ("restart", "off")
    assert "none" in done["not_running"] and "policy" not in done["not_running"]
    assert "none" in json.dumps(done["warnings"])
    host.run("docker", "rm", "--force", "policy", "none")
    host.run("docker", "start", "web")
    assert daemon(host)["not_running"] == []


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"seccomp-profile": "/nowhere.json"}, "/nowhere.json"),
        ({"exec-opts": ["native.cgroupdriver=nosuch"]}, "nosuch"),
    ],
    ids=["seccomp-profile", "exec-opts"],
)
def test_a_file_with_which_dockerd_does_not_start_is_taken_back(
    host: Host, config: dict[str, Any], reason: str
) -> None:
    """`dockerd --validate` has nothing against any of these."""
    before, web = settings(host), pid_of(host, "web")
    failed = daemon(host, config)
    assert failed["failed"] and failed["restored"] and not failed["changed"]
    assert reason in failed["msg"] and "dockerd runs with it" in failed["msg"]
    assert settings(host) == before and pid_of(host, "web") == web
    assert host.run("docker", "info", check=False).returncode == 0
    assert not daemon(host)["changed"]


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (
            {"log_opts": {}},
            "log_opts: found a mapping, expected a key of daemon.json (did you mean",
        ),
        ({"hosts": ["tcp://127.0.0.1:2375"]}, "hosts: also set by the flag -H on dockerd's command line"),
        ({"data-root": "/srv/docker"}, "would leave 1 containers behind in /var/lib/docker"),
        ({"mtu": "big"}, "mtu: found a string, expected a whole number"),
        ({"registry-mirrors": ["mirror"]}, "registry-mirrors[0]: found no address of a registry"),
    ],
    ids=["unknown", "flag", "data", "type", "mirror"],
)
def test_what_cannot_work_is_refused_before_anything_changes(host: Host, config: dict[str, Any], reason: str) -> None:
    before, pid = settings(host), dockerd_pid(host)
    for check_mode in (True, False):
        failed = host.module("docker_daemon", {"config": {**DEFAULTS, **config}}, check_mode=check_mode)
        assert failed["failed"] and reason in failed["msg"], failed["msg"]
        assert "Nothing was changed" in failed["msg"]
    assert settings(host) == before and dockerd_pid(host) == pid


def test_invalid_json_on_the_host_is_told_and_kept(host: Host) -> None:
    before = host.read("/etc/docker/daemon.json")
    host.write("/etc/docker/daemon.json", before.rstrip().removesuffix("}"))
    failed = daemon(host)
    assert failed["failed"] and "no valid JSON: line" in failed["msg"]
    assert host.read("/etc/docker/daemon.json") == before.rstrip().removesuffix("}")
    host.write("/etc/docker/daemon.json", before)
    assert not daemon(host)["changed"]


def test_what_waits_for_a_restart_is_done_by_a_later_run(host: Host) -> None:
    waits = daemon(host, {"init": True}, apply="none")
    assert (waits["action"], waits["pending"]) == ("none", ["init"])
    refused = daemon(host, {"init": True}, allow_restart=False)
    assert "allow_restart is false" in refused["msg"]
    assert daemon(host, {"init": True})["action"] == "restart"
    assert not daemon(host, {"init": True})["changed"]
    assert daemon(host)["action"] == "restart"


def test_the_bridge_waits_for_a_start_without_containers(host: Host) -> None:
    """With live-restore, dockerd leaves its bridge as it is, and does not even look at what the file says of it."""
    done = daemon(host, {"bip": "10.99.0.1/24"})
    assert (done["action"], done["not_in_effect"], done["not_running"]) == ("restart", ["bip"], [])
    assert "no container running" in json.dumps(done["warnings"])
    assert daemon(host)["changed"]


# The firewall


ALLOWED = [{"port": 8081}, {"port": 8082, "sources": ["172.16.0.0/12"]}, {"port": "8083-8084", "sources": ["10.9.9.9"]}]
PORTS = (8080, 8081, 8082, 8084)
#: Engine 26 has rules for IPv6 with these only, and needs experimental for them.
IPV6 = {"experimental": True, "ip6tables": True}


def reachable(outside: Host, address: str) -> dict[int, bool]:
    """Which of the ports answer there as seen from outside."""
    program = f"""
        import socket
        for port in {PORTS}:
            try:
                with socket.create_connection(({address!r}, port), timeout=1.5) as connection:
                    connection.settimeout(1.5)
                    connection.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
                    print(port, b"200" in connection.recv(100))
            except OSError:
                print(port, False)"""
    lines = outside.run("python3", "-c", textwrap.dedent(program)).stdout.splitlines()
    return {int(line.split()[0]): line.split()[1] == "True" for line in lines}


def settled(outside: Host, address: str, expected: dict[int, bool]) -> dict[int, bool]:
    """What answers as soon as all that should does: a new container takes a second or two, longest for its IPv6."""
    until = time.monotonic() + 20
    while True:
        found = reachable(outside, address)
        if all(found[port] for port in PORTS if expected[port]) or time.monotonic() > until:
            return found


OPEN = dict.fromkeys(PORTS, True)
CLOSED_4 = {8080: False, 8081: True, 8082: True, 8084: False}
CLOSED_6 = {8080: False, 8081: True, 8082: False, 8084: False}


def test_only_what_is_allowed_is_reached_from_outside(host: Host, outside: Host) -> None:
    variables = {"docker_host_daemon": IPV6, "docker_host_users": ["root"]}
    assert daemon(host, IPV6)["action"] == "restart"
    host.run("docker", "network", "create", "--ipv6", "--subnet", "fd00:7::/64", "both")
    published = [word for port in PORTS[1:] for word in ("--publish", f"{port}:8080")]
    host.run(
        *("docker", "run", "--detach", "--init", "--restart", "always", "--name", "doors", "--network", "both"),
        *(*published, "slipway-test/web:1"),
    )
    host.run("docker", "rm", "--force", "web")
    host.run(
        *("docker", "run", "--detach", "--init", "--restart", "always", "--name", "web", "--network", "both"),
        *("--publish", "8080:8080", "slipway-test/web:1"),
    )
    assert settled(outside, host.address, OPEN) == OPEN
    assert settled(outside, "fd00:5::1", OPEN) == OPEN
    on = {**variables, "docker_host_firewall": True, "docker_host_firewall_allow": ALLOWED}
    done = converge(host, **on)
    assert done.ok, done.output
    assert settled(outside, host.address, CLOSED_4) == CLOSED_4
    assert settled(outside, "fd00:5::1", CLOSED_6) == CLOSED_6
    again = converge(host, **on)
    assert again.ok and again.changed == 0, again.changing


def test_the_host_and_its_containers_are_not_touched(host: Host) -> None:
    assert "web 1" in host.run("python3", "-c", _GET.format("http://127.0.0.1:8080/")).stdout
    for address in ("web:8080", f"{host.address}:8080"):
        assert "web 1" in host.run("docker", "exec", "doors", "wget", "-qO-", f"http://{address}/").stdout


def test_the_rules_survive_a_restart_of_dockerd_and_are_there_once(host: Host, outside: Host) -> None:
    host.run("systemctl", "restart", "docker")
    host.run("/usr/local/sbin/slipway-docker-firewall", "apply")
    assert settled(outside, host.address, CLOSED_4) == CLOSED_4
    assert settled(outside, "fd00:5::1", CLOSED_6) == CLOSED_6
    for command in ("iptables", "ip6tables"):
        jumps = host.run(command, "-S", "DOCKER-USER").stdout.splitlines()
        assert jumps[1] == "-A DOCKER-USER -j SLIPWAY-DOCKER" and jumps.count(jumps[1]) == 1


def test_the_rules_are_there_before_dockerd_is(host: Host) -> None:
    """As at boot: dockerd starts on a host without any rules, and is ready only when its containers are up."""
    host.run("systemctl", "stop", "docker.socket", "docker.service")
    host.run("sh", "-c", "for each in iptables ip6tables; do $each -F; $each -t nat -F; $each -X; done", check=False)
    host.run("systemctl", "stop", "slipway-docker-firewall")
    host.run("systemctl", "start", "docker")
    show = ("systemctl", "show", "-P")
    rules = host.run(*show, "ActiveEnterTimestampMonotonic", "slipway-docker-firewall").stdout
    assert int(rules) <= int(host.run(*show, "InactiveExitTimestampMonotonic", "docker").stdout)
    assert host.run("iptables", "-S", "DOCKER-USER", "1").stdout.strip() == "-A DOCKER-USER -j SLIPWAY-DOCKER"


def test_a_table_of_its_own_for_nftables(host: Host, outside: Host) -> None:
    on = {"docker_host_firewall": True, "docker_host_firewall_allow": ALLOWED, "docker_host_daemon": IPV6}
    host.run("/usr/local/sbin/slipway-docker-firewall", "remove")
    assert settled(outside, host.address, OPEN) == OPEN
    done = converge(host, **on, docker_host_firewall_options={"backend": "nftables"})
    assert done.ok, done.output
    assert settled(outside, host.address, CLOSED_4) == CLOSED_4
    assert settled(outside, "fd00:5::1", CLOSED_6) == CLOSED_6


def test_without_the_firewall_nothing_of_it_is_left(host: Host, outside: Host) -> None:
    done = converge(host, docker_host_daemon=IPV6)
    assert done.ok, done.output
    assert settled(outside, host.address, OPEN) == OPEN
    assert "slipway" not in host.run("nft", "list", "tables").stdout
    assert "userland-proxy" not in settings(host)
    found = host.run("sh", "-c", "ls -R /etc/systemd/system /usr/local/sbin | grep firewall", check=False).stdout
    assert found == ""


# The timer


def test_the_timer_keeps_what_releases_and_containers_need(host: Host) -> None:
    ids = {
        name: host.run("docker", "image", "inspect", "--format", "{{.Id}}", f"slipway-test/{name}").stdout.strip()
        for name in ("web:2", "web:3", "sick:1")
    }
    record = {"number": 3, "images": {"web": ids["web:2"]}}
    host.write("/var/lib/slipway/compose/shop/releases/3.json", json.dumps(record))
    host.run("docker", "create", "--name", "stopped", "slipway-test/sick:1")
    kept = host.run("systemctl", "start", "slipway-docker-prune", check=False)
    assert kept.returncode == 0, host.run("journalctl", "-u", "slipway-docker-prune", "--no-pager").stdout
    assert names_of_images(host) >= {"slipway-test/web:1", "slipway-test/web:2", "slipway-test/web:3"}  # all are young
    host.run("python3", "/usr/local/sbin/slipway-docker-prune", "--min-age-hours", "0")
    left = names_of_images(host)
    assert {"slipway-test/web:1", "slipway-test/web:2", "slipway-test/sick:1"} <= left
    assert "slipway-test/web:3" not in left
    assert host.run("systemctl", "is-active", "slipway-docker-prune.timer").stdout.strip() == "active"


def test_a_record_that_cannot_be_read_keeps_all_images(host: Host) -> None:
    host.write("/var/lib/slipway/compose/blog/releases/1.json", "{")
    before = names_of_images(host)
    failed = host.run("python3", "/usr/local/sbin/slipway-docker-prune", "--min-age-hours", "0", check=False)
    assert failed.returncode == 1 and "no image was removed" in failed.stderr
    assert names_of_images(host) == before


def names_of_images(host: Host) -> set[str]:
    return set(host.run("docker", "images", "--format", "{{.Repository}}:{{.Tag}}").stdout.split())


# Logins

_REGISTRY = '''
import base64, http.server
class Registry(http.server.BaseHTTPRequestHandler):
    """As much of a registry as a login asks for."""
    def do_GET(self):
        known = "Basic " + base64.b64encode(b"ann:sesame-open-99").decode()
        self.send_response(200 if self.headers.get("Authorization") == known else 401)
        self.send_header("WWW-Authenticate", 'Basic realm="lab"')
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        self.send_header("Content-Length", "0")
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", 5000), Registry).serve_forever()
'''


#: Looks for secrets on all command lines, without having one on its own.
_WATCH = """
while :; do
  cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | grep -a -o -E 'sesame-(open-9[9]|shown-8[8])' >> /run/seen
done
"""


def test_a_login_leaves_its_secret_in_one_file_only(host: Host) -> None:
    host.write("/run/registry.py", _REGISTRY)
    host.run("systemd-run", "--unit", "registry", "--collect", "python3", "/run/registry.py")
    host.write("/root/.docker/config.json", json.dumps({"detachKeys": "ctrl-q"}), mode="0644")
    login = {"registry": "127.0.0.1:5000", "username": "ann", "password": "sesame-open-99"}
    host.write("/run/watch.sh", _WATCH)
    host.run("systemd-run", "--unit", "watch", "--collect", "sh", "/run/watch.sh")
    host.run("sh", "-c", "sleep 1", "sesame-shown-88")  # which shows that the watch sees what is to be seen
    done = converge(host, "-vvv", "--diff", docker_host_logins=[login], docker_host_daemon=IPV6)
    host.run("systemctl", "stop", "watch")
    assert done.ok, done.output
    assert "sesame" not in done.output
    assert set(host.run("cat", "/run/seen").stdout.split()) == {"sesame-shown-88"}
    assert "sesame-open" not in host.run("journalctl", "--no-pager", "--output", "export").stdout
    written = json.loads(host.read("/root/.docker/config.json"))
    assert written["detachKeys"] == "ctrl-q" and set(written["auths"]) == {"127.0.0.1:5000"}
    assert host.run("stat", "-c", "%a", "/root/.docker/config.json").stdout.strip() == "600"
    again = converge(host, docker_host_logins=[login], docker_host_daemon=IPV6)
    assert again.ok and again.changed == 0, again.changing


def test_a_wrong_password_changes_nothing_and_is_not_shown(host: Host) -> None:
    before = host.read("/root/.docker/config.json")
    login = {"registry": "127.0.0.1:5000", "username": "ann", "password": "wrong-secret-7"}
    failed = host.module("docker_login", login, diff=True)
    assert failed["failed"] and "401" in failed["msg"] and "wrong-secret-7" not in json.dumps(failed)
    assert host.read("/root/.docker/config.json") == before
    out = host.module("docker_login", {"registry": "127.0.0.1:5000", "state": "absent"})
    assert out["changed"] and json.loads(host.read("/root/.docker/config.json")) == {"detachKeys": "ctrl-q"}


# Taking Docker off


def test_absent_keeps_data_and_gives_the_host_its_settings_back(host: Host) -> None:
    predicted = converge(host, "--check", docker_host_state="absent")
    assert predicted.ok and host.run("docker", "version", check=False).returncode == 0
    done = converge(host, docker_host_state="absent")
    assert done.ok, done.output
    stopping = {"Stop the containers, which live-restore would leave running"}  # a command, which check mode skips
    assert set(done.changing) - set(predicted.changing) == stopping
    assert set(predicted.changing) <= set(done.changing)
    assert host.run("apt-mark", "showhold").stdout == ""
    assert host.run("sh", "-c", "command -v dockerd docker", check=False).stdout == ""
    assert settings(host) == OWN
    assert (
        host.run("sh", "-c", "ls /var/lib/docker/image/overlay2/imagedb/content/sha256 | wc -l").stdout.strip() != "0"
    )
    assert "containerd-shim" not in host.run("ps", "-eo", "args").stdout
    left = host.run(
        "sh", "-c", "find /etc/systemd /usr/local/sbin /var/lib/slipway/docker_host -name '*docker*'"
    ).stdout
    assert "slipway-docker" not in left
    again = converge(host, docker_host_state="absent")
    assert again.ok and again.changed == 0, again.changing


def test_a_kubelet_keeps_its_containerd(host: Host) -> None:
    """Docker is installed beside it and taken off with all data, and containerd is the same process throughout."""
    host.run("mkdir", "-p", "/etc/kubernetes")
    host.run("systemctl", "start", "containerd")
    containerd = ("systemctl", "show", "-P", "MainPID", "containerd")
    before = host.run(*containerd).stdout
    refused = converge(host, docker_host_source="upstream")
    assert not refused.ok and "has a kubelet whose containerd is not of the package containerd.io" in refused.output
    assert refused.changed == 0
    done = converge(host)
    assert done.ok, done.output
    assert {"docker.io", "docker-compose"} <= set(host.run("apt-mark", "showhold").stdout.split())
    assert "slipway-test/web:1" in names_of_images(host)
    assert host.run(*containerd).stdout == before
    gone = converge(host, docker_host_state="absent", docker_host_purge_data=True)
    assert gone.ok, gone.output
    assert host.run("ls", "/var/lib/docker").stdout.split() in ([], ["nuke-graph-directory.sh"])
    assert host.run(*containerd).stdout == before and int(before) > 0
