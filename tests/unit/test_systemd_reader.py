# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of an app: everything that is wrong with them at once, with its place; and what a host lacks for them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.findings import WARNING
from ansible_collections.slipway.containers.plugins.module_utils._core.options.schema import Structure
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd import keys, wish
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.preflight import (
    FILE,
    FOLDER,
    MISSING,
    HostFacts,
    Listener,
    PathFacts,
    asked,
    problems,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.reader import as_options, read_app

TABLES = {
    wish.Needs: keys.NEEDS,
    wish.Directory: keys.DIRECTORY,
    wish.Bind: keys.BIND,
    wish.Tmpfs: keys.TMPFS,
    wish.File: keys.FILE,
    wish.Timer: keys.TIMER,
    wish.Probe: keys.PROBE,
    wish.Limits: keys.LIMITS,
    wish.LogLimits: keys.LOG,
    wish.Service: keys.SERVICE,
}
FREE = PathFacts(FILE, 0o600)
PROGRAM = PathFacts(FILE, 0o755, runs=True)


def app(**service: Any) -> wish.App:
    made, findings = read_app({"name": "shop", "services": {"web": {"exec": "venv/bin/web", **service}}})
    assert not findings, findings
    return made


def web(**service: Any) -> wish.Service:
    return app(**service).services[0]


@pytest.mark.parametrize("noun", TABLES, ids=lambda noun: noun.__name__)
def test_each_attribute_has_a_key(noun: type[Any]) -> None:
    assert list(TABLES[noun]) == list(noun.__dataclass_fields__)


@pytest.mark.parametrize(("noun", "name"), [(noun, name) for noun, table in TABLES.items() for name in table], ids=str)
def test_the_example_of_each_key_is_read(noun: type[Any], name: str) -> None:
    example = dict(TABLES[noun][name].example)
    if noun is wish.File and "target" not in example:
        example |= {"target": "/a", "content": ""}
    if noun is wish.Service:
        example = {"name": "web", "exec": "venv/bin/web", **example}
    findings: list[Any] = []
    Structure(noun, table=TABLES[noun]).read(example, "", findings) if noun is not wish.Service else None
    if noun is wish.Service:
        keys.SERVICE_OPTIONS.read(example, "", findings)
    assert name in example and not findings


@pytest.mark.parametrize(
    ("option", "written", "read"),
    [
        ("exec", "venv/bin/web --name 'a b'", ("venv/bin/web", "--name", "a b")),
        ("limits", {"memory": "512M"}, wish.Limits(memory=512 * 2**20)),
        ("limits", {"memory": "536870912", "cpus": "0.5"}, wish.Limits(memory=2**29, cpus=Decimal("0.5"))),
        ("restart", False, "no"),  # YAML's reading of an unquoted no
        ("restart_seconds", "1m", 60),
        ("stop_seconds", "1.5s", Decimal("1.5")),
        ("stop_seconds", 2.5, Decimal("2.5")),
        ("stop_signal", "term", "SIGTERM"),
        ("needs", [], ()),
        ("directories", "data", (wish.Directory("data"),)),
        ("tmpfs", ["/a/"], (wish.Tmpfs("/a"),)),
        (
            "sockets",
            [8080, "8081", "127.0.0.1:80", "[::]:81", "/run/a b"],
            (8080, 8081, "127.0.0.1:80", "[::]:81", "/run/a b"),
        ),
        ("environment", {"A": 1, "B": True, "C": 1.5}, {"A": "1", "B": "true", "C": "1.5"}),
        ("capabilities", ["net_bind_service"], ("CAP_NET_BIND_SERVICE",)),
        ("timer", {"every": "15m"}, wish.Timer(every=900)),
        ("ready", [{"tcp": 80}], (wish.Probe(tcp="80"),)),
        ("ready", [{"stable_seconds": "500ms"}], (wish.Probe(stable_seconds=0.5),)),
        ("hardening", {"ProtectHome": "no"}, {"ProtectHome": False}),
        ("user", 1000, "1000"),
        ("binds", [{"source": "/a b: 100%", "target": "/a b"}], (wish.Bind("/a b: 100%", "/a b"),)),
    ],
)
def test_what_is_read(option: str, written: Any, read: Any) -> None:
    assert getattr(web(**{option: written}), option) == read


@pytest.mark.parametrize(
    ("service", "path", "part"),
    [
        ({"exec": ""}, "exec", "expected a command"),
        ({"exec": "a && b"}, "exec", "no shell runs it"),
        ({"exec": ["/srv/it's/web"]}, "exec", "a quote, which systemd cannot carry"),
        ({"reload": ["/srv/a\\b", "x"]}, "reload", "a backslash, which systemd cannot carry"),
        ({"limits": {"memory": "12 bananas"}}, "limits.memory", "found the text '12 bananas', expected"),
        ({"limits": {"memory": 0}}, "limits.memory", "expected a size above 0"),
        ({"limits": {"memory": "1M", "memory_low": "2M"}}, "limits.memory_low", "expected at most memory"),
        ({"limits": {"cpus": 0}}, "limits.cpus", "from 0.01 up"),
        ({"limits": {"cpus": "many"}}, "limits.cpus", "expected a number of CPUs"),
        ({"working_dir": "../up"}, "working_dir", "with no .. in it"),
        ({"working_dir": '/srv/my "odd" folder'}, "working_dir", "a path with a quote, which systemd cannot carry"),
        ({"working_dir": "/srv/tail "}, "working_dir", "a blank at its end"),
        ({"working_dir": "a\nb"}, "working_dir", "a control character"),
        ({"credentials": {"db": "/srv/my dir/db"}}, "credentials.db", "a path with ' ', which systemd 257 cannot"),
        ({"environment_files": ["/srv/*.env"]}, "environment_files[0]", "a path with '*', which stands for other"),
        ({"environment": {"A-B": "x"}}, "environment.A-B", "the name of a variable"),
        ({"environment": {"A": ["hush"]}}, "environment.A", "expected a text"),
        ({"binds": [{"source": "/a", "target": "/b:c"}]}, "binds[0].target", "which systemd reads as the end of it"),
        ({"binds": [{"source": "/a", "target": "/"}]}, "binds[0].target", "a path below it"),
        ({"binds": [{"source": "a", "target": "/b"}]}, "binds[0].source", "expected an absolute path"),
        ({"tmpfs": ["/a", "/a"]}, "tmpfs[1].target", "where tmpfs[0] is, too"),
        ({"directories": ["../up"]}, "directories[0]", "a name such as data"),
        ({"ports": [0]}, "ports[0]", "from 1 to 65535"),
        ({"sockets": ["8080/tcp"]}, "sockets[0]", "a port, address:port, or the absolute path"),
        ({"sockets": ["127.0.0.1:99999"]}, "sockets[0]", "expected a port"),
        ({"sockets": ["/" + "a" * 108]}, "sockets[0]", "of which the kernel allows a socket 107"),
        ({"sockets": [80], "timer": {"every": 5}}, "timer", "found beside sockets"),
        ({"sockets": [80], "one_shot": True}, "one_shot", "found beside sockets"),
        ({"timer": {}}, "timer", "found nothing, expected exactly one of calendar, every"),
        ({"timer": {"every": 5, "calendar": "daily"}}, "timer", "found calendar and every"),
        ({"timer": {"every": 0}}, "timer.every", "from 1 up"),
        ({"capabilities": ["NET_BIND_SERVICES"]}, "capabilities[0]", "did you mean 'CAP_NET_BIND_SERVICE'?"),
        ({"hardening": {"ProtectHomes": False}}, "hardening.ProtectHomes", "did you mean 'ProtectHome'?"),
        ({"hardening": {"ProtectHome": "maybe"}}, "hardening.ProtectHome", "true or false"),
        ({"restart": "sometimes"}, "restart", "always or on-failure or no"),
        ({"restart_seconds": "1.5s"}, "restart_seconds", "whole seconds"),
        ({"stop_signal": "SIG!"}, "stop_signal", "such as SIGTERM"),
        ({"reload_on": ["a"]}, "reload_on", "found without reload"),
        ({"ready": [{"http": "http://a/", "tcp": 1}]}, "ready[0]", "found http and tcp, expected exactly one"),
        ({"ready": [{"tcp": 1, "status": 200}]}, "ready[0].status", "with http only"),
        ({"user": "no such user"}, "user", "the name or number of a user"),
        ({"files": [{"name": "a", "target": "/a"}]}, "files[0].content", "the key is missing"),
        ({"files": [{"name": "../a", "target": "/a", "content": ""}]}, "files[0].name", "a name of letters"),
        ({"memory": "1g"}, "memory", "unknown key"),
        (
            {
                "credentials": {"a": "/a"},
                "files": [{"name": "a", "target": "/a", "content": "", "secret": True}],
            },
            "files[0].name",
            "the name of credentials.a",
        ),
        ({"needs": ["db"]}, "needs[0]", "found 'db', which is no service of the app"),
        ({"needs": ["web"]}, "needs[0]", "found the service itself"),
    ],
)
def test_what_is_wrong(service: dict[str, Any], path: str, part: str) -> None:
    _app, findings = read_app({"name": "shop", "services": {"web": {"exec": "venv/bin/web", **service}}})
    assert [finding.path for finding in findings] == [f"services.web.{path}"], findings
    assert part in findings[0].as_text()


def test_secrets_are_in_no_message() -> None:
    file = {"name": "a", "target": "/a", "content": ["hush"], "secret": True}
    _app, findings = read_app(
        {"name": "a", "services": {"web": {"exec": 5, "environment": {"A": ["hush"]}, "files": [file]}}}
    )
    assert len(findings) == 3 and "hush" not in str(findings)


@pytest.mark.parametrize(
    ("options", "path", "part"),
    [
        ({}, "name", "expected a name"),
        ({"name": "Shop!"}, "name", "expected a name of a-z"),
        ({"name": "shop", "root": "srv"}, "root", "an absolute path"),
        ({"name": "shop", "root": '/srv/"shop"'}, "root", "a quote"),
        ({"name": "shop", "services": 5}, "services", "expected a list of services"),
        ({"name": "shop", "services": {"web": 5}}, "services.web", "expected a mapping"),
        ({"name": "shop", "services": ["web"]}, "services[0]", "expected a mapping"),
        ({"name": "shop", "services": [{"exec": "a"}]}, "services[0].name", "the key is missing"),
        ({"name": "shop", "services": [{"name": "a", "exec": "a"}] * 2}, "services.a", "found twice"),
        (
            {"name": "shop", "services": {"a": {"exec": "a", "needs": ["b"]}, "b": {"exec": "b", "needs": ["a"]}}},
            "services.a.needs",
            "found a circle: a -> b -> a",
        ),
        (
            {
                "name": "a",
                "services": {
                    "a": {"exec": "a", "directories": ["d"]},
                    "b": {"exec": "b", "user": "x", "directories": ["d"]},
                },
            },
            "services.a.directories",
            "a and b share d, and run as a user that systemd makes up and x",
        ),
        (
            {
                "name": "a",
                "services": [
                    {"name": "a", "exec": "a", "directories": "d/e"},
                    {"name": "b", "exec": "b", "directories": "d"},
                ],
            },
            "services.a.directories",
            "d/e of a and d of b lie in each other",
        ),
    ],
)
def test_what_is_wrong_with_an_app(options: dict[str, Any], path: str, part: str) -> None:
    _app, findings = read_app(options)
    assert [finding.path for finding in findings] == [path], findings
    assert part in findings[0].as_text()


def test_the_default_root() -> None:
    assert app().root == "/srv/slipway/shop"
    assert read_app({"name": "shop", "root": "/opt/shop/"})[0].root == "/opt/shop"


def test_what_is_null_is_left_out() -> None:
    assert web(limits=None, user=None, ready=None) == wish.Service("web", ("venv/bin/web",))


def test_plain_values_are_read_again() -> None:
    made = app(
        limits={"cpus": "0.50"},
        stop_seconds="500ms",
        files=[{"name": "a", "target": "/a", "content": "x", "mode": "0400"}],
    )
    assert read_app(as_options(made)) == (made, [])


@pytest.mark.parametrize(
    ("service", "facts", "path", "part"),
    [
        ({"user": "shop"}, HostFacts(users={"shop": False}), "user", "found 'shop', expected a user of the host"),
        ({"group": "shop"}, HostFacts(groups={"shop": False}), "group", "expected a group of the host"),
        ({"limits": {"memory": "64G"}}, HostFacts(memory=2**32), "limits.memory", "found 65536 MiB, expected at most"),
        ({"limits": {"memory_low": "5G"}}, HostFacts(memory=2**32), "limits.memory_low", "4096 MiB"),
        ({"limits": {"cpus": 8}}, HostFacts(cpus=2), "limits.cpus", "it limits nothing"),
        ({"ports": [80]}, HostFacts(), "ports", "found 80, expected a port from 1024 up, or capabilities: [CAP_NET_B"),
        ({"ports": [80], "user": "root"}, HostFacts(), "ports", "found 80"),
        (
            {"exec": "/bin/web"},
            HostFacts(paths={"/bin/web": PathFacts(MISSING)}),
            "exec",
            "expected a program, and there is none",
        ),
        ({"exec": "/bin/web"}, HostFacts(paths={"/bin/web": FREE}), "exec", "may not be executed"),
        ({"exec": "/bin"}, HostFacts(paths={"/bin": PathFacts(FOLDER, 0o755, True)}), "exec", "there is a folder"),
        ({"working_dir": "/a"}, HostFacts(paths={"/a": FREE}), "working_dir", "expected a folder, and there is a file"),
        ({"credentials": {"a": "/a"}}, HostFacts(paths={"/a": PathFacts(MISSING)}), "credentials.a", "expected a file"),
        (
            {"credentials": {"a": "/a"}},
            HostFacts(paths={"/a": PathFacts(FILE, 0o640)}),
            "credentials.a",
            "mode 0640, expected 0600",
        ),
        (
            {"environment_files": ["/a"]},
            HostFacts(paths={"/a": PathFacts(FILE, 0o644)}),
            "environment_files[0]",
            "others can read it",
        ),
        (
            {"binds": [{"source": "/a", "target": "/b"}]},
            HostFacts(paths={"/a": PathFacts(MISSING)}),
            "binds[0].source",
            "there is none",
        ),
        ({"working_dir": "/var/tmp/a"}, HostFacts(), "working_dir", "its /tmp is its own"),
        ({"ports": [8080, 8080]}, HostFacts(), "ports", "found 8080, which is in its ports, too"),
        (
            {"ports": [8080]},
            HostFacts(listeners=(Listener(8080, "::", "nginx.service", "nginx (pid 5)"),)),
            "ports",
            "on which nginx (pid 5) listens",
        ),
        (
            {"sockets": ["127.0.0.1:8080"]},
            HostFacts(listeners=(Listener(8080, "0.0.0.0"),)),
            "sockets",
            "another program",
        ),
    ],
)
def test_what_the_host_lacks(service: dict[str, Any], facts: HostFacts, path: str, part: str) -> None:
    found = problems(app(**service), facts)
    assert [finding.path for finding in found] == [f"services.web.{path}"], found
    assert part in found[0].as_text()


@pytest.mark.parametrize(
    ("service", "facts"),
    [
        (
            {"user": "shop", "ports": [80], "credentials": {"a": "/a"}, "capabilities": ["NET_BIND_SERVICE"]},
            HostFacts(),
        ),
        ({"user": "shop", "credentials": {"a": "/a"}}, HostFacts(users={"shop": True}, paths={"/a": FREE})),
        ({"exec": "/bin/web", "limits": {"memory": "1G"}}, HostFacts(paths={"/bin/web": PROGRAM}, memory=2**30)),
        ({"sockets": [80]}, HostFacts(listeners=(Listener(80, "::", "shop-web.socket"),))),
        (
            {"ports": [8080]},
            HostFacts(listeners=(Listener(8080, "::", "shop-old.service"),), own_units=frozenset({"shop-old.service"})),
        ),
        ({"ports": [80], "user": "root", "hardening": {"CapabilityBoundingSet": False}}, HostFacts()),
        ({"sockets": ["127.0.0.1:8080", "127.0.0.2:8080"]}, HostFacts(listeners=(Listener(8080, "127.0.0.3"),))),
        ({"working_dir": "/tmp/a", "user": "shop", "hardening": {"PrivateTmp": False}}, HostFacts()),
    ],
)
def test_what_is_fine(service: dict[str, Any], facts: HostFacts) -> None:
    assert problems(app(**service), facts) == []


def test_two_services_on_one_port() -> None:
    services = {"a": {"exec": "a", "ports": [8080]}, "b": {"exec": "b", "sockets": ["127.0.0.1:8080"]}}
    made, _findings = read_app({"name": "shop", "services": services})
    assert [finding.as_text() for finding in problems(made, HostFacts())] == [
        "services.b.sockets: found 8080, which is in ports of a, too; expected a port that is free [port-twice]"
    ]


def test_what_is_looked_at() -> None:
    wanted = asked(
        app(
            exec="/bin/web",
            working_dir="/srv",
            user="shop",
            group="www",
            ports=[8080],
            sockets=[81, "127.0.0.1:82", "/run/a"],
            credentials={"a": "/a"},
            environment_files=["/b"],
            binds=[{"source": "/c", "target": "/d"}],
        )
    )
    assert (wanted.users, wanted.groups, wanted.ports) == ({"shop"}, {"www"}, {8080, 81, 82})
    assert wanted.paths == {"/bin/web", "/srv", "/a", "/b", "/c"}


def test_a_warning_stops_nothing() -> None:
    assert [finding.severity for finding in problems(app(limits={"cpus": 8}), HostFacts(cpus=2))] == [WARNING]
