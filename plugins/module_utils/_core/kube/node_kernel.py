# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of the kernel has to be other than it is, for a kubelet: modules, settings, swap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .containerd import MARK

MODULE, SETTING, SWAP, BOOT = "module", "setting", "swap", "boot"


@dataclass(frozen=True)
class Setting:
    """`reason` says why it cannot or must not be set here."""

    value: str
    wanted: str
    reason: str = ""


@dataclass(frozen=True)
class Kernel:
    """As it is. `container` is empty on a machine of its own."""

    container: str
    modules: Mapping[str, bool]
    settings: Mapping[str, Setting]
    swaps: Sequence[Mapping[str, Any]] = ()
    swap_masked: bool = False


@dataclass(frozen=True)
class Step:
    """One thing that changes, in words."""

    kind: str
    name: str
    before: str
    after: str


def text_of(value: Any) -> str:
    """Of a value in YAML, as /proc/sys has it: with one space between words, and 1 for true."""
    return str(int(value)) if isinstance(value, bool) else " ".join(str(value).split())


def steps(kernel: Kernel, swap_off: bool) -> list[Step]:
    """What a container shares with the machine beneath is not among them."""
    return [*_of_modules(kernel), *_of_settings(kernel), *(_of_swap(kernel) if swap_off else ())]


def _of_modules(kernel: Kernel) -> Iterator[Step]:
    missing = () if kernel.container else (name for name, there in kernel.modules.items() if not there)
    yield from (Step(MODULE, name, "not loaded", "loaded") for name in missing)


def _of_settings(kernel: Kernel) -> Iterator[Step]:
    for name, setting in kernel.settings.items():
        if setting.value != setting.wanted and not setting.reason:
            yield Step(SETTING, name, setting.value or "nothing", setting.wanted)


def _of_swap(kernel: Kernel) -> Iterator[Step]:
    if kernel.swaps and not kernel.container:
        yield Step(SWAP, "now", f"on ({', '.join(str(swap['name']) for swap in kernel.swaps)})", "off")
    if not kernel.swap_masked:
        yield Step(BOOT, "swap.target", "swap is turned on at boot", "masked")


def files(kernel: Kernel, modules_path: str, settings_path: str) -> list[dict[str, str]]:
    """What keeps all that over a boot."""
    loaded = [] if kernel.container else list(kernel.modules)
    settable = [f"{name} = {one.wanted}" for name, one in kernel.settings.items() if not one.reason]
    texts = {modules_path: loaded, settings_path: settable}
    return [{"path": path, "content": "\n".join([MARK, *lines, ""])} for path, lines in texts.items() if lines]


def left_alone(kernel: Kernel) -> Iterator[str]:
    """What is not as it should be, and belongs to the machine beneath a container, in sentences."""
    if not kernel.container:
        return
    beneath = f"in this container ({kernel.container}) it is that of the machine beneath, and was left alone"
    missing = [name for name, there in kernel.modules.items() if not there]
    if missing:
        yield f"kernel module {' and '.join(missing)}: not there; {beneath}: load it there"
    for name, one in kernel.settings.items():
        if one.reason and one.value != one.wanted:
            yield f"sysctl {name} (found {one.value or 'nothing'}, expected {one.wanted}): {one.reason}"
    if kernel.swaps:
        yield f"swap: it is in use; {beneath}: turn it off there"


def reason(container: str, name: str, exists: bool, writable: bool) -> str:
    """Why a setting cannot or must not be set here; '' where it can. Those of the network are a container's own."""
    if not container:
        return ""
    if not name.startswith("net."):
        return f"in this container ({container}) it is that of the machine beneath, and was left alone"
    if not exists:
        return f"in this container ({container}) it is not there, since the machine beneath has no module for it"
    return "" if writable else f"in this container ({container}) it cannot be written"


def shown(found: Sequence[Step], after: bool) -> str:
    """For a diff."""
    return "".join(f"{step.kind} {step.name}: {step.after if after else step.before}\n" for step in found)


def refusal(remaining: Sequence[Step]) -> str:
    """What did not take."""
    said = "; ".join(f"{step.kind} {step.name}: found {step.before}, expected {step.after}" for step in remaining)
    return f"The kernel did not take all of it: {said}"
