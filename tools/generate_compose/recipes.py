# SPDX-License-Identifier: GPL-3.0-or-later
"""What may stand at each key of a service and at the top of a project."""

from __future__ import annotations

from typing import Any

from tools.generate_compose.draw import (
    Draw,
    Raw,
    another,
    declared,
    fields,
    listed,
    newer,
    of,
    one_or_more,
    several,
    words,
)
from tools.generate_compose.values import (
    COMMAND,
    COUNT,
    DURATION,
    FRACTION,
    OPTION,
    PLAIN_TRUTH,
    SCALAR,
    SIZE,
    SIZE_OR_NUMBER,
    TEXT,
    TRUTH,
    WORD,
    depends_on,
    env_file,
    file_mounts,
    label_file,
    links,
    options,
    pairs,
    ports,
    volumes,
    volumes_from,
)

DEVICE = fields({"driver": "nvidia", "options": options("a b")}, capabilities=several("gpu", "compute", "utility"))
DEVICE_COUNTS = of({"count": 1}, {"count": "all"}, {"count": "2"}, {"device_ids": ["0", "GPU-1"]}, {})


def devices_wanted(draw: Draw) -> list[Any]:
    return [{**draw.of(DEVICE), **draw.of(DEVICE_COUNTS)} for turn in range(draw.random.randint(1, 2))]


ULIMITS = fields(
    {
        "nofile": of(1024, "2048", fields({}, soft=COUNT, hard=20000)),
        "nproc": of(-1, COUNT),
        "memlock": {"soft": -1, "hard": -1},
        "core": 0,
    }
)
HOST_LINES = (
    *words(
        "a:10.0.0.1 b=10.0.0.2 c:[::1] d=2001:db8::1 host.docker.internal:host-gateway a=10.0.0.3 e:1.1.1.1,2.2.2.2"
    ),
)
EXTRA_HOSTS = of(
    several(*HOST_LINES, most=5),
    fields({"a": "10.0.0.1", "v6": "[::1]", "many": ["10.0.0.2", "::2"], "h": "${UNSET:-1.2.3.4}"}),
)
ADDITIONAL_CONTEXTS = of(
    {"base": "./base", "img": "docker-image://a"}, ["base=../x", "git=https://a.example/b.git"], {"abs": "/abs"}
)
BUILD = fields(
    {
        "args": pairs(SCALAR, unset=True),
        "ssh": of(["default"], {"key": "~/.ssh/id"}, ["id=./key"]),
        "labels": pairs(TEXT, unset=False),
        "cache_from": several("type=gha", "a/b:cache", "type=registry,ref=a"),
        "cache_to": ["type=local,dest=/tmp/c,mode=max"],
        "no_cache": PLAIN_TRUTH,
        "additional_contexts": ADDITIONAL_CONTEXTS,
        "network": of("host", "none", "net"),
        "pull": PLAIN_TRUTH,
        "target": of("prod", "${UNSET:-dev}"),
        "shm_size": SIZE_OR_NUMBER,
        "extra_hosts": EXTRA_HOSTS,
        "isolation": "default",
        "privileged": PLAIN_TRUTH,
        "secrets": file_mounts("secrets"),
        "tags": several("a:1", "b/c:${SET}", "d"),
        # Compose turns no text into a number here.
        "ulimits": {"nofile": {"soft": 20000, "hard": 40000}, "nproc": 65535, "core": 0},
        "platforms": ["linux/amd64", "linux/arm64"],
        "entitlements": several("network.host", "security.insecure"),
        "dockerfile": of("Dockerfile.prod", "../Dockerfile", "/abs/Dockerfile"),
        "x-note": SCALAR,
    },
    context=of(".", "./dir", "../up", "/abs", "https://git.example/a.git#main:dir", "dir/", "${UNSET:-ctx}"),
)
NEWER_BUILD = fields({"provenance": of(True, "mode=max", "false"), "sbom": of(True, False, "generator=x")})


def build(draw: Draw) -> Any:
    if draw.chance(0.25):
        return draw.of(of(".", "./dir", "${UNSET:-ctx}", "https://git.example/a.git"))
    drawn = {**draw.of(BUILD), **(draw.of(NEWER_BUILD) if draw.newest else {})}
    if "dockerfile" not in drawn and draw.chance(0.2):
        drawn["dockerfile_inline"] = "FROM a\nRUN echo $$X \\\n  && true\n"
    return drawn


