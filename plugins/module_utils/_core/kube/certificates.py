# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""X.509 certificates as far as a cluster's life depends on them: whose, by whom, for which names, from when till when.

kubeadm knows its own ones on control planes only, and prints them as JSON since 1.30 only. A certificate says the same
everywhere.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

DAY = 86400
_EPOCH = datetime(1970, 1, 1)
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----\s*(?P<body>[A-Za-z0-9+/=\s]+?)-----END CERTIFICATE-----")
_EMBEDDED = re.compile(r"^\s*client-certificate-data:\s*[\"']?(?P<data>[A-Za-z0-9+/=]+)", re.MULTILINE)
_SEQUENCE, _UTC = 0x30, 0x17
_VERSION, _EXTENSIONS = 0xA0, 0xA3
_DNS, _IP = 0x82, 0x87
_COMMON_NAME = bytes.fromhex("550403")
_ORGANIZATION = bytes.fromhex("55040a")
_ALTERNATIVE_NAMES = bytes.fromhex("551d11")
_BASIC_CONSTRAINTS = bytes.fromhex("551d13")


class CertificateError(ValueError):
    """A text that holds no certificate that can be read."""


@dataclass(frozen=True)
class Certificate:
    """Moments are seconds of the epoch. `names` are DNS names and addresses."""

    subject: str
    organization: str
    issuer: str
    not_before: int
    not_after: int
    names: tuple[str, ...]
    authority: bool

    def days_left(self, now: float) -> int:
        """Whole days; below zero where it is over."""
        return int((self.not_after - now) // DAY)


@dataclass(frozen=True)
class Found:
    """A certificate of a node, by the name that kubeadm gives it."""

    name: str
    path: str
    certificate: Certificate


class _Value(NamedTuple):
    """A value of DER: what it is, and its bytes."""

    tag: int
    body: bytes


def read_pem(text: str) -> list[Certificate]:
    """Of all certificates in a text, in order; keys beside them are passed over."""
    found = [read_der(base64.b64decode(match["body"])) for match in _PEM.finditer(text)]
    if not found:
        raise CertificateError("there is no certificate in it")
    return found


def read_der(data: bytes) -> Certificate:
    try:
        return _certificate(data)
    except (IndexError, ValueError, StopIteration) as error:
        raise CertificateError(f"it is no certificate of X.509: {error}") from error


def missing_names(certificate: Certificate, wanted: list[str]) -> list[str]:
    """Those of the wanted names that it is not for."""
    has = {_plain(name) for name in certificate.names}
    return [name for name in wanted if _plain(name) not in has]


def name_of(path: str) -> str:
    """As kubeadm calls it, of its path below the folder of certificates: etcd/server.crt is etcd-server."""
    return path.replace("/", "-").rpartition(".")[0]


def embedded(kubeconfig: str) -> str:
    """The client's certificate inside a kubeconfig, as PEM; empty where there is none."""
    match = _EMBEDDED.search(kubeconfig)
    if not match:
        return ""
    try:
        return base64.b64decode(match["data"], validate=True).decode("ascii")
    except ValueError as error:
        raise CertificateError(f"client-certificate-data cannot be read: {error}") from error


def in_words(found: Found, now: float) -> dict[str, Any]:
    """For a result: plain values."""
    certificate = found.certificate
    return {
        "name": found.name,
        "path": found.path,
        "subject": certificate.subject,
        "organization": certificate.organization,
        "issuer": certificate.issuer,
        "names": list(certificate.names),
        "authority": certificate.authority,
        "not_before": _iso(certificate.not_before),
        "not_after": _iso(certificate.not_after),
        "days_left": certificate.days_left(now),
    }


def _iso(moment: int) -> str:
    return (_EPOCH + timedelta(seconds=moment)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(name: str) -> str:
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return name.lower().rstrip(".")


def _certificate(data: bytes) -> Certificate:
    signed = list(_values(next(_values(_only(data).body)).body))
    if signed[0].tag == _VERSION:
        signed = signed[1:]
    _serial, _algorithm, issuer, validity, subject, _key, *rest = signed
    begins, ends = _values(validity.body)
    extensions = dict(_extensions(rest))
    return Certificate(
        subject=_name(subject, _COMMON_NAME),
        organization=_name(subject, _ORGANIZATION),
        issuer=_name(issuer, _COMMON_NAME),
        not_before=_moment(begins),
        not_after=_moment(ends),
        names=tuple(_names(extensions.get(_ALTERNATIVE_NAMES, b""))),
        authority=_is_authority(extensions.get(_BASIC_CONSTRAINTS, b"")),
    )


def _values(data: bytes) -> Iterator[_Value]:
    """The values that stand one after the other."""
    at = 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            count = length & 0x7F
            length, at = int.from_bytes(data[at : at + count], "big"), at + count
        if at + length > len(data):
            raise ValueError("it ends too early")
        yield _Value(tag, data[at : at + length])
        at += length


def _only(data: bytes) -> _Value:
    found = list(_values(data))
    if len(found) != 1 or found[0].tag != _SEQUENCE:
        raise ValueError("it is not one sequence")
    return found[0]


def _name(value: _Value, wanted: bytes) -> str:
    """One attribute of a distinguished name; several of a kind with commas between them."""
    found = []
    for group in _values(value.body):
        for attribute in _values(group.body):
            oid, text = _values(attribute.body)
            if oid.body == wanted:
                found.append(text.body.decode("utf-8", "replace"))
    return ", ".join(found)


def _moment(value: _Value) -> int:
    """Two digits of a year mean 1950 to 2049."""
    text = value.body.decode("ascii").rstrip("Z")
    if value.tag == _UTC:
        text = ("19" if int(text[:2]) >= 50 else "20") + text
    return int((datetime.strptime(text, "%Y%m%d%H%M%S") - _EPOCH).total_seconds())


def _extensions(values: list[_Value]) -> Iterator[tuple[bytes, bytes]]:
    for value in values:
        if value.tag != _EXTENSIONS:
            continue
        for extension in _values(_only(value.body).body):
            parts = list(_values(extension.body))
            yield parts[0].body, parts[-1].body


def _names(data: bytes) -> Iterator[str]:
    for value in _values(_only(data).body) if data else ():
        if value.tag == _DNS:
            yield value.body.decode("ascii", "replace")
        elif value.tag == _IP:
            yield str(ipaddress.ip_address(value.body))


def _is_authority(data: bytes) -> bool:
    return bool(data) and any(value.tag == 0x01 and value.body != b"\x00" for value in _values(_only(data).body))
