# SPDX-License-Identifier: GPL-3.0-or-later
"""From the canonical form of a project to an App."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest
import yaml
from ansible_collections.slipway.containers.plugins.module_utils._core.app import (
    COMPLETED,
    HEALTHY,
    STARTED,
    Amount,
    Dependency,
    FileReference,
    HealthCheck,
    Mount,
    Port,
    Service,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.compose_app import app
from ansible_collections.slipway.containers.plugins.module_utils._core.extensions import (
    EcsOptions,
    EfsVolume,
    KubernetesOptions,
    SystemdOptions,
)

from tools.docs_extensions import EXAMPLE

#: What `docker compose config` of Compose 2.40.3 prints for a file with everything that an App speaks of.
PRINTED = """\
name: shop
services:
  db:
    deploy:
      replicas: 3
      resources:
        limits:
          cpus: 0.5
          memory: "1073741824"
          pids: 10
        reservations:
          cpus: 0.25
          memory: "20971520"
    healthcheck:
      disable: true
    image: pg
    networks:
      default: null
    x-kubernetes: null
  web:
    command:
      - echo
      - hi
    configs:
      - source: c1
    cpus: 0.5
    depends_on:
      db:
        condition: service_healthy
        restart: true
        required: true
      job:
        condition: service_completed_successfully
        required: false
    entrypoint: []
    environment:
      A: "1"
      B: null
    healthcheck:
      test:
        - CMD-SHELL
        - curl x
      timeout: 500ms
      interval: 30s
      retries: 3
      start_period: 1m0s
      start_interval: 2s
    image: nginx
    mem_limit: "104857600"
    mem_reservation: "52428800"
    networks:
      default: null
    ports:
      - mode: ingress
        target: 80
        published: "8080"
        protocol: tcp
      - mode: ingress
        host_ip: 127.0.0.1
        target: 5000
        protocol: udp
      - name: ssh
        mode: host
        target: 22
        published: 2200-2210
        protocol: tcp
        app_protocol: http
    scale: 2
    secrets:
      - source: s1
        target: /run/secrets/s1
      - source: s1
        target: foo
        uid: "1"
        gid: "2"
        mode: "0400"
    stop_grace_period: 1m30s
    volumes:
      - type: volume
        source: data
        target: /data
        read_only: true
        volume: {}
      - type: bind
        source: /srv/src
        target: /src
        bind:
          create_host_path: true
      - type: volume
        target: /anon
        volume: {}
      - type: tmpfs
        target: /t
        tmpfs:
          size: "10485760"
    x-ecs:
      cpu: "256"
      efs:
        data: fs-0123456789abcdef0
    x-systemd:
      exec: run
  job:
    image: x
    healthcheck:
      test:
        - NONE
    networks:
      default: null
networks:
  default:
    name: shop_default
volumes:
  data:
    name: shop_data
  cache: null
secrets:
  s1:
    name: shop_s1
    file: /srv/s
configs:
  c1:
    name: shop_c1
    content: x
x-logging:
  driver: json-file
