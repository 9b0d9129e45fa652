# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service as rules read it: the API's dictionary, the task definition it is to run, and what both together mean."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .task import Container, Task

if TYPE_CHECKING:
    from ..extensions import EcsOptions

_PERCENTAGES = {"REPLICA": (100, 200), "DAEMON": (0, 100)}  # minimumHealthyPercent, maximumPercent by default


@dataclass(frozen=True)
class Service:
    """`data` is what DescribeServices returns or CreateService takes.

    In `complete` data a setting that is absent has its default; otherwise it is decided elsewhere, and unknown here.
    What the API does not say of a service: whether it is `autoscaled` (None: unknown), and the places where a load
    balancer was asked for without saying which path to check. `places` are the names by which a user knows settings.
    """

    task: Task
    data: Mapping[str, Any]
    complete: bool = True
    autoscaled: bool | None = None
    without_health_path: tuple[str, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)

    def place(self, setting: str) -> str:
        return self.places.get(setting, f"service.{setting}")

    @property
    def desired_count(self) -> int:
        """0 where nothing runs, and where the number is not known."""
        return self.data.get("desiredCount") or 0

    @property
    def network(self) -> Mapping[str, Any]:
        configuration = self.data.get("networkConfiguration") or {}
        return configuration.get("awsvpcConfiguration") or {}

    @property
    def behind_load_balancer(self) -> list[Container]:
        targets = {target.get("containerName") for target in self.data.get("loadBalancers") or []}
        return [container for container in self.task.containers if container.name in targets]

    @property
    def deployment(self) -> Mapping[str, Any]:
        return self.data.get("deploymentConfiguration") or {}

    @property
    def rolling(self) -> bool:
        """Known to replace tasks step by step, within the two percentages."""
        controller = (self.data.get("deploymentController") or {}).get("type", "ECS")
        return self.complete and controller == "ECS" and self.deployment.get("strategy", "ROLLING") == "ROLLING"

    @property
    def daemon(self) -> bool:
        return self.data.get("schedulingStrategy") == "DAEMON"

    @property
    def percentages(self) -> tuple[int, int]:
        """minimumHealthyPercent and maximumPercent."""
        minimum, maximum = _PERCENTAGES["DAEMON" if self.daemon else "REPLICA"]
        given = self.deployment
        return given.get("minimumHealthyPercent", minimum), given.get("maximumPercent", maximum)

    @property
    def may_stop_first(self) -> bool:
        """Whether a rolling deployment may stop a task before it has started another."""
        return -(-self._count * self.percentages[0] // 100) < self._count

    @property
    def may_start_first(self) -> bool:
        """Whether a rolling deployment may start a task before it has stopped another."""
        return self._count * self.percentages[1] // 100 > self._count

    @property
    def _count(self) -> int:
        """Where there is no number to round, the percentages speak for themselves."""
        return self.desired_count or 100


def service_from_options(task: Task, options: Mapping[str, EcsOptions], checked: Collection[str] = ()) -> Service:
    """The service of a Compose file, as far as the file says: its x-ecs fields, by the container they stand on.

    Of those in `checked` the file says elsewhere which path tells that they are well.
    """
    counted = next((name for name in options if options[name].desired_count is not None), None)
    public = [name for name in options if options[name].public]
    data: dict[str, Any] = {"loadBalancers": [{"containerName": name} for name in public]}
    places = {}
    if counted is not None:
        data["desiredCount"] = options[counted].desired_count
        places["desiredCount"] = _place(counted, "desired_count")
    return Service(
        task,
        data,
        complete=False,
        autoscaled=_autoscaled(options.values()),
        without_health_path=tuple(
            _place(name, "public") for name in public if not options[name].health_path and name not in checked
        ),
        places=places,
    )


def _autoscaled(options: Iterable[EcsOptions]) -> bool:
    """A maximum with nothing that scales up to it is meant to scale, and the extension field's own check says so."""
    return any(option.scaling or option.min is not None or option.max is not None for option in options)


def _place(service: str, key: str) -> str:
    return f"services.{service}.x-ecs.{key}"
