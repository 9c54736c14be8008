"""What the tests of pages share: their links and whether these lead anywhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote


class Links(HTMLParser):
    """Links, anchors, pictures and scripts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.targets.append(value)
            if name == "id" and value:
                assert value not in self.ids, f"id {value} twice"
                self.ids.add(value)


def broken_links(folder: Path) -> list[tuple[str, str]]:
    """Pages of a folder with those of their links, pictures and scripts that lead nowhere; addresses of the web aside."""
    pages = {p.resolve(): Links(p.read_text(encoding="utf-8")) for p in folder.rglob("*.html")}
    assert pages
    broken = []
    for path, links in pages.items():
        for target in links.targets:
            if re.match(r"https?://", target):
                continue
            name, _, anchor = target.partition("#")
            file = (path.parent / unquote(name)).resolve() if name else path
            if not file.exists() or (anchor and file in pages and anchor not in pages[file].ids):
                broken.append((path.name, target))
    return broken