"""
CANONICAL = yaml.safe_load(PRINTED)


def service(**keys: Any) -> Service:
    return app({"name": "shop", "services": {"web": keys}})[0].services["web"]


def test_a_printed_project() -> None:
    project, findings = app(CANONICAL)
    assert findings == []
    assert project.name == "shop"
    assert list(project.services) == ["db", "web", "job"]
    assert project.networks == {"default": {"name": "shop_default"}}
    assert project.volumes == {"data": {"name": "shop_data"}, "cache": {}}
    assert project.secrets == {"s1": {"name": "shop_s1", "file": "/srv/s"}}
    assert project.configs == {"c1": {"name": "shop_c1", "content": "x"}}
    assert project.services["web"] == Service(
        name="web",
        keys=CANONICAL["services"]["web"],
        image="nginx",
        command=("echo", "hi"),
        entrypoint=(),
        environment={"A": "1", "B": None},
        ports=(
            Port(80, "8080"),
            Port(5000, None, "udp", "127.0.0.1"),
            Port(22, "2200-2210", "tcp", None, "host", "ssh", "http"),
        ),
        mounts=(
            Mount("volume", "/data", "data", True, {}),
            Mount("bind", "/src", "/srv/src", False, {"create_host_path": True}),
            Mount("volume", "/anon"),
            Mount("tmpfs", "/t", None, False, {"size": "10485760"}),
        ),
        dependencies=(Dependency("db", HEALTHY, True), Dependency("job", COMPLETED, False)),
        healthcheck=HealthCheck(("CMD-SHELL", "curl x"), Decimal(30), Decimal("0.5"), Decimal(60), 3),
        limits=Amount(Decimal("0.5"), 104857600),
        reservations=Amount(None, 52428800),
        replicas=2,
        secrets=(FileReference("s1", "/run/secrets/s1"), FileReference("s1", "/run/secrets/foo", "1", "2", "0400")),
        configs=(FileReference("c1", "/c1"),),
        stop_grace_period=Decimal(90),
        ecs=EcsOptions(cpu=256, efs={"data": EfsVolume("fs-0123456789abcdef0")}),
        systemd=SystemdOptions(exec=("run",)),
    )


def test_a_service_that_says_its_resources_under_deploy() -> None:
    db = app(CANONICAL)[0].services["db"]
    assert db.limits == Amount(Decimal("0.5"), 1024**3)
    assert db.reservations == Amount(Decimal("0.25"), 20 * 1024**2)
    assert db.replicas == 3
    assert db.healthcheck == HealthCheck(disabled=True)
    assert db.kubernetes == KubernetesOptions()


def test_a_service_that_says_nothing() -> None:
    assert service(image="nginx") == Service("web", {"image": "nginx"}, image="nginx")
    assert service(image="nginx").command is None
    assert service(image="nginx").entrypoint is None


def test_nothing_at_all() -> None:
    project, findings = app({})
    assert (project.name, project.services, findings) == ("", {}, [])
    assert app({"name": "x", "services": {"web": None}})[0].services["web"] == Service("web", {})


def test_what_is_given_stays_as_it_is() -> None:
    before = copy.deepcopy(CANONICAL)
    app(CANONICAL)
    assert before == CANONICAL


@pytest.mark.parametrize(
    ("keys", "limits", "reservations"),
    [
        ({"cpus": 1}, Amount(Decimal(1)), Amount()),
        ({"cpus": 0.1}, Amount(Decimal("0.1")), Amount()),
        ({"mem_limit": "1048576"}, Amount(None, 1048576), Amount()),
        ({"mem_reservation": "1048576"}, Amount(), Amount(None, 1048576)),
        ({"cpus": 0, "mem_limit": "0", "mem_reservation": "0"}, Amount(), Amount()),
        ({"deploy": {"resources": {"limits": {"memory": "5"}}}, "cpus": 2}, Amount(Decimal(2), 5), Amount()),
        ({"deploy": {"resources": {"limits": {"cpus": 3, "memory": "5"}}}, "cpus": 2}, Amount(Decimal(3), 5), Amount()),
        ({"deploy": {"resources": {"limits": {"pids": 10}}}}, Amount(), Amount()),
        ({"deploy": {"resources": {"limits": {"cpus": 0, "memory": "0"}}}}, Amount(), Amount()),
        ({"deploy": {"resources": {"reservations": {"cpus": 0.25}}}}, Amount(), Amount(Decimal("0.25"))),
        ({"deploy": {"resources": None}}, Amount(), Amount()),
    ],
)
def test_resources(keys: dict[str, Any], limits: Amount, reservations: Amount) -> None:
    made = service(**keys)
    assert (made.limits, made.reservations) == (limits, reservations)


@pytest.mark.parametrize(
    ("keys", "replicas"),
    [
        ({}, 1),
        ({"scale": 0}, 0),
        ({"scale": 4}, 4),
        ({"deploy": {"replicas": 0}}, 0),
        ({"deploy": {"mode": "global"}}, 1),
    ],
)
def test_replicas(keys: dict[str, Any], replicas: int) -> None:
    assert service(**keys).replicas == replicas


@pytest.mark.parametrize(
    ("keys", "disabled"),
    [
        ({"test": ["NONE"]}, True),
        ({"test": ["NONE", "ignored"]}, True),
        ({"disable": True}, True),
        ({"disable": False}, False),
        ({"test": ["CMD", "NONE"]}, False),
    ],
)
def test_a_healthcheck_that_is_turned_off(keys: dict[str, Any], disabled: bool) -> None:
    check = service(healthcheck=keys).healthcheck
    assert check is not None and check.disabled is disabled


def test_a_healthcheck_of_the_image_with_other_times() -> None:
    assert service(healthcheck={"interval": "1m0s"}).healthcheck == HealthCheck(interval=Decimal(60))


def test_a_dependency_that_only_starts() -> None:
    made = service(depends_on={"db": {"condition": "service_started"}})
    assert made.dependencies == (Dependency("db", STARTED, True),)


@pytest.mark.parametrize(
    ("written", "target", "mode"),
    [
        ({"source": "s"}, "/run/secrets/s", None),
        ({"source": "s", "target": "a/b"}, "/run/secrets/a/b", None),
        ({"source": "s", "target": "/etc/s", "mode": "0440"}, "/etc/s", "0440"),
        ({"source": "s", "mode": 256}, "/run/secrets/s", "0400"),  # as Compose 2.26 prints 0400
    ],
)
def test_where_a_secret_is(written: dict[str, Any], target: str, mode: str | None) -> None:
    assert service(secrets=[written]).secrets == (FileReference("s", target, mode=mode),)
    at_the_root = target.replace("/run/secrets", "")
    assert service(configs=[written]).configs == (FileReference("s", at_the_root, mode=mode),)


def test_problems_of_all_services_come_at_once() -> None:
    services = {f"s{number}": {"image": "x", "x-ecs": {"cpu": "many"}} for number in range(3)}
    project, findings = app({"name": "x", "services": services})
    assert [finding.path for finding in findings] == [f"services.s{number}.x-ecs.cpu" for number in range(3)]
    assert len(project.services) == 3


def test_anonymous_and_bound_volumes_have_no_file_system() -> None:
    volumes = [{"type": "volume", "target": "/a"}, {"type": "bind", "source": "data", "target": "/b"}]
    _project, findings = app(
        {"services": {"web": {"volumes": volumes, "x-ecs": {"efs": {"data": "fs-0123456789abcdef0"}}}}}
    )
    assert [(finding.path, finding.hint) for finding in findings] == [
        ("services.web.x-ecs.efs.data", "it mounts no named volume")
    ]


def test_the_example_of_the_reference_page() -> None:
    written = yaml.safe_load(EXAMPLE)
    written["services"]["web"]["ports"] = [{"target": 8501}]
    written["services"]["web"]["volumes"] = [{"type": "volume", "source": "data", "target": "/app/data"}]
    project, findings = app(written)
    assert findings == []
    assert (project.services["web"].ecs.cpu, project.services["web"].ecs.memory) == (1024, 2048)
