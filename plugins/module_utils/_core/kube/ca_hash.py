# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hash by which `kubeadm join` knows the cluster's CA: SHA-256 of the public key in its certificate."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----(?P<body>.*?)-----END CERTIFICATE-----", re.DOTALL)
#: In a certificate the version comes first, and may be left out.
_VERSION_TAG = 0xA0
#: Serial number, signature, issuer, validity and subject stand before the public key.
_BEFORE_KEY = 5


class CertificateError(ValueError):
    """A text that is no certificate."""


def ca_hash(pem: str) -> str:
    """Such as `sha256:...`, of the first certificate in a PEM text."""
    match = _PEM.search(pem)
    if not match:
        raise CertificateError("there is no certificate in it")
    try:
        certificate = base64.b64decode("".join(match["body"].split()), validate=True)
        key = _public_key(certificate)
    except (binascii.Error, IndexError) as error:
        raise CertificateError("its certificate cannot be read") from error
    return f"sha256:{hashlib.sha256(key).hexdigest()}"


def _public_key(certificate: bytes) -> bytes:
    """The SubjectPublicKeyInfo, whole, as it stands in the certificate."""
    outer, _outer_end = _content(certificate, 0)
    at, _signed_end = _content(certificate, outer)
    if certificate[at] == _VERSION_TAG:
        at = _content(certificate, at)[1]
    for _field in range(_BEFORE_KEY):
        at = _content(certificate, at)[1]
    end = _content(certificate, at)[1]
    if end > len(certificate):
        raise IndexError(end)
    return certificate[at:end]


def _content(der: bytes, at: int) -> tuple[int, int]:
    """Where the value of the element at this place begins and ends."""
    length = der[at + 1]
    begin = at + 2
    if length & 0x80:
        count = length & 0x7F
        length = int.from_bytes(der[begin : begin + count], "big")
        begin += count
    return begin, begin + length
