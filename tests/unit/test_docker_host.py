# SPDX-License-Identifier: GPL-3.0-or-later
"""The role docker_host without a host: its tables, the key of a repository, logins, and what the timer would remove."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.daemon import login
from ansible_collections.slipway.containers.plugins.module_utils._core.openpgp import KeyTextError, fingerprints

from tools.prepare import ROOT, lay_out_tree

ROLE = ROOT / "roles" / "docker_host"
DISTRIBUTION = ["docker.io", "docker-cli", "docker-compose", "docker-buildx"]
UBUNTU = ["docker.io", "docker-compose-v2", "docker-buildx"]
UPSTREAM = ["docker-ce", "docker-ce-cli", "docker-buildx-plugin", "docker-compose-plugin"]
NAMES = ("resolved", "names", "refusal", "wanted", "held", "daemon", "removed")

#: What a host is, and some of what the role makes of it.
HOSTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "debian_13": ({}, {"resolved": "distribution", "names": DISTRIBUTION, "refusal": ""}),
    "debian_14": ({"release": "forky"}, {"resolved": "distribution", "names": DISTRIBUTION}),
    "debian_12": ({"release": "bookworm"}, {"resolved": "upstream", "names": UPSTREAM}),
    "debian_11": ({"release": "bullseye"}, {"resolved": "upstream", "names": UPSTREAM}),
    "ubuntu_24": ({"distribution": "Ubuntu", "release": "noble"}, {"resolved": "distribution", "names": UBUNTU}),
    "ubuntu_22": ({"distribution": "Ubuntu", "release": "jammy"}, {"resolved": "distribution", "names": UBUNTU}),
    "ubuntu_20": ({"distribution": "Ubuntu", "release": "focal"}, {"resolved": "upstream", "names": UPSTREAM}),
    "debian_13_with_upstream": ({"packages": ["docker-ce"]}, {"resolved": "upstream", "names": UPSTREAM}),
    "debian_12_with_its_own": (
        {"release": "bookworm", "packages": ["docker.io"]},
        {"resolved": "upstream", "names": UPSTREAM},
    ),
    "asked_for_upstream": ({"docker_host_source": "upstream"}, {"resolved": "upstream", "names": UPSTREAM}),
    "debian_12_asked_for_its_own": (
        {"release": "bookworm", "docker_host_source": "distribution"},
        {"names": [], "refusal": "Found Debian bookworm with docker_host_source distribution, expected"},
    ),
    "another_distribution": (
        {"distribution": "Fedora", "release": "43"},
        {"refusal": "Found Fedora 43 with docker_host_source auto, expected a release of Debian or Ubuntu"},
    ),
    "names_of_ones_own": ({"docker_host_packages": ["docker.io"]}, {"names": ["docker.io"], "wanted": ["docker.io"]}),
    "a_version": (
        {"docker_host_version": "26.1.*"},
        {"wanted": ["docker-compose", "docker-buildx", "docker.io=26.1.*", "docker-cli=26.1.*"]},
    ),
    "kubelet_with_fitting_containerd": (
        {"found": ["/etc/kubernetes", "/usr/bin/containerd"], "packages": ["containerd"]},
        {"refusal": "", "wanted": [*DISTRIBUTION, "containerd=1.0"], "held": [*DISTRIBUTION, "containerd"]},
    ),
    "kubelet_with_another_containerd": (
        {"found": ["/usr/bin/kubelet", "/usr/bin/containerd"], "packages": ["containerd.io"]},
        {"refusal": "This host has a kubelet whose containerd is not of the package containerd, which docker.io needs"},
    ),
    "kubelet_with_containerd_of_nobody": (
        {"found": ["/var/lib/kubelet", "/usr/local/bin/containerd"]},
        {"refusal": "This host has a kubelet whose containerd is not of the package containerd, which docker.io needs"},
    ),
    "kubelet_with_another_runtime": ({"found": ["/usr/bin/kubelet"]}, {"refusal": ""}),
    "nothing_is_held": ({"docker_host_hold": False}, {"held": [*DISTRIBUTION, "containerd"]}),
    "a_kubelets_containerd_is_not_released": (
        {"docker_host_hold": False, "found": ["/usr/bin/kubelet", "/usr/bin/containerd"], "packages": ["containerd"]},
        {"held": DISTRIBUTION},
    ),
    "settings_by_default": (
        {},
        {
            "daemon": {
                "live-restore": True,
                "log-driver": "json-file",
                "log-opts": {"max-size": "10m", "max-file": "3"},
            }
        },
    ),
    "settings_over_the_defaults": (
        {"docker_host_daemon": {"log-driver": "local", "log-opts": {"max-size": "1g"}, "live-restore": None}},
        {
            "daemon": {
                "live-restore": None,
                "log-driver": "local",
                "log-opts": {"max-size": "1g", "max-file": "3"},
            }
        },
    ),
    "settings_of_another_log_driver": (
        {"docker_host_daemon": {"log-driver": "journald"}},
        {"daemon": {"live-restore": True, "log-driver": "journald"}},
    ),
    "firewall_has_no_proxy": (
        {"docker_host_firewall": True, "docker_host_daemon": {"log-driver": "none"}},
        {"daemon": {"live-restore": True, "userland-proxy": False, "log-driver": "none"}},
    ),
    "removed_without_data": (
        {"packages": [*DISTRIBUTION, "containerd", "vim"]},
        {"removed": DISTRIBUTION},
    ),
    "removed_with_data": (
        {"packages": [*DISTRIBUTION, "containerd"], "docker_host_purge_data": True},
        {"removed": [*DISTRIBUTION, "containerd"]},
    ),
    "removed_beside_a_kubelet": (
        {"packages": [*UPSTREAM, "containerd.io"], "docker_host_purge_data": True, "found": ["/usr/bin/kubelet"]},
        {"removed": UPSTREAM},
    ),
}
_IN_NO_ORDER = ("removed", "wanted")


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Ansible makes of the role's variables on each of these hosts, in one run."""
    folder = tmp_path_factory.mktemp("docker_host")
    hosts = {name: variables(host) for name, (host, _expected) in HOSTS.items()}
    inventory = folder / "inventory.json"
    inventory.write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
    defaults, values = ROLE / "defaults/main.yml", ROLE / "vars/main.yml"
    shown = ", ".join(f"'{name}': __docker_host_{name}" for name in NAMES)
    facts = {name: f"{{{{ given.{name} }}}}" for name in ("distribution", "distribution_release", "packages")}
    play = [
        {
            "hosts": "all",
            "connection": "local",
            "gather_facts": False,
            "vars_files": [str(values)],
            "tasks": [
                {"ansible.builtin.set_fact": {"cacheable": True, **facts}},
                {"ansible.builtin.debug": {"msg": f"{{{{ {{{shown}}} }}}}"}},
            ],
        }
    ]
    (folder / "group_vars").mkdir()
    (folder / "group_vars" / "all.yml").write_text(defaults.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "play.yml").write_text(json.dumps(play), encoding="utf-8")
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(lay_out_tree()),
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
    }
    program = Path(sys.executable).parent / "ansible-playbook"
    done = subprocess.run(
        [program, "-i", inventory, folder / "play.yml"], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)["plays"][0]["tasks"][-1]["hosts"]
    return {name: told[name]["msg"] for name in HOSTS}


