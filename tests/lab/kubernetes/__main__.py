# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes by hand: python -m tests.lab.kubernetes up NAME.. | play PLAYBOOK NAME.. | shell NAME | list | remove NAME.."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time

from tools.prepare import NotPossibleHereError

from .. import engine
from ..hosts import Host
from . import network
from .depot import Depot
from .lab import Lab, playbook
from .nodes import Node


def up(options: argparse.Namespace) -> None:
    """The depot and nodes, kept until they are removed."""
    lab = Lab.start(kept=True)
    print(f"{lab.depot.container} {lab.depot.url}")
    for name in options.names:
        node = Node(Host.existing(name).container, name)
        if not node.is_there():
            node = Node.create(name, kept=True)
        print(f"{node.container} {node.address}")


def play(options: argparse.Namespace) -> None:
    """A playbook on nodes: the first ones are control planes, the others workers."""
    nodes = [Node(Host.existing(name).container, name) for name in options.names]
    planes, workers = nodes[: options.control_planes], nodes[options.control_planes :]
    listing = Lab.start(kept=True).inventory(planes, workers)
    words = [word for pair in options.extra for word in ("-e", pair)] + ["-v"] * options.verbose
    words += ["--check", "--diff"] if options.check else []
    played = playbook(options.playbook, *words, hosts=listing)
    print(f"{played.output}\nansible-playbook took {played.seconds:.1f} s and ended with {played.process.returncode}")
    if played.process.returncode:
        raise RuntimeError("the playbook failed")


def inventory(options: argparse.Namespace) -> None:
    """The same inventory as JSON, for ansible-playbook by hand."""
    nodes = [Node(Host.existing(name).container, name) for name in options.names]
    planes, workers = nodes[: options.control_planes], nodes[options.control_planes :]
    print(json.dumps(Lab.start(kept=True).inventory(planes, workers), indent=1))


def shell(options: argparse.Namespace) -> None:
    container = Host.existing(options.name).container
    words = ["docker", "--host", engine.SOCKET, "exec", "-it", "-e", "KUBECONFIG=/etc/kubernetes/admin.conf"]
    subprocess.run([*words, container, "bash"], check=False, env={**os.environ, "PATH": engine.search_path()})


def listed(_options: argparse.Namespace) -> None:
    layout = "{{.Names}}\t{{.Status}}\t{{.Networks}}"
    print(engine.docker("ps", "--all", "--filter", f"network={network.NAME}", "--format", layout).stdout, end="")


def remove(options: argparse.Namespace) -> None:
    """Nodes; with the last one the depot goes, too."""
    engine.remove(Host.existing(name).container for name in options.names)
    depot = Depot.start(kept=True)
    others = engine.docker(
        "ps", "--all", "--filter", f"network={network.NAME}", "--format", "{{.Names}}"
    ).stdout.split()
    if others == [depot.container]:
        depot.remove()


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.lab.kubernetes", description=__doc__)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("up", help="make nodes, and the depot that they fetch from")
    one.add_argument("names", nargs="*")
    one.set_defaults(call=up)
    one = commands.add_parser("play", help="run a playbook on nodes")
    one.add_argument("playbook", help="a file, or a full name such as slipway.containers.build_cluster")
    one.add_argument("names", nargs="+")
    one.add_argument("--control-planes", type=int, default=1, help="so many of the first ones; 1")
    one.add_argument("-e", dest="extra", action="append", default=[], help="as of ansible-playbook")
    one.add_argument("-v", dest="verbose", action="count", default=0)
    one.add_argument("--check", action="store_true", help="with --diff")
    one.set_defaults(call=play)
    one = commands.add_parser("inventory", help="print the inventory of such a cluster")
    one.add_argument("names", nargs="+")
    one.add_argument("--control-planes", type=int, default=1)
    one.set_defaults(call=inventory)
    one = commands.add_parser("shell", help="bash on a node, with KUBECONFIG set")
    one.add_argument("name")
    one.set_defaults(call=shell)
    one = commands.add_parser("list", help="nodes and depots on this machine")
    one.set_defaults(call=listed)
    one = commands.add_parser("remove", help="remove nodes")
    one.add_argument("names", nargs="+")
    one.set_defaults(call=remove)
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    started = time.monotonic()
    try:
        options.call(options)
    except (NotPossibleHereError, AssertionError, RuntimeError, ValueError, subprocess.CalledProcessError) as problem:
        print(f"lab: {problem}", file=sys.stderr)
        return 1
    print(f"{time.monotonic() - started:.1f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
