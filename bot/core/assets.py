"""Files that browsers load: packed once, kept for good under an address that holds their version."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "public, max-age=300"
_COLOURS = Path(__file__).with_name("colours.css").read_text(encoding="utf-8")
_PART = re.compile(r'@import "([a-z/]+\.css)";')
_KINDS = {".js": "text/javascript", ".css": "text/css", ".json": "application/json"}


class Asset:
    """One file as it goes to browsers, packed once."""

    def __init__(self, content: str, kind: str) -> None:
        self.plain = content.encode()
        self.packed = gzip.compress(self.plain, mtime=0)
        self._kind = kind
        self._tag = f'"{hashlib.sha256(self.plain).hexdigest()[:16]}"'

    def answer(self, request: Request, caching: str) -> Response:
        """The file, packed if the browser takes that; nothing if the browser has it."""
        headers = {"Cache-Control": caching, "ETag": self._tag, "Vary": "Accept-Encoding, Origin"}
        if self._tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(self.packed, media_type=self._kind, headers={**headers, "Content-Encoding": "gzip"})
        return Response(self.plain, media_type=self._kind, headers=headers)


def read_assets(folder: Path) -> dict[str, Asset]:
    """The files that lie in `folder`, by name; the folders in it hold the parts of those files."""
    return {path.name: _read(path) for path in sorted(folder.iterdir()) if path.is_file()}


def _read(path: Path) -> Asset:
    """A file as it lies there; a style sheet is whole, and before it stand the colours that all of them share."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".css":
        # Browsers would ask for one part after the other, and take no imports in the sheets of a shadow tree.
        text = _COLOURS + _PART.sub(lambda part: (path.parent / part[1]).read_text(encoding="utf-8"), text)
    return Asset(text, content_type(path.name))


def version_of(assets: Mapping[str, Asset]) -> str:
    """A short name of what the files hold."""
    digest = hashlib.sha256()
    for name, asset in sorted(assets.items()):
        digest.update(f"{name} {len(asset.plain)} ".encode() + asset.plain)
    return digest.hexdigest()[:16]


def content_type(name: str) -> str:
    """The media type of a file of this name."""
    return _KINDS[Path(name).suffix]