def variables(host: dict[str, Any]) -> dict[str, Any]:
    packages = {name: [{"version": "1.0"}] for name in host.get("packages", ())}
    facts = {
        "distribution": host.get("distribution", "Debian"),
        "distribution_release": host.get("release", "trixie"),
        "packages": packages,
    }
    files = [{"path": path} for path in host.get("found", ())]
    options = {name: value for name, value in host.items() if name.startswith("docker_host_")}
    return {"given": facts, "__docker_host_found": {"files": files}, **options}


@pytest.mark.parametrize("name", sorted(HOSTS))
def test_what_the_role_makes_of_a_host(name: str, answers: dict[str, Any]) -> None:
    for key, expected in HOSTS[name][1].items():
        found = answers[name][key]
        if key == "refusal" and expected:
            assert found.startswith(expected)
        elif key in _IN_NO_ORDER:
            assert sorted(found) == sorted(expected)
        else:
            assert found == expected


# Keys of repositories


def packet(tag: int, body: bytes, new: bool) -> bytes:
    if not new:
        return bytes([0x80 | tag << 2 | 1]) + len(body).to_bytes(2, "big") + body
    if len(body) < 192:
        return bytes([0xC0 | tag, len(body)]) + body
    return bytes([0xC0 | tag, 0xFF]) + len(body).to_bytes(4, "big") + body


def armored(*packets: bytes) -> str:
    text = base64.b64encode(b"".join(packets)).decode("ascii")
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    head, tail = "-----BEGIN PGP PUBLIC KEY BLOCK-----", "-----END PGP PUBLIC KEY BLOCK-----"
    return "\n".join([head, "Comment: a key", "", *lines, "=abcd", tail, ""])


KEY = b"\x04" + bytes(300)
FINGERPRINT = hashlib.sha1(b"\x99" + len(KEY).to_bytes(2, "big") + KEY).hexdigest().upper()


@pytest.mark.parametrize("new", [True, False])
def test_fingerprint_of_a_key(new: bool) -> None:
    subkey, name = packet(14, KEY, new), packet(13, b"Docker", new)
    assert fingerprints(armored(packet(6, KEY, new), name, subkey)) == [FINGERPRINT]


def test_a_second_key_in_the_same_text_does_not_hide() -> None:
    other = b"\x04" + bytes(301)
    together = fingerprints(armored(packet(6, KEY, True), packet(6, other, True)))
    assert together[0] == FINGERPRINT and len(together) == 2
    assert fingerprints(armored(packet(6, KEY, True)) + armored(packet(6, other, True))) == together


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<html>", "found no PGP PUBLIC KEY BLOCK"),
        (armored(packet(6, b"\x06" + bytes(9), True)), "found a key of version 6, expected version 4"),
        (armored(packet(6, KEY, True)[:50]), "it ends in the middle of a packet"),
        (armored(b"\x01\x02\x03"), "a packet begins with no header"),
        (armored(packet(6, KEY, True)).replace("A", "!", 9), "damaged"),
    ],
)
def test_what_is_no_key(text: str, expected: str) -> None:
    with pytest.raises(KeyTextError, match=expected):
        fingerprints(text)


