# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values that keys of several extension fields take."""

from __future__ import annotations

import shlex
from typing import Any

from ..options.schema import Value
from ..options.values import matching, number, text

#: What only a shell understands, standing as a word of its own.
_SHELL = {"&&", "||", "|", "&", ";", ">", ">>", "<", "2>&1"}


def command(value: Any) -> tuple[str, ...]:
    """The words of a command. Text is split as a shell would, and no shell runs it."""
    if not isinstance(value, (str, list)):
        raise ValueError
    words = _split(value) if isinstance(value, str) else [text(word) for word in value]
    if not words or any("\0" in word for word in words):
        raise ValueError
    return tuple(words)


def _split(line: str) -> list[str]:
    if "\n" in line.strip():
        raise ValueError("found several lines, expected one command")
    try:
        words = shlex.split(line)
    except ValueError:
        raise ValueError("found a quote that is never closed, expected the text of a command") from None
    shell = next((word if word in _SHELL else ";" for word in words if word in _SHELL or word[-1:] == ";"), None)
    if shell is not None:
        raise ValueError(f'found {shell} in a command, expected plain words: no shell runs it; write [sh, -c, "..."]')
    return words


COUNT = number(0, 10_000)
AT_LEAST_ONE = number(1, 10_000)
#: The command may hold a password.
COMMAND = Value("a command: text, or a list of its words", command, secret=True)
#: A name that stands for a variable of the environment or for a secret of the Compose file.
SECRET_NAME = matching(r"[A-Za-z0-9_.-]{1,255}", "the name of a variable or of a Compose secret")
VOLUME_NAME = matching(r"[A-Za-z0-9_.-]{1,255}", "the name of a volume of the Compose file")
URL_PATH = matching(r"/[^\s]{0,1023}", "a path of the URL, such as /health")
