# SPDX-License-Identifier: GPL-3.0-or-later
"""What /proc says in words: from text of it, and from this machine's own."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._io import host_facts
from ansible_collections.slipway.containers.plugins.module_utils._io.host_facts import Socket

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
TAIL = "00000000:00000000 00:00000000 00000000     0        0"
ANY6 = "0" * 32
TCP = (
    HEAD
    + f"   0: 00000000:1F90 00000000:0000 0A {TAIL} 11 1 0000000000000000 100 0 0 10 0\n"
    + f"   1: 0100007F:0016 00000000:0000 0A {TAIL} 12 1 0000000000000000 100 0 0 10 0\n"
    + f"   2: 020011AC:1F90 010011AC:D431 01 {TAIL} 13 1 0000000000000000 20 4 30 10 -1\n"
    + f"   3: 0100007F:1F90 0100007F:D432 01 {TAIL} 14 1 0000000000000000 20 4 30 10 -1\n"
    + f"   4: 020011AC:D433 010011AC:01BB 01 {TAIL} 15 1 0000000000000000 20 4 30 10 -1\n"
    + f"   5: 020011AC:1F90 010011AC:D434 06 {TAIL} 0 3 0000000000000000\n"
)
TCP6 = (
    HEAD
    + f"   0: {ANY6}:0050 {ANY6}:0000 0A {TAIL} 21 1 0 100 0 0 10 0\n"
    + f"   1: B80D0120000000000000000001000000:0050 B80D0120000000000000000002000000:C001 01 {TAIL} 22 1 0\n"
    + f"   2: 0000000000000000FFFF0000020011AC:0050 0000000000000000FFFF00000100007F:C002 01 {TAIL} 23 1 0\n"
    + f"   3: 00000000000000000000000001000000:0050 00000000000000000000000001000000:C003 01 {TAIL} 24 1 0\n"
)
LITTLE = pytest.mark.skipif(socket.htonl(1) == 1, reason="the text above is of a little-endian machine")


@LITTLE
def test_addresses_of_both_families() -> None:
    found = list(host_facts.read_sockets(TCP + TCP6, "tcp"))
    assert found[0] == Socket("tcp", "0.0.0.0", 8080, "0.0.0.0", 0, "0A", 11)
    assert (found[1].address, found[1].port, found[1].family) == ("127.0.0.1", 22, "ipv4")
    assert (found[2].remote_address, found[2].remote_port) == ("172.17.0.1", 54321)
    assert [(one.address, one.family) for one in found[6:9]] == [
        ("::", "ipv6"),
        ("2001:db8::1", "ipv6"),
        ("::ffff:172.17.0.2", "ipv6"),
    ]


@LITTLE
def test_inbound_connections_are_those_from_outside_to_what_listens() -> None:
    found = host_facts.read_inbound(host_facts.read_sockets(TCP, "tcp"))
    assert [one.inode for one in found] == [13]
    assert [one.inode for one in host_facts.read_inbound(host_facts.read_sockets(TCP6, "tcp"))] == [22]
    assert host_facts.read_inbound(()) == ()


@pytest.mark.parametrize("line", ["", "   0: nonsense", f"   0: 00:1 00:1 0A {TAIL} 1", f"   0: XX:1 XX:1 0A {TAIL} 1"])
def test_lines_that_are_not_understood(line: str) -> None:
    assert list(host_facts.read_sockets(HEAD + line + "\n", "tcp")) == []
    assert list(host_facts.read_sockets("", "udp")) == []


@pytest.mark.parametrize(
    ("family", "kind", "address"),
    [
        pytest.param(socket.AF_INET, socket.SOCK_STREAM, "127.0.0.1", id="tcp4"),
        pytest.param(socket.AF_INET6, socket.SOCK_STREAM, "::1", id="tcp6"),
        pytest.param(socket.AF_INET, socket.SOCK_DGRAM, "127.0.0.1", id="udp4"),
        pytest.param(socket.AF_INET6, socket.SOCK_DGRAM, "::1", id="udp6"),
    ],
)
def test_a_port_of_this_machine(family: socket.AddressFamily, kind: socket.SocketKind, address: str) -> None:
    with socket.socket(family, kind) as taken:
        try:
            taken.bind((address, 0))
        except OSError:
            pytest.skip("no such address here")  # a machine without IPv6; tools/check.py fails on a skip under CI
        if kind == socket.SOCK_STREAM:
            assert not mine(taken)  # bound and not listening: nobody is kept from anything yet
            taken.listen()
        (found,) = mine(taken)
        assert (found.address, found.protocol) == (address, "tcp" if kind == socket.SOCK_STREAM else "udp")
        assert host_facts.holder(found.inode).endswith(f" (pid {os.getpid()})")
    assert not mine_port(found.port, found.protocol)


def mine(taken: socket.socket) -> list[Socket]:
    return mine_port(taken.getsockname()[1], "tcp" if taken.type == socket.SOCK_STREAM else "udp")


def mine_port(port: int, protocol: str) -> list[Socket]:
    return [one for one in host_facts.busy_ports() if (one.port, one.protocol) == (port, protocol)]


def test_busy_ports_are_in_order() -> None:
    found = host_facts.busy_ports()
    assert list(found) == sorted(found)


def test_nobody_holds_a_socket_that_is_not_there() -> None:
    assert host_facts.holder(0) == ""


def test_available_memory() -> None:
    text = "MemTotal:       24000000 kB\nMemFree:          10 kB\nMemAvailable:    2048 kB\n"
    assert host_facts.read_available_memory(text) == 2 * 1024 * 1024
    assert host_facts.read_available_memory("MemTotal: 1 kB\n") is None
    assert (host_facts.available_memory() or 0) > 1024 * 1024


def test_space_of_a_path_that_is_not_there_yet(tmp_path: Path) -> None:
    here = os.statvfs(tmp_path)
    found = host_facts.free_bytes(f"{tmp_path}/not/yet")
    assert 0 < found <= here.f_blocks * here.f_frsize
    inodes = host_facts.free_inodes(f"{tmp_path}/not/yet")
    assert inodes is None or 0 < inodes <= here.f_files


def test_a_file_that_was_replaced_is_another(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("one", encoding="utf-8")
    (tmp_path / "link").symlink_to(file)
    before = host_facts.stat_of(str(file))
    assert before and before == host_facts.stat_of(str(tmp_path / "link"))
    file.write_text("in place", encoding="utf-8")
    assert host_facts.stat_of(str(file)) == before
    (tmp_path / "new").write_text("two", encoding="utf-8")
    (tmp_path / "new").rename(file)
    assert host_facts.stat_of(str(file)) != before
    assert host_facts.stat_of(str(tmp_path / "none")) is None


def test_mounts() -> None:
    text = (
        "22 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
        "90 22 254:0 /srv/my\\040app/conf//deleted /etc/my\\040conf ro,relatime master:1 - ext4 /dev/vda rw\n"
        "broken\n"
    )
    assert host_facts.read_mounts(text) == {"/": "/", "/etc/my conf": "/srv/my app/conf//deleted"}


def test_what_is_no_mount_point_is_not_followed() -> None:
    assert host_facts.held_content(os.getpid(), "/etc/passwd") is None
    assert host_facts.held_content(0, "/") is None
