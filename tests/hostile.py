"""Strings that break programs which take text for something else."""

from __future__ import annotations

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</textarea><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{7*7}} ${7*7} #{7*7} %(x)s {0} {organization} %s%n",
    "'; DROP TABLE messages; --",
    '" OR ""="',
    "../../etc/passwd",
    "\\u0000 \\x00 %00",
    "a\u0000b\u0007c\u001b[31md",
    "\u202eexe.txt\u202c \u2066x\u2069",
    "é e\u0301 ﬁ ①",
    "😀 👩‍👩‍👧 🇨🇦",
    "مرحبا שלום 漢字 Ω",
    "Z̷̧͔̀a̴l̷g̶o̸",
    "data: x\n\nevent: state\ndata: {}\n\n",
    "id: 999\r\nretry: 1",
    "line\u2028separator\u2029here\u0085next",
    "/restart",
    "/open_ticket",
    '/choose_article{"article": "x"}',
    "*bold* _it_ [x](http://y) `code`",
    "=cmd|' /C calc'!A0",
    "NULL undefined NaN None true",
    "x" * 1900,
    "w" * 900 + " " + "é" * 900,
]
