# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab by hand: python -m tests.lab engine | host NAME | load NAME | remove NAME | list | images | clean."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

from tools.prepare import NotPossibleHereError

from . import engine, images
from .hosts import Host


def engine_command(options: argparse.Namespace) -> None:
    if options.stop:
        print(f"dockerd: {engine.stop()}")
    else:
        print("dockerd: started" if engine.ensure(by_hand=True) else "dockerd: was there already")


def host_command(options: argparse.Namespace) -> None:
    host = Host.existing(options.name)
    if options.unless_there and host.is_there():
        print(f"{host.container} was there already")
        return
    extra = ["--hostname", options.hostname] if options.hostname else []
    host = Host.create(options.name, options.suite, options.docker, options.cgroup, extra_args=extra, kept=True)
    print(f"{host.container} {host.address}\ndocker exec -it {host.container} bash")


def load_command(options: argparse.Namespace) -> None:
    host = Host.existing(options.name)
    host.load_images()
    if options.python:
        host.load_python()
    if options.example:
        host.load_example()
    print(host.run("docker", "images", "--format", "{{.Repository}}:{{.Tag}}").stdout, end="")


def remove_command(options: argparse.Namespace) -> None:
    for name in options.names:
        Host.existing(name).remove()


def list_command(_options: argparse.Namespace) -> None:
    layout = f'{{{{.Names}}}}\t{{{{.Status}}}}\t{{{{.Image}}}}\t{{{{.Label "{engine.CHECKOUT}"}}}}'
    print(engine.docker("ps", "--all", "--filter", f"label={engine.LABEL}", "--format", layout).stdout, end="")


def clean_command(options: argparse.Namespace) -> None:
    for name in engine.remove_leftovers(by_hand=options.all):
        print(f"removed {name}")


def images_command(_options: argparse.Namespace) -> None:
    engine.ensure()
    for name, make in {"bare": images.bare, "docker": images.with_docker}.items():
        print(f"{name:10} {make('trixie')}")


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("engine", help="make sure that a Docker Engine runs on this machine")
    one.add_argument("--stop", action="store_true", help="end the one that the lab started")
    one.set_defaults(call=engine_command)
    one = commands.add_parser("host", help="make a host that stays until it is removed")
    one.add_argument("name")
    one.add_argument("--suite", choices=images.SUITES, default="trixie")
    one.add_argument("--docker", action="store_true", help="with Docker Engine and Compose v2 in it")
    one.add_argument("--bare", action="store_false", dest="docker", help="without; this is the default")
    one.add_argument("--hostname", help="if it is not to be called NAME itself")
    one.add_argument("--unless-there", action="store_true", help="an existing one is kept as it is")
    one.add_argument("--cgroup", type=int, choices=(1, 2), default=1)
    one.set_defaults(call=host_command)
    one = commands.add_parser("load", help="load the images slipway-test/* into a host")
    one.add_argument("name")
    one.add_argument("--python", action="store_true", help="and python:3.13-slim")
    one.add_argument("--example", action="store_true", help="and the images of examples/streamlit_budget")
    one.set_defaults(call=load_command)
    one = commands.add_parser("remove", help="remove hosts and what is in them")
    one.add_argument("names", nargs="+")
    one.set_defaults(call=remove_command)
    one = commands.add_parser("list", help="all hosts on this machine")
    one.set_defaults(call=list_command)
    one = commands.add_parser("images", help="make the images of hosts, or see that they are there")
    one.set_defaults(call=images_command)
    one = commands.add_parser("clean", help="remove what killed runs of this checkout left")
    one.add_argument("--all", action="store_true", help="and the hosts that were made by hand here")
    one.set_defaults(call=clean_command)
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    started = time.monotonic()
    try:
        options.call(options)
    except (NotPossibleHereError, AssertionError, RuntimeError, ValueError, subprocess.CalledProcessError) as problem:
        print(f"lab: {problem}", file=sys.stderr)
        return 1
    print(f"{time.monotonic() - started:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
