# SPDX-License-Identifier: GPL-3.0-or-later
"""The depot's first process: /srv/apt over HTTP, and the registry on port 5000 in the clear and on 443 with TLS."""

from __future__ import annotations

import functools
import http.server
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

SITE, REGISTRY, OWN = Path("/srv/apt"), Path("/var/lib/registry"), Path("/opt/depot")


def main(address: str) -> None:
    certificate, key = SITE / "ca.crt", OWN / "tls.key"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-days", "3650", "-subj", "/CN=lab registry", "-addext", f"subjectAltName=IP:{address}"),
            *("-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    serve(":5000", "")
    serve(":443", f", tls: {{certificate: {certificate}, key: {key}}}")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(SITE))
    http.server.ThreadingHTTPServer(("", 80), handler).serve_forever()


def serve(address: str, tls: str) -> None:
    file = OWN / f"registry{address.replace(':', '-')}.yml"
    file.write_text(
        "version: 0.1\n"
        "log: {level: warn}\n"
        f"storage: {{filesystem: {{rootdirectory: {REGISTRY}}}, delete: {{enabled: true}}}}\n"
        f"http: {{addr: '{address}'{tls}}}\n",
        encoding="utf-8",
    )
    subprocess.Popen([OWN / "docker-registry", "serve", file])


def end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, end)
    main(sys.argv[1])
