# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an app of a Compose file to one of Kubernetes: every key is translated, or a finding says what is lost."""
