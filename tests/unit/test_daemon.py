# SPDX-License-Identifier: GPL-3.0-or-later
"""Decisions about daemon.json: what is wrong with it, and what a change takes to be in effect."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.daemon import flags
from ansible_collections.slipway.containers.plugins.module_utils._core.daemon.changes import action, changes
from ansible_collections.slipway.containers.plugins.module_utils._core.daemon.containers import (
    Container,
    missing,
    of_inspect,
    running,
    to_start,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.daemon.document import (
    DocumentError,
    parse,
    text_of,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.daemon.effect import SHOWN, not_in_effect
from ansible_collections.slipway.containers.plugins.module_utils._core.daemon.masking import has_secret, masked
from ansible_collections.slipway.containers.plugins.module_utils._core.daemon.plan import (
    Plan,
    Present,
    Wanted,
    decide,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.daemon.schema import ALWAYS, KEYS, RESTART
from ansible_collections.slipway.containers.plugins.module_utils._core.daemon.validate import (
    Dockerd,
    problems,
    refused,
)

#: What moby documents as live (docs of dockerd, "Configuration reload behavior", and daemon/reload*.go).
LIVE = {
    *("authorization-plugins", "debug", "default-runtime", "features", "insecure-registries", "labels"),
    *("live-restore", "max-concurrent-downloads", "max-concurrent-uploads", "max-download-attempts"),
    *("registry-mirrors", "runtimes", "shutdown-timeout", "network-diagnostic-port", "default-shm-size"),
    *("default-ipc-mode", "default-cgroupns-mode", "allow-nondistributable-artifacts", "default-stop-timeout"),
    "nri-opts",
}
FLAGS = ("-H", "fd://", "--containerd=/run/containerd/containerd.sock")


def texts(config: dict[str, Any], dockerd: Dockerd | None = None, ours: dict[str, Any] | None = None) -> list[str]:
    found = problems(config, config if ours is None else ours, dockerd or Dockerd())
    return [finding.as_text() for finding in found]


def test_the_keys_that_are_live_are_those_of_moby() -> None:
    assert {name for name, key in KEYS.items() if key.reload != RESTART} == LIVE
    assert list(KEYS) == sorted(KEYS)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {"debug": True}, "reload"),
        ({"debug": True}, {"debug": False}, "reload"),
        ({"debug": True}, {}, "restart"),
        ({"max-concurrent-downloads": 5}, {}, "reload"),
        ({}, {"registry-mirrors": ["https://m"]}, "reload"),
        ({}, {"mtu": 1400}, "restart"),
        ({}, {"debug": True, "mtu": 1400}, "restart"),
        ({}, {"features": {"buildkit": True}}, "reload"),
        ({"features": {"buildkit": True}}, {}, "reload"),
        ({}, {"features": {"containerd-snapshotter": True}}, "restart"),
        ({}, {"some-new-key": 1}, "restart"),
        ({"mtu": 1}, {"mtu": 1}, "none"),
    ],
)
def test_what_a_change_takes(before: dict[str, Any], after: dict[str, Any], expected: str) -> None:
    assert action(change.takes for change in changes(before, after)) == expected


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"live-restore": "yes"}, "live-restore: found a string, expected true or false"),
        ({"mtu": True}, "mtu: found true, expected a whole number"),
        ({"mtu": 1.5}, "mtu: found the number 1.5, expected a whole number"),
        ({"dns": "10.0.0.1"}, "dns: found a string, expected a list, each item a string"),
        ({"dns": ["10.0.0.1", 8]}, "dns[1]: found the number 8, expected a string"),
        ({"log-opts": {"max-file": 3}}, "log-opts.max-file: found the number 3, expected a string"),
        ({"log-opts": []}, "log-opts: found a list, expected a mapping, each value a string"),
        ({"builder": {"gc": {"enable": True}}}, "builder.gc.enable: unknown key; expected defaultKeepStorage"),
        ({"default-network-opts": {"bridge": {"mtu": 1}}}, "default-network-opts.bridge.mtu: found the number 1"),
        ({"debug": None}, "debug: found null, expected true or false"),
        (
            {"log_driver": "x"},
            "log_driver: found a setting, expected a key of daemon.json (did you mean 'log-driver'?)",
        ),
        ({"log-opts": {"max_size": "1m"}}, "log-opts.max_size: the log driver json-file has no such option (did you"),
        (
            {"registry-mirrors": ["https://m", "m:5000"]},
            "registry-mirrors[1]: found no address of a registry",
        ),
        ({"log-opts": {"max-file": "3"}}, "log-opts.max-file: found without max-size (json-file takes max-file only"),
    ],
)
def test_mistakes(config: dict[str, Any], expected: str) -> None:
    found = texts(config)
    assert len(found) == 1 and found[0].startswith(expected)


@pytest.mark.parametrize(
    "config",
    [
        {"default-shm-size": "64M", "default-ulimits": {"nofile": {"Name": "nofile", "Hard": 64, "Soft": 64}}},
        {"default-shm-size": 67108864, "runtimes": {"x": {"path": "/x", "runtimeArgs": ["-a"]}}},
        {"log-driver": "splunk", "log-opts": {"splunk-token": "x"}},
        {"log-driver": "local", "log-opts": {"max-file": "3"}},
        {"log-opts": {"max-file": "1", "mode": "non-blocking"}},
        {"builder": {"gc": {"enabled": True, "policy": [{"keepStorage": "1GB", "filter": ["unused-for=1h"]}]}}},
        {"default-network-opts": {"bridge": {"com.docker.network.driver.mtu": "1400"}}},
    ],
)
def test_no_mistakes(config: dict[str, Any]) -> None:
    assert texts(config) == []


def test_a_newer_dockerd_may_have_keys_that_we_do_not_know() -> None:
    assert texts({"next-year": 1}, Dockerd(judges=True)) == []
    assert texts({"firewall-backend": "nftables"}, Dockerd(version=(26, 1))) == [
        "firewall-backend: needs Engine 29.0; this is 26.1 [too-new-key]"
    ]
    assert texts({"firewall-backend": "nftables"}, Dockerd(version=(26, 1), judges=True)) == []


def test_what_dockerd_refuses_is_told_with_the_key_that_was_meant() -> None:
    said = [finding.as_text() for finding in refused("unknown directives: log_driver", {"log_driver": "x"}, {})]
    assert said == [
        "log_driver: found a setting, expected a key of daemon.json (did you mean 'log-driver'?) [unknown-key]",
        "unknown directives: log_driver [refused-by-dockerd]",
    ]


def test_a_mistake_of_the_host_is_called_so() -> None:
    assert texts({"mtu": "x", "debug": 1}, ours={"debug": 1}) == [
        "mtu: found a string, expected a whole number (it is the host's own setting) [wrong-type]",
        "debug: found the number 1, expected true or false [wrong-type]",
    ]


@pytest.mark.parametrize(
    ("arguments", "config", "conflicting"),
    [
        (FLAGS, {"hosts": ["tcp://127.0.0.1:2375"]}, "-H"),
        (FLAGS, {"containerd": "/x"}, "--containerd"),
        (("--label", "a=b"), {"labels": ["c=d"]}, "--label"),
        (("-D",), {"debug": True}, "-D"),
        (("--log-opt=max-size=1m",), {"log-opts": {"max-size": "2m"}}, "--log-opt"),
        (("--http-proxy=http://u:p@x",), {"proxies": {"no-proxy": "x"}}, "--http-proxy"),
        (("--some-flag",), {"some-flag": 1}, "--some-flag"),
        (("--add-runtime", "x=/x"), {"runtimes": {"y": {"path": "/y"}}}, None),
        (FLAGS, {"log-driver": "local"}, None),
        (("--host=fd://",), {"host-gateway-ip": "10.0.0.1"}, None),
    ],
)
def test_flags_on_the_command_line(arguments: tuple[str, ...], config: dict[str, Any], conflicting: str | None) -> None:
    found = [finding.message for finding in flags.conflicts(config, arguments)]
    assert found == ([] if conflicting is None else [f"also set by the flag {conflicting} on dockerd's command line"])


def test_an_unknown_key_is_told_though_it_sets_nothing() -> None:
    """dockerd --validate has nothing against this one."""
    for judges in (True, False):
        found = plan({"log_opts": {}}, {}, dockerd=Dockerd(judges=judges)).findings
        assert [it.path for it in found] == ["log_opts"]
    assert plan({"next-year": {"a": 1}}, {}, dockerd=Dockerd(judges=True)).findings == ()


def plan(ours: dict[str, Any], host: dict[str, Any] | None, info: dict[str, Any] | None = None, **more: Any) -> Plan:
    wanted = {name: more.pop(name) for name in ("apply", "allow_restart") if name in more}
    return decide(Wanted(ours, **wanted), Present(host, info=info, **more))


def test_a_host_without_dockerd_gets_the_file_only() -> None:
    decided = plan({"mtu": 1400}, None)
    assert (decided.installs, decided.action, decided.pending) == (True, "none", {})
    assert decided.record.created


def test_live_restore_is_turned_on_before_the_restart_that_needs_it() -> None:
    ours = {"live-restore": True, "mtu": 1400}
    assert plan(ours, {}, {"LiveRestoreEnabled": False}).reload_first
    assert not plan(ours, {"live-restore": True}, {"LiveRestoreEnabled": True}).reload_first
    assert not plan({"mtu": 1400}, {}, {"LiveRestoreEnabled": False}).reload_first
    assert not plan({"live-restore": True}, {}, {"LiveRestoreEnabled": False}).reload_first


def test_the_default_bridge_is_not_changed_under_running_containers() -> None:
    assert plan({"live-restore": True, "bip": "10.1.0.1/24", "init": True}, {}, {}).for_no_containers == {"bip"}
    assert plan({"bip": "10.1.0.1/24"}, {}, {}).for_no_containers == set()


@pytest.mark.parametrize(
    ("apply", "expected", "pending"),
    [
        ("auto", "restart", {}),
        ("restart", "restart", {}),
        ("reload", "reload", {"mtu": "restart"}),
        ("none", "none", {"debug": "reload", "mtu": "restart"}),
    ],
)
def test_what_is_left_pending(apply: str, expected: str, pending: dict[str, str]) -> None:
    decided = plan({"debug": True, "mtu": 1400}, {}, {}, apply=apply)
    assert (decided.action, dict(decided.pending)) == (expected, pending)
    later = plan({"debug": True, "mtu": 1400}, decided.merged.config, {}, record=decided.record)
    assert later.action == ("restart" if pending else "none")
    assert later.changed == bool(pending) and (later.diff != ("", "")) == bool(pending)


def test_a_restart_that_is_not_allowed_stops_before_anything() -> None:
    found = plan({"debug": True, "mtu": 1400}, {}, {}, allow_restart=False).findings
    assert [(it.rule, it.path) for it in found] == [("restart-needed", "mtu")]
    assert plan({"debug": True}, {}, {}, allow_restart=False).findings == ()
    assert "systemd did not start" in plan({"mtu": 1}, {}, {}, restartable=False).findings[0].message


def test_a_swarm_has_no_live_restore() -> None:
    swarm = {"Swarm": {"LocalNodeState": "active"}}
    assert [it.path for it in plan({"live-restore": True}, {}, swarm).findings] == ["live-restore"]
    assert plan({"live-restore": True}, {}, {"Swarm": {"LocalNodeState": "inactive"}}).findings == ()


@pytest.mark.parametrize(
    ("ours", "refused"),
    [
        ({"data-root": "/x"}, True),
        ({"userns-remap": "default"}, True),
        ({"storage-driver": "vfs"}, True),
        ({"storage-driver": "overlay2"}, False),
        ({"features": {"containerd-snapshotter": True}}, True),
        ({"features": {"cdi": True}}, False),
    ],
)
def test_containers_are_not_left_behind(ours: dict[str, Any], refused: bool) -> None:
    full = {"Containers": 3, "DockerRootDir": "/var/lib/docker", "Driver": "overlay2"}
    assert ["3 containers behind in /var/lib/docker" in it.message for it in plan(ours, {}, full).findings] == (
        [True] if refused else []
    )
    assert plan(ours, {}, {**full, "Containers": 0}).findings == ()


def test_a_file_that_we_made_goes_with_our_last_setting() -> None:
    first = plan({"mtu": 1400}, None)
    assert plan({}, {"mtu": 1400}, record=first.record).removes
    assert not plan({}, {"mtu": 1400, "debug": True}, record=first.record).removes
    beside = plan({"mtu": 1400}, {})
    assert not plan({}, {"mtu": 1400}, record=beside.record).removes


def test_secrets_are_in_no_diff_and_no_reason() -> None:
    host = {
        "proxies": {"http-proxy": "http://a:hunter2@p"},
        "log-driver": "splunk",
        "log-opts": {"splunk-token": "tok1"},
    }
    ours = {"proxies": {"http-proxy": "http://a:sesame99@p"}, "log-opts": {"splunk-token": "tok2"}}
    decided = plan(ours, host, {})
    shown = json.dumps([decided.diff, decided.reasons, decided.conflicts, masked(decided.merged.config)])
    for secret in ("hunter2", "sesame99", "tok1", "tok2"):
        assert secret not in shown
    assert "(changed)" in decided.diff[1]
    assert has_secret(ours) and not has_secret({"log-opts": {"max-size": "1m"}, "mtu": 1})


INFO: dict[str, Any] = {
    "Debug": True,
    "DefaultRuntime": "runc",
    "ExperimentalBuild": False,
    "FirewallBackend": {"Driver": "nftables+firewalld"},
    "Labels": ["a=1", "b=2"],
    "LiveRestoreEnabled": True,
    "LoggingDriver": "local",
    "RegistryConfig": {
        "Mirrors": ["https://m.example.org/"],
        "InsecureRegistryCIDRs": ["::1/128", "127.0.0.0/8", "10.0.0.0/8"],
        "IndexConfigs": {"reg:5000": {"Secure": False}, "docker.io": {"Secure": True}},
    },
    "Runtimes": {"runc": {}, "x": {}},
    "Driver": "overlay2",
}
#: For each key, a value that is in effect there, and one that is not.
SEEN: dict[str, tuple[Any, Any]] = {
    "debug": (True, False),
    "default-runtime": ("runc", "x"),
    "experimental": (False, True),
    "firewall-backend": ("nftables", "iptables"),
    "insecure-registries": (["10.0.0.0/8", "http://reg:5000"], ["other:5000"]),
    "labels": (["b=2", "a=1"], ["c=3"]),
    "live-restore": (True, False),
    "log-driver": ("local", "json-file"),
    "registry-mirrors": (["https://m.example.org"], ["https://n.example.org"]),
    "runtimes": ({"x": {"path": "/x"}}, {"y": {"path": "/y"}}),
    "storage-driver": ("overlay2", "vfs"),
}


@pytest.mark.parametrize("key", sorted(SHOWN))
def test_what_info_shows_is_compared(key: str) -> None:
    there, not_there = SEEN[key]
    assert list(not_in_effect({key: there}, INFO)) == []
    assert list(not_in_effect({key: not_there}, INFO)) == [key]
    assert list(not_in_effect({key: not_there}, {})) == []


def test_containers_after_a_restart() -> None:
    listed = [{"Id": "a", "Names": ["/web"], "State": "running"}, {"Id": "b", "Names": ["/job"], "State": "exited"}]
    assert running(listed) == {"a": "web"}
    web, job = Container("a", "web", "unless-stopped"), Container("b", "job", "no")
    inspected = {"Id": "a", "Name": "/web", "HostConfig": {"RestartPolicy": {"Name": "unless-stopped"}}}
    assert of_inspect(inspected) == web
    assert to_start([web, job], []) == [web]
    assert to_start([web, job], ["a"]) == []
    assert missing([web, job], ["a"]) == ["job"]


@pytest.mark.parametrize("text", ["", "  \n", "\ufeff{}", "{}"])
def test_an_empty_file_is_no_settings(text: str) -> None:
    assert parse(text, "/x") == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"mtu": 1,}', "/x holds no valid JSON: line 1, column 1"),
        ("[1]", "/x: found a list, expected a mapping"),
        ('"hunter2"', "/x: found a string, expected a mapping"),
    ],
)
def test_text_that_is_no_daemon_json(text: str, expected: str) -> None:
    with pytest.raises(DocumentError) as problem:
        parse(text, "/x")
    assert str(problem.value).startswith(expected) and str(problem.value).endswith("Nothing was changed.")


def test_text_and_back() -> None:
    config = {"labels": ["ä=1"], "log-opts": {"max-size": "1m"}}
    assert parse(text_of(config), "/x") == config
    assert KEYS["features"].reload == ALWAYS
