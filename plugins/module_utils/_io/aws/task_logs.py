# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last lines that a container of a task wrote to CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..._core.ecs.runs import log_stream
from .calls import AwsError, call

_NONE = "ResourceNotFoundException"  # a container that never ran has no stream


def tail(
    client_for: Callable[..., Any],
    definition: Mapping[str, Any],
    task: Mapping[str, Any],
    container: str,
    lines: int,
) -> list[str]:
    """Oldest first; empty where the container logs elsewhere or wrote nothing."""
    stream = log_stream(definition, task, container)
    if stream is None or lines < 1:
        return []
    try:
        response = call(
            client_for("logs", region=stream.region) if stream.region else client_for("logs"),
            "GetLogEvents",
            logGroupName=stream.group,
            logStreamName=stream.name,
            limit=lines,
            startFromHead=False,
        )
    except AwsError as error:
        if error.code == _NONE:
            return []
        raise
    return [event["message"].rstrip("\n") for event in response["events"]]
