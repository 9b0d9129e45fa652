# SPDX-License-Identifier: GPL-3.0-or-later
"""A real registry on the gateway of the hosts' network: Debian's `docker-registry`, with TLS and, if asked, a login."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from types import TracebackType

from .engine import HOME, docker
from .hosts import Host
from .packages import unpacked

START_SECONDS = 20


class Registry:
    """A registry while the `with` block runs. Hosts must be told to trust it: `registry.trust(host)`.

    `login` asks for `user` and `password` in each request. `address` is "IP:PORT", as image names begin with it.
    """

    def __init__(self, login: bool = False) -> None:
        self.user, self.password = ("robot", secrets.token_urlsafe(12)) if login else ("", "")
        self.gateway = gateway()
        self.port = free_port(self.gateway)
        self.address = f"{self.gateway}:{self.port}"
        self.url = f"https://{self.address}"
        self.subject = f"IP:{self.gateway}"

    def __enter__(self) -> Registry:
        HOME.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix="registry-", dir=HOME))
        self.certificate = self.folder / "tls.crt"
        make_certificate(self.subject, self.certificate, self.folder / "tls.key")
        if self.user:
            (self.folder / "htpasswd").write_text(f"{self.user}:{bcrypt(self.password)}\n", encoding="utf-8")
        (self.folder / "config.yml").write_text(self._config(), encoding="utf-8")
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def _config(self) -> str:
        login = f"auth: {{htpasswd: {{realm: lab, path: {self.folder}/htpasswd}}}}\n" if self.user else ""
        return (
            "version: 0.1\n"
            "log: {accesslog: {disabled: false}, level: warn}\n"
            f"storage: {{filesystem: {{rootdirectory: {self.folder}/data}}, delete: {{enabled: true}}}}\n"
            f"http: {{addr: '{self.address}', tls: {{certificate: {self.certificate}, key: {self.folder}/tls.key}}}}\n"
            f"{login}"
        )

    def start(self) -> None:
        program = unpacked("docker-registry") / "usr/bin/docker-registry"
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [program, "serve", self.folder / "config.yml"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={"PATH": os.environ["PATH"]},
            )
        limit = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > limit:
                self.stop()
                raise RuntimeError(f"docker-registry does not come up: {self.log()[-1000:]}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((self.gateway, self.port)) == 0

    def stop(self) -> None:
        """Down, as in an outage; `start` brings it back with all it holds."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=10)

    def log(self) -> str:
        """What it wrote, one line for each request."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def trust(self, host: Host) -> None:
        """dockerd reads this file at each request, so nothing is restarted."""
        host.push(self.certificate, f"/etc/docker/certs.d/{self.address}/ca.crt")

    def login(self, host: Host) -> None:
        if self.user:
            host.run("docker", "login", "--username", self.user, "--password-stdin", self.address, input=self.password)

    def publish(self, host: Host, image: str, name: str) -> str:
        """An image that the host has, pushed as NAME; its full name. `library/x:1` is `x:1` for a mirror."""
        full = f"{self.address}/{name}"
        self.trust(host)
        self.login(host)
        host.run("docker", "tag", image, full)
        host.run("docker", "push", "--quiet", full)
        host.run("docker", "rmi", full)
        return full

    def get(self, path: str) -> str:
        """An answer of its API, such as v2/_catalog."""
        manager = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        manager.add_password(None, self.url, self.user, self.password)
        context = ssl.create_default_context(cafile=str(self.certificate))
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=context),
            urllib.request.HTTPBasicAuthHandler(manager),
        )
        with opener.open(f"{self.url}/{path}", timeout=10) as answer:
            return str(answer.read().decode())


def gateway() -> str:
    """This machine as its hosts see it."""
    layout = "{{(index .IPAM.Config 0).Gateway}}"
    return docker("network", "inspect", "--format", layout, "bridge").stdout.strip() or "172.17.0.1"


def free_port(address: str) -> int:
    with socket.socket() as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def make_certificate(subject: str, certificate: Path, key: Path) -> None:
    """Self-signed, for an address (IP:...) or a name (DNS:...)."""
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-days", "30", "-subj", "/CN=lab registry", "-addext", f"subjectAltName={subject}"),
            *("-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )


def bcrypt(password: str) -> str:
    """As htpasswd -B makes it: the C library can, Python no longer has the function, perl still does."""
    alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    salt = "$2y$05$" + "".join(secrets.choice(alphabet) for _count in range(21)) + "O"
    script = "chomp(my $password = <STDIN>); print crypt($password, $ARGV[0])"
    hashed = subprocess.run(["perl", "-e", script, salt], input=password, capture_output=True, text=True, check=True)
    return hashed.stdout
