# SPDX-License-Identifier: GPL-3.0-or-later
"""What stops a run before it changes anything, and what does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.plan import CREATE, Plan, Step
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.ports import BusyPort
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.preflight import (
    DIRECTORY,
    FILE,
    MISSING,
    HostFacts,
    check,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.present import (
    LABEL,
    Network,
    Present,
    Volume,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.wish import Wish

from .stack_values import IMAGE_ID, as_wanted, container, plan, stack

MIB = 1024 * 1024
EMPTY = Present(images={"app:1": IMAGE_ID})


def rules(project, present=EMPTY, wish=None, made=None, **host):
    wish = wish or Wish()
    made = made or plan(project, present, wish=wish)
    found = check(project, present, made, wish, HostFacts(**host))
    return [(one.rule, one.severity) for one in found]


def web(**config):
    return stack({"web": config})


def published(port="8080", **more):
    return web(ports=[{"target": 80, "published": port, **more}])


# Ports.


@pytest.mark.parametrize(
    ("wanted", "there", "severity"),
    [
        ("", "0.0.0.0", "error"),
        ("", "::", "error"),
        ("", "127.0.0.1", "error"),
        ("", "::1", "error"),
        ("0.0.0.0", "0.0.0.0", "error"),
        ("0.0.0.0", "127.0.0.1", "error"),
        ("0.0.0.0", "::1", None),
        ("0.0.0.0", "::", "warning"),
        ("127.0.0.1", "0.0.0.0", "error"),
        ("127.0.0.1", "::", "warning"),
        ("127.0.0.1", "::ffff:127.0.0.1", "error"),
        ("127.0.0.1", "10.0.0.1", None),
        ("127.0.0.1", "::1", None),
        ("::1", "::", "error"),
        ("::1", "0.0.0.0", None),
        ("::", "::1", "error"),
    ],
)
def test_which_addresses_get_in_each_others_way(wanted, there, severity):
    found = rules(published(host_ip=wanted), busy_ports=(BusyPort(8080, there),))
    assert found == ([("port-taken", severity)] if severity else [])


@pytest.mark.parametrize(
    ("port", "busy", "taken"),
    [
        ("8080", (8081,), False),
        ("8000-8002", (8000, 8001), False),  # the engine takes 8002
        ("8000-8002", (8000, 8001, 8002), True),
        ("0", (8080,), False),
        (None, (8080,), False),
    ],
)
def test_a_range_is_taken_when_all_of_it_is(port, busy, taken):
    found = rules(published(port), busy_ports=tuple(BusyPort(one, "0.0.0.0") for one in busy))
    assert found == ([("port-taken", "error")] if taken else [])


def test_udp_and_tcp_are_two_ports():
    assert rules(published(protocol="udp"), busy_ports=(BusyPort(8080, "0.0.0.0"),)) == []


def holding(name, service="", **more):
    ports = ({"IP": "0.0.0.0", "PublicPort": 8080, "PrivatePort": 80, "Type": "tcp"},)
    return container(service or name, ports=ports, **more)


BUSY = (BusyPort(8080, "0.0.0.0"), BusyPort(8080, "::"))


def test_a_container_is_not_in_its_own_way():
    for changes in ({"config_hash": "old"}, {"state": "paused"}):
        there = replace(EMPTY, containers=(holding("web", **changes),))
        assert plan(published(), there).changed
        assert rules(published(), there, busy_ports=BUSY) == []


def test_a_container_that_leaves_in_this_run_is_not_in_the_way():
    there = replace(EMPTY, containers=(holding("old"),))
    assert rules(published(), there, busy_ports=BUSY) == [("port-taken", "error")]
    assert rules(published(), there, Wish(remove_orphans=True), busy_ports=BUSY) == []


def test_without_the_userland_proxy_nobody_listens_and_the_port_is_taken():
    there = replace(EMPTY, containers=(holding("old"),))
    assert rules(published(), there) == [("port-taken", "error")]


def test_the_holder_is_named():
    there = replace(EMPTY, containers=(holding("old"),))
    project = published()
    messages = [
        check(project, present, plan(project, present), Wish(), HostFacts(busy_ports=busy))[0].message
        for present, busy in (
            (there, BUSY),
            (EMPTY, (BusyPort(8080, "::", holder="nginx (pid 7)"),)),
            (EMPTY, (BusyPort(8080, "0.0.0.0"),)),
        )
    ]
    assert messages == [
        "host port 8080 is taken by shop-old-1",
        "host port 8080 is taken by nginx (pid 7)",
        "host port 8080 is taken",
    ]


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ({}, {}, True),
        ({"host_ip": "127.0.0.1"}, {"host_ip": "127.0.0.2"}, False),
        ({"host_ip": "127.0.0.1"}, {}, True),
        ({"protocol": "udp"}, {}, False),
    ],
)
def test_two_services_on_one_port(first, second, same):
    ports = [[{"target": 80, "published": "8080", **more}] for more in (first, second)]
    project = stack({"a": {"ports": ports[0]}, "b": {"ports": ports[1]}})
    assert rules(project) == ([("port-twice", "error")] if same else [])


def test_replicas_cannot_share_a_fixed_port_or_a_name():
    port = {"target": 80, "published": "8080"}
    assert rules(web(ports=[port], scale=2)) == [("port-replicas", "error")]
    assert rules(web(ports=[{**port, "published": "8080-8081"}], scale=2)) == []
    assert rules(web(container_name="x", scale=2)) == [("name-replicas", "error")]


def test_a_name_that_another_project_has():
    names = {"x": "somebody"}
    assert rules(web(container_name="x"), container_names=names) == [("name-taken", "error")]
    own = replace(EMPTY, containers=(container("web", id="somebody", config_hash="old"),))
    assert rules(web(container_name="x"), own, container_names=names) == []


# Files.


def bound(source, target, **bind):
    return web(volumes=[{"type": "bind", "source": source, "target": target, "bind": bind}])


@pytest.mark.parametrize(
    ("source", "target", "creates", "kind", "found"),
    [
        ("/srv/nginx.conf", "/etc/nginx.conf", True, MISSING, True),
        ("/srv/nginx.conf", "/etc/nginx.conf", True, FILE, False),
        ("/srv/data", "/data", True, MISSING, False),  # Docker makes the folder, as it was meant
        ("/srv/conf.d", "/etc/conf.d", True, MISSING, False),
        ("/srv/data", "/data", False, MISSING, True),
        ("/srv/data", "/data", False, DIRECTORY, False),
        ("/srv/data", "/data", False, None, False),  # nobody looked
    ],
)
def test_a_bind_source_that_is_not_there(source, target, creates, kind, found):
    project = bound(source, target, create_host_path=creates)
    paths = {source: kind} if kind else {}
    assert rules(project, paths=paths) == ([("bind-missing", "error")] if found else [])


@pytest.mark.parametrize(
    ("kind", "found"), [(MISSING, [("file-missing", "error")]), (DIRECTORY, [("file-missing", "error")]), (FILE, [])]
)
def test_the_file_of_a_secret(kind, found):
    project = stack({"web": {"secrets": [{"source": "key"}]}}, secrets={"key": {"file": "/srv/key"}})
    assert rules(project, paths={"/srv/key": kind}) == found


def test_the_variable_of_a_secret():
    project = stack({"web": {"secrets": [{"source": "key"}]}}, secrets={"key": {"environment": "KEY"}})
    assert rules(project, variables=frozenset()) == [("variable-missing", "error")]
    assert rules(project, variables=frozenset(["KEY"])) == []
    assert rules(project) == []


def test_files_of_a_service_that_stays_are_not_looked_at():
    project = stack(
        {"web": {"volumes": [{"type": "bind", "source": "/a.conf", "target": "/a.conf"}]}, "side": {"image": "app:1"}}
    )
    there = replace(as_wanted(project), containers=as_wanted(project).of("web"))
    assert plan(project, there).step("side").action == CREATE
    assert rules(project, there, paths={"/a.conf": MISSING}) == []


# Networks, volumes, images.


def test_external_networks_and_volumes_have_to_be_there():
    project = stack(
        {"web": {"networks": {"up": None}, "volumes": [{"type": "volume", "source": "data", "target": "/data"}]}},
        networks={"up": {"name": "edge", "external": True}},
        volumes={"data": {"name": "store", "external": True}},
    )
    assert rules(project) == [("network-missing", "error"), ("volume-missing", "error")]
    there = replace(EMPTY, networks={"edge": Network("1", "edge", {})}, volumes={"store": Volume("store", {})})
    assert rules(project, there) == []


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ({f"{LABEL}network": "back"}, []),
        ({f"{LABEL}network": "other"}, [("network-foreign", "error")]),
        ({}, [("network-foreign", "error")]),
    ],
)
def test_a_network_that_was_made_by_hand_has_compose_refuse(labels, found):
    project = stack({"web": {"networks": {"back": None}}}, networks={"back": {}})
    there = replace(EMPTY, networks={"shop_back": Network("id-of-back", "shop_back", labels)})
    assert rules(project, there) == found


@pytest.mark.parametrize(
    ("config", "wish", "found"),
    [
        ({}, Wish(), []),
        ({}, Wish(pull="never"), [("image-missing", "error")]),
        ({"pull_policy": "never"}, Wish(), [("image-missing", "error")]),
        ({"build": {"context": "/src"}}, Wish(), []),
        ({"build": {"context": "/src"}}, Wish(build="never"), [("image-missing", "error")]),
        ({"provider": {"type": "model"}}, Wish(pull="never"), []),
    ],
)
def test_an_image_that_is_not_there(config, wish, found):
    project = stack({"web": config, "side": {"image": "side:1"}})
    assert rules(project, Present(images={"side:1": IMAGE_ID}), wish) == found


def test_an_image_that_nobody_serves():
    registry = {"app:1": "manifest unknown"}
    assert rules(web(), Present(), registry=registry) == [("image-unreachable", "error")]
    assert rules(web(), EMPTY, registry=registry) == []
    stays = replace(as_wanted(web()), images={})
    assert rules(web(), stays, registry=registry) == [("image-unreachable", "error")]


def test_compose_wants_the_images_of_what_stays_too():
    project = stack({"db": {"image": "db:1"}, "web": {"depends_on": ["db"]}, "side": {"image": "gone:1"}})
    there = as_wanted(project)
    web_missing = replace(
        there, containers=tuple(one for one in there.containers if one.service != "web"), images={"app:1": IMAGE_ID}
    )
    assert rules(project, web_missing, Wish(pull="never")) == [("image-missing", "error")]


# Room.


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ({"free_bytes": 10 * MIB, "total_bytes": 100 * MIB}, [("disk-full", "error")]),
        ({"free_bytes": 200 * MIB, "total_bytes": 10_000 * MIB}, [("disk-full", "warning")]),
        ({"free_bytes": 200 * MIB}, []),
        ({"free_bytes": 5000 * MIB, "total_bytes": 10_000 * MIB}, []),
        ({"free_inodes": 10, "total_inodes": 100}, [("inodes-full", "error")]),
        ({"free_inodes": 10_000, "total_inodes": 1_000_000}, [("inodes-full", "warning")]),
        ({"free_inodes": 0, "total_inodes": 0}, []),
    ],
)
def test_room_on_the_disk(host, found):
    assert rules(web(), **host) == found


def test_room_does_not_matter_to_what_is_only_started():
    there = replace(EMPTY, containers=(container("web", state="exited"),))
    assert rules(web(), there, free_bytes=0, total_bytes=1) == []


@pytest.mark.parametrize(
    ("config", "available", "total", "found"),
    [
        ({"mem_limit": str(100 * MIB)}, 200 * MIB, 400 * MIB, []),
        ({"mem_limit": str(100 * MIB), "scale": 3}, 200 * MIB, 400 * MIB, [("memory", "warning")]),
        ({"mem_limit": str(500 * MIB)}, 200 * MIB, 400 * MIB, [("memory", "error")]),
        ({"deploy": {"resources": {"limits": {"memory": str(300 * MIB)}}}}, 200 * MIB, None, [("memory", "warning")]),
        ({}, 0, 1, []),
    ],
)
def test_memory_of_what_comes_in_addition(config, available, total, found):
    assert rules(web(**config), available_memory=available, total_memory=total) == found


def test_a_recreated_container_gives_its_memory_back():
    project = web(mem_limit=str(300 * MIB))
    there = replace(EMPTY, containers=(container("web", config_hash="old"),))
    assert rules(project, there, available_memory=200 * MIB) == []


@pytest.mark.parametrize(
    ("nofile", "found"),
    [(65536, True), ({"soft": 1024, "hard": 65536}, True), ({"soft": 10, "hard": 20}, False), (None, False)],
)
def test_open_files(nofile, found):
    project = web(ulimits={"nofile": nofile})
    assert rules(project, nofile_hard=20000) == ([("open-files", "error")] if found else [])


@pytest.mark.parametrize("wish", [Wish(state="stopped"), Wish(state="absent"), Wish(state="restarted")])
def test_nothing_is_checked_where_nothing_is_made(wish):
    made = Plan((Step("web", CREATE),))
    assert rules(published(), wish=wish, made=made, busy_ports=BUSY, free_bytes=0) == []


def test_nothing_is_checked_where_nothing_changes():
    project = published()
    assert rules(project, as_wanted(project), busy_ports=BUSY, free_bytes=0) == []
