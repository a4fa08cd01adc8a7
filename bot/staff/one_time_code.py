"""One-time codes of RFC 6238: plain functions."""

from __future__ import annotations

import secrets
from datetime import datetime

import pyotp

_CODE_SECONDS = 30  # RFC 6238's period


def matching_period(secret: str, code: str, now: datetime) -> int | None:
    """The period (of 30 s, since 1970) whose code this is, of the present one and its neighbours; None if none."""
    typed = "".join(code.split())
    if not secret or not (typed.isascii() and typed.isdigit()):
        return None
    present = int(now.timestamp()) // _CODE_SECONDS
    codes = pyotp.TOTP(secret)
    for period in (present - 1, present, present + 1):
        if secrets.compare_digest(codes.at(period * _CODE_SECONDS), typed):
            return period
    return None
