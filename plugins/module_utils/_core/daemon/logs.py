# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of log drivers, which dockerd checks when it starts and `dockerd --validate` does not.

Source: ValidateLogOpt of each driver under moby's daemon/logger, and loggerutils/cache for those that all take.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..words import did_you_mean

DEFAULT_DRIVER = "json-file"
_ANY_DRIVER = ("mode", "max-buffer-size", "cache-disabled", "cache-max-size", "cache-max-file", "cache-compress")
_TAGS = ("labels", "labels-regex", "env", "env-regex", "tag")
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "json-file": ("max-size", "max-file", "compress", *_TAGS),
    "local": ("max-size", "max-file", "compress"),
    "journald": _TAGS,
    "none": (),
    "syslog": (
        *("syslog-address", "syslog-facility", "syslog-format", "syslog-tls-ca-cert", "syslog-tls-cert"),
        *("syslog-tls-key", "syslog-tls-skip-verify", *_TAGS),
    ),
}


def driver(config: Mapping[str, Any]) -> str:
    return str(config.get("log-driver", DEFAULT_DRIVER))


def mistakes(config: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(path, message, hint) for options that the log driver does not have. Drivers that we do not know have any."""
    chosen, options = driver(config), config.get("log-opts")
    if chosen not in OPTIONS or not isinstance(options, Mapping):
        return
    known = (*OPTIONS[chosen], *_ANY_DRIVER)
    for name in options:
        if name not in known:
            hint = "" if any(name in others for others in OPTIONS.values()) else did_you_mean(str(name), known)
            yield f"log-opts.{name}", f"the log driver {chosen} has no such option", hint
    if options.get("max-file") not in (None, "1") and "max-size" not in options and chosen == DEFAULT_DRIVER:
        yield "log-opts.max-file", "found without max-size", "json-file takes max-file only together with max-size"
