# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every key of a Compose file, one row each.

Source: the Compose Specification's JSON schema as Compose 2.40.3 carries it, and what `docker compose config` of that
release prints for each key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .kinds import Kind, ListOf, MapOf, Pairs, Replaced, Scalar, Table, Unprinted
from .numbers import plain_text
from .options import device, device_count, file_mode
from .ports import port_defaults, port_key
from .scalars import (
    BUILD_ULIMITS,
    BYTES,
    BYTES_TEXT,
    COMMAND,
    COUNT,
    DISTINCT_TEXTS,
    DURATION,
    DURATION_OR_NONE,
    FLAG,
    HOSTS,
    ITEM,
    LABELS,
    NUMBER,
    ONE_OR_MORE_TEXTS,
    OPTIONS,
    SWITCH,
    TEXT,
    TEXTS,
    ULIMITS,
    UNIQUE_TEXTS,
    VARIABLES,
    WHOLE,
    WHOLE_OPTIONS,
    WRITTEN_WHOLE,
    before_equals,
    between,
    choice,
    health_test,
    matching,
    short,
    size,
    strict_flag,
    text,
    text_or_flag,
    text_or_number,
    whole,
    written_whole,
)
from .special import AddressPools, Gpus, Logging, Ports, ProviderOptions, Resource, SshKeys
from .volumes import volume

NAME = r"^[a-zA-Z0-9._-]+$"


def _with_required(dependency: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, **dependency}


def _with_secret_target(reference: dict[str, Any]) -> dict[str, Any]:
    return {"target": f"/run/secrets/{reference.get('source')}", **reference}


def _with_count(request: dict[str, Any]) -> dict[str, Any]:
    return request if "count" in request or "device_ids" in request else {**request, "count": -1}


def _with_context(build: dict[str, Any]) -> dict[str, Any]:
    return {"context": ".", **build}


FILE_REFERENCE = {
    "source": TEXT,
    "target": TEXT,
    "uid": TEXT,
    "gid": TEXT,
    "mode": Scalar("an octal mode such as 0440", file_mode),
}
SECRET_REFERENCE = Table(FILE_REFERENCE, short=short("source"), complete=_with_secret_target)
CONFIG_REFERENCE = Table(FILE_REFERENCE, short=short("source"))


def _mounted_under(folder: str) -> Callable[[Any], str]:
    return lambda reference: reference.get("target") or f"{folder}/{reference.get('source')}"


HOOK = {"command": COMMAND, "user": TEXT, "privileged": FLAG, "working_dir": TEXT, "environment": VARIABLES}
DEVICE_REQUEST = Table(
    {
        "capabilities": DISTINCT_TEXTS,
        "driver": TEXT,
        "count": Scalar("a whole number, or all", device_count, 0),
        "device_ids": DISTINCT_TEXTS,
        "options": LABELS,
    },
    extensions="dropped",
    complete=_with_count,
)


