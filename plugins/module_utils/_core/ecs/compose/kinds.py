# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The findings of the translation: a stable name, a severity, and the finding in one sentence."""

from __future__ import annotations

from collections.abc import Mapping

from ...findings import ERROR, INFO, WARNING, Finding, Kind

KINDS: Mapping[str, Kind] = {
    "compose-refused": Kind(ERROR, "A key asks for what ECS has not, and the container cannot work without it."),
    "bind-mount": Kind(ERROR, "A path of the host is mounted, and Fargate has no host."),
    "secret-without-source": Kind(
        ERROR, "A secret has no counterpart in `x-ecs.secrets`; in plain text it never goes."
    ),
    "network-mode": Kind(ERROR, "A service asks for another network than its task has."),
    "another-task": Kind(ERROR, "A service shares something with one that runs in another task."),
    "shared-port": Kind(ERROR, "Two containers listen on one port of the network that they share."),
    "platform-conflict": Kind(ERROR, "The containers of a task are built for different architectures."),
    "link-cycle": Kind(ERROR, "Two containers address each other, and links of bridge mode go one way."),
    "no-fargate-size": Kind(ERROR, "The containers need more than the largest Fargate size."),
    "compose-ignored": Kind(WARNING, "A key has no counterpart, and the container behaves differently without it."),
    "compose-unknown": Kind(WARNING, "A key is newer than this table, and is left out."),
    "out-of-range": Kind(WARNING, "ECS allows less than the value asks for; the nearest is taken."),
    "variable-without-value": Kind(WARNING, "A variable was given no value, and is left out."),
    "secret-as-variable": Kind(WARNING, "A Compose secret is a file; in ECS it becomes a variable."),
    "address-in-secret": Kind(WARNING, "A secret holds the address of a container that is now reached elsewhere."),
    "address-not-rewritten": Kind(WARNING, "A text names a container of the same task in a place that is not parsed."),
    "host-address": Kind(WARNING, "An address is Docker's name for the host."),
    "published-address": Kind(
        WARNING, "A port is published on one address of the host; security groups decide instead."
    ),
    "image-not-pushed": Kind(WARNING, "A built image has a name without a registry, which ECS would not find."),
    "lost-volume": Kind(WARNING, "A named volume lives on the task's own disk and is lost with it."),
    "volume-on-one-host": Kind(WARNING, "A named volume stays on one instance; a task on another one starts empty."),
    "volume-apart": Kind(WARNING, "A named volume is mounted by several tasks, and each has one of its own."),
    "host-path": Kind(WARNING, "A path of the host is mounted; it has to be there on each instance."),
    "healthy-without-check": Kind(WARNING, "A container waits for the health of one that has no health check."),
    "dependency-elsewhere": Kind(WARNING, "A service waits for one in another task; ECS does not order tasks."),
    "compose-left-out": Kind(INFO, "A key has no counterpart, and little is lost."),
    "compose-approximated": Kind(INFO, "A key becomes something near to what it asks for."),
    "address-rewritten": Kind(INFO, "An address of a container in the same task became localhost."),
    "shared-network": Kind(INFO, "The containers of a task reach each other at localhost, and not by name."),
    "address-elsewhere": Kind(INFO, "A service in another task is reached by its name through Service Connect only."),
    "fixed-host-port": Kind(INFO, "Ports of the host are fixed, which one task of an instance can have."),
    "service-setting": Kind(INFO, "A value belongs to the ECS service, not to the task definition."),
    "not-built": Kind(INFO, "ECS builds no images."),
    "dockerfile-health-check": Kind(INFO, "A built image may have a HEALTHCHECK, which ECS ignores."),
    "log-driver": Kind(INFO, "Docker's own log files become a log group."),
    "one-off-task": Kind(INFO, "A service that others wait to end is a task of its own, to be run once."),
    "task-size": Kind(INFO, "The Fargate size is larger than what the containers need."),
}


def finding(kind: str, path: str, message: str, hint: str = "") -> Finding:
    return Finding(kind, KINDS[kind].severity, path, message, hint)
