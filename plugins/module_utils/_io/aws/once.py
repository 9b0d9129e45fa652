# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of what may run only once, in SSM parameters: one for each attempt at a key."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ..._core.aws import tags
from ..._core.ecs import once
from ..._core.ecs.once import Attempt
from .calls import AwsError, call, pages
from .patience import Patience

_WRITTEN_WITHIN = 30  # seconds


class Attempts:
    """`client` is an SSM client that retries; `done` collects what was changed, for the message of a later failure."""

    def __init__(self, client: Any, done: list[str], store: str, key: str) -> None:
        self.client = client
        self.done = done
        self.key = key
        self.path = once.folder(store, key)

    def last(self) -> Attempt | None:
        listed = pages(self.client, "GetParametersByPath", "Parameters", token="NextToken", Path=self.path)
        return once.latest({parameter["Name"]: parameter["Value"] for parameter in listed})

    def next(self, last: Attempt | None, cluster: str) -> Attempt:
        """The one to claim. Nothing is written yet."""
        parameter = once.next_name(self.path, last)
        token = once.token(parameter, uuid.uuid4().hex)
        return Attempt(parameter, token, cluster=cluster, at=datetime.now(timezone.utc).isoformat())

    def claim(self, attempt: Attempt, tagged: Mapping[str, str]) -> bool:
        """Create its parameter; False where somebody else was faster."""
        pairs = {"Tags": tags.listed(tagged, "Key", "Value")} if tagged else {}
        try:
            self._put(attempt, Overwrite=False, **pairs)
        except AwsError as error:
            if error.code == "ParameterAlreadyExists":
                return False
            raise
        self.done.append(f"claimed {attempt.parameter}")
        return True

    def write(self, attempt: Attempt) -> Attempt:
        """How it stands now; only for an attempt that is ours, or whose task has ended."""
        self._put(attempt, Overwrite=True)
        return attempt

    def await_task(self, attempt: Attempt) -> None:
        """Whoever claimed it writes the task into it a moment later, or how it ended."""
        patience = Patience(_WRITTEN_WITHIN)
        while self._read(attempt.parameter).waits_for_task and patience.pause():
            pass

    def _read(self, name: str) -> Attempt:
        return once.read(name, str(call(self.client, "GetParameter", Name=name)["Parameter"]["Value"]))

    def _put(self, attempt: Attempt, **more: Any) -> None:
        value = attempt.as_text(self.key)
        call(self.client, "PutParameter", Name=attempt.parameter, Value=value, Type="String", **more)


def age(attempt: Attempt | None) -> float:
    """Seconds since it was started; endless where that is not known."""
    try:
        return (datetime.now(timezone.utc) - datetime.fromisoformat(attempt.at)).total_seconds() if attempt else 0.0
    except (ValueError, TypeError):  # written by hand, or without a zone
        return float("inf")
