# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""As whom it runs, and what it may do. A pod starts from little: no root, no more privileges, seccomp."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...compose_levels import APPROXIMATED, IGNORED, TRANSLATED
from .draft import ServiceDraft
from .key import Key

_ROOT = ("0", "root")
_ALL = "ALL"
_HINT = 'write its number, such as user: "1000:1000", or x-kubernetes: {run_as_root: true}'
#: An AppArmor profile is a field of its own since then.
_APPARMOR = (1, 30)


def add_user(service: ServiceDraft) -> None:
    """Before the keys are looked at: others ask whether it is root."""
    user, _colon, group = str(service.service.keys.get("user") or "").partition(":")
    service.user["seccompProfile"] = {"type": "RuntimeDefault"}
    if user in _ROOT:
        service.user["runAsUser"] = 0
        service.report("runs-as-root", "user", "the container runs as root", "write the number of another user")
    elif user.isdecimal():
        service.user.update({"runAsNonRoot": True, "runAsUser": int(user)})
    elif service.service.kubernetes.run_as_root:
        return
    elif user:
        message = f"'{user[:40]}' is a name of the image, and Kubernetes takes the number of a user"
        service.report("compose-ignored", "user", message, _HINT)
        service.user["runAsNonRoot"] = True
    else:
        message = "nothing says as whom the image runs: as root, or as a user with a name, it would be refused"
        service.report("user-of-the-image", "user", message, _HINT)
        service.user["runAsNonRoot"] = True
    if group.isdecimal():
        service.user["runAsGroup"] = int(group)
    elif group == "root":
        service.user["runAsGroup"] = 0


def add_privileges(service: ServiceDraft) -> None:
    """Once all keys were looked at: what they did not ask for."""
    owner = service.user.get("runAsGroup", service.user.get("runAsUser"))
    claims = [volume for volume in service.pod.get("volumes", ()) if "persistentVolumeClaim" in volume]
    if owner and (claims or service.claims):
        service.user.setdefault("fsGroup", owner)
        service.user.setdefault("fsGroupChangePolicy", "OnRootMismatch")
    capabilities = service.privileges.get("capabilities", {})
    if not service.is_root and not service.privileges.get("privileged"):
        capabilities = {**capabilities, "drop": [_ALL]}
    if capabilities:
        service.privileges["capabilities"] = capabilities
    asks = service.privileges.get("privileged") or capabilities.get("add")
    if not asks:
        service.privileges.setdefault("allowPrivilegeEscalation", False)
    elif service.privileges.get("allowPrivilegeEscalation") is False:
        del service.privileges["allowPrivilegeEscalation"]  # the API takes it beside neither of them
        message = "with these capabilities, or privileged, it may gain more"
        service.report("compose-ignored", "security_opt", message, "leave them out")


def _capability(text: str) -> str:
    name = text.upper()
    return name[4:] if name.startswith("CAP_") else name


def _cap_add(service: ServiceDraft, value: Sequence[str]) -> None:
    service.privileges.setdefault("capabilities", {})["add"] = [_capability(text) for text in value]
    if not service.is_root:
        message = "who is not root has them only through programs that carry them"
        service.report("compose-approximated", "cap_add", message)


def _cap_drop(service: ServiceDraft, value: Sequence[str]) -> None:
    service.privileges.setdefault("capabilities", {})["drop"] = [_capability(text) for text in value]


def _privileged(service: ServiceDraft, value: bool) -> None:
    if value:
        service.privileges["privileged"] = True
        message = "it may do on its node what root may do"
        service.report("privileged", "privileged", message, "name what it needs with cap_add")


def _read_only(service: ServiceDraft, value: bool) -> None:
    if value:
        service.privileges["readOnlyRootFilesystem"] = True


def _group_add(service: ServiceDraft, value: Sequence[Any]) -> None:
    groups = [int(group) for group in value if str(group).isdecimal()]
    if groups:
        service.user["supplementalGroups"] = groups
    for group in value:
        if not str(group).isdecimal():
            message = f"'{str(group)[:40]}' is a name of the image, and Kubernetes takes the number of a group"
            service.report("compose-ignored", "group_add", message, "write its number")


def _security_opt(service: ServiceDraft, value: Sequence[str]) -> None:
    for entry in value:
        name, _separator, setting = entry.replace("=", ":", 1).partition(":")
        if name == "no-new-privileges":
            service.privileges["allowPrivilegeEscalation"] = setting == "false"
        elif name == "seccomp" and setting == "unconfined":
            service.user["seccompProfile"] = {"type": "Unconfined"}
        elif name == "apparmor" and setting == "unconfined" and service.app.given.minor >= _APPARMOR:
            service.privileges["appArmorProfile"] = {"type": "Unconfined"}
        elif name == "label" and setting.partition(":")[0] in _SELINUX:
            kind, _colon, text = setting.partition(":")
            service.privileges.setdefault("seLinuxOptions", {})[kind] = text
        else:
            message = f"'{name[:40]}' is said in Docker's own way"
            service.report("compose-ignored", "security_opt", message, "provide it on the nodes, and use overrides")


_SELINUX = ("user", "role", "type", "level")
KEYS = (
    Key(
        "user",
        APPROXIMATED,
        "`runAsUser`, `runAsGroup`, `fsGroup`",
        "Numbers. Without one the image must not run as root, unless `x-kubernetes.run_as_root` says that it may.",
    ),
    Key("group_add", TRANSLATED, "`supplementalGroups`", "Numbers.", handle=_group_add),
    Key("read_only", TRANSLATED, "`readOnlyRootFilesystem`", "The same.", handle=_read_only),
    Key("privileged", TRANSLATED, "`privileged`", "The same, with a warning.", handle=_privileged),
    Key("cap_add", TRANSLATED, "`capabilities`", "The same.", handle=_cap_add),
    Key(
        "cap_drop",
        TRANSLATED,
        "`capabilities`",
        "The same for root; who is not root has none in any case.",
        handle=_cap_drop,
    ),
    Key(
        "security_opt",
        APPROXIMATED,
        "`seccompProfile`, `allowPrivilegeEscalation`, `seLinuxOptions`",
        "No new privileges, and the runtime's seccomp profile, without being asked. Profiles of Docker's are left out.",
        handle=_security_opt,
    ),
    Key(
        "devices",
        IGNORED,
        "nothing",
        "a pod sees no devices of its node",
        "let a device plugin provide it, or use privileged and a bind mount of /dev",
    ),
    Key(
        "device_cgroup_rules",
        IGNORED,
        "nothing",
        "a pod sees no devices of its node",
        "let a device plugin provide them",
    ),
)
