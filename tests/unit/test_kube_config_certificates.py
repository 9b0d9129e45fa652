# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates are read as they are written by others: here by the library that Ansible brings along."""

from __future__ import annotations

import base64
import calendar
import datetime
import ipaddress

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.certificates import (
    Certificate,
    CertificateError,
    Found,
    embedded,
    in_words,
    missing_names,
    name_of,
    read_der,
    read_pem,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = 86400
KEY = ec.generate_private_key(ec.SECP256R1())


def made(
    *names: str,
    subject: str = "kube-apiserver",
    years: int = 1,
    authority: bool | None = None,
    groups: tuple[str, ...] = (),
) -> str:
    begins = datetime.datetime(2026, 11, 22, 3, 46, 28)
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, subject))
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(attributes))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kubernetes")]))
        .public_key(KEY.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins.replace(year=begins.year + years))
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
    if authority is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def moment(text: str) -> int:
    return calendar.timegm(datetime.datetime.fromisoformat(text).timetuple())


def test_whose_it_is_for_which_names_and_how_long() -> None:
    text = made("api.lab.internal", "10.96.0.1", "fd00::1", groups=("system:masters",), authority=False)
    assert read_pem(text) == [
        Certificate(
            subject="kube-apiserver",
            organization="system:masters",
            issuer="kubernetes",
            not_before=moment("2026-11-22T03:46:28"),
            not_after=moment("2027-11-22T03:46:28"),
            names=("api.lab.internal", "10.96.0.1", "fd00::1"),
            authority=False,
        )
    ]


@pytest.mark.parametrize(("authority", "expected"), [(True, True), (False, False), (None, False)])
def test_whether_it_signs_others(authority: bool | None, expected: bool) -> None:
    assert read_pem(made(authority=authority))[0].authority is expected


@pytest.mark.parametrize("years", [1, 10, 30])
def test_years_beyond_2050_are_written_in_another_way(years: int) -> None:
    assert read_pem(made(years=years))[0].not_after == moment(f"{2026 + years}-11-22T03:46:28")


def test_keys_beside_it_and_further_certificates() -> None:
    key = KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    found = read_pem(key + made(subject="system:node:a") + made(subject="ca"))
    assert [one.subject for one in found] == ["system:node:a", "ca"]


def test_days_are_whole_and_below_zero_once_it_is_over() -> None:
    certificate = read_pem(made())[0]
    assert certificate.days_left(certificate.not_after - 30 * DAY) == 30
    assert certificate.days_left(certificate.not_after - 30 * DAY + 1) == 29
    assert certificate.days_left(certificate.not_after + 1) == -1


def test_names_that_it_lacks() -> None:
    certificate = read_pem(made("API.lab.internal", "fd00::1", "10.0.0.4"))[0]
    assert missing_names(certificate, ["api.lab.internal.", "fd00:0:0:0::1", "10.0.0.4"]) == []
    assert missing_names(certificate, ["api.lab.internal", "10.0.0.5", "other"]) == ["10.0.0.5", "other"]


@pytest.mark.parametrize("text", ["", "nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"])
def test_what_is_no_certificate(text: str) -> None:
    with pytest.raises(CertificateError):
        read_pem(text)


def test_one_that_is_cut_off() -> None:
    whole = base64.b64decode("".join(made().splitlines()[1:-1]))
    for length in range(len(whole)):
        with pytest.raises(CertificateError):
            read_der(whole[:length])


def test_names_of_kubeadm() -> None:
    assert [name_of(path) for path in ("apiserver.crt", "etcd/server.crt")] == ["apiserver", "etcd-server"]


def test_inside_a_kubeconfig() -> None:
    text = made(subject="kubernetes-admin")
    data = base64.b64encode(text.encode()).decode()
    assert embedded(f"users:\n- user:\n    client-certificate-data: {data}\n    client-key-data: x\n") == text
    assert embedded("users:\n- user:\n    client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem\n") == ""
    with pytest.raises(CertificateError, match="client-certificate-data"):
        embedded("    client-certificate-data: AAA\n")


def test_in_words() -> None:
    certificate = read_pem(made("a", subject="x"))[0]
    told = in_words(Found("apiserver", "/etc/kubernetes/pki/apiserver.crt", certificate), certificate.not_after - DAY)
    assert (told["not_after"], told["days_left"], told["names"]) == ("2027-11-22T03:46:28Z", 1, ["a"])
