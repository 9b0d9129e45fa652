# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The findings of the translation: a stable name, a severity, and the finding in one sentence."""

from __future__ import annotations

from collections.abc import Mapping

from ...findings import ERROR, INFO, WARNING, Finding, Kind

KINDS: Mapping[str, Kind] = {
    "compose-refused": Kind(ERROR, "A key asks for what a pod has not, and the service cannot work without it."),
    "no-image": Kind(ERROR, "Nothing says which image to run."),
    "project-files": Kind(ERROR, "Files of the project are mounted, and no node has them."),
    "secret-without-source": Kind(ERROR, "A secret or a config has no content that could be given to the service."),
    "same-name": Kind(ERROR, "Two services or names become one name in Kubernetes."),
    "dependency-cycle": Kind(ERROR, "Services wait for each other."),
    "build-elsewhere": Kind(ERROR, "An image is built in a way that is not done here."),
    "override-of-nothing": Kind(ERROR, "An override names an object that the app has not."),
    "compose-ignored": Kind(WARNING, "A key has no counterpart, and the service behaves differently without it."),
    "compose-unknown": Kind(WARNING, "A key is newer than this table, and is left out."),
    "variable-without-value": Kind(WARNING, "A variable was given no value, and is left out."),
    "address-not-rewritten": Kind(WARNING, "A text names another service in a place that is not parsed."),
    "image-not-pushed": Kind(WARNING, "A built image has a name without a registry, which a cluster would not find."),
    "user-of-the-image": Kind(WARNING, "Nothing says as whom the image runs, and as root it would be refused."),
    "runs-as-root": Kind(WARNING, "The container runs as root."),
    "privileged": Kind(WARNING, "A service may do on its node what root may do."),
    "host-path": Kind(WARNING, "A path of the node is mounted, which has to be there on each node."),
    "shared-volume": Kind(WARNING, "A volume is written by several pods, which have to run on one node."),
    "volume-of-each": Kind(WARNING, "Each pod has a volume of its own, where the containers of Compose share one."),
    "published-port": Kind(
        WARNING, "A port is published in Compose, and nothing leads to it from outside the cluster."
    ),
    "healthy-without-check": Kind(WARNING, "A service waits for the health of one that has no health check."),
    "low-port": Kind(WARNING, "A port below 1024 may be closed to who is not root."),
    "unused-secret": Kind(WARNING, "A secret was given that no service uses."),
    "build-left-out": Kind(WARNING, "An image is built without something that its build section asks for."),
    "compose-left-out": Kind(INFO, "A key has no counterpart, and little is lost."),
    "compose-approximated": Kind(INFO, "A key becomes something near to what it asks for."),
    "address-rewritten": Kind(INFO, "An address names another service by the name that it has in Kubernetes."),
    "renamed": Kind(INFO, "A name is none that Kubernetes takes, and becomes another one."),
    "assumed-size": Kind(INFO, "The file does not say how much a service takes."),
    "assumed-storage": Kind(INFO, "The file does not say how much a volume holds."),
    "no-health-check": Kind(INFO, "Without a health check a pod is ready as soon as its port answers."),
}


def finding(kind: str, path: str, message: str, hint: str = "") -> Finding:
    return Finding(kind, KINDS[kind].severity, path, message, hint)
