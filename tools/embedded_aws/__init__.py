# SPDX-License-Identifier: GPL-3.0-or-later
"""An AWS on loopback, for the demo, the tests and the benchmarks.

It is moto's server behind a thin layer of ours, which records every call, answers chosen calls with
the errors that AWS would give, and can wait before each answer as a network does. In ECS services are
ours too (see ecs/__init__.py): they have deployments, which succeed or fail as rules say. Of other
services of AWS, what moto lacks and we need is in scaling.py, schedules.py, query.py and files.py.

Nothing in the collection knows of it: plugins, roles and playbooks never behave differently for it.
They reach it because the AWS SDK reads AWS_ENDPOINT_URL, and by nothing else.

    python tools/embedded_aws run [--delay-ms N] [--calls-file FILE] -- COMMAND ARGS...
    python tools/embedded_aws serve [--port N] [--delay-ms N]

    GET, DELETE        /slipway/calls     what was called so far
    GET, POST, DELETE  /slipway/faults    a JSON list of rules, see FaultRule; POST replaces the list
    GET, POST, DELETE  /slipway/behaviour {"rules": [...], "pace": N}, see ecs/behaviour.py; POST replaces both
    POST               /moto-api/reset    moto's own: forget all resources, and the rules of behaviour

The server is always a process of its own, and ends with the process that started it. Only that
process loads moto and botocore; importing this file costs nothing.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from .layer import Call

__all__ = ["Call", "EmbeddedAws"]

# What may pass from the caller's environment. Any other AWS_ variable could name real credentials,
# or an endpoint of one service (AWS_ENDPOINT_URL_ECS) that would win over ours.
KEPT_VARIABLES = {"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE"}


class EmbeddedAws:
    """The server as a context manager: `with EmbeddedAws() as aws: ...`."""

    def __init__(self, delay_ms: int = 0) -> None:
        self.delay_ms = delay_ms
        self.endpoint_url = ""

    def __enter__(self) -> EmbeddedAws:
        command = [sys.executable, str(Path(__file__).parent), "serve", "--end-with-parent"]
        command += ["--delay-ms", str(self.delay_ms)]
        # A session of its own: Ctrl-C at the terminal is for the command under test, not for the server.
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self.process.stdout
        self.endpoint_url = self.process.stdout.readline().strip()
        if not self.endpoint_url:
            self.__exit__()
            raise RuntimeError(f"the embedded AWS did not start, exit code {self.process.returncode}")
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """`base` without the user's own AWS settings, pointing the AWS SDK at this server."""
        kept = {k: v for k, v in base.items() if not k.startswith("AWS_") or k in KEPT_VARIABLES}
        region = kept.get("AWS_REGION") or kept.get("AWS_DEFAULT_REGION") or "eu-central-1"
        unproxied = ",".join(filter(None, [base.get("NO_PROXY") or base.get("no_proxy"), "127.0.0.1"]))
        return {
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            **kept,
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": unproxied,
            "no_proxy": unproxied,
        }

    def calls(self) -> list[Call]:
        return cast("list[Call]", self._request("GET", "/slipway/calls"))

    def clear_calls(self) -> None:
        self._request("DELETE", "/slipway/calls")

    def set_faults(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """Replace the rules; the fields are those of FaultRule."""
        self._request("POST", "/slipway/faults", rules)

    def clear_faults(self) -> None:
        self._request("DELETE", "/slipway/faults")

    def behave(self, rules: Sequence[Mapping[str, Any]], pace: int = 1) -> None:
        """Replace what becomes of tasks that are started from now on; the fields are those of ecs.behaviour.Rule.

        Each read takes a service `pace` steps further; with 0 everything stays as it is.
        """
        self._request("POST", "/slipway/behaviour", {"rules": list(rules), "pace": pace})

    def reset(self) -> None:
        """Forget resources, calls, faults and behaviour."""
        self._request("POST", "/moto-api/reset")
        self.clear_faults()
        self.clear_calls()

    def _request(self, method: str, path: str, payload: Any = None) -> Any:
        connection = http.client.HTTPConnection(self.endpoint_url.removeprefix("http://"), timeout=30)
        try:
            connection.request(method, path, json.dumps(payload))
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise ValueError(answer.get("error", answer))
        return answer
