# SPDX-License-Identifier: Apache-2.0

"""Find dead links and empty pages in the built documentation.

    python tools/check_pages.py doc/build

Links to other machines are not followed.
"""

import pathlib
import sys
import urllib.parse
from collections.abc import Iterator
from html import parser

# A page with less text than this says nothing.
LEAST_LETTERS = 200
# A script fills it.
GENERATED = {'search.html'}


class Page(parser.HTMLParser):
    """What one page refers to, and what it can be referred to by.

    :ivar links: of anchors and images, as written
    :ivar names: every ``id``
    :ivar letters: how much text there is between the navigation
    """

    def __init__(self, path: pathlib.Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.names: set[str] = set()
        self.letters = 0
        self._depth = 0
        self.feed(path.read_text())

    def handle_starttag(
            self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note links and names, and where the body begins."""
        found = dict(attrs)
        if tag == 'div' and (self._depth or found.get('role') == 'main'):
            self._depth += 1
        if name := found.get('id'):
            self.names.add(name)
        link = found.get('href') if tag == 'a' else (
            found.get('src') if tag == 'img' else None)
        if link:
            self.links.append(link)

    def handle_endtag(self, tag: str) -> None:
        """Note where the body ends."""
        if tag == 'div' and self._depth:
            self._depth -= 1

    def handle_data(self, data: str) -> None:
        """Count what is read."""
        if self._depth:
            self.letters += len(data.strip())


def faults(root: pathlib.Path) -> Iterator[str]:
    """Yield a line for each dead link and each empty page."""
    pages = {path: Page(path) for path in sorted(root.rglob('*.html'))}
    for path, page in pages.items():
        name = path.relative_to(root)
        if page.letters < LEAST_LETTERS and str(name) not in GENERATED:
            yield f'{name}: an empty page ({page.letters} letters)'
        for link in page.links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / urllib.parse.unquote(
                parts.path)).resolve() if parts.path else path
            if not target.exists():
                yield f'{name}: {link} leads nowhere'
            elif parts.fragment and target in pages and (
                    parts.fragment not in pages[target].names):
                yield f'{name}: {link} names no place of that page'


if __name__ == '__main__':
    found = list(faults(pathlib.Path(sys.argv[1]).resolve()))
    print('\n'.join(found) or 'no dead link and no empty page')
    sys.exit(bool(found))
