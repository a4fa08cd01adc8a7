"""A message that comes in pieces, put together of those that are there. No IO."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.messages.conversation import (
    MEDIUM,
    WORDS,
    Incoming,
    Piece,
)

PIECE_SECONDS = 2.0  # how long the next piece of a message is waited for
_TOO_LONG = "too_long"


def as_kept(incoming: Incoming, piece: Piece) -> dict[str, Any]:
    """A piece as its message's detail keeps it."""
    medium = incoming.detail.get("medium")
    return {"id": piece.id, "place": piece.place, "text": incoming.text, "kind": incoming.kind, "medium": medium}


def whole(pieces: list[dict[str, Any]], most: int) -> dict[str, Any]:
    """A message's text, kind and what goes with it, of its pieces in their own order, whatever came first."""
    ordered = sorted(pieces, key=lambda piece: int(piece["place"]))
    text = "\n\n".join(piece["text"] for piece in ordered if piece["text"])
    kind = WORDS if any(piece["kind"] == WORDS for piece in ordered) else MEDIUM
    medium = ordered[0]["medium"]
    if len(text) > most:
        text, kind, medium = "", MEDIUM, _TOO_LONG
    return {"text": text, "kind": kind, "detail": {"medium": medium, "pieces": ordered}}


def detail_of(incoming: Incoming) -> dict[str, Any]:
    """What goes with a citizen's message: also the language that the channel knows, and its pieces."""
    pieces = {"pieces": [as_kept(incoming, incoming.piece)]} if incoming.piece else {}
    return {**incoming.detail, "language": incoming.language, **pieces}


def after_a_piece(now: datetime) -> datetime:
    """Until when the next piece is waited for."""
    return now + timedelta(seconds=PIECE_SECONDS)
