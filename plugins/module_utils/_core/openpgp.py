# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fingerprints of OpenPGP keys, so that a key can be compared with what its owner publishes before it is trusted.

Source: RFC 9580, sections 4.2 (packet headers), 5.5 (keys), 5.5.4.2 (fingerprint of version 4) and 6.2 (ASCII armor).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator

_BLOCK = re.compile(r"-----BEGIN PGP PUBLIC KEY BLOCK-----(.*?)-----END PGP PUBLIC KEY BLOCK-----", re.DOTALL)
_PUBLIC_KEY = 6
_VERSION = 4


class KeyTextError(ValueError):
    """The text is no OpenPGP key that this can read."""


def fingerprints(text: str) -> list[str]:
    """Of each primary key in ASCII armor, 40 digits in capitals, in their order."""
    blocks = [_decoded(block) for block in _BLOCK.findall(text.replace("\r\n", "\n"))]
    if not blocks:
        raise KeyTextError("found no PGP PUBLIC KEY BLOCK; a binary key needs to be converted with gpg --enarmor")
    return [_fingerprint(body) for block in blocks for tag, body in packets(block) if tag == _PUBLIC_KEY]


def _decoded(block: str) -> bytes:
    """The lines below the headers, without the checksum."""
    _headers, separator, rest = block.partition("\n\n")
    lines = (rest if separator else block).split("\n")
    try:
        return base64.b64decode("".join(line.strip() for line in lines if not line.startswith("=")), validate=True)
    except binascii.Error as problem:
        raise KeyTextError(f"the armor of the key is damaged: {problem}") from problem


def _fingerprint(body: bytes) -> str:
    if not body or body[0] != _VERSION:
        raise KeyTextError(f"found a key of version {body[0] if body else 'nothing'}, expected version {_VERSION}")
    digest = hashlib.sha1(b"\x99" + len(body).to_bytes(2, "big") + body, usedforsecurity=False)
    return digest.hexdigest().upper()


def packets(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each packet's tag and content."""
    position = 0
    while position < len(data):
        header = data[position]
        if not header & 0x80:
            raise KeyTextError("the key is damaged: a packet begins with no header")
        tag, start, length = _new_format(data, position) if header & 0x40 else _old_format(data, position)
        if start + length > len(data):
            raise KeyTextError("the key is damaged: it ends in the middle of a packet")
        yield tag, data[start : start + length]
        position = start + length


def _old_format(data: bytes, position: int) -> tuple[int, int, int]:
    header = data[position]
    size = 1 << (header & 0x03)
    if size == 8:  # until the end
        return header >> 2 & 0x0F, position + 1, len(data) - position - 1
    start = position + 1 + size
    return header >> 2 & 0x0F, start, int.from_bytes(data[position + 1 : start], "big")


def _new_format(data: bytes, position: int) -> tuple[int, int, int]:
    tag, first = data[position] & 0x3F, int.from_bytes(data[position + 1 : position + 2], "big")
    if first < 192:
        return tag, position + 2, first
    if first < 224:
        second = int.from_bytes(data[position + 2 : position + 3], "big")
        return tag, position + 3, ((first - 192) << 8) + second + 192
    if first == 255:
        return tag, position + 6, int.from_bytes(data[position + 2 : position + 6], "big")
    raise KeyTextError("the key is damaged: a key comes in no parts")
