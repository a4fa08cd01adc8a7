"""Files that browsers load: packed once, kept for good under an address that holds their version."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "public, max-age=300"
_COLOURS = Path(__file__).with_name("colours.css").read_text(encoding="utf-8")
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


def read_asset(path: Path) -> Asset:
    """A file as it lies there; before a style sheet stand the colours that all of them share."""
    text = path.read_text(encoding="utf-8")
    return Asset(_COLOURS + text if path.suffix == ".css" else text, kind_of(path.name))


def version_of(assets: Mapping[str, Asset]) -> str:
    """A short name of what the files hold."""
    digest = hashlib.sha256()
    for name, asset in sorted(assets.items()):
        digest.update(f"{name} {len(asset.plain)} ".encode() + asset.plain)
    return digest.hexdigest()[:16]


def kind_of(name: str) -> str:
    """The media type of a file of this name."""
    return _KINDS[Path(name).suffix]
