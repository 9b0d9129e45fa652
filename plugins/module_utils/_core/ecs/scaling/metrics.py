# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Target tracking and predictive scaling: the metrics and their targets.

Sources: botocore, PutScalingPolicy and the shapes under it; the user guide of Application Auto Scaling, "Target
tracking" (one policy for each metric).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...findings import shown
from .steps import Problem

CPU, MEMORY = "ECSServiceAverageCPUUtilization", "ECSServiceAverageMemoryUtilization"
REQUESTS = "ALBRequestCountPerTarget"

_OURS = ("ECSService", "ALB")
_LABEL = re.compile(r"app/[^/]+/[^/]+/targetgroup/[^/]+/[^/]+\Z")
_LABEL_EXPECTED = "expected app/<load balancer>/<id>/targetgroup/<target group>/<id>"
_ID = re.compile(r"[a-z][A-Za-z0-9_]*\Z")
_LARGEST = 2.0**360
_LONGEST_BUFFER_TIME = 3600


def tracking_problems(configuration: Mapping[str, Any]) -> Iterator[Problem]:
    target = configuration.get("TargetValue", 0)
    if abs(target) > _LARGEST:
        yield "TargetValue", "the number is too large", "expected -2^360 to 2^360"
    for cooldown in ("ScaleInCooldown", "ScaleOutCooldown"):
        if configuration.get(cooldown, 0) < 0:
            yield cooldown, f"found {configuration[cooldown]}, expected 0 seconds or more", ""
    predefined, customized = (configuration.get(f"{kind}MetricSpecification") for kind in ("Predefined", "Customized"))
    if (predefined is None) == (customized is None):
        found = "neither a predefined nor a customized metric" if predefined is None else "both kinds of metrics"
        yield "PredefinedMetricSpecification", f"found {found}", "expected one of them"
    if predefined is not None:
        yield from _within("PredefinedMetricSpecification", _predefined(predefined))
    if customized is not None:
        yield from _within("CustomizedMetricSpecification", _customized(customized))


def metric_of(configuration: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a target tracking policy looks at: two of one target may not look at the same."""
    predefined, customized = "PredefinedMetricSpecification", "CustomizedMetricSpecification"
    found: Mapping[str, Any] = configuration.get(predefined) or configuration.get(customized) or {}
    return found


def _within(place: str, found: Iterator[Problem]) -> Iterator[Problem]:
    return ((f"{place}.{inner}", message, hint) for inner, message, hint in found)


def _predefined(metric: Mapping[str, Any]) -> Iterator[Problem]:
    kind, label = metric.get("PredefinedMetricType", ""), metric.get("ResourceLabel")
    if kind and not kind.startswith(_OURS):
        yield "PredefinedMetricType", f"{kind} is no metric of an ECS service", f"such as {CPU}"
    if kind == REQUESTS and label is None:
        yield "ResourceLabel", f"{REQUESTS} needs the load balancer and target group to count at", _LABEL_EXPECTED
    elif kind == REQUESTS and not _LABEL.match(label or ""):
        yield "ResourceLabel", f"found {shown(str(label))}", _LABEL_EXPECTED
    elif kind != REQUESTS and label is not None:
        yield "ResourceLabel", f"a label is for {REQUESTS} only", "leave it out"


def _customized(metric: Mapping[str, Any]) -> Iterator[Problem]:
    single, queries = ("MetricName", "Namespace", "Statistic"), metric.get("Metrics")
    if queries is None:
        missing = [member for member in single if not metric.get(member)]
        if missing:
            yield missing[0], f"a metric needs {', '.join(single)}", "or Metrics, for expressions"
        return
    besides = [member for member in (*single, "Dimensions", "Unit") if metric.get(member) is not None]
    if besides:
        yield besides[0], f"found Metrics and {besides[0]}", "expected one metric, or a list of queries"
    yield from queries_problems(queries, "Metrics")


def queries_problems(queries: Sequence[Mapping[str, Any]], place: str) -> Iterator[Problem]:
    """A list of metric data queries, of which one is what counts."""
    names = [str(query.get("Id", "")) for query in queries]
    for name, times in Counter(names).items():
        if times > 1:
            yield place, f"the id {shown(name)} is used {times} times", "each may be used once"
        if name and not _ID.match(name):
            expected = "expected letters, digits and underscores, a lower-case letter first"
            yield place, f"{shown(name)} is no valid id", expected
    for query in queries:
        if (query.get("Expression") is None) == (query.get("MetricStat") is None):
            found = (
                "neither Expression nor MetricStat" if query.get("MetricStat") is None else "Expression and MetricStat"
            )
            yield f"{place}[{query.get('Id')}]", f"found {found}", "expected one of them"
    returned = [query.get("Id") for query in queries if query.get("ReturnData", True)]
    if len(returned) != 1:
        yield place, f"{len(returned)} queries return data", "expected one: set ReturnData to false for the others"


def predictive_problems(configuration: Mapping[str, Any]) -> Iterator[Problem]:
    if len(configuration.get("MetricSpecifications") or []) != 1:
        yield "MetricSpecifications", "expected one metric specification", ""
    seconds = configuration.get("SchedulingBufferTime", 0)
    if not 0 <= seconds < _LONGEST_BUFFER_TIME:
        yield "SchedulingBufferTime", f"found {seconds}, expected 0 to {_LONGEST_BUFFER_TIME - 1} seconds", ""
    buffer = configuration.get("MaxCapacityBuffer")
    grows = configuration.get("MaxCapacityBreachBehavior") == "IncreaseMaxCapacity"
    if grows and buffer is None:
        yield "MaxCapacityBuffer", "IncreaseMaxCapacity needs a buffer", "expected 0 to 100 percent"
    elif not grows and buffer is not None:
        yield "MaxCapacityBuffer", "a buffer is for IncreaseMaxCapacity only", "leave it out"
    elif buffer is not None and not 0 <= buffer <= 100:
        yield "MaxCapacityBuffer", f"found {buffer}, expected 0 to 100 percent", ""
