# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an app costs a month, whether a budget holds, and for how long. Values in, values out: no network, no clock."""
