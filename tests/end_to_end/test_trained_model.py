"""The model as it was trained."""

from __future__ import annotations

import tarfile

import pytest

from bot.core.settings import Settings
from bot.rasa.train import model_path, training_code
from tests.pickled import pickled_modules


@pytest.mark.usefixtures("desk")  # which has it trained
def test_all_that_the_trained_model_holds_asks_for_training_when_it_changes() -> None:
    """Every module of ours whose objects lie in the model is an input of training."""
    found: set[str] = set()
    with tarfile.open(model_path(Settings())) as archive:
        for member in archive:
            if member.name.endswith(".joblib") and (content := archive.extractfile(member)):
                found |= {module for module in pickled_modules(content.read()) if module.startswith("bot.")}
    assert {"bot.matcher.linear", "bot.matcher.features", "bot.matcher.ngrams"} <= found
    assert found <= set(training_code().modules)
