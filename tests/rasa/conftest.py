"""What the tests of the engine share: the names that citizens quote in either language."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.organization import load_organization


@pytest.fixture(scope="session")
def names() -> tuple[str, ...]:
    """The names of `data/organization.yml`."""
    return load_organization(Path(__file__).resolve().parents[2] / "data").names
