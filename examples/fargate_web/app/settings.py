# SPDX-License-Identifier: GPL-3.0-or-later
"""What the environment may set. Read once, at start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LOG_LEVELS = ("debug", "info", "warning", "error")


class SettingsError(ValueError):
    """A variable holds something the service cannot use."""


@dataclass(frozen=True)
class Settings:
    """One value per variable that the service reads."""

    host: str = "0.0.0.0"
    port: int = 8080
    log_level: str = "info"
    links: str = ""
    api_token: str = ""
    max_links: int = 1000
    grace_seconds: int = 20


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Turn environment variables into settings; an empty variable counts as not set."""
    return Settings(
        host=environ.get("HOST") or Settings.host,
        port=_number(environ, "PORT", Settings.port, 65535),
        log_level=_log_level(environ.get("LOG_LEVEL") or Settings.log_level),
        links=environ.get("LINKS", ""),
        api_token=environ.get("API_TOKEN", ""),
        max_links=_number(environ, "MAX_LINKS", Settings.max_links, 1_000_000),
        grace_seconds=_number(environ, "GRACE_SECONDS", Settings.grace_seconds, 120),
    )


def _number(environ: Mapping[str, str], name: str, default: int, highest: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= highest:
        raise SettingsError(f"{name} must be a whole number from 1 to {highest}, not {text!r}")
    return int(text)


def _log_level(text: str) -> str:
    if text.lower() not in LOG_LEVELS:
        raise SettingsError(f"LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}, not {text!r}")
    return text.lower()
