# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Docker takes of a host, from the engine's own answers, counted as `docker system df` does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_ALIVE = ("running", "paused", "restarting")


def containers(entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """From /containers/json. Those that are not well are named: unhealthy, or started again and again."""
    listed = list(entries)
    unwell = [entry for entry in listed if "(unhealthy)" in entry.get("Status", "") or entry["State"] == "restarting"]
    return {
        "running": True,
        "containers": len(listed),
        "containers_running": sum(entry["State"] == "running" for entry in listed),
        "containers_unwell": sorted(str(entry["Names"][0]).lstrip("/") for entry in unwell),
    }


def disk(answer: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """From /system/df: bytes, and those of them that nothing needs, which the engine says where it is new enough."""
    images = answer.get("Images") or []
    rest = {"containers": ("Containers", "SizeRw"), "volumes": ("Volumes", ""), "build_cache": ("BuildCache", "Size")}
    layers = int(answer.get("LayersSize") or sum(max(0, image["Size"]) for image in images))
    needed = sum(_own(image) for image in images if image.get("Containers", 0))
    found = {"images": {"bytes": layers, "reclaimable_bytes": max(0, layers - needed)}}
    for name, (key, size) in rest.items():
        sized = [(entry, _size(entry, size)) for entry in answer.get(key) or []]
        found[name] = {
            "bytes": sum(taken for _entry, taken in sized),
            "reclaimable_bytes": sum(taken for entry, taken in sized if not _needed(entry)),
        }
    return found


def _own(image: Mapping[str, Any]) -> int:
    """What goes with it; -1 stands for a size that was not worked out."""
    size, shared = image.get("Size", -1), image.get("SharedSize", -1)
    return int(size - shared) if size >= 0 and shared >= 0 else 0


def _size(entry: Mapping[str, Any], key: str) -> int:
    if entry.get("Shared"):  # of the build cache: it counts where it is kept
        return 0
    found = entry.get(key) if key else (entry.get("UsageData") or {}).get("Size")
    return max(0, int(found or 0))


def _needed(entry: Mapping[str, Any]) -> bool:
    if "InUse" in entry:
        return bool(entry["InUse"])
    if "UsageData" in entry or "Mountpoint" in entry:
        return bool((entry.get("UsageData") or {}).get("RefCount", 0))
    return entry.get("State") in _ALIVE
