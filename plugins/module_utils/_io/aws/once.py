# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of what may run only once, in SSM parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._core.aws import tags
from ..._core.ecs.once import STARTED, read
from .calls import AwsError, call, pages
from .patience import Patience

_WRITTEN_WITHIN = 30  # seconds


class OnceStore:
    """`client` is an SSM client that retries; `done` collects what was changed, for the message of a later failure."""

    def __init__(self, client: Any, done: list[str]) -> None:
        self.client = client
        self.done = done

    def attempts(self, path: str) -> dict[str, str]:
        """Name and value of the parameters right below the path."""
        listed = pages(self.client, "GetParametersByPath", "Parameters", token="NextToken", Path=path)
        return {parameter["Name"]: parameter["Value"] for parameter in listed}

    def read(self, name: str) -> str:
        return str(call(self.client, "GetParameter", Name=name)["Parameter"]["Value"])

    def claim(self, name: str, text: str, tagged: Mapping[str, str]) -> bool:
        """Create the parameter; False where somebody else was faster."""
        pairs = {"Tags": tags.listed(tagged, "Key", "Value")} if tagged else {}
        try:
            call(self.client, "PutParameter", Name=name, Value=text, Type="String", Overwrite=False, **pairs)
        except AwsError as error:
            if error.code == "ParameterAlreadyExists":
                return False
            raise
        self.done.append(f"claimed {name}")
        return True

    def await_task(self, name: str) -> None:
        """Whoever created the parameter writes the task into it a moment later, or how the attempt ended."""
        patience = Patience(_WRITTEN_WITHIN)
        attempt = read(name, self.read(name))
        while attempt.state == STARTED and not attempt.task and patience.pause():
            attempt = read(name, self.read(name))

    def write(self, name: str, text: str) -> None:
        call(self.client, "PutParameter", Name=name, Value=text, Type="String", Overwrite=True)
