# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What the modules for AWS have in common. What a module says itself wins."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Tells what would change, and changes nothing.
    support: full
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
  action_group:
    description: Use C(group/slipway.containers.aws) in C(module_defaults).
    support: full
    membership:
      - slipway.containers.aws
"""

    # For modules that only read. It stands before the fragment above, for the first one that says something wins.
    INFO = r"""
attributes:
  check_mode:
    description: It changes nothing.
    support: full
  diff_mode:
    description: There is nothing to differ, for nothing is changed.
    support: none
  idempotent:
    description: It changes nothing.
    support: full
"""

    # For modules whose option O(tags) may be left out.
    TAGS = r"""
options:
  purge_tags:
    description: Whether tags that are not in O(tags) are removed, where O(tags) is given.
    type: bool
    default: true
"""
