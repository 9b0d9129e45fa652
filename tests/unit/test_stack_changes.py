# SPDX-License-Identifier: GPL-3.0-or-later
"""Reasons in words: what changed in a service, without the secrets in it."""

from __future__ import annotations

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.changes import (
    limited,
    port,
    service_changes,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.containers import against_container

from .stack_values import stack

MOUNT = {"type": "bind", "source": "/srv/a", "target": "/a"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ({"image": "a:1"}, {"image": "a:2"}, ["image a:1 -> a:2"]),
        ({"environment": {"A": "1"}}, {"environment": {"A": "2"}}, ["environment A 1 -> 2"]),
        ({"environment": {"A": "1"}}, {"environment": {"A": None}}, ["environment A changed"]),
        ({"environment": {"A": None}}, {"environment": {}}, ["environment A removed"]),
        ({}, {"environment": {"A": "x"}}, ["environment A added"]),
        ({"environment": {"A": "$$x"}}, {"environment": {"A": "y"}}, ["environment A $x -> y"]),
        ({"environment": {"A": "x" * 41}}, {"environment": {"A": "y"}}, ["environment A changed"]),
        ({"environment": {"A": ""}}, {"environment": {"A": "y"}}, ["environment A changed"]),
        ({"environment": {"A": "x\ny"}}, {"environment": {"A": "y"}}, ["environment A changed"]),
        ({"command": ["a"]}, {"command": ["b"]}, ["command changed"]),
        ({"command": None}, {"command": ["b"]}, ["command added"]),
        ({"entrypoint": ["a"]}, {}, ["entrypoint removed"]),
        (
            {"ports": [{"target": 80, "published": "8080"}]},
            {"ports": [{"target": 80, "published": "8081", "host_ip": "127.0.0.1"}]},
            ["port 127.0.0.1:8081:80 added", "port 8080:80 removed"],
        ),
        ({"volumes": [MOUNT]}, {"volumes": [{**MOUNT, "source": "/srv/b"}]}, ["mount /a changed"]),
        ({"volumes": []}, {"volumes": [MOUNT]}, ["mount /a added"]),
        ({"networks": {"x": None}}, {"networks": {"y": None}}, ["network y added", "network x removed"]),
        ({"networks": {"x": None}}, {"networks": {"x": {"aliases": ["z"]}}}, ["network x changed"]),
        ({"labels": {"a": "1"}}, {"labels": {"a": "2"}}, ["label a 1 -> 2"]),
        ({"configs": []}, {"configs": [{"source": "app", "target": "/app"}]}, ["config app added"]),
        ({"secrets": [{"source": "key"}]}, {"secrets": [{"source": "key", "mode": 256}]}, ["secret key changed"]),
        ({"tmpfs": ["/tmp"]}, {"tmpfs": ["/run"]}, ["tmpfs /run added", "tmpfs /tmp removed"]),
        ({"mem_limit": "1"}, {"mem_limit": "2"}, ["mem_limit 1 -> 2"]),
        ({"tty": True}, {"tty": False}, ["tty true -> false"]),
        ({}, {"cap_add": ["NET_ADMIN"]}, ["cap_add added"]),
        (
            {"deploy": {"resources": {"limits": {"memory": "1"}}}},
            {"deploy": {"resources": {"limits": {"memory": "2"}}}},
            ["deploy.resources.limits.memory 1 -> 2"],
        ),
        ({"deploy": {"replicas": 1}}, {"deploy": {"replicas": 2}}, []),
        ({"scale": 1, "build": {}, "pull_policy": "x"}, {"scale": 2}, []),
        ({"depends_on": {}}, {"depends_on": {"db": {}}}, ["depends_on changed"]),
        ({"depends_on": {}, "tty": True}, {"depends_on": {"db": {}}}, ["tty removed"]),
        (
            {"healthcheck": {"test": ["CMD", "a"]}},
            {"healthcheck": {"test": ["CMD", "b"]}},
            ["healthcheck changed"],
        ),
    ],
)
def test_each_kind_of_change(old, new, said):
    assert service_changes(old, new) == said


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"environment": {"DB_PASSWORD": "old-secret"}}, {"environment": {"DB_PASSWORD": "new-secret"}}),
        ({"environment": {"URL": "http://u:old-secret@h"}}, {"environment": {"URL": "http://u:new-secret@h"}}),
        ({"environment": {"ARGS": "--password old-secret"}}, {"environment": {"ARGS": "--password new-secret"}}),
        ({"labels": {"api.token": "old-secret"}}, {"labels": {"api.token": "new-secret"}}),
        ({"command": ["--password", "old-secret"]}, {"command": ["--password", "new-secret"]}),
        ({"healthcheck": {"test": ["CMD", "old-secret"]}}, {"healthcheck": {"test": ["CMD", "new-secret"]}}),
        (
            {"logging": {"options": {"splunk-token": "old-secret"}}},
            {"logging": {"options": {"splunk-token": "new-secret"}}},
        ),
    ],
)
def test_no_secret_is_said(old, new):
    said = service_changes(old, new)
    assert len(said) == 1
    assert "secret" not in said[0].replace("secrets", "")
    assert said[0].endswith("changed")


