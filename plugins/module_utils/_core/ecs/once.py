# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may run only once: the record of its attempts, and what that means for the next run.

Each attempt is a parameter of its own, `<store>/<key>/<number>`, and a number belongs to whoever creates it: creating
one that exists is refused by AWS. That is the only write of SSM that is conditional; to change a value, or to delete
it, is not, so that two runs which take a failed attempt over would both believe that they did.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

STARTED, SUCCEEDED, FAILED = "started", "succeeded", "failed"
#: What to do next.
START, DONE, JOIN, AWAIT, RESUME, ASK = "start", "done", "join", "await", "resume", "ask"
#: AWS remembers a token for at least so long, by any reading of "Ensuring idempotency" in the ECS API reference.
_TOKEN_SECONDS = 3600
#: Whoever starts a task writes it down at once; one who has not done so by then was cut off.
_WRITTEN_SECONDS = 60
_FOREIGN = re.compile(r"[^A-Za-z0-9_.-]")
_KEY_LENGTH = 100


@dataclass(frozen=True)
class Attempt:
    """One try. `token` makes RunTask start its task once; `task` is empty until RunTask has answered."""

    parameter: str
    token: str
    state: str = STARTED
    cluster: str = ""
    task: str = ""
    at: str = ""

    @property
    def number(self) -> int:
        return int(self.parameter.rpartition("/")[2])

    @property
    def unsettled(self) -> bool:
        """It has a task, and nobody wrote down how that ended."""
        return self.state == STARTED and bool(self.task)

    @property
    def waits_for_task(self) -> bool:
        """Whoever started it has not written down its task yet."""
        return self.state == STARTED and not self.task

    def as_text(self, key: str) -> str:
        """The parameter's value, for people as well."""
        facts = {"key": key, "state": self.state, "task": self.task, "cluster": self.cluster, "at": self.at}
        return json.dumps({**facts, "token": self.token})

    def as_dict(self) -> dict[str, Any]:
        facts = {"state": self.state, "task_arn": self.task, "started_at": self.at}
        return {"parameter": self.parameter, "attempt": self.number, **facts}

    def to(self, state: str, task: str = "") -> Attempt:
        return replace(self, state=state, task=task or self.task)


def folder(store: str, key: str) -> str:
    """Where the attempts of a key are. Any text may be a key, a name of SSM not: what differs tells a hash apart."""
    plain = _FOREIGN.sub("-", key)[:_KEY_LENGTH]
    unique = plain if plain == key else f"{plain}-{sha256(key.encode()).hexdigest()[:12]}"
    return f"{store.rstrip('/')}/{unique}"


def problems(store: str, key: str) -> list[tuple[str, str]]:
    found = []
    if not key.strip():
        found.append(("once_per", "found an empty text, expected a key such as migrate-1.4.2"))
    if not re.fullmatch(r"(?:/[A-Za-z0-9_.-]+){1,10}/?", store) or re.match(r"/(?:aws|ssm)", store, re.IGNORECASE):
        found.append(("once_store", f"found '{store}', expected a path such as /slipway/once, not below /aws or /ssm"))
    return found


def latest(parameters: Mapping[str, str]) -> Attempt | None:
    """The newest attempt among the parameters, by name and value."""
    numbered = [name for name in parameters if name.rpartition("/")[2].isdigit()]
    if not numbered:
        return None
    newest = max(numbered, key=_number)
    return read(newest, parameters[newest])


def _number(name: str) -> int:
    return int(name.rpartition("/")[2])


def read(parameter: str, text: str) -> Attempt:
    """Somebody may have written the value by hand: the state alone is enough, as JSON or as a word."""
    try:
        value = json.loads(text)
    except ValueError:
        value = text.strip()
    facts = value if isinstance(value, Mapping) else {"state": value}
    told = {name: str(facts.get(name) or "") for name in ("token", "state", "cluster", "task", "at")}
    return Attempt(parameter, **told)


def next_name(path: str, last: Attempt | None) -> str:
    return f"{path}/{last.number + 1 if last else 1}"


def token(parameter: str, nonce: str) -> str:
    """64 characters: what RunTask takes. The nonce tells apart an attempt whose parameter was deleted."""
    return sha256(f"{parameter} {nonce}".encode()).hexdigest()


def step(last: Attempt | None, task: Mapping[str, Any] | None, well: bool, age_seconds: float) -> str:
    """`task` is the last attempt's as ECS shows it, None where it shows none; `well`, whether it ended so."""
    if last is None or last.state == FAILED:
        return START
    if last.state == SUCCEEDED:
        return DONE
    if last.state != STARTED:
        return ASK
    if task is not None:
        ended = task.get("lastStatus") == "STOPPED"
        return (DONE if well else START) if ended else JOIN
    if last.task or not last.token or age_seconds >= _TOKEN_SECONDS:
        return ASK
    return AWAIT if age_seconds < _WRITTEN_SECONDS else RESUME


def question(last: Attempt, key: str) -> str:
    """Nobody knows how it ended, and a migration that ran twice may be worse than one that has to be asked about."""
    whose = f"its task {last.task} is no longer shown by ECS" if last.task else "no task of it is known"
    if last.state != STARTED:
        whose = f"its state is '{last.state}', expected {STARTED}, {SUCCEEDED} or {FAILED}"
    return (
        f"Attempt {last.number} of '{key}' was started at {last.at or 'an unknown time'} and {whose}: nobody knows"
        f" how it ended. Nothing was started. Look at its log; then write {SUCCEEDED} into the SSM parameter"
        f" {last.parameter}, or {FAILED} to let the next run try again."
    )
