# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong while machines join: the run says in one message why, and the next one converges.

One cluster, made once; its second machine is broken in one way after the other, and joins in between. In this order.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.lab.disks import disk
from tests.lab.kubernetes import Lab, Node, Played, playbook

from .conftest import Timed

pytestmark = pytest.mark.fault

BUILD, ADD = "slipway.containers.build_cluster", "slipway.containers.add_nodes"
#: Of the file system of the kubelet of the machine that joins.
DISK_MEBIBYTES = 6144
#: What a member has from the moment that its kubelet asks to be let in.
BOOTSTRAP = "/etc/kubernetes/bootstrap-kubelet.conf"
#: What the kubelet reads when it starts.
KUBELET = "/var/lib/kubelet/config.yaml"
ETCD = "/etc/kubernetes/manifests/etcd.yaml"
API_SERVER = "/etc/kubernetes/manifests/kube-apiserver.yaml"
#: Where something may lie that a run has written. etcd keeps what was deleted until it is compacted.
PLACES = ("/etc", "/root", "/run/slipway", "/tmp", "/var/log", "/var/lib/kubelet", "/usr/local", "/home")
FILL = "fallocate -l $(df --output=avail -B1 /var/lib/kubelet | tail -1) /var/lib/kubelet/filled"
PATIENCE_SECONDS = 180
#: Waits for a file, and then for each program until there is one to kill.
KILLER = """
path=$1; shift; left=12000
until [ -e "$path" ]; do left=$((left - 1)); [ $left -gt 0 ] || exit 1; sleep 0.05; done
for name; do
  killed=; until [ "$killed" ]; do
    for entry in /proc/[0-9]*; do
      if [ "$(cat $entry/comm 2>/dev/null)" = "$name" ]; then kill -9 "${entry#/proc/}" && killed=1; fi
    done
    left=$((left - 1)); [ $left -gt 0 ] || exit 1
  done
done
"""


@dataclass(frozen=True)
class Pair:
    lab: Lab
    plane: Node
    second: Node

    def play(self, name: str, *words: str, second: str = "worker", **variables: Any) -> Played:
        """`second` says what the second machine shall be: worker, plane or none."""
        planes = [self.plane, self.second] if second == "plane" else [self.plane]
        workers = [self.second] if second == "worker" else []
        return playbook(name, *words, hosts=self.lab.inventory(planes, workers, variables=variables))

    def make_bare(self) -> None:
        """The second machine, and what the cluster knows of it, without the playbook that others test."""
        self.second.module("kubeadm_reset", {})
        self.plane.kubectl("delete", "node", self.second.name, "--ignore-not-found")

    def tokens(self) -> list[str]:
        words = ("get", "secrets", "-n", "kube-system", "-o", "name")
        found = self.plane.kubectl(*words).split()
        return [name for name in found if "/bootstrap-token-" in name or name.endswith("/kubeadm-certs")]

    def ready(self) -> list[str]:
        line = '{range .items[*]}{.metadata.name}={.status.conditions[?(@.type=="Ready")].status} {end}'
        found = self.plane.kubectl("get", "nodes", "-o", f"jsonpath={line}").split()
        return sorted(entry.partition("=")[0] for entry in found if entry.endswith("=True"))


@dataclass
class Spy:
    """What stands in documents and in arguments of programs while a machine joins."""

    documents: set[str] = field(default_factory=set)
    arguments: set[str] = field(default_factory=set)

    def secrets(self) -> set[str]:
        """The secret part of tokens, and keys of certificates."""
        text = "\n".join(self.documents)
        keys = re.findall(r'"certificateKey": "([0-9a-f]{64})"', text)
        return {*re.findall(r'"[a-z0-9]{6}\.([a-z0-9]{16})"', text), *keys}


@pytest.fixture(scope="module")
def pair(lab: Lab) -> Iterator[Pair]:
    with disk(DISK_MEBIBYTES) as folder:
        volume = f"{folder}:/var/lib/kubelet"
        with Node.create("faults-a") as plane, Node.create("faults-b", volumes=[volume]) as second:
            yield Pair(lab, plane, second)


def said_once(played: Played, host: str) -> str:
    """The one message of a run that failed."""
    assert played.output.count("fatal: [") == 1, played.output
    assert played.recap[host]["failed"] == 1
    return played.output.partition("fatal: [")[2]


def wait_until(what: str, holds: Callable[[], bool]) -> None:
    limit = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < limit, f"not so after {PATIENCE_SECONDS} s: {what}"
        time.sleep(0.2)


def there(node: Node, path: str) -> bool:
    return node.run("test", "-e", path, check=False).returncode == 0


@contextmanager
def killed_once(node: Node, path: str, *names: str) -> Iterator[None]:
    """As soon as a file is there, programs are killed by their names; in the machine itself, which is soon enough."""
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(node.run, "sh", "-c", KILLER, "sh", path, *names)
        yield
        done.result()


@contextmanager
def watched(node: Node) -> Iterator[Spy]:
    spy, ended = Spy(), threading.Event()

    def look() -> None:
        while not ended.is_set():
            spy.documents.add(node.run("sh", "-c", "cat /run/slipway/*.kubeadm.yaml 2>/dev/null || :").stdout)
            spy.arguments.add(node.run("sh", "-c", "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' || :").stdout)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield spy
    finally:
        ended.set()
        thread.join()


