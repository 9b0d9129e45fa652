# SPDX-License-Identifier: GPL-3.0-or-later
"""A page on the socket that systemd listens on: a greeting, and whether the secret is there."""

from __future__ import annotations

import os
import socket
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        pages = {"/": os.environ["GREETING"], "/key": Path(os.environ["KEY_FILE"]).read_text(encoding="utf-8")}
        content = pages.get(self.path, "not here").encode()
        self.send_response(200 if self.path in pages else 404)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing per request."""


def main() -> int:
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        print("web: systemd passed no socket", file=sys.stderr)
        return 2
    server = HTTPServer(("", 0), Page, bind_and_activate=False)
    server.socket.close()
    server.socket = socket.socket(fileno=3)
    server.server_activate()
    print("listening", flush=True)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