def test_eight_are_said_and_the_rest_is_counted():
    assert limited(str(number) for number in range(8)) == tuple("01234567")
    assert limited(str(number) for number in range(10)) == (*"01234567", "and 2 more")
    assert limited(["a", "b", "a"]) == ("a", "b")


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        (("", "8080", 80, "tcp"), "8080:80"),
        (("127.0.0.1", "53", 53, "udp"), "127.0.0.1:53:53/udp"),
        (("::1", "8080", 80, "tcp"), "[::1]:8080:80"),
        (("", None, 80, "tcp"), "80"),
        (("", "8000-8010", 80, None), "8000-8010:80"),
    ],
)
def test_a_port_as_people_write_it(facts, text):
    assert port(*facts) == text


INSPECTED = {
    "Config": {
        "Image": "app:1",
        "Env": ["PATH=/bin", "A=1", "EMPTY=", "DB_PASSWORD=old"],
        "Cmd": ["serve"],
        "Entrypoint": None,
        "Labels": {"a": "1", "com.docker.compose.project": "shop"},
        "User": "",
        "WorkingDir": "/app",
    },
    "HostConfig": {
        "RestartPolicy": {"Name": "always"},
        "PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}], "53/udp": None},
    },
    "Mounts": [{"Destination": "/data/"}],
    "NetworkSettings": {"Networks": {"shop_back": {}, "edge": {}}},
}
SAME = {
    "image": "app:1",
    "restart": "always",
    "environment": {"A": "1", "EMPTY": "", "HOST": None},
    "ports": [{"target": 80, "published": "8080"}],
    "networks": {"back": None},
}


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({}, []),
        ({"image": "app:2"}, ["image app:1 -> app:2"]),
        ({"environment": {"A": "2", "B": "x"}}, ["environment A 1 -> 2", "environment B added"]),
        ({"environment": {"DB_PASSWORD": "new"}}, ["environment DB_PASSWORD changed"]),
        ({"command": ["serve"]}, []),
        ({"command": ["other"]}, ["command changed"]),
        ({"entrypoint": ["/x"]}, ["entrypoint changed"]),
        ({"user": "1000"}, ["user added"]),
        ({"working_dir": "/srv"}, ["working_dir /app -> /srv"]),
        ({"ports": []}, ["port 8080:80 removed"]),
        ({"ports": [{"target": 81, "published": "8081"}]}, ["port 8081:81 added", "port 8080:80 removed"]),
        ({"volumes": [{"type": "volume", "source": "d", "target": "/data"}]}, []),
        ({"volumes": [{"type": "volume", "source": "d", "target": "/new"}]}, ["mount /new added"]),
        ({"networks": {}}, ["network back removed"]),
        ({"labels": {"a": "2"}}, ["label a 1 -> 2"]),
        ({"restart": "no"}, ["restart always -> no"]),
        ({"restart": "no", "deploy": {"restart_policy": {"condition": "any"}}}, []),
    ],
)
def test_what_a_container_tells(config, said):
    service = stack({"web": {**SAME, **config}}).services["web"]
    assert against_container(service, INSPECTED, "shop") == said