REQUIREMENTS = fields(
    {
        "limits": fields({"cpus": FRACTION, "memory": SIZE, "pids": COUNT}),
        "reservations": fields(
            {
                "cpus": FRACTION,
                "memory": SIZE,
                "devices": devices_wanted,
                "generic_resources": [{"discrete_resource_spec": {"kind": "SSD", "value": 2}}],
            }
        ),
    }
)
ROLLOUT = fields(
    {
        "parallelism": of(0, 2, "${NUMBER}"),
        "delay": DURATION,
        "failure_action": of("pause", "rollback"),
        "monitor": DURATION,
        "max_failure_ratio": of(0, 0.3, "0.5", 1),
        "order": of("start-first", "stop-first"),
    }
)
DEPLOY = fields(
    {
        "mode": of("global", "replicated"),
        "endpoint_mode": of("vip", "dnsrr"),
        "replicas": of(0, 1, 3, "${NUMBER}"),
        "labels": pairs(SCALAR, unset=False),
        "update_config": ROLLOUT,
        "rollback_config": ROLLOUT,
        "resources": REQUIREMENTS,
        "restart_policy": fields(
            {"condition": of("none", "on-failure"), "delay": DURATION, "max_attempts": COUNT, "window": DURATION}
        ),
        "placement": fields(
            {
                "constraints": several("node.role==manager", "node.labels.a == b"),
                "preferences": [{"spread": "node.labels.zone"}],
                "max_replicas_per_node": COUNT,
            }
        ),
        "x-note": SCALAR,
    }
)
HOOK = fields(
    {
        "user": of("root", "1000:1000"),
        "privileged": PLAIN_TRUTH,
        "working_dir": "/tmp",
        "environment": pairs(SCALAR, unset=True),
    },
    command=of("chown -R 1 /x", ["sh", "-c", "a b"]),
)
WATCH = fields(
    {"ignore": newer(one_or_more("node_modules/", "*.pyc"), ["node_modules/"]), "x-note": TEXT},
    path=of("./src", ".", "/abs"),
    action=of("rebuild", "sync", "sync+restart", "restart"),
    target=of("/app", "/app/src/"),
)
NEWER_WATCH = fields({"include": one_or_more("*.py", "*.go"), "initial_sync": of(True, False)})


def develop(draw: Draw) -> dict[str, Any]:
    many = draw.random.randint(1, 2)
    watch = [{**draw.of(WATCH), **(draw.of(NEWER_WATCH) if draw.newest else {})} for turn in range(many)]
    if draw.chance(0.3):
        watch.append({"path": "./x", "action": "sync+exec", "target": "/x", "exec": draw.of(HOOK)})
    return {"watch": watch}


PROBES = (
    *("curl -f http://x || exit 1", "echo '${SET}'\n", "", ["CMD", "a", "b c"], ["CMD-SHELL", "x $$Y"], ["NONE"]),
)
HEALTHCHECK = of(
    fields(
        {
            "interval": DURATION,
            "timeout": DURATION,
            "start_period": DURATION,
            "start_interval": DURATION,
            "retries": of(0, 3, "5", "${NUMBER}"),
            "x-note": TEXT,
        },
        test=of(*PROBES),
    ),
    {"disable": True},
    {"disable": "true"},
    {"test": ["NONE"]},
)
NETWORK_OPTIONS = {
    "aliases": several("alias", "db.internal", "${SET}"),
    "ipv4_address": "10.5.0.7",
    "ipv6_address": "2001:db8::7",
    "link_local_ips": ["169.254.1.7"],
    "mac_address": "02:42:ac:11:00:07",
    "driver_opts": {"a": 1, "b": "c"},
    "priority": of(0, 100, 1000),
    "x-note": TEXT,
}
NEWER_NETWORK = {"interface_name": "eth7", "gw_priority": of(1, 5)}
NETWORK = declared("networks", "front", "back-end", "x.y", "default", "ext")


def networks(draw: Draw) -> Any:
    names = list(dict.fromkeys(draw.of(NETWORK) for turn in range(draw.random.randint(1, 3))))
    if draw.chance(0.4):
        return names
    known = fields({**NETWORK_OPTIONS, **(NEWER_NETWORK if draw.newest else {})})
    return {name: draw.of(of(None, {}, known, known)) for name in names}


def models(draw: Draw) -> Any:
    names = list(dict.fromkeys(draw.of(declared("models", "llm", "embed")) for turn in range(2)))
    return draw.of(of(names, {name: {"endpoint_var": "URL", "model_var": "MODEL"} for name in names}))


def container_name(draw: Draw) -> str:
    return f"{draw.of(of('a_b.c', 'c${NUMBER}', '0'))}-{next(draw.numbers)}"


