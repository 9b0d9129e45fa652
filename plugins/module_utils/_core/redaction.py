# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must not be seen of a service's logs and probes: the literal values of its secrets, in the forms that logs have.

`mask_text` knows how secrets look; here the secrets themselves are known, so that they are hidden wherever they stand.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping

from .secrets import MASK, URL_PASSWORD, mask_text, named_like_a_secret, token_format

#: A value this short is a word of ordinary text as well; it is hidden only where it stands alone.
_SHORT = 4
#: Of a secret with several lines, such as a key, a log may show one.
_LINE = 8
_ASSIGNED = re.compile(r"""^\s*["']?(?P<name>[A-Za-z][\w.\-]*)["']?\s*[:=]\s*(?P<value>.*?)[\s,;]*$""")
_SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~")


def hidden_values(
    environments: Iterable[Mapping[str, str]], secrets: Iterable[str] = (), configs: Iterable[str] = ()
) -> tuple[str, ...]:
    """Every literal to hide, longest first. A config is hidden where a name in it says that its value is secret."""
    found: set[str] = set()
    for environment in environments:
        for name, value in environment.items():
            found.update(_of_variable(name, value))
    for text in secrets:
        found.update(_of_secret(text))
    for text in configs:
        found.update(_of_config(text))
    spelled = {form for value in found if value for form in _forms(value)}
    return tuple(sorted(spelled, key=lambda form: (-len(form), form)))


def redact(text: str, hidden: Iterable[str]) -> str:
    """`hidden` as `hidden_values` gives it."""
    for value in hidden:
        if len(value) >= _SHORT:
            text = text.replace(value, MASK)
        else:
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", MASK, text)
    return mask_text(text)


def _of_variable(name: str, value: str) -> Iterator[str]:
    if named_like_a_secret(name, value) or token_format(value):
        yield value
    for match in URL_PASSWORD.finditer(value):
        yield match["secret"]


def _of_secret(text: str) -> Iterator[str]:
    """A secret may itself be a file of assignments: then each value counts."""
    yield text.strip()
    for line in text.splitlines():
        if len(line.strip()) >= _LINE:
            yield line.strip()
        match = _ASSIGNED.match(line)
        if match and len(match["value"].strip("\"'")) >= _SHORT:
            yield match["value"].strip("\"'")


def _of_config(text: str) -> Iterator[str]:
    for line in text.splitlines():
        match = _ASSIGNED.match(line)
        if match:
            yield from _of_variable(match["name"], match["value"].strip("\"'"))
        else:
            yield from _of_variable("", line.strip())


def _forms(value: str) -> Iterator[str]:
    """As it is, and as JSON, URLs and HTTP's basic authentication write it."""
    yield value
    if len(value) >= _SHORT:
        yield json.dumps(value)[1:-1]
        yield json.dumps(value, ensure_ascii=False)[1:-1]
        yield "".join(
            chr(byte) if chr(byte) in _SAFE else f"%{byte:02X}" for byte in value.encode(errors="surrogateescape")
        )
        yield base64.b64encode(value.encode(errors="surrogateescape")).decode("ascii")
