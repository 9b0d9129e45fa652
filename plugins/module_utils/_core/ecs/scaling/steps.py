# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Step scaling: the adjustments and the ranges that they are for.

Sources: botocore, StepScalingPolicyConfiguration and StepAdjustment; the user guide of Application Auto Scaling, "Step
adjustments" (no gap, no overlap, which bounds may be null).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

#: (place below the configuration, what is wrong, hint)
Problem = tuple[str, str, str]

_LOWER, _UPPER = "MetricIntervalLowerBound", "MetricIntervalUpperBound"


def problems(configuration: Mapping[str, Any]) -> Iterator[Problem]:
    kind, adjustments = configuration.get("AdjustmentType"), configuration.get("StepAdjustments") or []
    if kind is None:
        hint = "ChangeInCapacity, PercentChangeInCapacity or ExactCapacity"
        yield "AdjustmentType", "a step scaling policy needs an adjustment type", hint
    if not adjustments:
        yield "StepAdjustments", "a step scaling policy needs one step adjustment at least", ""
    if kind == "ExactCapacity" and any(step.get("ScalingAdjustment", 0) < 0 for step in adjustments):
        yield "StepAdjustments", "found an exact capacity below 0", "expected 0 or more"
    magnitude = configuration.get("MinAdjustmentMagnitude")
    if magnitude is not None and kind != "PercentChangeInCapacity":
        hint = "AdjustmentType: PercentChangeInCapacity"
        yield "MinAdjustmentMagnitude", "it is for changes in percent only", hint
    elif magnitude is not None and magnitude < 1:
        yield "MinAdjustmentMagnitude", f"found {magnitude}, expected 1 or more", ""
    if configuration.get("Cooldown", 0) < 0:
        yield "Cooldown", f"found {configuration['Cooldown']}, expected 0 seconds or more", ""
    for message, hint in _ranges(adjustments):
        yield "StepAdjustments", message, hint


def in_order(adjustments: list[Any]) -> list[Any]:
    """From the lowest range to the highest: to the API they are a set."""
    return sorted(adjustments, key=_lower)


def _lower(step: Mapping[str, Any]) -> float:
    bound = step.get(_LOWER)
    return float("-inf") if bound is None else float(bound)


def _upper(step: Mapping[str, Any]) -> float:
    bound = step.get(_UPPER)
    return float("inf") if bound is None else float(bound)


def _said(bound: float) -> str:
    return f"{bound:g}"


def _ranges(adjustments: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    steps = [(_lower(step), _upper(step)) for step in in_order(adjustments)]
    whole = (float("-inf"), float("inf"))
    if whole in steps:
        yield "a step adjustment has neither a lower nor an upper bound", "expected one of them"
        return
    for low, high in steps:
        if low >= high:
            yield f"found a range from {_said(low)} to {_said(high)}", "the upper bound has to be above the lower one"
            return
    for (_low, end), (start, _high) in zip(steps, steps[1:]):
        if start > end:
            yield f"nothing is said of the range from {_said(end)} to {_said(start)}", "ranges may have no gap"
        elif start < end:
            yield f"the ranges up to {_said(end)} and from {_said(start)} on overlap", "expected one range for a value"
    if steps and float("-inf") != steps[0][0] < 0:
        yield f"the lowest range starts at {_said(steps[0][0])}", "below 0, one has to have no lower bound"
    if steps and 0 < steps[-1][1] != float("inf"):
        yield f"the highest range ends at {_said(steps[-1][1])}", "above 0, one has to have no upper bound"