RATES = of([{"path": "/dev/sda", "rate": "12mb"}, {"path": "/dev/sdb", "rate": 1024}], [{"path": "/dev/a", "rate": 1}])
#: A key of a service, and what may stand there.
SERVICE: dict[str, Any] = {
    "annotations": pairs(SCALAR, unset=False),
    "attach": PLAIN_TRUTH,
    "blkio_config": fields(
        {
            "weight": of(300, 10),
            "weight_device": [{"path": "/dev/sda", "weight": 400}],
            "device_read_bps": RATES,
            "device_read_iops": RATES,
            "device_write_bps": RATES,
            "device_write_iops": RATES,
        }
    ),
    "build": build,
    "cap_add": several("ALL", "NET_ADMIN", "SYS_TIME", "${UNSET:-KILL}"),
    "cap_drop": several("ALL", "NET_ADMIN", "MKNOD"),
    "cgroup": of("host", "private"),
    "cgroup_parent": of("m-executor-abcd", "/a.slice"),
    "command": COMMAND,
    "configs": file_mounts("configs"),
    "container_name": container_name,
    "cpu_count": of(0, 2, "${NUMBER}"),
    "cpu_percent": of(0, 50, "75", "${NUMBER}"),
    "cpu_period": of(100000, "50000"),
    "cpu_quota": of(50000, "-1", 0),
    "cpu_rt_period": of(1000000, "400000"),
    "cpu_rt_runtime": of(950000, "400"),
    "cpu_shares": of(73, "512", 0),
    "cpus": FRACTION,
    "cpuset": of("0-3", "0,1", "0"),
    "credential_spec": of({"file": "a.json"}, {"registry": "b"}, {"config": "c"}),
    "depends_on": depends_on,
    "deploy": DEPLOY,
    "develop": develop,
    "device_cgroup_rules": several("c 1:3 mr", "a 7:* rmw"),
    "devices": several(
        *("/dev/kmsg", "/dev/a:/dev/b", "/dev/c:/dev/c:r", {"source": "/dev/d", "target": "/dev/d"}),
        {"source": "/dev/e", "target": "/dev/f", "permissions": "rw"},
    ),
    "dns": one_or_more("8.8.8.8", "9.9.9.9", "::1"),
    "dns_opt": several("use-vc", "ndots:2"),
    "dns_search": one_or_more("a.example", "b.example"),
    "domainname": WORD,
    "entrypoint": COMMAND,
    "env_file": env_file,
    "environment": pairs(SCALAR, unset=True),
    "expose": several("3000", 8000, "9000-9005", "53/udp", Raw("4000"), most=4),
    "external_links": several("redis", "project_db_1:mysql"),
    "extra_hosts": EXTRA_HOSTS,
    "gpus": of("all", devices_wanted),
    "group_add": several("mail", 998, "1000", Raw("0o17")),
    "healthcheck": HEALTHCHECK,
    "hostname": of("host-1", "a.example", "${SET}"),
    "init": TRUTH,
    "ipc": another("service:", "host", "shareable", "private", "none", "container:other"),
    "isolation": of("default", "hyperv"),
    "label_file": label_file,
    "labels": pairs(SCALAR, unset=False),
    "links": links,
    "logging": fields({"driver": of("json-file", "none"), "options": options(of(OPTION, None)), "x-note": TEXT}),
    "mac_address": "02:42:ac:11:65:43",
    "mem_limit": SIZE_OR_NUMBER,
    "mem_reservation": SIZE_OR_NUMBER,
    "mem_swappiness": of(0, 60, "100"),
    "memswap_limit": of(SIZE_OR_NUMBER, -1),
    "network_mode": another("service:", "host", "none", "bridge", "container:other"),
    "networks": networks,
    "oom_kill_disable": TRUTH,
    "oom_score_adj": of(-1000, 0, 500, "-${NUMBER}"),
    "pid": another("service:", "host", "container:other"),
    "pids_limit": of(-1, 0, 100, "200"),
    "platform": of("linux/amd64", "linux/arm64/v8"),
    "ports": ports,
    "post_start": listed(HOOK, 2),
    "pre_stop": listed(HOOK, 2),
    "privileged": TRUTH,
    "pull_policy": newer(
        of("daily", "every_12h", "refresh"), of("always", "never", "missing", "if_not_present", "build")
    ),
    "read_only": TRUTH,
    "restart": of("no", "always", "on-failure", "on-failure:3", "unless-stopped", Raw('"no"')),
    "runtime": of("runc", "nvidia"),
    "scale": of(0, 1, 3, "${NUMBER}"),
    "secrets": file_mounts("secrets"),
    "security_opt": several("no-new-privileges:true", "label=disable", "seccomp:unconfined"),
    "shm_size": SIZE_OR_NUMBER,
    "stdin_open": TRUTH,
    "stop_grace_period": DURATION,
    "stop_signal": of("SIGINT", "SIGKILL", "9"),
    "storage_opt": of({"size": "1G"}, {"size": "${SET}", "b": 2}),
    "sysctls": of({"net.core.somaxconn": 1024, "net.ipv4.x": "0"}, ["net.core.somaxconn=1024", "kernel.x=a b"]),
    "tmpfs": one_or_more("/run", "/tmp:size=64m,mode=1777", "/var/a b"),
    "tty": TRUTH,
    "ulimits": ULIMITS,
    "user": of("1000:1000", "nobody", "${NUMBER}", "0"),
    "userns_mode": "host",
    "uts": another("service:", "host"),
    "volumes": volumes,
    "volumes_from": volumes_from,
    "working_dir": of("/srv", "rel/dir", "/a/./b"),
    "x-custom": fields({"a": SCALAR, "b": listed(SCALAR), "c": {"d": [1, {"e": None}], "f": {}, "g": []}}),
}
NEWER_SERVICE: dict[str, Any] = {
    "models": models,
    "provider": fields({"options": {"a": 1, "b": [True, "c"], "d": "e"}, "x-note": TEXT}, type=of("cloud", "model")),
    "pull_refresh_after": of("1d", "12h"),
    "use_api_socket": of(True, False),
}

