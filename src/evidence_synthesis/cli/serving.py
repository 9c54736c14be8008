"""Serve a folder of results to this machine alone, with pages that load again when a run has renewed them."""

from __future__ import annotations

import http.server
import threading
from functools import partial
from pathlib import Path
from typing import Any

LOOPBACK = "127.0.0.1"
_STATE, _SCRIPT = "/-/state", "/-/reload.js"
_TAG = f'<script src="{_SCRIPT}"></script>'.encode()
_RELOAD = b"""let was;
setInterval(async () => {
  try {
    const now = await (await fetch("/-/state", {cache: "no-store"})).text();
    if (was !== undefined && now !== was) location.reload();
    was = now;
  } catch { /* the watch has ended */ }
}, 1000);
"""


class Pages(http.server.ThreadingHTTPServer):
    """A server of one folder on the loopback address; ``renewed`` tells open pages to load again."""

    daemon_threads = True

    def __init__(self, folder: Path, port: int) -> None:
        self.state = 0
        super().__init__((LOOPBACK, port), partial(_Handler, directory=str(folder)))

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        return f"http://{LOOPBACK}:{self.server_address[1]}/"

    def renewed(self) -> None:
        """The files are others than before."""
        self.state += 1

    def begin(self) -> None:
        """Answer in the background until the process ends or ``shutdown`` is called."""
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Files of the folder as they are, pages with a script that loads them again. Of a request only the path is used."""

    server: Pages

    def do_GET(self) -> None:
        """A file, the state, or the script."""
        name = self.headers.get("Host", "").partition(":")[0]
        if name not in (LOOPBACK, "localhost"):  # another site's name that was turned to this address
            self.send_error(403)
        elif self.path == _STATE:
            self._give(str(self.server.state).encode(), "text/plain")
        elif self.path == _SCRIPT:
            self._give(_RELOAD, "text/javascript")
        elif (page := self._page()) is not None:
            self._give(page.replace(b"</body>", _TAG + b"</body>", 1), "text/html; charset=utf-8")
        else:
            super().do_GET()

    def do_HEAD(self) -> None:
        """Not needed by a browser."""
        self.send_error(405)

    def list_directory(self, path: Any) -> None:
        """Folders are not listed."""
        self.send_error(404)

    def _page(self) -> bytes | None:
        path = Path(self.translate_path(self.path))
        if self.path.partition("?")[0].endswith("/"):
            path = path / "index.html"
        try:
            return path.read_bytes() if path.suffix == ".html" else None
        except OSError:
            return None

    def _give(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """The terminal is for faults and news."""
