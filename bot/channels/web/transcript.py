"""A conversation as a text that a citizen may keep."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.core.texts import Texts, say_date, say_time
from bot.messages.conversation import CITIZEN, OFFICER, SYSTEM, Message


def as_text(messages: Sequence[Message], texts: Texts, lang: str, zone: ZoneInfo) -> str:
    """The messages with who said them and when, the sources and the tickets; `lang` is that of the headings."""
    blocks = [texts.get("transcript_title", lang)]
    for message in messages:
        when = f"{say_date(message.at, lang, zone)}, {say_time(message.at, lang, zone)}"
        lines = [f"[{when}] {_who(message, texts, lang)}", message.shown]
        for source in message.facts.sources or ():
            lines.append(f"({source.title} – {source.section}, {source.updated})")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _who(message: Message, texts: Texts, lang: str) -> str:
    if message.author == OFFICER:
        return message.beside.name or ""
    if message.author == SYSTEM:
        return texts.get("transcript_system", lang)
    return texts.get("transcript_citizen" if message.author == CITIZEN else "transcript_assistant", lang)
