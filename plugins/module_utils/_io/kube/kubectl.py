# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster through kubectl: manifests by standard input, JSON out, patience while the API server is away."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..._core.kube.api_errors import Failure, failure_of
from ..._core.redaction import redact
from ..app_module import AppError
from ..program_run import Ended, Run
from ..program_run import run as run_program

#: Of the cluster's first administrator, on each control plane.
ADMIN_CONF = "/etc/kubernetes/admin.conf"
FIELD_MANAGER = "slipway"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PAUSE_SECONDS = 2.0
_SERVER = re.compile(r"^\s*server:\s*[\"']?([^\s\"']+)", re.MULTILINE)


class KubectlError(AppError):
    """A call failed. `reason` is the API's own word, such as NotFound, or Unreachable, Late or NoProgram."""

    def __init__(self, action: str, failure: Failure, server: str, tries: str = "") -> None:
        where = f" at the API server {server}" if server else ""
        super().__init__(f"kubectl {action} failed{where}{tries}: {failure.message}")
        self.action = action
        self.failure = failure
        self.server = server

    @property
    def reason(self) -> str:
        return self.failure.reason


def _silent(sentence: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Kubectl:
    """One cluster. Words of a call are seen by everyone on the host: what is secret goes by standard input.

    `say` hears that a call is repeated, and why. `hidden` are literals that no message may show. `address` is that of
    one API server, such as https://10.0.0.4:6443, where it shall not be the one that the kubeconfig names.
    """

    kubeconfig: str = ADMIN_CONF
    patience_seconds: float = 60.0
    seconds: float = 60.0
    say: Callable[[str], None] = _silent
    hidden: tuple[str, ...] = ()
    program: str = "kubectl"
    address: str = ""

    @property
    def server(self) -> str:
        """The address of the API server, as the kubeconfig names it where no other was given."""
        if self.address:
            return self.address
        try:
            found = _SERVER.search(Path(self.kubeconfig).read_text(encoding="utf-8", errors="replace"))
        except OSError:
            return ""
        return found[1] if found else ""

    def get(self, kind: str, name: str, namespace: str | None = None) -> dict[str, Any] | None:
        """One object, or None where there is none of that name."""
        text = self.run("get", kind, name, *_in(namespace), "--ignore-not-found", "--output=json")
        return dict(json.loads(text)) if text.strip() else None

    def items(
        self, kinds: str, namespace: str | None = None, selector: str | None = None, everywhere: bool = False
    ) -> list[dict[str, Any]]:
        """All objects of a kind, or of several with commas between them; `everywhere` in all namespaces."""
        which = ["--all-namespaces"] if everywhere else _in(namespace)
        chosen = [f"--selector={selector}"] if selector else []
        return list(json.loads(self.run("get", kinds, *which, *chosen, "--output=json"))["items"])

    def apply(
        self,
        manifests: Iterable[Mapping[str, Any]],
        namespace: str | None = None,
        dry_run: bool = False,
        force_conflicts: bool = True,
        manager: str = FIELD_MANAGER,
    ) -> list[dict[str, Any]]:
        """Server-side. Returns the objects as the cluster has them then, or would have them with `dry_run`."""
        flags = ["--server-side", f"--field-manager={manager}"]
        flags += ["--force-conflicts"] if force_conflicts else []
        return self.send("apply", manifests, *flags, *_in(namespace), dry_run=dry_run)

    def send(
        self, verb: str, manifests: Iterable[Mapping[str, Any]], *flags: str, dry_run: bool = False
    ) -> list[dict[str, Any]]:
        """`apply`, `create` or `replace` of manifests given by standard input; the objects that came of it."""
        bodies = [dict(manifest) for manifest in manifests]
        if not bodies:
            return []
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": bodies})
        words = [verb, "--filename=-", "--output=json", *flags, *(["--dry-run=server"] if dry_run else [])]
        return objects_of(self.run(*words, stdin=text))

    def patch(
        self,
        kind: str,
        name: str,
        patch: Any,
        namespace: str | None = None,
        style: str = "merge",
        dry_run: bool = False,
    ) -> dict[str, Any]:
        """Never for secrets: kubectl before 1.21 takes a patch by its words only."""
        words = ["patch", kind, name, *_in(namespace), f"--type={style}", f"--patch={json.dumps(patch)}"]
        words += ["--dry-run=server"] if dry_run else []
        return dict(json.loads(self.run(*words, "--output=json")))

    def delete(
        self, kind: str, *names: str, namespace: str | None = None, wait: bool = True, dry_run: bool = False
    ) -> bool:
        """Whether there was one to delete. With `wait`, it is gone then."""
        flags = ["--ignore-not-found", f"--wait={json.dumps(wait)}", "--output=name"]
        flags += ["--dry-run=server"] if dry_run else []
        return bool(self.run("delete", kind, *names, *_in(namespace), *flags).strip()) if names else False

    def raw(self, path: str) -> str:
        """What the API server answers at a path, such as /readyz."""
        return self.run("get", f"--raw={path}")

    def answers(self) -> bool:
        """Whether the API server is ready, asked once."""
        return self._call(("get", "--raw=/readyz"), None, 10.0).exit_code == 0

    def run(self, *words: str, stdin: str | None = None, seconds: float | None = None) -> str:
        """Standard output of any call. It is repeated while the API server cannot be reached; raises KubectlError."""
        limit = self.seconds if seconds is None else seconds
        began = time.monotonic()
        tries = 0
        while True:
            tries += 1
            ended = self._call(words, stdin, limit)
            if ended.exit_code == 0:
                return ended.stdout
            failure = self._failure(ended, limit)
            spent = time.monotonic() - began
            if not failure.passing or spent + _PAUSE_SECONDS > self.patience_seconds:
                tried = f" ({tries} tries in {spent:.0f} s)" if tries > 1 else ""
                raise KubectlError(_action(words), failure, self.server, tried)
            if tries == 1:
                left = self.patience_seconds - spent
                self.say(f"kubectl {_action(words)}: {failure.message}; trying again for {left:.0f} s")
            time.sleep(_PAUSE_SECONDS)

    def _call(self, words: Sequence[str], stdin: str | None, seconds: float) -> Ended:
        where = [f"--kubeconfig={self.kubeconfig}", *([f"--server={self.address}"] if self.address else [])]
        called = (self.program, *where, *words)
        try:
            return run_program(Run(called, environment(), stdin=stdin, seconds=seconds, whole=True))
        except OSError as error:
            missing = Failure("NoProgram", f"{self.program} cannot be run: {(error.strerror or str(error)).lower()}")
            raise KubectlError(_action(words), missing, self.server) from error

    def _failure(self, ended: Ended, seconds: float) -> Failure:
        if ended.exit_code is None:
            return Failure("Late", f"it did not end within {seconds:g} s")
        lines = [redact(line, self.hidden) for line in ended.lines]
        return failure_of(lines, ended.exit_code)


def environment() -> dict[str, str]:
    """Of programs that are run here: nothing of this process but its home, where kubectl keeps what it learned."""
    return {"PATH": _PATH, "LANG": "C", "HOME": os.environ.get("HOME", "/root")}


def objects_of(text: str) -> list[dict[str, Any]]:
    """What kubectl prints as JSON: one object, a list of them, or one after the other."""
    found: list[dict[str, Any]] = []
    decoder = json.JSONDecoder()
    rest = text.strip()
    while rest:
        value, end = decoder.raw_decode(rest)
        found += value["items"] if value.get("kind") == "List" else [value]
        rest = rest[end:].strip()
    return found


def _in(namespace: str | None) -> list[str]:
    return [f"--namespace={namespace}"] if namespace else []


def _action(words: Sequence[str]) -> str:
    """The call without its flags, which are long."""
    return " ".join(word for word in words if not word.startswith("-") or word.startswith("--raw=")) or "call"
