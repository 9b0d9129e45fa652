# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a container's output goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .draft import ContainerDraft
from .environment import is_secret
from .key import APPROXIMATED, Key

_AWSLOGS = "awslogs"
#: Drivers that keep files on the host where Docker runs.
_LOCAL = ("json-file", "local", "journald")
_ON_FARGATE = (_AWSLOGS, "splunk", "awsfirelens")
_ON_EC2 = (*_ON_FARGATE, "fluentd", "gelf", "syslog")


def _logging(container: ContainerDraft, value: Mapping[str, Any]) -> None:
    """Drivers that the launch type has are kept, what Docker keeps in files of its own goes to awslogs."""
    driver = value.get("driver") or "json-file"
    kept = _ON_FARGATE if container.task.target.fargate else _ON_EC2
    if driver in kept:
        container.fields["logConfiguration"] = _kept(container, driver, value.get("options") or {})
    elif driver == "none":
        container.keeps_logs = False
    elif driver in _LOCAL:
        if value.get("options") or driver != "json-file":
            message = f"the log goes to the group {container.task.log_group}, and the options of {driver} are left out"
            container.report("log-driver", "logging", message, "how long it is kept is set on the group")
    else:
        message = f"ECS has no log driver {driver} there: the log goes to the group {container.task.log_group}"
        hint = "send it on with FireLens: a log router in the definition"
        container.report("compose-ignored", "logging.driver", message, hint)


def _kept(container: ContainerDraft, driver: str, options: Mapping[str, Any]) -> dict[str, Any]:
    sources = container.service.ecs.secrets
    texts = {name: str(text) for name, text in options.items() if text is not None}
    secrets = [{"name": name, "valueFrom": sources[name]} for name in texts if name in sources]
    for name, text in texts.items():
        if name not in sources and is_secret(name, text):
            message = f"'{name}' looks like a secret, and whoever may read task definitions would read it"
            hint = (
                f"keep the value in Parameter Store or Secrets Manager, and write x-ecs: {{secrets: {{{name}: ARN}}}}"
            )
            container.report("secret-without-source", f"logging.options[{name}]", message, hint)
    plain = {name: text for name, text in texts.items() if name not in sources and not is_secret(name, text)}
    configuration: dict[str, Any] = {"logDriver": driver}
    if driver == _AWSLOGS:
        plain = {**_awslogs(container), **plain}
    if plain:
        configuration["options"] = plain
    if secrets:
        configuration["secretOptions"] = secrets
    return configuration


def _awslogs(container: ContainerDraft) -> dict[str, str]:
    region = {"awslogs-region": container.task.target.region} if container.task.target.region else {}
    return {"awslogs-group": container.task.log_group, **region, "awslogs-stream-prefix": container.name}


def add_logs(container: ContainerDraft) -> None:
    """Without another driver the log goes to CloudWatch, for a task leaves nothing behind."""
    if container.keeps_logs and "logConfiguration" not in container.fields:
        container.fields["logConfiguration"] = {"logDriver": _AWSLOGS, "options": _awslogs(container)}


KEYS = (
    Key(
        "logging",
        APPROXIMATED,
        APPROXIMATED,
        "`logConfiguration`",
        "`awslogs`, `splunk` and `awsfirelens` are kept, on EC2 `fluentd`, `gelf` and `syslog`. The rest is awslogs:"
        " group `/ecs/FAMILY`, stream prefix the service's name. `none` leaves it out.",
        handle=_logging,
    ),
    Key("logging.driver", APPROXIMATED, APPROXIMATED, "`logDriver`", "As above."),
    Key(
        "logging.options",
        APPROXIMATED,
        APPROXIMATED,
        "`options`, `secretOptions`",
        "Those of a driver that is kept; a secret among them needs an entry in `x-ecs.secrets`.",
    ),
)