LABELS = pairs(SCALAR, unset=False)
NAMED = of("fixed-name", "name-${NUMBER}", "under_score")
IPAM = fields(
    {
        "driver": "default",
        "config": [
            {"subnet": "10.5.0.0/16", "gateway": "10.5.0.1", "aux_addresses": {"host1": "10.5.0.9"}},
            {"subnet": "2001:db8::/64", "ip_range": "2001:db8::/80"},
        ],
        "options": {"a": "b"},
    }
)
#: What may be declared at the top, by kind.
RESOURCES: dict[str, Any] = {
    "networks": of(
        *(None, {}, {"external": True}, {"external": True, "name": "ext-${SET}"}, {"external": {"name": "old-style"}}),
        {"external": "true"},
        fields(
            {
                "name": NAMED,
                "driver": of("bridge", "overlay"),
                "driver_opts": {"com.docker.network.driver.mtu": 1450, "a": "b"},
                "ipam": IPAM,
                "internal": TRUTH,
                "attachable": TRUTH,
                "enable_ipv4": TRUTH,
                "enable_ipv6": TRUTH,
                "labels": LABELS,
                "x-note": SCALAR,
            }
        ),
    ),
    "volumes": of(
        *(None, {}, {"external": True}, {"external": "${FLAG}", "name": "vol-${NUMBER}"}),
        fields(
            {
                "name": NAMED,
                "driver": "local",
                "driver_opts": {"type": "nfs", "o": "addr=1.2.3.4,rw", "n": 5},
                "labels": LABELS,
                "x-note": SCALAR,
            }
        ),
    ),
    "secrets": of(
        *({"file": "./secret.txt"}, {"file": "~/secret"}, {"environment": "SET"}, {"environment": "UNSET"}),
        *({"external": True}, {"external": True, "name": "ext-secret"}),
        fields({"labels": LABELS, "name": NAMED, "x-note": SCALAR}, file="/abs/secret"),
    ),
    "configs": of(
        *({"file": "./config.txt"}, {"content": "a=$SET\nb=$$x\n"}, {"environment": "SET"}),
        {"external": True, "name": "ext-config"},
        fields({"labels": LABELS, "name": NAMED, "template_driver": "golang"}, content=TEXT),
    ),
    "models": fields({"context_size": 1024, "runtime_flags": ["--a", "--b=c"], "name": NAMED}, model="ai/model"),
}
#: Keys that contradict each other: one of each group stands in a service.
CONTRARY = (
    ("networks", "network_mode"),
    ("deploy", "scale", "cpus", "mem_limit"),
    ("deploy", "mem_reservation"),
    ("deploy", "container_name"),
    ("scale", "container_name"),
    ("deploy", "pids_limit"),
    ("build", "platform"),
)
#: Keys that an override, a base of `extends` or an anchor may bring without contradicting what is there.
HARMLESS = sorted(
    {*SERVICE}
    - {key for group in CONTRARY for key in group}
    - {"depends_on", "links", "volumes_from", "ipc", "pid", "uts"}  # name other services
    - {"env_file", "label_file"}  # lie in another folder there
    # Lists that Compose joins and then refuses to have anything twice.
    - {"device_cgroup_rules", "external_links", "group_add", "security_opt", "tmpfs"}
    # What is a text in one file and a list in another.
    - {"gpus"}
)
