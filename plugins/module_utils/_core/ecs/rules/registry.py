# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All rules over a task definition, in the order in which they are reported.

A static tuple of imports: AnsiballZ packs what is imported by name, and nothing that is discovered at run time.
"""

from __future__ import annotations

from .containers import RULES as CONTAINERS
from .lint import RULES as LINT
from .names import RULES as NAMES
from .network import RULES as NETWORK
from .platform import RULES as PLATFORM
from .sizes import RULES as SIZES
from .storage import RULES as STORAGE

RULES = (*NAMES, *SIZES, *PLATFORM, *NETWORK, *CONTAINERS, *STORAGE, *LINT)
