"""Every channel of the desk. A new channel is a folder beside these, and its entry here."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.channels.channel import Channel, Desk
from bot.channels.email.entry import Email
from bot.channels.telegram.entry import Telegram
from bot.channels.web.entry import Rest, Web

# Makes a channel of a process's parts; tests put others in their places.
Entry = Callable[[Desk], Channel]

CHANNELS: Sequence[Entry] = (Web, Rest, Telegram, Email)
