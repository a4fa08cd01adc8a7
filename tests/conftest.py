"""What all tests share: no setting of the machine's reaches them, and the data is read once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache

import pytest

import bot.wiring
from bot.organization import load_organization
from bot.texts import load_texts

for name in [name for name in os.environ if name.startswith("GUICHET_")]:
    del os.environ[name]


@pytest.fixture(scope="session", autouse=True)
def data_read_once() -> Iterator[None]:
    """The committed data does not change while tests run: it is read once for all of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bot.wiring, "_read", lru_cache(bot.wiring._read))
        texts = lru_cache(lambda path: load_texts(path, load_organization(path.parent).values))
        patch.setattr(bot.wiring, "load_texts", lambda path, _values: texts(path))
        yield
