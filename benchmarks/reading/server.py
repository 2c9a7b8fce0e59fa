"""A vendor that knows its answers by heart: it costs next to nothing, so that what is measured is who reads it.

python -m benchmarks.reading.server FILE  serves the answers of a file, prints its port, ends with its stdin
"""

from __future__ import annotations

import pickle
import socketserver
import sys
import threading
from pathlib import Path


class _Handler(socketserver.StreamRequestHandler):
    answers: dict[str, bytes]
    disable_nagle_algorithm = True

    def handle(self) -> None:
        """Answer one connection's requests, one after the other."""
        while line := self.rfile.readline():
            while self.rfile.readline() not in (b"\r\n", b""):
                pass
            body = self.answers[line.split()[1].decode()]
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            self.wfile.write(head.encode() + body)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def main(file: str) -> None:
    """Serve until stdin is closed."""
    _Handler.answers = pickle.loads(Path(file).read_bytes())
    with _Server(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_address[1], flush=True)
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main(sys.argv[1])