def test_a_clock_that_is_wrong_is_told_before_anything_changes(pair: Pair, step: Timed) -> None:
    """The clock is wrong where it is read: Python on the second machine sees another time."""
    pair.second.run("apt-get", "update", "--quiet")
    pair.second.run("apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "faketime")
    pair.second.write("/usr/local/bin/late", '#!/bin/sh\nexec faketime -f +1h /usr/bin/python3 "$@"\n', "0755")
    listing = pair.lab.inventory([pair.plane], [pair.second])
    listing["all"]["hosts"][pair.second.name]["ansible_python_interpreter"] = "/usr/local/bin/late"
    with step("a clock that is an hour off is refused"):
        played = playbook(BUILD, hosts=listing)
    assert "clock" in said_once(played, pair.plane.name) and pair.second.name in played.output
    assert not any(host["changed"] for host in played.recap.values())
    assert not there(pair.plane, "/etc/kubernetes")


def test_a_full_disk_is_told_and_the_next_run_converges(pair: Pair, step: Timed) -> None:
    with step("a cluster of one node"):
        pair.play(BUILD, second="none").good()
    pair.second.run("sh", "-c", FILL)
    with step("a full disk is refused"):
        played = pair.play(ADD)
    message = said_once(played, pair.second.name)
    assert "/var/lib/kubelet" in message and ("free" in message or "space" in message), message
    assert pair.tokens() == []
    pair.second.run("rm", "/var/lib/kubelet/filled")


def test_a_wrong_token_is_told_without_showing_it(pair: Pair, step: Timed) -> None:
    """On a machine that the run before did not come to: so it is made ready first, by a join that is cut off."""
    left = pair.plane.module("kubeadm_token", {"description": "of a run that was killed"})
    with step("a join whose kubeadm is killed at once"), killed_once(pair.second, BOOTSTRAP, "kubeadm"):
        failed = pair.play(ADD)
    assert "kubeadm join failed: it was killed by the signal 9" in said_once(failed, pair.second.name)
    assert pair.tokens() == []  # neither its own, nor the one of the run that was killed
    assert pair.second.run("ls", "-A", "/run/slipway").stdout == "" and left["changed"]
    pair.make_bare()
    wrong = "abcdef.0123456789abcdef"
    asked = {
        **{
            "name": pair.second.name,
            "address": pair.second.address,
            "version": pair.lab.variables()["kubeadm_cluster_version"],
        },
        **{"endpoint": "api.lab.internal:6443", "ca_hash": f"sha256:{'0' * 64}", "token": wrong, "timeout": 5},
    }
    with step("a wrong token is refused"):
        result = pair.second.module("kubeadm_member", asked)
    assert result["failed"] and "kubeadm join failed" in result["msg"] and "token" in result["msg"]
    assert wrong.partition(".")[2] not in str(result)
    assert pair.second.run("ls", "-A", "/run/slipway").stdout == ""


def test_a_join_goes_on_after_kubelet_and_containerd_were_killed(pair: Pair, step: Timed) -> None:
    killed = killed_once(pair.second, KUBELET, "kubelet", "containerd")
    with step("a join during which kubelet and containerd are killed"), killed:
        result = pair.play(ADD)
    if result.recap[pair.second.name]["failed"]:  # it depends on what they were at
        said_once(result, pair.second.name)
        with step("the run after it"):
            pair.play(ADD).good()
    assert pair.ready() == sorted([pair.plane.name, pair.second.name])
    assert pair.tokens() == []


def test_a_control_plane_whose_join_was_cut_off_late_joins_in_the_next_run_without_showing_a_secret(
    pair: Pair, step: Timed
) -> None:
    pair.make_bare()
    with step("a control plane whose join is cut off after etcd"), killed_once(pair.second, ETCD, "kubeadm"):
        said_once(pair.play(ADD, second="plane"), pair.second.name)
    with step("it joins in the next run"), watched(pair.second) as spy:
        again = pair.play(ADD, "-vvv", second="plane").good()
    assert pair.ready() == sorted([pair.plane.name, pair.second.name])
    assert pair.tokens() == []
    secrets = spy.secrets()
    assert {len(secret) for secret in secrets} == {16, 64}, "the documents were not seen"
    everything = [again.output, *spy.arguments, *(traces(node) for node in (pair.plane, pair.second))]
    assert not [secret for secret in secrets for text in everything if secret in text]
    for node in (pair.plane, pair.second):
        for secret in secrets:
            found = node.run("grep", "-rlF", "-e", secret, *existing(node), check=False).stdout
            assert found == "", f"{node.name}: a secret lies in {found}"


def traces(node: Node) -> str:
    """What the system's log holds."""
    return node.run("journalctl", "--no-pager", "--output=export").stdout


def existing(node: Node) -> list[str]:
    return [place for place in PLACES if there(node, place)]


def test_an_api_server_that_is_down_is_told_and_nothing_changes(pair: Pair, step: Timed) -> None:
    """Both of them; one that is left would be spoken to."""
    for node in (pair.plane, pair.second):
        node.run("mv", API_SERVER, "/root")
    with step("an API server that is down stops a run"):
        wait_until("it is down", lambda: pair.plane.kubectl("get", "--raw=/healthz", check=False) == "")
        played = pair.play(BUILD, second="plane")
    message = played.output.partition("fatal: [")[2]
    assert "its API server https://api.lab.internal:6443 does not answer" in message
    assert not any(host["changed"] for host in played.recap.values())
    for node in (pair.plane, pair.second):
        node.run("mv", "/root/kube-apiserver.yaml", API_SERVER)
    wait_until("it is back", lambda: pair.plane.kubectl("get", "--raw=/readyz", check=False) == "ok")
    with step("a run after it"):
        pair.play(BUILD, second="plane").good()
    with step("and one more"):
        again = pair.play(BUILD, second="plane").good()
    assert not any(host["changed"] for host in again.recap.values()), again.changed()
