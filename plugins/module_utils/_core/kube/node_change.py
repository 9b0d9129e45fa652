# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one node has to change to be as the cluster's documents say: files, certificate, static pods, kubelet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..findings import ERROR, Finding
from ..secrets import MASK, mask_text

#: A document with keys in it: nothing of such a file is shown.
_SECRET_KIND = "kind: EncryptionConfiguration"


@dataclass(frozen=True)
class WantedFile:
    """A file of a control plane. Of a secret one, a diff shows that it changes and nothing more."""

    path: str
    content: str
    secret: bool = False

    @property
    def hidden(self) -> bool:
        return self.secret or _SECRET_KIND in self.content


@dataclass(frozen=True)
class TextChange:
    """One file of the host; None where it is not there before or after. `why` is told where its text stays."""

    path: str
    before: str | None
    after: str | None
    hidden: bool = False
    why: str = ""

    @property
    def verb(self) -> str:
        if self.before is None:
            return "write"
        return "remove" if self.after is None else "change"

    def diff(self) -> dict[str, str]:
        sides = {"before": self._shown(self.before, "before"), "after": self._shown(self.after, "after")}
        return {"before_header": self.path, "after_header": self.path, **sides}

    def _shown(self, text: str | None, side: str) -> str:
        if text is None:
            return ""
        return f"{MASK} ({side})\n" if self.hidden else mask_text(text)


@dataclass(frozen=True)
class PodChange:
    """A static pod that gets another manifest, or the same once more with the moment of its restart."""

    component: str
    change: TextChange

    @property
    def words(self) -> str:
        return f"{self.component}: {self.change.why}"


@dataclass(frozen=True)
class NodeChange:
    """In the order in which it is done."""

    files: list[TextChange] = field(default_factory=list)
    sans: list[str] = field(default_factory=list)
    pods: list[PodChange] = field(default_factory=list)
    kubelet: TextChange | None = None
    removed: list[TextChange] = field(default_factory=list)

    @property
    def differs(self) -> bool:
        return bool(self.files or self.sans or self.pods or self.kubelet or self.removed)

    @property
    def components(self) -> list[str]:
        return [*(pod.component for pod in self.pods), *(["kubelet"] if self.kubelet else [])]

    def steps(self) -> list[str]:
        """In words, for the result."""
        named = [f"{change.verb} {change.path}" for change in self.files]
        named += [f"renew the API server's certificate, for {', '.join(self.sans)}"] if self.sans else []
        named += [pod.words for pod in self.pods]
        named += [f"kubelet: {self.kubelet.why}"] if self.kubelet else []
        return named + [f"remove {change.path}" for change in self.removed]

    def diffs(self) -> list[dict[str, str]]:
        texts = [*self.files, *(pod.change for pod in self.pods), *([self.kubelet] if self.kubelet else [])]
        told = [change.diff() for change in [*texts, *self.removed]]
        if self.sans:
            place = "/etc/kubernetes/pki/apiserver.crt"
            names = "".join(f"{name}\n" for name in self.sans)
            told.insert(len(self.files), {"before_header": place, "after_header": place, "before": "", "after": names})
        return told


def wanted_files(options: Any) -> list[WantedFile]:
    """Raises ValueError with all that is wrong with them."""
    problems = file_problems(options or [])
    if problems:
        raise ValueError("; ".join(problem.as_text() for problem in problems))
    return [WantedFile(one["path"], one["content"], bool(one.get("secret"))) for one in options or []]


def file_problems(options: Any) -> list[Finding]:
    found: list[Finding] = []
    seen: set[str] = set()
    for number, one in enumerate(options):
        place = f"files[{number}]"
        path = one.get("path") if isinstance(one, Mapping) else None
        if not isinstance(path, str) or not path.startswith("/"):
            found.append(Finding("config.file", ERROR, f"{place}.path", f"found {path!r}, expected an absolute path"))
        elif path in seen:
            found.append(Finding("config.file", ERROR, f"{place}.path", f"found {path} twice, expected it once"))
        elif path.startswith("/etc/kubernetes/manifests/"):
            why = "kubeadm's manifests are there, and the kubelet runs what it finds"
            found.append(Finding("config.file", ERROR, f"{place}.path", f"found {path}, expected another folder", why))
        if not isinstance(one, Mapping) or not isinstance(one.get("content"), str):
            found.append(Finding("config.file", ERROR, f"{place}.content", "found no text, expected one"))
        seen.add(str(path))
    return found
