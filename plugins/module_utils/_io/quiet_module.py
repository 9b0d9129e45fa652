# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's module, without its line in the system log: options hold secrets, such as environments and definitions.

`no_log` of a module's maker does not do that. Each task brings a `no_log` of its own, false by default, which takes
its place before the line is written (`PASS_VARS` of ansible-core).
"""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule


class QuietModule(AnsibleModule):  # type: ignore[misc]  # ansible-core is not typed
    """Every module of this collection is one, or has one."""

    def _log_invocation(self) -> None:
        """Where Ansible writes that it was invoked, and with what."""
