# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where ECS takes a secret from. Source: botocore's text of `Secret.valueFrom`, and the ECS developer guide."""

from __future__ import annotations

import re

SECRET_ARN = re.compile(r"arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[^:\s]+(?::[^:\s]*){0,3}\Z")
_PARAMETER_ARN = re.compile(r"arn:[a-z-]+:ssm:[a-z0-9-]+:[0-9]{12}:parameter/\S+\Z")
_PARAMETER_NAME = re.compile(r"[A-Za-z0-9_.\-/]+\Z")


def is_secret_source(text: str) -> bool:
    """An ARN of Secrets Manager or of SSM, or the name of a parameter in the task's own region."""
    patterns = (SECRET_ARN, _PARAMETER_ARN) if text.startswith("arn:") else (_PARAMETER_NAME,)
    return any(pattern.match(text) for pattern in patterns)
