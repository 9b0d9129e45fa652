"""A service that says who it is and whether it reaches its peers. The standard library alone."""

import json
import os
import signal
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAME = os.environ.get("SERVICE", "service")
PEERS = os.environ.get("PEERS", "").split()
PORT = int(os.environ.get("PORT", "8000"))
TIMEOUT_SECONDS = 2


def reaches(peer: str) -> bool:
    host, _colon, port = peer.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=TIMEOUT_SECONDS).close()
    except (OSError, ValueError):
        return False
    return True


class Handler(BaseHTTPRequestHandler):
    """/health says that this process is well; anything else, whom it reaches."""

    def do_GET(self) -> None:
        healthy = {"status": "ok", "service": NAME}
        self.answer(
            healthy if self.path == "/health" else {**healthy, "peers": {peer: reaches(peer) for peer in PEERS}}
        )

    def answer(self, body: dict[str, object]) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_words: object) -> None:
        """Health checks alone would fill the log."""


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_arguments: sys.exit(0))
    ThreadingHTTPServer(("", PORT), Handler).serve_forever()


if __name__ == "__main__":
    main()
