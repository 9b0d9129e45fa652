# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What systemd-analyze says of units that are not installed yet: mistakes in them, and how exposed they are."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from ..._core.findings import ERROR, Finding
from ..._core.systemd import scores, verification
from ..._core.systemd.deployment import Deployment
from ..._core.systemd.places import Places
from ..._core.systemd.verification import RULE
from . import systemctl
from .release_folder import release_at

_SECONDS = 120.0
#: What verify says of a program that is not there yet, because its release is made after check mode.
_NO_PROGRAM = "is not executable"


def verify(wanted: Deployment) -> list[Finding]:
    """Before anything is installed: all units of the app, beside those that the host has.

    `current` may still lead to another release, so the units are looked at with the new one's own path.
    """
    places = Places.of(wanted.app)
    made = bool(wanted.release) and release_at(places, wanted.release) is not None
    with _laid_out(wanted.units, places.current, places.release(wanted.release) if made else "") as folder:
        paths = [str(folder / name) for name in wanted.units]
        ended = systemctl.call(
            *("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *paths),
            seconds=_SECONDS,
            more={"SYSTEMD_UNIT_PATH": f"{folder}:"},
        )
    found = verification.parse("\n".join(ended.lines), tuple(wanted.units))
    if ended.exit_code is None:
        return [Finding(RULE, ERROR, wanted.app.name, f"systemd-analyze verify has not ended after {_SECONDS:g} s")]
    if made or not wanted.release:
        return found
    return [one for one in found if not (_NO_PROGRAM in one.message and places.current in one.message)]


def exposures(units: Mapping[str, str]) -> dict[str, Decimal]:
    """The score of each .service, as `systemd-analyze security` gives it to the file alone."""
    services = {name: text for name, text in units.items() if name.endswith(".service")}
    if not services:
        return {}
    with _laid_out(services, "", "") as folder:
        paths = [str(folder / name) for name in services]
        ended = systemctl.call(
            *("systemd-analyze", "security", "--no-pager", "--offline=yes", *paths), seconds=_SECONDS, whole=True
        )
    return scores.by_unit(ended.stdout)


@contextlib.contextmanager
def _laid_out(units: Mapping[str, str], current: str, release: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="slipway-units-") as name:
        folder = Path(name)
        for unit, text in units.items():
            shown = text.replace(f"{current}/", f"{release}/") if release else text
            Path(folder, unit).write_text(shown, encoding="utf-8", errors="surrogateescape")
        yield folder
