# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension fields: cases/extensions/<situation>/compose.yaml in canonical form, and everything found in it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.slipway.containers.plugins.module_utils._core.compose_app import app
from ansible_collections.slipway.containers.plugins.module_utils._core.extensions import (
    EXTENSIONS,
    RULE,
    EcsOptions,
    EfsVolume,
    Ingress,
    KubernetesOptions,
    Scaling,
    SecretKey,
    SystemdOptions,
    TimerOptions,
    Toleration,
    read_options,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.extensions.schedules import schedule
from ansible_collections.slipway.containers.plugins.module_utils._core.extensions.systemd import HARDENING
from ansible_collections.slipway.containers.plugins.module_utils._core.findings import ERROR, SEVERITIES, WARNING
from ansible_collections.slipway.containers.plugins.module_utils._core.options.schema import (
    Structure,
    checks_of,
    keys_of,
    required_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.docs_extensions import EXAMPLE, extension_fields, structures

CASES = Path(__file__).parent / "cases" / "extensions"
FOLDERS = sorted(CASES.iterdir())
STRUCTURES = [
    *EXTENSIONS.values(),
    *(part for options in EXTENSIONS.values() for _place, part in structures(options, "")),
]
KEYS = [(options, name) for options in STRUCTURES for name in keys_of(options)]
CHECKS = [(options, check) for options in STRUCTURES for check in checks_of(options)]

SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/db-AbCdEf"
PARAMETER = "arn:aws:ssm:eu-west-1:111122223333:parameter/shop/db"
FS, FSAP = "fs-0123456789abcdef0", "fsap-0123456789abcdef0"
COUNTS: tuple[list[Any], list[Any]] = ([(0, 0), ("3", 3), (10_000, 10_000)], [-1, 10_001, "three", True, 2.5, [1], ""])
FROM_ONE: tuple[list[Any], list[Any]] = ([(1, 1), ("3", 3)], [0, -1, 10_001, "x", False])
FLAGS: tuple[list[Any], list[Any]] = (
    [(True, True), (False, False), ("true", True), ("no", False), ("on", True)],
    ["maybe", 1, 0, "1", "", [True]],
)
OBJECT: tuple[list[Any], list[Any]] = (
    [("gp3", "gp3"), ("a.b-c", "a.b-c"), ("a" * 63, "a" * 63)],
    ["Gp3", "a_b", "-a", "a-", "a..b", "a" * 64, "", 1.5, "a b"],
)
COMMANDS: tuple[list[Any], list[Any]] = (
    [
        ("make all", ("make", "all")),
        ("sh -c 'a && b'", ("sh", "-c", "a && b")),
        (["run", 8080], ("run", "8080")),
        (["a", "&&"], ("a", "&&")),
    ],
    [
        "",
        "   ",
        [],
        [[]],
        ["a", None],
        "a && b",
        "a; b",
        "a | b",
        "a > b",
        "a &",
        "it's",
        "a\nb",
        "a\0",
        ["a\0"],
        5,
        True,
        {"a": 1},
    ],
)
NAMED_SECRETS = ["text", ["A=b"], None, {"A B": "/x"}, {"": "/x"}, {"A": None}, {"A": ["x"]}, {"A": True}]

#: For each key: what is written and what is made of it, and what is refused.
VALUES: dict[tuple[type[Any], str], tuple[list[tuple[Any, Any]], list[Any]]] = {
    (EcsOptions, "task"): (
        [("web", "web"), ("A_b-9", "A_b-9"), ("a" * 255, "a" * 255), (7, "7")],
        ["", "a b", "a/b", "a" * 256, "é", True, 1.5, ["web"]],
    ),
    (EcsOptions, "cpu"): (
        [
            (256, 256),
            ("256", 256),
            ("0.25 vCPU", 256),
            (".5 vcpu", 512),
            ("1vCPU", 1024),
            (33, 33),
            ("0.0009765625 vCPU", 1),
            (196608, 196608),
        ],
        [32, 1, 0, 0.25, "0.25", "32", "16", -256, 196609, "193 vCPU", "0 vCPU", "0.3 vCPU", "1 core", True],
    ),
    (EcsOptions, "memory"): (
        [
            *((512, 512), ("512", 512), ("1 GB", 1024), ("0.5gb", 512), ("1g", 1024), ("1GiB", 1024), ("2Gi", 2048)),
            *(("512m", 512), ("512 MB", 512), ("512MiB", 512), ("512Mi", 512), ("6m", 6), (33, 33), ("32 GB", 32768)),
            ("24576 GB", 25165824),
        ],
        [
            32,
            2,
            0,
            0.5,
            "2",
            "0.5",
            "5m",
            "0 GB",
            1073741824,
            "24577 GB",
            "1 TB",
            "512k",
            "m",
            "GB",
            "1.3 GB",
            True,
            [512],
        ],
    ),
    (EcsOptions, "architecture"): (
        [("X86_64", "X86_64"), ("amd64", "X86_64"), ("ARM64", "ARM64"), ("arm64", "ARM64"), ("aarch64", "ARM64")],
        ["x86", "arm", "linux/arm64", "", 64, True],
    ),
    (EcsOptions, "secrets"): (
        [
            *(
                ({"A": text}, {"A": text})
                for text in (SECRET, f"{SECRET}:password::", PARAMETER, "/shop/db", "db.pass_1")
            ),
            ({}, {}),
        ],
        [
            *NAMED_SECRETS,
            *(
                {"A": text}
                for text in ("hunter2!", "two words", "12345678", "arn:aws:s3:::shop/db", f"{SECRET}:a:b:c:d")
            ),
            *({"A": text} for text in ("arn:aws:ssm:eu-west-1:1:parameter/x", "AKIAABCDEFGHIJKLMNOP", "")),
        ],
    ),
    (EcsOptions, "efs"): (
        [
            ({"data": FS}, {"data": EfsVolume(FS)}),
            ({"data": {"file_system_id": FS, "iam": "yes"}}, {"data": EfsVolume(FS, iam=True)}),
        ],
        ["data", [FS], {"data": 5}, {"data": None}, {"data": "fs-1"}, {"data": {}}, {"data": []}, {"da ta": FS}],
    ),
    (EcsOptions, "desired_count"): COUNTS,
    (EcsOptions, "min"): COUNTS,
    (EcsOptions, "max"): FROM_ONE,
    (EcsOptions, "scaling"): (
        [({"cpu": 70, "memory": "80"}, Scaling(70, 80)), ({"requests_per_target": 9}, Scaling(None, None, 9))],
        [70, "cpu", [70], {"cpu": 0}, {"cpus": 70}, {}],
    ),
    (EcsOptions, "schedule"): (
        [("rate(1 hour)", "rate(1 hour)"), ("cron(0 3 * * ? *)", "cron(0 3 * * ? *)")],
        ["hourly", "0 3 * * *", "", 5, True, ["rate(1 hour)"]],
    ),
    (EcsOptions, "public"): FLAGS,
    (EcsOptions, "health_path"): (
        [("/", "/"), ("/health?full=1", "/health?full=1")],
        ["health", "", "/a b", "http://localhost/", 80, "/" + "a" * 1024],
    ),
    (EcsOptions, "exec"): FLAGS,
    (EfsVolume, "file_system_id"): (
        [(FS, FS), ("fs-01234567", "fs-01234567")],
        ["fs-0123456", "FS-01234567", "fs-0123456g", "", 5],
    ),
    (EfsVolume, "access_point_id"): ([(FSAP, FSAP)], ["fsap-1", FS, "", 5]),
    (EfsVolume, "root_directory"): ([("/", "/"), ("/a b/c", "/a b/c")], ["data", "", 5, "/\0"]),
    (EfsVolume, "iam"): FLAGS,
    (Scaling, "cpu"): ([(1, 1), (100, 100), ("70", 70)], [0, 101, "70%", 0.7, True]),
    (Scaling, "memory"): ([(1, 1), (100, 100)], [0, 101, "x"]),
    (Scaling, "requests_per_target"): ([(1, 1), (1_000_000, 1_000_000)], [0, 1_000_001, "many"]),
    (KubernetesOptions, "replicas"): COUNTS,
    (KubernetesOptions, "min"): FROM_ONE,
    (KubernetesOptions, "max"): FROM_ONE,
    (KubernetesOptions, "storage_class"): OBJECT,
    (KubernetesOptions, "storage"): (
        [({"data": size}, {"data": size}) for size in ("10Gi", "1.5Ti", "500Mi", "10G", "0.5Gi")],
        [
            "10Gi",
            ["10Gi"],
            *({"data": size} for size in ("10", 10, "10GB", "10 Gi", "10gi", "0Gi", "0.0Gi", "-1Gi", "Gi", None)),
        ],
    ),
    (KubernetesOptions, "ingress"): (
        [({}, Ingress()), ({"host": "a.example.com", "path": "/x"}, Ingress("a.example.com", "/x"))],
        ["a.example.com", [], True, {"hosts": ["a"]}, {"host": 5.5}],
    ),
    (KubernetesOptions, "secrets"): (
        [({"A": {"name": "shop", "key": "a"}}, {"A": SecretKey("shop", "a")})],
        [
            *NAMED_SECRETS,
            {"A": "shop"},
            {"A": {"name": "shop"}},
            {"A": {"key": "a"}},
            {"A": {"name": "shop", "kye": "a"}},
        ],
    ),
    (KubernetesOptions, "node_selector"): (
        [
            (
                {"kubernetes.io/arch": "arm64", "gpu": True, "n": 1, "e": ""},
                {"kubernetes.io/arch": "arm64", "gpu": "true", "n": "1", "e": ""},
            )
        ],
        ["arm64", ["a"], {"a b": "x"}, {"a": "b c"}, {"a": 1.5}, {"a": None}, {"a": "x" * 64}, {"A.b/c/d": "x"}],
    ),
    (KubernetesOptions, "access"): (
        [({"data": "ReadWriteMany"}, {"data": "ReadWriteMany"}), ({"a": "ReadWriteOnce"}, {"a": "ReadWriteOnce"})],
        ["ReadWriteMany", ["a"], {"data": "rw"}, {"data": "ReadOnlyMany"}, {"a b": "ReadWriteMany"}, {"data": None}],
    ),
    (KubernetesOptions, "node_ports"): (
        [({"8501": 30851}, {8501: 30851}), ({80: "31000"}, {80: 31000})],
        [30851, [30851], {"http": 30851}, {"0": 30851}, {"80": 65536}, {"80": None}, {"70000": 30000}],
    ),
    (KubernetesOptions, "load_balancer"): FLAGS,
    (KubernetesOptions, "tolerations"): (
        [
            ("dedicated", (Toleration("dedicated"),)),
            ([{"key": "a/b", "value": "x", "effect": "NoExecute"}], (Toleration("a/b", "x", "NoExecute"),)),
        ],
        [True, [[]], [{"value": "x"}], [{"key": "a b"}], [{"key": "a", "efect": "NoSchedule"}], ["a b"], {"key": "a"}],
    ),
    (KubernetesOptions, "keep_unhealthy"): FLAGS,
    (KubernetesOptions, "run_as_root"): FLAGS,
    (KubernetesOptions, "service_account"): OBJECT,
    (Toleration, "key"): ([("a", "a"), ("example.com/a", "example.com/a")], ["", "a b", "a/b/c", "A.b/c", True]),
    (Toleration, "value"): ([("data", "data"), ("", ""), (True, "true")], ["a b", 1.5, "x" * 64, ["a"]]),
    (Toleration, "effect"): ([("NoSchedule", "NoSchedule"), ("NoExecute", "NoExecute")], ["noschedule", "", True, 1]),
    (Ingress, "host"): (
        [("a.example.com", "a.example.com"), ("*.a.org", "*.a.org")],
        ["A.org", "a b", "", "http://a.org", "a.*.org"],
    ),
    (Ingress, "path"): ([("/", "/"), ("/users", "/users")], ["users", "", "/a b"]),
    (Ingress, "port"): ([(1, 1), ("65535", 65535)], [0, 65536, "http", True]),
    (Ingress, "tls_secret"): OBJECT,
    (Ingress, "class_name"): OBJECT,
    (Ingress, "annotations"): (
        [
            (
                {"alb.ingress.kubernetes.io/scheme": "a\nb", "on": True},
                {"alb.ingress.kubernetes.io/scheme": "a\nb", "on": "true"},
            )
        ],
        ["x", {"a b": "x"}, {"a": ["x"]}, {"a": None}, {"a": 1.5}],
    ),
    (SecretKey, "name"): OBJECT,
    (SecretKey, "key"): ([("db.pass_word-1", "db.pass_word-1")], ["a b", "", "a/b", "k" * 254]),
    (SystemdOptions, "exec"): COMMANDS,
    (SystemdOptions, "requirements"): (
        [("requirements.txt", "requirements.txt"), ("app/pins.txt", "app/pins.txt")],
        ["", "/etc/pins.txt", "../pins.txt", "a\nb", 1.5, ["a"], True],
    ),
    (SystemdOptions, "build"): (
        [
            ("make all", (("make", "all"),)),
            (["make", "make install"], (("make",), ("make", "install"))),
            ([["npm", "ci"], "make"], (("npm", "ci"), ("make",))),
            ([], ()),
        ],
        [{"a": "make"}, 5, [""], ["make", None], ["a && b"], ["make", {}]],
    ),
    (SystemdOptions, "working_dir"): (
        [("app", "app"), ("/srv/app", "/srv/app"), (".", "."), ("a..b", "a..b")],
        ["", "..", "../x", "a/../b", "a\nb", ["a"]],
    ),
    (SystemdOptions, "user"): (
        [("shop", "shop"), ("_x-1", "_x-1"), (1000, "1000")],
        ["", "a b", "-x", "a" * 32, "a:b", True, 1.5],
    ),
    (SystemdOptions, "socket"): (
        [(8080, (8080,)), ("80", (80,)), (["/run/a.sock", 80], ("/run/a.sock", 80)), ([], ())],
        [0, 65536, "run/a.sock", "/", "127.0.0.1:80", [80, None], {"port": 80}, "/" + "a" * 107],
    ),
    (SystemdOptions, "environment"): (
        [({"A": "b c", "_n": 8501, "F": True}, {"A": "b c", "_n": "8501", "F": "true"}), ({}, {})],
        ["A=b", ["A=b"], {"A B": "x"}, {"1A": "x"}, {"A": None}, {"A": ["x"]}, {"A": 1.5}],
    ),
    (SystemdOptions, "timer"): (
        [
            ("daily", TimerOptions("daily")),
            ({"every": "1h30m"}, TimerOptions(every=5400)),
            (
                {"calendar": "Mon *-*-* 03:00:00", "skip_missed": "yes"},
                TimerOptions("Mon *-*-* 03:00:00", skip_missed=True),
            ),
        ],
        ["", {}, ["daily"], 5.5, {"calendar": "daily", "every": "1h"}, {"evrey": "1h"}, "a\nb"],
    ),
    (TimerOptions, "calendar"): (
        [("daily", "daily"), ("*:0/15", "*:0/15"), ("Sat,Sun 20:00 Europe/Berlin", "Sat,Sun 20:00 Europe/Berlin")],
        ["", "a;b", "%h", "x" * 201, ["daily"]],
    ),
    (TimerOptions, "every"): (
        [("15m", 900), ("1s", 1), ("1h30m", 5400)],
        [0, "0s", 15, "500ms", "-1m", "soon", "", ["15m"]],
    ),
    (TimerOptions, "randomized_delay"): ([("5m", 300), (0, 0)], [15, "1.5s", "soon", -1]),
    (TimerOptions, "skip_missed"): FLAGS,
    (SystemdOptions, "reload"): COMMANDS,
    (SystemdOptions, "reload_on"): (
        [(["conf/*.yml", "a"], ("conf/*.yml", "a")), ("conf/a", ("conf/a",)), ([], ())],
        ["/etc/a", "../a", "", ["a", None], {"a": "b"}],
    ),
    (SystemdOptions, "hardening"): (
        [({"ProtectHome": False, "UMask": "true"}, {"ProtectHome": False, "UMask": True}), ({}, {})],
        ["ProtectHome", ["ProtectHome"], {"protecthome": False}, {"Nice": False}, {"ProtectHome": "tmpfs"}, {5: False}],
    ),
    (SystemdOptions, "secrets"): (
        [({"A": "/etc/a"}, {"A": "/etc/a"})],
        [*NAMED_SECRETS, *({"A": path} for path in ("etc/a", "", "/", "/a b", "/a:b", 5))],
    ),
}


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def expected(folder: Path) -> list[dict[str, str]]:
    return [{"rule": RULE, "hint": "", **finding} for finding in read(folder / "expected.yml")]


def key_id(pair: tuple[type[Any], str]) -> str:
    return f"{pair[0].__name__}.{pair[1]}"


def alone(options: type[Any], name: str, written: Any) -> Any:
    """What is made of one value, or the findings about it; checks between keys are not asked."""
    findings: list[Any] = []
    made = keys_of(options)[name].kind.read(written, name, findings)
    return findings or made


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_all_of_this_is_found(folder: Path) -> None:
    canonical = read(folder / "compose.yaml")
    before = copy.deepcopy(canonical)
    _app, findings = app(canonical)
    assert [finding.as_dict() for finding in findings] == [
        {key: finding[key] for key in ("rule", "severity", "path", "message", "hint")} for finding in expected(folder)
    ]
    assert canonical == before


def test_every_case_is_complete() -> None:
    assert {name for folder in FOLDERS for name in (path.name for path in folder.iterdir())} == {
        "compose.yaml",
        "expected.yml",
    }
    assert all(len(list(folder.iterdir())) == 2 for folder in FOLDERS)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_findings_read_well(folder: Path) -> None:
    _app, findings = app(read(folder / "compose.yaml"))
    texts = [text for finding in findings for text in (finding.message, finding.hint)]
    assert [text for text in texts if text != text.strip() or "\n" in text] == []
    assert len({finding.path for finding in findings}) == len(findings), "one mistake, one finding"
    ranks = [SEVERITIES.index(finding.severity) for finding in findings]
    assert ranks == sorted(ranks)


def test_the_table_of_values_has_every_key() -> None:
    assert set(VALUES) == set(KEYS)


@pytest.mark.parametrize("key", KEYS, ids=key_id)
def test_what_a_key_takes(key: tuple[type[Any], str]) -> None:
    written, made = zip(*VALUES[key][0])
    assert [alone(*key, value) for value in written] == list(made)


@pytest.mark.parametrize("key", KEYS, ids=key_id)
def test_what_a_key_refuses(key: tuple[type[Any], str]) -> None:
    for value in VALUES[key][1]:
        findings = alone(*key, value)
        assert isinstance(findings, list) and findings, f"{value!r} was taken as {findings!r}"
        for finding in findings:
            assert finding.severity == ERROR
            assert finding.path == key[1] or finding.path.startswith((f"{key[1]}.", f"{key[1]}["))
            assert finding.message and "\n" not in finding.message


@pytest.mark.parametrize("options", STRUCTURES, ids=lambda options: options.__name__)
def test_keys_are_the_attributes(options: type[Any]) -> None:
    assert list(keys_of(options)) == [attribute.name for attribute in fields(options)]


@pytest.mark.parametrize("key", KEYS, ids=key_id)
def test_every_example_is_accepted(key: tuple[type[Any], str]) -> None:
    options, name = key
    entry = keys_of(options)[name]
    assert name in entry.example
    made, findings = read_options(options, entry.example, "x")
    assert findings == []
    written = {each for each in entry.example if getattr(made, each) not in (None, {}, (), False)}
    assert written == set(entry.example), "each key of the example says something"


@pytest.mark.parametrize("key", KEYS, ids=key_id)
def test_every_key_is_explained(key: tuple[type[Any], str]) -> None:
    entry = keys_of(key[0])[key[1]]
    assert entry.says[0].isupper() and entry.says.endswith(".")
    assert entry.kind.noun and not entry.kind.noun.endswith(".")


@pytest.mark.parametrize("options", STRUCTURES, ids=lambda options: options.__name__)
def test_what_is_required_has_no_default(options: type[Any]) -> None:
    bare = {each.name for each in fields(options) if each.default is MISSING and each.default_factory is MISSING}
    assert required_of(options) == bare


@pytest.mark.parametrize("key", KEYS, ids=key_id)
def test_null_is_left_out(key: tuple[type[Any], str]) -> None:
    options, name = key
    required = {each: keys_of(options)[each].example[each] for each in required_of(options) - {name}}
    findings: tuple[list[Any], list[Any]] = ([], [])
    made = Structure(options).read({**required, name: None}, "x", findings[0])
    assert made == Structure(options).read(required, "x", findings[1])
    assert findings[0] == findings[1]
    assert bool(findings[0]) is (name in required_of(options) or options in (Scaling, TimerOptions))


def parts(options: Any) -> Iterator[Any]:
    """Options and the options within them."""
    yield options
    for attribute in fields(options):
        value = getattr(options, attribute.name)
        for each in value.values() if isinstance(value, dict) else [value]:
            if is_dataclass(each):
                yield from parts(each)


@pytest.mark.parametrize(("options", "check"), CHECKS, ids=lambda value: getattr(value, "sentence", ""))
def test_every_check_has_cases_on_both_sides(options: type[Any], check: Any) -> None:
    """Both where the keys it is about are written."""
    fires = []
    for folder in FOLDERS:
        for service in app(read(folder / "compose.yaml"))[0].services.values():
            for extension in (service.ecs, service.kubernetes, service.systemd):
                fires += [bool(list(check.broken(part))) for part in parts(extension) if isinstance(part, options)]
    assert any(fires) and not all(fires)
    assert check.sentence.endswith(".") and check.severity in (ERROR, WARNING)


@pytest.mark.parametrize(("field", "options"), EXTENSIONS.items(), ids=list(EXTENSIONS))
def test_what_is_wrong_keeps_its_default(field: str, options: type[Any]) -> None:
    wrong = dict.fromkeys(keys_of(options), object.__name__ + "\0")
    made, findings = read_options(options, wrong, field)
    assert {finding.path for finding in findings} == {f"{field}.{name}" for name in wrong}
    assert made == options()


@pytest.mark.parametrize(("field", "options"), EXTENSIONS.items(), ids=list(EXTENSIONS))
def test_a_slip_of_the_finger_is_understood(field: str, options: type[Any]) -> None:
    for name in keys_of(options):
        for slip in {name.upper(), name.replace("_", "-"), name.replace("_", ""), f"{name}s"} - {*keys_of(options)}:
            (finding,) = read_options(options, {slip: None}, field)[1]
            assert finding.hint == f"did you mean '{name}'?", slip


@pytest.mark.parametrize("options", STRUCTURES, ids=lambda options: options.__name__)
def test_nothing_is_on_by_itself(options: type[Any]) -> None:
    made = options(**{name: keys_of(options)[name].example[name] for name in required_of(options)})
    said = {name: getattr(made, name) for name in keys_of(options) if name not in required_of(options)}
    assert {name: value for name, value in said.items() if value} == ({"path": "/"} if options is Ingress else {})


def test_a_misspelt_key_does_not_hide_the_right_one() -> None:
    made, findings = read_options(EcsOptions, {"max": 3, "Max": 4, "scaling": {"cpu": 70}}, "x-ecs")
    assert [finding.path for finding in findings] == ["x-ecs.Max"]
    assert made.max == 3


def test_secrets_are_not_shown() -> None:
    hidden = "hunter2 is my word"
    for field, options in EXTENSIONS.items():
        for written in ({"secrets": {"A": hidden}}, {"secrets": hidden}, {"secrets": {"A": {"name": [hidden]}}}):
            findings = read_options(options, written, field)[1]
            assert findings and not any("hunter2" in finding.as_text() for finding in findings), written
    findings = read_options(SystemdOptions, {"exec": "run --password=hunter2; x", "reload": "it's hunter2"}, "x")[1]
    assert len(findings) == 2 and not any("hunter2" in finding.as_text() for finding in findings)


SCHEDULES = (
    *("rate(1 minute)", "rate(5 minutes)", "rate(1 hours)", "rate(12 hours)", "rate(30 days)", "rate(1 day)"),
    *("at(2027-01-31T03:00:00)", "at(2028-02-29T23:59:59)", "at(2027-12-01T00:00:00)"),
    *("cron(0 3 * * ? *)", "cron(0/15 * * * ? *)", "cron(0 9 ? * MON-FRI *)", "cron(15 10 ? * 6L 2025-2030)"),
    *(
        "cron(0 0 1 1,4,7,OCT ? *)",
        "cron(0 8 L * ? *)",
        "cron(0 8 LW * ? *)",
        "cron(0 8 15W * ? *)",
        "cron(0 8 ? * FRI#2 *)",
    ),
    *("cron(5,35 14 * * ? *)", "cron(*/5 0-23 ? JAN-MAR 1-7 2199)", "cron(0 8 L-3 * ? *)", "cron(0  18 ? * L *)"),
)
NO_SCHEDULES = (
    *("rate(0 minutes)", "rate(1.5 hours)", "rate(-1 day)", "rate(1 week)", "rate(5)", "rate(5minutes)", "rate()"),
    *("Rate(1 hour)", "rate(1 hour) ", "rate 1 hour", "every day", "", "@daily", "cron()", "cron(0 3 * * *)"),
    *("at(2027-02-29T03:00:00)", "at(2027-13-01T03:00:00)", "at(2027-01-31T24:00:00)", "at(2027-01-31T03:60:00)"),
    *(
        "at(2027-01-31T03:00:60)",
        "at(2027-01-31 03:00:00)",
        "at(2027-01-31)",
        "at(0000-01-01T00:00:00)",
        "at(2027-00-10T00:00:00)",
    ),
    *("cron(60 3 * * ? *)", "cron(0 24 * * ? *)", "cron(0 3 0 * ? *)", "cron(0 3 32 * ? *)", "cron(0 3 * 13 ? *)"),
    *("cron(0 3 ? * 8 *)", "cron(0 3 ? * 0 *)", "cron(0 3 * * ? 1969)", "cron(0 3 * * ? 2200)", "cron(0 3 * * * *)"),
    *("cron(0 3 ? * ? *)", "cron(? 3 * * ? *)", "cron(0 3 * ? ? *)", "cron(0/0 3 * * ? *)", "cron(0 3 ? * FRI#6 *)"),
    *("cron(0 3 ? * FR *)", "cron(0 3 * FOO ? *)", "cron(0, 3 * * ? *)", "cron(0 3 1- * ? *)", "cron(0 3 * * ? * *)"),
    *("cron(L 3 * * ? *)", "cron(0 3 ? * 3W *)", "cron(0 W * * ? *)", "cron(1/* 3 * * ? *)", "cron(0 3 99W * ? *)"),
)


@pytest.mark.parametrize("text", SCHEDULES)
def test_schedules(text: str) -> None:
    assert schedule(text) == text


@pytest.mark.parametrize("text", NO_SCHEDULES)
def test_what_is_no_schedule(text: str) -> None:
    with pytest.raises(ValueError, match=r"^$|^found .*, expected "):
        schedule(text)


_SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12))
_TREES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(st.sampled_from([name for _options, name in KEYS]), st.text(max_size=5)), inner, max_size=4
        ),
    ),
    max_leaves=12,
)


