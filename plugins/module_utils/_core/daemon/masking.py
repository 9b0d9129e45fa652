# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""daemon.json as it may be shown: passwords of proxies and tokens of log drivers are hidden."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import secrets

#: What `secrets` takes for a mapping whose names the user chose; log-opts hold such as splunk-token.
_FREE, _LOG_OPTIONS = "options", "log-opts"


def _free(config: Mapping[str, Any]) -> dict[str, Any]:
    return {_FREE if key == _LOG_OPTIONS else key: value for key, value in config.items()}


def _named(config: Mapping[str, Any]) -> dict[str, Any]:
    return {_LOG_OPTIONS if key == _FREE else key: value for key, value in config.items()}


def masked(config: Mapping[str, Any]) -> dict[str, Any]:
    return _named(secrets.mask(_free(config)))


def masked_pair(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A secret that changed says so without showing either value."""
    hidden_before, hidden_after = secrets.masked_pair(_free(before), _free(after))
    return _named(hidden_before), _named(hidden_after)


def has_secret(config: Mapping[str, Any]) -> bool:
    return masked(config) != dict(config)