# Logins


@pytest.mark.parametrize(
    ("registry", "key"),
    [
        ("docker.io", login.DOCKER_HUB),
        ("https://index.docker.io/v1/", login.DOCKER_HUB),
        ("https://registry.example.org/v2/", "registry.example.org"),
        ("registry.example.org:5000", "registry.example.org:5000"),
    ],
)
def test_how_a_registry_is_called(registry: str, key: str) -> None:
    assert login.key_of(registry) == key


def test_a_login_beside_what_is_there() -> None:
    there = {"auths": {"a": {"auth": "eDp5"}}, "proxies": {"default": {}}, "detachKeys": "ctrl-q"}
    changed = login.with_login(there, "b", "ann", "sesame")
    assert changed == {**there, "auths": {**there["auths"], "b": {"auth": "YW5uOnNlc2FtZQ=="}}}
    assert login.with_login(changed, "b", "ann", "sesame") == changed
    assert login.users(changed) == {"a": "x", "b": "ann"}
    assert login.without_login(changed, "b") == there
    assert login.without_login({"auths": {"b": {}}}, "b") == {}
    assert login.without_login(there, "b") == there


@pytest.mark.parametrize("config", [{"credsStore": "pass"}, {"credHelpers": {"b": "pass"}}])
def test_a_credential_helper_is_not_bypassed(config: dict[str, Any]) -> None:
    with pytest.raises(login.HelperError, match="docker-credential-pass"):
        login.with_login(config, "b", "ann", "sesame")


# The timer


@pytest.fixture(scope="module")
def prune() -> Any:
    """The program, as the host gets it: Ansible finds nothing to replace in it."""
    path = ROLE / "templates" / "slipway_docker_prune.py"
    assert not any(mark in path.read_text(encoding="utf-8") for mark in ("{{", "{%", "{#"))
    spec = importlib.util.spec_from_file_location("slipway_docker_prune", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


DAY = 86400.0
NOW = 100 * DAY


def image(name: str, **more: Any) -> dict[str, Any]:
    return {"Id": f"sha256:{name}", "RepoTags": [f"{name}:1"], "RepoDigests": [], "Created": 0, **more}


@pytest.mark.parametrize(
    ("listed", "goes"),
    [
        (image("old"), True),
        (image("used"), False),
        (image("young", Created=NOW - DAY), False),
        (image("pulled", LastTagTime=NOW - DAY), False),
        (image("released", RepoTags=["slipway-release:shop.123", "x:1"]), False),
        (image("manifest", RepoDigests=["x@sha256:used"]), False),
        (image("dangling", RepoTags=["<none>:<none>"], RepoDigests=["<none>@<none>"]), True),
    ],
    ids=lambda value: value["Id"][7:] if isinstance(value, dict) else "",
)
def test_what_the_timer_removes(listed: dict[str, Any], goes: bool, prune: Any) -> None:
    assert list(prune.removable([listed], {"sha256:used"}, 7 * DAY, NOW)) == ([listed] if goes else [])


def test_names_by_which_an_image_is_removed(prune: Any) -> None:
    assert prune.references(image("a", RepoTags=["a:1", "a:2"])) == ["a:1", "a:2"]
    assert prune.references(image("a", RepoTags=None, RepoDigests=["a@sha256:1"])) == ["a@sha256:1"]
    assert prune.references(image("a", RepoTags=[])) == ["sha256:a"]


def test_releases_on_record(prune: Any, tmp_path: Path) -> None:
    write = release_in(tmp_path)
    write("shop", 1, {"images": {"web": "sha256:1", "db": "sha256:2"}})
    write("blog", 7, {"images": {"web": "sha256:3"}, "services": {}})
    assert prune.recorded(tmp_path) == {"sha256:1", "sha256:2", "sha256:3"}
    assert prune.recorded(tmp_path / "nowhere") == set()
    write("blog", 8, {"number": 8})
    with pytest.raises(KeyError):
        prune.recorded(tmp_path)


def release_in(folder: Path) -> Callable[[str, int, dict[str, Any]], None]:
    def write(project: str, number: int, record: dict[str, Any]) -> None:
        path = folder / project / "releases" / f"{number}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(record), encoding="utf-8")

    return write


def test_when_an_image_was_tagged(prune: Any) -> None:
    told = {"Metadata": {"LastTagTime": "2026-11-21T17:00:00.123456789Z"}}
    assert abs(prune.tagged_at(told) - 1795280400) <= 1
    assert prune.tagged_at({"Metadata": {"LastTagTime": "0001-01-01T00:00:00Z"}}) == 0
    assert prune.tagged_at({}) == 0
    assert prune.tagged_at(told) < time.time() + 10**9
