# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service may do with the kernel. A unit starts from nothing, where a container starts from a usual set."""

from __future__ import annotations

from collections.abc import Sequence

from ...compose_levels import APPROXIMATED, IGNORED, NOT_NEEDED, REFUSED
from .draft import ServiceDraft
from .key import Key

_ALL = "CAP_ALL"
_DEVICES = ("PrivateDevices", "DevicePolicy")
_DEVICES_HINT = "turn off PrivateDevices and DevicePolicy with x-systemd.hardening"
_UNCONFINED = {"seccomp": "SystemCallFilter", "no-new-privileges": "NoNewPrivileges"}


def _cap_add(service: ServiceDraft, value: Sequence[str]) -> None:
    for name in (text.upper() for text in value):
        capability = name if name.startswith("CAP_") else f"CAP_{name}"
        if capability != _ALL:
            service.capabilities[capability] = None
        elif not service.turned_off(("CapabilityBoundingSet",)):
            hint = "name those that it needs, or turn off CapabilityBoundingSet with x-systemd.hardening"
            service.report("compose-refused", "cap_add", "a unit is not given all capabilities", hint)


def _security_opt(service: ServiceDraft, value: Sequence[str]) -> None:
    """What confines a container further is Docker's; what frees it is an option of the unit."""
    for entry in value:
        name, _separator, setting = entry.replace("=", ":", 1).partition(":")
        option = _UNCONFINED.get(name)
        frees = setting in ("unconfined", "false")
        if option and frees and not service.turned_off((option,)):
            hint = f"turn it off by name: x-systemd: {{hardening: {{{option}: false}}}}"
            service.report("compose-ignored", "security_opt", f"the unit stays confined by {option}", hint)
        elif not option:
            message = f"'{name[:40]}' is one of Docker's profiles"
            service.report("compose-left-out", "security_opt", message, "write one for the program on the host")


KEYS = (
    Key(
        "privileged",
        REFUSED,
        "nothing",
        "a unit is not privileged as a whole",
        "name capabilities with cap_add, and turn off options with x-systemd.hardening",
        answer=("CapabilityBoundingSet", "PrivateDevices", "NoNewPrivileges"),
    ),
    Key(
        "cap_add",
        APPROXIMATED,
        "`AmbientCapabilities`, `CapabilityBoundingSet`",
        "The same; ALL is refused. What Docker gives without asking, such as CHOWN, has to be named.",
        handle=_cap_add,
    ),
    Key("cap_drop", NOT_NEEDED, "`CapabilityBoundingSet`", "A unit has none but those of `cap_add`."),
    Key("sysctls", IGNORED, "nothing", "a service has no kernel settings of its own", "set them on the host"),
    Key("devices", IGNORED, "nothing", "the unit sees no devices", _DEVICES_HINT, answer=_DEVICES),
    Key("device_cgroup_rules", IGNORED, "nothing", "the unit sees no devices", _DEVICES_HINT, answer=_DEVICES),
    Key("gpus", IGNORED, "nothing", "the unit sees no devices", _DEVICES_HINT, answer=_DEVICES),
    Key(
        "deploy.resources.reservations.devices",
        IGNORED,
        "nothing",
        "the unit sees no devices",
        _DEVICES_HINT,
        answer=_DEVICES,
    ),
    Key("shm_size", NOT_NEEDED, "nothing", "/dev/shm is the host's, and as large."),
    Key("memswap_limit", IGNORED, "nothing", "swap is the host's to give", minor=True),
    Key("mem_swappiness", IGNORED, "nothing", "swap is the host's to give", minor=True),
    Key(
        "security_opt",
        APPROXIMATED,
        "`NoNewPrivileges`, `SystemCallFilter`",
        "Both are on; what turns them off is said in `x-systemd.hardening`.",
        handle=_security_opt,
    ),
    Key(
        "pid",
        IGNORED,
        "nothing",
        "the unit sees its own processes only",
        "turn off ProtectProc with x-systemd.hardening",
        answer=("ProtectProc",),
    ),
    Key(
        "ipc",
        IGNORED,
        "nothing",
        "the unit has an IPC namespace of its own",
        "turn off PrivateIPC with x-systemd.hardening",
        quiet=("private", "shareable"),
        answer=("PrivateIPC",),
    ),
    Key("oom_kill_disable", IGNORED, "nothing", "a service that exceeds its memory is killed", "raise the limit"),
    Key("oom_score_adj", IGNORED, "nothing", "the kernel decides who is killed first", minor=True),
    Key("blkio_config", IGNORED, "nothing", "nothing limits its disk traffic", minor=True),
    Key("runtime", NOT_NEEDED, "nothing", "There is no container."),
    Key("uts", NOT_NEEDED, "nothing", "It has the host's name."),
    Key("userns_mode", NOT_NEEDED, "nothing", "There is no container."),
    Key("cgroup", NOT_NEEDED, "nothing", "Its control group is the unit's."),
    Key("cgroup_parent", IGNORED, "nothing", "its control group is the unit's", minor=True),
    Key("isolation", NOT_NEEDED, "nothing", "A word of Windows."),
    Key("credential_spec", REFUSED, "nothing", "a word of Windows", "run it on Windows"),
    Key(
        "use_api_socket",
        REFUSED,
        "nothing",
        "there is no engine of Docker that the service could call",
        "bind its socket, and name a user of the group docker",
    ),
)