@settings(derandomize=True, deadline=None, database=None, max_examples=300)
@given(st.dictionaries(st.sampled_from([*EXTENSIONS, "x-esc", "image"]), _TREES, max_size=4))
def test_no_value_breaks_the_reader(service: dict[str, Any]) -> None:
    project, findings = app({"services": {"web": service}})
    assert isinstance(project.services["web"].ecs, EcsOptions)
    for finding in findings:
        assert finding.path.startswith("services.web.x-")
        assert finding.message and "\n" not in finding.message


def test_the_options_of_hardening_are_sorted() -> None:
    assert list(HARDENING) == sorted(set(HARDENING))


def test_the_page_names_every_key_and_its_example_is_sound() -> None:
    page = extension_fields()
    for options, name in KEYS:
        assert f"\n| `{name}` | {keys_of(options)[name].kind.noun} |" in page
        assert keys_of(options)[name].says in page
    for _options, check in CHECKS:
        assert f"- {check.sentence} ({check.severity})" in page
    assert f"```yaml\n---\n{EXAMPLE}```" in page
    services = yaml.safe_load(EXAMPLE)["services"]
    for name, keys in services.items():
        for field, options in EXTENSIONS.items():
            assert read_options(options, keys[field], f"services.{name}.{field}")[1] == []
