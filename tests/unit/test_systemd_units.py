# SPDX-License-Identifier: GPL-3.0-or-later
"""Units as text: cases/systemd_units/<situation> holds an app's services and the units that they become."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.slipway.containers.plugins.filter.systemd_units import systemd_units
from ansible_collections.slipway.containers.plugins.module_utils._core.findings import ERROR, WARNING
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd import (
    grants,
    hardening,
    quoting,
    scores,
    values,
    verification,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.exposure import shown
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.host import Host, version
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.reader import as_options, read_app
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.units import render
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.wish import App, Service

CASES = Path(__file__).parent / "cases" / "systemd_units"
FOLDERS = sorted(path for path in CASES.iterdir() if path.is_dir())
UNITS = (".service", ".socket", ".timer")
VERIFIED = Path(__file__).parent / "cases" / "systemd_verify"
WEB = Service("web", ("/usr/bin/web",), ports=(8080,))


def read(options: dict[str, Any]) -> App:
    app, findings = read_app(options)
    assert not findings, findings
    return app


def services_of(folder: Path) -> dict[str, Any]:
    options: dict[str, Any] = yaml.safe_load((folder / "services.yml").read_text(encoding="utf-8"))
    return options


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_services_become_these_units(folder: Path) -> None:
    """`python -m tests.unit.test_systemd_units` writes them."""
    expected = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.suffix in UNITS}
    assert {unit.name: unit.text for unit in render(read(services_of(folder)), Host(257))} == expected


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_options_are_read_as_they_were_written(folder: Path) -> None:
    app = read(services_of(folder))
    assert read(as_options(app)) == app


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_no_value_of_a_variable_and_no_content_is_in_a_unit(folder: Path) -> None:
    app = read(services_of(folder))
    text = "".join(unit.text for unit in render(app, Host()))
    for service in app.services:
        assert not any(entry.content in text for entry in service.files)
        assert not any(f"{name}=" in text for name in service.environment)


def test_the_delay_between_starts_grows_where_systemd_can() -> None:
    app = App("shop", (WEB,))
    new, old = (render(app, Host(systemd))[0].text for systemd in (254, 253))
    assert "RestartSteps=8\nRestartMaxDelaySec=30\n" in new
    assert new.replace("RestartSteps=8\nRestartMaxDelaySec=30\n", "") == old


@pytest.mark.parametrize(
    ("printed", "found"),
    [
        ("systemd 252 (252.39-1~deb12u2)\n+PAM", 252),
        ("systemd 257 (257.13)", 257),
        ("systemd 261~rc1", 261),
        ("", None),
    ],
)
def test_versions(printed: str, found: int | None) -> None:
    assert version(printed) == found


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", 'A="plain"\n'),
        ("", 'A=""\n'),
        ("a b\nc", 'A="a b\nc"\n'),
        ('"`$\\', 'A="\\"\\`\\$\\\\"\n'),
        ("it's 100% #x", 'A="it\'s 100% #x"\n'),
    ],
)
def test_variables_in_a_file(value: str, text: str) -> None:
    assert quoting.assignments({"A": value}) == text


def test_a_service_is_as_confined_as_the_reference_measured() -> None:
    assert shown(hardening.score(WEB)) == Decimal("1.1")


@pytest.mark.parametrize("name", hardening.OPTIONS)
def test_each_option_can_be_turned_off_and_on(name: str) -> None:
    on, off = (Service("web", ("/usr/bin/web",), hardening={name: said}) for said in (True, False))
    values_of = dict(hardening.profile(on)).get(name), dict(hardening.profile(off)).get(name)
    if name == "AmbientCapabilities":
        return  # without a capability there is none to give
    assert values_of[0] is not None and values_of[0] != values_of[1]
    assert hardening.rise(WEB, name) >= 0
    assert name in hardening.turned_off(off) or not hardening.OPTIONS[name].default


@pytest.mark.parametrize("name", hardening.OPTIONS)
@pytest.mark.parametrize("user", ["", "games", "root"])
def test_a_rise_is_the_difference_of_two_scores(name: str, user: str) -> None:
    on, off = (Service("web", ("/bin/true",), user=user, hardening={name: said}) for said in (True, False))
    rise = hardening.rise(Service("web", ("/bin/true",), user=user), name)
    assert rise == (hardening.score(off) - hardening.score(on)).quantize(Decimal("0.01")) >= 0


def test_what_a_capability_needs_is_known() -> None:
    assert set(grants.GRANTS) <= set(values.CAPABILITIES)
    given_up = {option for grant in grants.GRANTS.values() for option in grant.given_up}
    assert given_up <= set(hardening.OPTIONS)
    clock = Service("clock", ("/usr/sbin/clock",), capabilities=("CAP_SYS_TIME",))
    assert hardening.turned_off(clock) == ("PrivateUsers", "ProtectClock")
    kept = Service("clock", ("/usr/sbin/clock",), capabilities=("CAP_SYS_TIME",), hardening={"ProtectClock": True})
    assert hardening.turned_off(kept) == ("PrivateUsers",)


@pytest.mark.parametrize("systemd", [252, 257])
def test_what_verify_says(systemd: int) -> None:
    """Recorded of the real programs; mistakes stop an installation, lines that it does not know do not."""
    units = {"shop-bad.service", "shop-one.service", "shop-tim.timer", "shop-rel.service"}
    found = verification.parse((VERIFIED / f"{systemd}.txt").read_text(encoding="utf-8"), units)
    said = {finding.path: finding.severity for finding in found}
    assert said["shop-bad.service:8"] == WARNING
    assert said["shop-bad.service:9"] == said["shop-bad.service"] == said["shop-one.service"] == ERROR
    assert said["shop-tim.timer:2"] == ERROR
    assert said.get("shop-bad.service:6") == (WARNING if systemd < 254 else None)
    assert not any(path.startswith("shop-junk") for path in said), "nobody asked"
    short = "Unit shop-x.service has a bad unit file setting.\n"
    assert [finding.severity for finding in verification.parse(short, {"shop-x.service"})] == [ERROR]


def test_scores_are_read() -> None:
    printed = (
        "...\n\n→ Overall exposure level for a.service: 9.6 UNSAFE 😨\n→ Overall exposure level for b.service: 1.1 OK\n"
    )
    assert scores.parse(printed) == Decimal("9.6")
    assert scores.by_unit(printed) == {"a.service": Decimal("9.6"), "b.service": Decimal("1.1")}
    assert scores.parse("") is None


def test_the_filter_shows_units_and_says_what_is_wrong() -> None:
    services = {"web": {"exec": "venv/bin/web"}}
    assert list(systemd_units({"name": "shop", "services": services})) == ["shop-web.service"]
    assert "RestartSteps" not in systemd_units({"name": "shop", "services": services}, systemd=252)["shop-web.service"]
    for wrong, part in (
        ({"name": "shop", "services": {"web": {}}}, "services.web.exec"),
        ({"name": "shop", "colour": "red"}, "expected a mapping with name, root, services"),
        ("shop", "expected a mapping"),
    ):
        with pytest.raises(AnsibleFilterError, match=part):
            systemd_units(wrong)
    with pytest.raises(AnsibleFilterError, match="from 252 up"):
        systemd_units({"name": "shop"}, systemd=241)


if __name__ == "__main__":
    for case in FOLDERS:
        for made in render(read(services_of(case)), Host(257)):
            (case / made.name).write_text(made.text, encoding="utf-8")
