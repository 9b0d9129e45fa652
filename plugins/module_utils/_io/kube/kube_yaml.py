# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML as Kubernetes reads and writes it. No node needs PyYAML: an empty patch makes kubectl a reader and a writer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..app_module import AppError
from ..program_run import Run
from ..program_run import run as run_program
from .kubectl import environment, objects_of

_SECONDS = 30.0
_WORDS = ("kubectl", "patch", "--local", "--filename=-", "--type=merge", "--patch={}")


class KubeYamlError(AppError):
    """A text that is no document of Kubernetes, or no kubectl to read it with."""


def read(text: str, what: str) -> list[dict[str, Any]]:
    """The documents of a text, each with a kind. `what` is named where it cannot be read."""
    return objects_of(_converted(text, "json", what))


def read_one(text: str, what: str) -> dict[str, Any]:
    found = read(text, what)
    if len(found) != 1:
        raise KubeYamlError(f"{what}: found {len(found)} documents, expected one")
    return found[0]


def write(document: Mapping[str, Any]) -> str:
    """Keys in the order of the alphabet, as kubeadm writes them, too."""
    return _converted(json.dumps(document), "yaml", str(document.get("kind", "document")))


def _converted(text: str, layout: str, what: str) -> str:
    try:
        ended = run_program(
            Run((*_WORDS, f"--output={layout}"), environment(), stdin=text, seconds=_SECONDS, whole=True)
        )
    except OSError as error:
        raise KubeYamlError(f"kubectl cannot be run: {(error.strerror or str(error)).lower()}") from error
    if ended.exit_code != 0:
        raise KubeYamlError(f"{what} cannot be read: {' '.join(ended.lines) or 'kubectl did not end'}")
    return ended.stdout