BUILD = Table(
    {
        "context": TEXT,
        "dockerfile": TEXT,
        "dockerfile_inline": TEXT,
        "entitlements": TEXTS,
        "args": VARIABLES,
        "provenance": Scalar("a text, or true or false", text_or_flag, ""),
        "sbom": Scalar("a text, or true or false", text_or_flag, ""),
        "ssh": SshKeys(lambda value: value, null="kept"),
        "labels": LABELS,
        "cache_from": TEXTS,
        "cache_to": TEXTS,
        "no_cache": FLAG,
        "additional_contexts": Pairs(text, null="refused"),
        "pull": FLAG,
        "extra_hosts": HOSTS,
        "isolation": TEXT,
        "network": TEXT,
        "target": TEXT,
        "secrets": ListOf(CONFIG_REFERENCE),
        "shm_size": BYTES,
        "tags": UNIQUE_TEXTS,
        "ulimits": BUILD_ULIMITS,
        "platforms": TEXTS,
        "privileged": FLAG,
    },
    short=short("context"),
    complete=_with_context,
)
THROTTLE = Table(
    {"path": ITEM, "rate": Scalar("a size such as 10mb", size)},
    extensions="refused",
    complete=lambda item: {"path": "", "rate": "0", **item},
)
BLKIO = Table(
    {
        "weight": WRITTEN_WHOLE,
        "weight_device": ListOf(
            Table(
                {"path": ITEM, "weight": Scalar("a whole number", written_whole)},
                extensions="refused",
                complete=lambda item: {"path": "", "weight": 0, **item},
            )
        ),
        "device_read_bps": ListOf(THROTTLE),
        "device_read_iops": ListOf(THROTTLE),
        "device_write_bps": ListOf(THROTTLE),
        "device_write_iops": ListOf(THROTTLE),
    },
    extensions="refused",
)
DEPENDENCY = Table(
    {
        "condition": choice("service_started", "service_healthy", "service_completed_successfully"),
        "restart": FLAG,
        "required": Scalar("true or false", strict_flag),
    },
    required=("condition",),
    complete=_with_required,
)
UPDATE = Table(
    {
        "parallelism": COUNT,
        "delay": DURATION_OR_NONE,
        "failure_action": TEXT,
        "monitor": DURATION_OR_NONE,
        "max_failure_ratio": NUMBER,
        "order": choice("start-first", "stop-first"),
    }
)
DEPLOY = Table(
    {
        "mode": TEXT,
        "replicas": COUNT,
        "labels": LABELS,
        "update_config": UPDATE,
        "rollback_config": UPDATE,
        "resources": Table(
            {
                "limits": Table({"cpus": NUMBER, "memory": BYTES_TEXT, "pids": WHOLE}),
                "reservations": Table(
                    {
                        "cpus": NUMBER,
                        "memory": BYTES_TEXT,
                        "generic_resources": ListOf(
                            Table(
                                {
                                    "discrete_resource_spec": Table(
                                        {"kind": ITEM, "value": COUNT},
                                        complete=lambda item: {"kind": "", "value": 0, **item},
                                    )
                                }
                            )
                        ),
                        "devices": ListOf(
                            Table(
                                DEVICE_REQUEST.fields,
                                required=("capabilities",),
                                extensions="dropped",
                                complete=_with_count,
                            )
                        ),
                    }
                ),
            },
            kept=False,
        ),
        "restart_policy": Table(
            {"condition": TEXT, "delay": DURATION, "max_attempts": COUNT, "window": DURATION},
        ),
        "placement": Table(
            {
                "constraints": TEXTS,
                "preferences": ListOf(Table({"spread": TEXT})),
                "max_replicas_per_node": WHOLE,
            },
            kept=False,
        ),
        "endpoint_mode": TEXT,
    },
    nullable=True,
)
DEVELOP = Table(
    {
        "watch": ListOf(
            Table(
                {
                    "path": ITEM,
                    "action": choice("rebuild", "sync", "restart", "sync+restart", "sync+exec"),
                    "target": TEXT,
                    "exec": Table(HOOK, required=("command",), kept=False),
                    "include": ListOf(ITEM, single=True, distinct=True),
                    "ignore": ListOf(ITEM, single=True, distinct=True),
                    "initial_sync": Scalar("true or false", strict_flag, False),
                },
                required=("path", "action"),
            )
        )
    },
    nullable=True,
)
VOLUME = Table(
    {
        "type": choice("bind", "volume", "tmpfs", "cluster", "npipe", "image"),
        "source": TEXT,
        "target": TEXT,
        "read_only": FLAG,
        "consistency": TEXT,
        "bind": Table(
            {
                "selinux": choice("z", "Z"),
                "propagation": TEXT,
                "create_host_path": FLAG,
                "recursive": choice("enabled", "disabled", "writable", "readonly"),
            }
        ),
        "volume": Table({"labels": LABELS, "nocopy": FLAG, "subpath": TEXT}),
        "tmpfs": Table({"size": BYTES, "mode": WRITTEN_WHOLE}),
        "image": Table({"subpath": TEXT}),
    },
    required=("type", "target"),
    short=volume,
)
SERVICE_NETWORK = Table(
    {
        "aliases": UNIQUE_TEXTS,
        "driver_opts": OPTIONS,
        "gw_priority": WHOLE,
        "interface_name": TEXT,
        "ipv4_address": TEXT,
        "ipv6_address": TEXT,
        "link_local_ips": UNIQUE_TEXTS,
        "mac_address": TEXT,
        "priority": WHOLE,
    },
    nullable=True,
)
SERVICE = Table(
    {
        "annotations": LABELS,
        "attach": SWITCH,
        "blkio_config": BLKIO,
        "build": BUILD,
        "cap_add": UNIQUE_TEXTS,
        "cap_drop": UNIQUE_TEXTS,
        "cgroup": choice("host", "private"),
        "cgroup_parent": TEXT,
        "command": COMMAND,
        "configs": ListOf(CONFIG_REFERENCE, key=_mounted_under("")),
        "container_name": matching("[a-zA-Z0-9][a-zA-Z0-9_.-]+", "two or more letters, digits, '_', '.' and '-'"),
        "cpu_count": Scalar("a whole number from 0", between(0, 2**63), 0),
        "cpu_percent": Scalar("a whole number from 0 to 100", between(0, 100), 0),
        "cpu_period": WHOLE,
        "cpu_quota": WHOLE,
        "cpu_rt_period": WHOLE,
        "cpu_rt_runtime": WHOLE,
        "cpu_shares": WHOLE,
        "cpus": NUMBER,
        "cpuset": TEXT,
        "credential_spec": Table({"config": TEXT, "file": TEXT, "registry": TEXT}),
        "depends_on": MapOf(DEPENDENCY, NAME, names={"condition": "service_started", "required": True}),
        "deploy": DEPLOY,
        "develop": DEVELOP,
        "device_cgroup_rules": DISTINCT_TEXTS,
        "devices": ListOf(
            Table(
                {"source": TEXT, "target": TEXT, "permissions": TEXT},
                required=("source", "target"),
                short=device,
            ),
            key=lambda item: item.get("target"),
        ),
        "dns": ListOf(TEXT, key=before_equals, single=True),
        "dns_opt": UNIQUE_TEXTS,
        "dns_search": ONE_OR_MORE_TEXTS,
        "domainname": TEXT,
        "entrypoint": COMMAND,
        "env_file": Unprinted(
            ListOf(
                Table({"path": ITEM, "required": FLAG, "format": TEXT}, required=("path",), short=short("path")),
                key=lambda item: item.get("path"),
                single=True,
            )
        ),
        "environment": VARIABLES,
        "expose": ListOf(Scalar("a port or a range of ports", text_or_number), key=str),
        "extends": Unprinted(
            Table({"service": TEXT, "file": TEXT}, required=("service",), extensions="refused", short=short("service"))
        ),
        "external_links": DISTINCT_TEXTS,
        "extra_hosts": HOSTS,
        "gpus": Gpus(DEVICE_REQUEST),
        "group_add": ListOf(Scalar("a group's name or number", text_or_number), distinct=True),
        "healthcheck": Table(
            {
                "test": Replaced("a text or a list of texts", health_test),
                "interval": DURATION,
                "timeout": DURATION,
                "retries": COUNT,
                "start_period": DURATION,
                "start_interval": DURATION,
                "disable": FLAG,
            }
        ),
        "hostname": TEXT,
        "image": TEXT,
        "init": SWITCH,
        "ipc": TEXT,
        "isolation": TEXT,
        "label_file": Unprinted(ListOf(ITEM, single=True)),
        "labels": LABELS,
        "links": UNIQUE_TEXTS,
        "logging": Logging({"driver": TEXT, "options": Pairs(plain_text, mapping_only=True, booleans=False)}),
        "mac_address": TEXT,
        "mem_limit": BYTES,
        "mem_reservation": BYTES,
        "mem_swappiness": BYTES,
        "memswap_limit": BYTES,
        "models": MapOf(Table({"endpoint_var": TEXT, "model_var": TEXT}, nullable=True), names=None),
        "network_mode": TEXT,
        "networks": MapOf(SERVICE_NETWORK, NAME, names=None),
        "oom_kill_disable": FLAG,
        "oom_score_adj": Scalar("a whole number from -1000 to 1000", between(-1000, 1000), 0),
        "pid": TEXT,
        "pids_limit": WHOLE,
        "platform": TEXT,
        "ports": Ports(
            Table(
                {
                    "name": TEXT,
                    "mode": TEXT,
                    "host_ip": TEXT,
                    "target": WHOLE,
                    "published": Scalar("a port or a range of ports", text_or_number, ""),
                    "protocol": TEXT,
                    "app_protocol": TEXT,
                },
                required=("target",),
                complete=port_defaults,
            ),
            key=port_key,
        ),
        "post_start": ListOf(Table(HOOK, required=("command",))),
        "pre_stop": ListOf(Table(HOOK, required=("command",))),
        "privileged": FLAG,
        "profiles": UNIQUE_TEXTS,
        "provider": Table(
            {"type": TEXT, "options": ProviderOptions()},
            required=("type",),
        ),
        "pull_policy": matching(
            "always|never|build|if_not_present|missing|refresh|daily|weekly|every_([0-9]+[wdhms])+",
            "always, never, missing, build, daily, weekly or every_<duration>",
        ),
        "pull_refresh_after": Unprinted(TEXT),
        "read_only": FLAG,
        "restart": TEXT,
        "runtime": TEXT,
        "scale": COUNT,
        "secrets": ListOf(SECRET_REFERENCE, key=_mounted_under("/run/secrets")),
        "security_opt": DISTINCT_TEXTS,
        "shm_size": BYTES,
        "stdin_open": FLAG,
        "stop_grace_period": DURATION,
        "stop_signal": TEXT,
        "storage_opt": WHOLE_OPTIONS,
        "sysctls": LABELS,
        "tmpfs": ONE_OR_MORE_TEXTS,
        "tty": FLAG,
        "ulimits": ULIMITS,
        "use_api_socket": Scalar("true or false", strict_flag, False),
        "user": TEXT,
        "userns_mode": TEXT,
        "uts": TEXT,
        "volumes": ListOf(VOLUME, key=lambda item: item.get("target")),
        "volumes_from": DISTINCT_TEXTS,
        "working_dir": TEXT,
    }
)
EXTERNAL = FLAG
NETWORK = Resource(
    {
        "name": TEXT,
        "driver": TEXT,
        "driver_opts": OPTIONS,
        "ipam": Table(
            {
                "driver": TEXT,
                "config": AddressPools(
                    Table(
                        {"subnet": TEXT, "gateway": TEXT, "ip_range": TEXT, "aux_addresses": OPTIONS},
                        extensions="dropped",
                    )
                ),
                "options": Unprinted(OPTIONS),
            },
            kept=False,
        ),
        "external": EXTERNAL,
        "internal": FLAG,
        "attachable": FLAG,
        "labels": LABELS,
        "enable_ipv4": SWITCH,
        "enable_ipv6": SWITCH,
    },
    nullable=True,
)
PROJECT_VOLUME = Resource(
    {"name": TEXT, "driver": TEXT, "driver_opts": OPTIONS, "external": EXTERNAL, "labels": LABELS}, nullable=True
)
SECRET = Resource(
    {
        "name": TEXT,
        "file": TEXT,
        "environment": TEXT,
        "external": EXTERNAL,
        "labels": LABELS,
        "driver": TEXT,
        "driver_opts": WHOLE_OPTIONS,
        "template_driver": TEXT,
    }
)
CONFIG = Resource(
    {
        "name": TEXT,
        "file": TEXT,
        "environment": TEXT,
        "content": TEXT,
        "external": EXTERNAL,
        "labels": LABELS,
        "template_driver": TEXT,
    }
)
MODEL = Table(
    {
        "name": TEXT,
        "model": TEXT,
        "context_size": Scalar("a whole number", whole, 0),
        "runtime_flags": TEXTS,
    },
    required=("model",),
)
INCLUDE = ListOf(
    Table(
        {
            "path": ListOf(ITEM, single=True),
            "env_file": ListOf(ITEM, single=True),
            "project_directory": TEXT,
        },
        extensions="refused",
        short=short("path"),
    )
)
#: What one project holds beside its services.
RESOURCES: Mapping[str, Kind] = {
    "networks": MapOf(NETWORK),
    "volumes": MapOf(PROJECT_VOLUME, NAME),
    "secrets": MapOf(SECRET, NAME),
    "configs": MapOf(CONFIG, NAME),
    "models": MapOf(MODEL),
}
PROJECT = Table(
    {
        "version": Unprinted(TEXT),
        "name": TEXT,
        "include": Unprinted(INCLUDE),
        "services": MapOf(SERVICE, NAME),
        **RESOURCES,
    }
)
