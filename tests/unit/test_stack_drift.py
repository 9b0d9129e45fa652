# SPDX-License-Identifier: GPL-3.0-or-later
"""What was changed on containers by hand, from `inspect` as the engine gives it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.drift import drift

from .stack_values import as_wanted, stack

MIB64 = str(64 * 1024 * 1024)


def found(config, host=None, settings=None, **container):
    project = stack({"web": config}, networks={"back": {}})
    present = as_wanted(project)
    one = replace(present.containers[0], **container)
    inspected = {one.id: {"HostConfig": host or {}, "Config": settings or {}}}
    return drift(project, replace(present, containers=(one,)), inspected).get("web", ())


@pytest.mark.parametrize(
    ("config", "host", "lines"),
    [
        ({}, {"Memory": 0, "RestartPolicy": {"Name": "no"}, "PidsLimit": None}, ()),
        ({"mem_limit": MIB64}, {"Memory": 67108864}, ()),
        ({"mem_limit": MIB64}, {"Memory": 1}, ("memory: 1 instead of 67108864",)),
        ({}, {"Memory": 67108864}, ("memory: 67108864 instead of no limit",)),
        ({"deploy": {"resources": {"limits": {"memory": MIB64}}}}, {"Memory": 67108864}, ()),
        ({"deploy": {"resources": {"reservations": {"memory": MIB64}}}}, {"MemoryReservation": 67108864}, ()),
        ({"mem_reservation": MIB64}, {}, ("memory reservation: no limit instead of 67108864",)),
        ({"pids_limit": 10}, {"PidsLimit": 20}, ("pids: 20 instead of 10",)),
        ({"pids_limit": -1}, {"PidsLimit": -1}, ()),
        ({"cpu_shares": 512}, {"CpuShares": 512}, ()),
        ({"cpus": 0.5}, {"NanoCpus": 500000000}, ()),
        ({"cpus": 0.5}, {"NanoCpus": 1500000000}, ("CPUs: 1.5 instead of 0.5",)),
        ({"deploy": {"resources": {"limits": {"cpus": "0.5"}}}}, {}, ("CPUs: no limit instead of 0.5",)),
        ({}, {"CpuQuota": 50000, "CpuPeriod": 100000}, ("CPUs: 0.5 instead of no limit",)),
        ({"cpu_quota": 50000}, {"CpuQuota": 50000}, ()),
        ({"restart": "always"}, {"RestartPolicy": {"Name": "always"}}, ()),
        ({"restart": "on-failure:3"}, {"RestartPolicy": {"Name": "on-failure"}}, ()),
        ({"restart": "always"}, {}, ("restart policy: no instead of always",)),
        ({"deploy": {"restart_policy": {"condition": "any"}}}, {"RestartPolicy": {"Name": "always"}}, ()),
        ({"deploy": {"restart_policy": {}}}, {"RestartPolicy": {"Name": "always"}}, ()),
        (
            {"deploy": {"restart_policy": {"condition": "none"}}},
            {"RestartPolicy": {"Name": "always"}},
            ("restart policy: always instead of no",),
        ),
    ],
)
def test_limits_and_restart_policy(config, host, lines):
    assert found(config, host) == lines


@pytest.mark.parametrize(
    ("attached", "lines"),
    [
        ({"shop_back": "1"}, ()),
        ({}, ("not attached to network shop_back",)),
        ({"shop_back": "1", "edge": "2"}, ("attached to network edge, which the files do not say",)),
    ],
)
def test_networks(attached, lines):
    assert found({"networks": {"back": None}}, networks=attached) == lines


def test_a_service_of_the_hosts_network_has_none_of_its_own():
    assert found({"network_mode": "host"}, networks={"host": "1"}) == ()


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        ({"Env": ["A=1", "PATH=/bin"], "Image": "app:1"}, ()),
        ({"Env": ["A=2"]}, ("environment A is not what the files say",)),
        ({"Env": []}, ("environment A is not what the files say",)),
        ({"Env": ["A=1"], "Image": "other:1"}, ("made of image other:1 instead of app:1",)),
    ],
)
def test_environment_and_image(settings, lines):
    assert found({"environment": {"A": "1", "FROM_HOST": None}}, settings=settings) == lines


def test_paused_is_told():
    assert found({}, state="paused") == ("is paused",)


def test_what_was_not_inspected_says_nothing():
    project = stack({"web": {"mem_limit": MIB64}})
    assert drift(project, as_wanted(project), {}) == {}
