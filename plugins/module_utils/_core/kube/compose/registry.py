# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All keys of a Compose service, in the order of the reference page.

A static tuple of imports: AnsiballZ packs what is imported by name, and nothing that is discovered at run time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...compose_levels import rows_of
from .deploy import KEYS as DEPLOY
from .draft import ServiceDraft
from .environment import KEYS as ENVIRONMENT
from .health import KEYS as HEALTH
from .kernel import KEYS as KERNEL
from .key import Key, apply
from .life import KEYS as LIFE
from .network import KEYS as NETWORK
from .placement import KEYS as PLACEMENT
from .ports import KEYS as PORTS
from .program import KEYS as PROGRAM
from .project import KEYS as PROJECT
from .security import KEYS as SECURITY
from .storage import KEYS as STORAGE

#: Title -> keys.
THEMES: Mapping[str, tuple[Key, ...]] = {
    "Program": PROGRAM,
    "Environment, secrets and configs": ENVIRONMENT,
    "Network": NETWORK,
    "Ports": PORTS,
    "Storage": STORAGE,
    "Health": HEALTH,
    "Order, start and stop": LIFE,
    "Number, deployment and size": DEPLOY,
    "Where it runs": PLACEMENT,
    "Security": SECURITY,
    "Kernel": KERNEL,
    "Compose's own": PROJECT,
}
BY_NAME: Mapping[str, Key] = {key.name: key for keys in THEMES.values() for key in keys}


def apply_all(service: ServiceDraft, values: Mapping[str, Any]) -> None:
    """Translate each key, or say what is lost; nothing is passed over in silence."""
    for path, key, value in rows_of(values, BY_NAME):
        if key is None:
            service.report("compose-unknown", path, "this key is not known here, and is left out")
        else:
            apply(key, service, value)
