# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: `run` a command against a fresh server, or `serve` until stopped."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

if not __package__:  # started as `python tools/embedded_aws`
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools.embedded_aws import EmbeddedAws
from tools.embedded_aws.layer import RecordingLayer


def serve(port: int, delay_ms: int, end_with_parent: bool) -> None:
    """Serve until SIGINT or SIGTERM, or until standard input ends; print the endpoint when ready."""
    # The server is nobody's client: a profile that does not exist here would stop moto from loading.
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    # Here and not above: `run` itself has no use for moto, and it takes a second to load.
    from moto.moto_server.werkzeug_app import (
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server

    from tools.embedded_aws.ecs.application import EcsInFront
    from tools.embedded_aws.files import FilesInFront
    from tools.embedded_aws.query import QueryInFront
    from tools.embedded_aws.scaling import ScalingInFront
    from tools.embedded_aws.schedules import SchedulesInFront

    class QuietHandler(MotoRequestHandler):
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            pass

    moto = DomainDispatcherApplication(create_backend_app)
    layer = RecordingLayer(EcsInFront(ScalingInFront(SchedulesInFront(QueryInFront(FilesInFront(moto))))), delay_ms)
    server = make_server("127.0.0.1", port, layer, threaded=True, request_handler=QuietHandler)
    # Blocked here, and so in every thread below: they wait for sigwait instead of interrupting anything.
    endings = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, endings)
    # The poll interval bounds how long shutdown() takes.
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nobody reads the pipe any more, and moto prints
    if end_with_parent:
        threading.Thread(target=end_with_input, daemon=True).start()
    signal.sigwait(endings)
    server.shutdown()
    server.server_close()


def end_with_input() -> None:
    """The parent holds the other end of standard input, so even its violent death ends the server."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


def run(command: Sequence[str], delay_ms: int, calls_file: Path | None) -> int:
    """Run the command against a fresh server and give back its exit code, as a shell would."""
    process: subprocess.Popen[bytes] | None = None
    received: list[int] = []  # a signal can come while the command is being started: then it waits here

    def pass_on() -> None:
        while process and received:
            process.send_signal(received.pop())

    def on_signal(number: int, _frame: object) -> None:
        received.append(number)
        pass_on()

    signal.signal(signal.SIGTERM, on_signal)
    with EmbeddedAws(delay_ms) as aws:
        # The terminal sends Ctrl-C to the command too, which decides what to do about it.
        signal.signal(signal.SIGINT, lambda *_: None)
        try:
            process = subprocess.Popen(command, env=aws.environment(os.environ))
        except OSError as error:
            print(f"{command[0]}: {error.strerror}", file=sys.stderr)
            return 127
        pass_on()
        code = process.wait()
        if calls_file:
            calls_file.write_text(json.dumps(aws.calls(), indent=2) + "\n", encoding="utf-8")
    return code if code >= 0 else 128 - code


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="embedded_aws", description="An AWS on loopback (moto), recorded and with faults."
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    runner = verbs.add_parser("run", help="run a command against a fresh server")
    runner.add_argument("--calls-file", type=Path, help="write the recorded calls here as JSON")
    runner.add_argument("command", nargs="+", metavar="-- COMMAND", help="the command and its arguments")
    server = verbs.add_parser("serve", help="serve until SIGINT or SIGTERM, print the endpoint")
    server.add_argument("--port", type=int, default=0, help="default: a free port")
    server.add_argument("--end-with-parent", action="store_true", help="also end when standard input does")
    for verb in (runner, server):
        verb.add_argument("--delay-ms", type=int, default=0, help="wait so long before each answer")
    given = parser.parse_args()
    if given.verb == "run":
        return run(given.command, given.delay_ms, given.calls_file)
    serve(given.port, given.delay_ms, given.end_with_parent)
    return 0


if __name__ == "__main__":
    sys.exit(main())
