# SPDX-License-Identifier: GPL-3.0-or-later
"""The reference page of what stands within options of cost_check, made from their schemas."""

from __future__ import annotations

from typing import Any

from ansible_collections.slipway.containers.plugins.module_utils._core.cost.adjust.commitment import Commitment
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.audit.claims import Claim
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.judge.break_even import BreakEvenOptions
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.judge.credits import CreditOptions
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.judge.phases import PhaseOptions
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.overrides import Override

from tools.docs_extensions import section

_HEAD = """\
# What stands within options of `cost_check`

Generated from the schemas by `make generate`; do not edit.

The options `resources` and `topology` have pages of their own: [kinds of resources](cost_kinds.md) and
[topologies](cost_topology.md). The others are here. An unknown key, a value of the wrong type and keys that contradict
each other are errors. All of them are reported at once, before anything is priced. A key that is null counts as left
out. Numbers may be text, since templates make text of them.
"""

#: Each is a mapping, or the entries of a list are.
OPTIONS: dict[str, type[Any]] = {
    "phases": PhaseOptions,
    "credits": CreditOptions,
    "commitment": Commitment,
    "break_even": BreakEvenOptions,
    "price_overrides": Override,
    "claims": Claim,
}


def cost_options_page() -> str:
    """The page."""
    return "\n".join([_HEAD, *(section(f"`{name}`", options) for name, options in OPTIONS.items())])
