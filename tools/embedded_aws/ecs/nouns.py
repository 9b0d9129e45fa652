# SPDX-License-Identifier: GPL-3.0-or-later
"""Services, their deployments and their tasks, as the state machine knows them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .behaviour import Rule

#: botocore, Service.events: "A maximum of 100 of the latest events are displayed."
EVENTS_KEPT = 100
#: Stopped tasks are described for about an hour (developer guide); this many are enough for any test.
STOPPED_KEPT = 100

#: The members that a service revision records (botocore, ServiceRevision), and that a rollback brings back.
REVISION_MEMBERS = (
    "taskDefinition",
    "launchType",
    "capacityProviderStrategy",
    "platformVersion",
    "platformFamily",
    "networkConfiguration",
    "loadBalancers",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
    "gatewayConnectors",
    "monitoring",
)

PENDING_STATES = ("PROVISIONING", "PENDING", "ACTIVATING")


@dataclass(frozen=True)
class Definition:
    """The task definition, as far as a task needs it."""

    arn: str
    family: str
    containers: list[dict[str, Any]]
    network_mode: str = ""
    cpu: str = ""
    memory: str = ""
    status: str = "ACTIVE"
    tags: list[dict[str, str]] = field(default_factory=list)
    execution_role: str = ""

    @property
    def images(self) -> list[str]:
        return [container.get("image", "") for container in self.containers]

    def essential(self) -> list[str]:
        return [each["name"] for each in self.containers if each.get("essential", True)]


@dataclass
class Container:
    """One container of a task."""

    name: str
    image: str
    checked: bool  # it has a health check, so it reports its health
    status: str = "PENDING"
    exit_code: int | None = None
    reason: str = ""
    health: str = "UNKNOWN"


@dataclass
class Task:
    """A task; `age` counts its steps, and `placed` is what the rest of AWS knows of it."""

    id: str
    arn: str
    cluster_arn: str
    definition: Definition
    fate: Rule
    created_at: float
    group: str
    config: dict[str, Any]
    started_by: str = ""
    one_off: bool = False
    launch_type: str = ""
    capacity_provider: str = ""
    status: str = "PROVISIONING"
    desired_status: str = "RUNNING"
    age: int = 0
    ready: bool = False
    stop_code: str = ""
    stopped_reason: str = ""
    started_at: float | None = None
    stopping_at: float | None = None
    stopped_at: float | None = None
    containers: list[Container] = field(default_factory=list)
    overrides: dict[str, Any] = field(default_factory=dict)
    tags: list[dict[str, str]] | None = None  # when it was looked up
    address: str = ""
    interface: dict[str, str] = field(default_factory=dict)
    instance: str = ""
    container_instance: str = ""
    host_ports: dict[int, int] = field(default_factory=dict)
    targets: list[tuple[str, str, int]] = field(default_factory=list)  # group, address or instance, port
    alternate: bool = False
    logged: bool = False
    counted: bool = False  # as a failure of its rollout

    @property
    def active(self) -> bool:
        """ECS wants it to run; one that is on its way out is not counted against maximumPercent."""
        return self.desired_status == "RUNNING" and self.status != "STOPPED"


@dataclass
class Revision:
    """A service revision: the configuration as it was deployed."""

    arn: str
    definition: Definition
    config: dict[str, Any]
    created_at: float
    alternate: bool = False  # its tasks are in the alternate target groups


@dataclass
class Rollout:
    """An entry of `deployments` in DescribeServices: the tasks of one revision."""

    id: str
    revision: Revision
    created_at: float
    updated_at: float
    state: str = "IN_PROGRESS"
    reason: str = ""
    failed_tasks: int = 0
    weight: float = 0.0  # of production traffic, per cent
    test_weight: float = 0.0


@dataclass
class Hook:
    """A lifecycle hook that the deployment has come to."""

    id: str
    stage: str
    target_type: str
    target_arn: str
    timeout_action: str
    expires_at: float
    status: str


@dataclass
class ServiceDeployment:
    """A service deployment: how a revision came to be the service's, or did not."""

    arn: str
    target: Rollout
    sources: list[Rollout]
    config: dict[str, Any]  # deploymentConfiguration as it was when this began
    created_at: float
    updated_at: float
    desired: int
    status: str = "PENDING"
    status_reason: str = ""
    stage: str = ""
    started_at: float | None = None
    finished_at: float | None = None
    stopped_at: float | None = None
    breaker_tripped: bool = False
    failures: int = 0
    triggered_alarms: list[str] = field(default_factory=list)
    rollback_to: Rollout | None = None
    rollback_started_at: float | None = None
    rollback_reason: str = ""
    hooks: list[Hook] = field(default_factory=list)
    position: int = -1  # in the stages of a deployment that shifts traffic
    waited: int = 0  # steps spent in the stage

    @property
    def ended(self) -> bool:
        return self.status in ("SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED")

    @property
    def strategy(self) -> str:
        return str(self.config.get("strategy", "ROLLING"))


@dataclass
class Event:
    """A line of `events`."""

    id: str
    created_at: float
    message: str


@dataclass
class Service:
    """A service; `config` holds the members of CreateService that DescribeServices gives back."""

    arn: str
    name: str
    cluster_arn: str
    cluster: str
    config: dict[str, Any]
    created_at: float
    status: str = "ACTIVE"
    tasks: list[Task] = field(default_factory=list)
    rollouts: list[Rollout] = field(default_factory=list)  # newest first; [0] is the PRIMARY
    deployments: list[ServiceDeployment] = field(default_factory=list)  # newest first
    completed: Rollout | None = None  # where a rollback goes
    events: list[Event] = field(default_factory=list)
    steady: bool = False

    @property
    def primary(self) -> Rollout:
        return self.rollouts[0]

    @property
    def deployment(self) -> ServiceDeployment | None:
        """The service deployment that is on its way."""
        return next((each for each in self.deployments if not each.ended), None)

    @property
    def desired(self) -> int:
        return int(self.config.get("desiredCount", 0))

    def of(self, rollout: Rollout) -> list[Task]:
        return [task for task in self.tasks if task.started_by == rollout.id]

    def say(self, message: str, now: float) -> None:
        """An event; the same words twice in a row are one."""
        text = f"(service {self.name}) {message}"
        if not self.events or self.events[0].message != text:
            self.events.insert(0, Event(str(uuid.uuid4()), now, text))
        del self.events[EVENTS_KEPT:]


def may_start(_definition: Definition) -> Rule | None:
    """Nothing stands in the way of any task."""
    return None


@dataclass(frozen=True)
class Moment:
    """What a step is told of the world outside."""

    now: float
    rules: list[Rule]
    alarms: frozenset[str] = frozenset()  # those in state ALARM
    refusal: Callable[[Definition], Rule | None] = may_start  # what stands in the way of such a task


def new_id() -> str:
    return uuid.uuid4().hex
