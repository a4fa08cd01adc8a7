"""How Rasa trains the model. This module and what it imports are inputs of the training (`bot.rasa.train`)."""

from __future__ import annotations

from pathlib import Path

from bot.core.folders import ROOT

MODEL = "guichet"


def make_model(data: Path, models: Path) -> Path:
    """Train on the folder `data` and leave `guichet.tar.gz` in the folder `models`; its path.

    Raises:
        RuntimeError: Rasa could not train; it has said why.
    """
    import rasa.model_training

    keep_no_outputs()
    result = rasa.model_training.train(
        domain=str(ROOT / "domain.yml"),
        config=str(ROOT / "config.yml"),
        training_files=[str(data / "nlu"), str(data / "stories")],
        output=str(models),
        # Rasa's cache looks at the components' code only, not at the matcher's behind them.
        force_training=True,
        fixed_model_name=MODEL,
    )
    made = models / f"{MODEL}.tar.gz"
    if result.code != 0 or not made.exists():
        raise RuntimeError("training failed")
    return made


def keep_no_outputs() -> None:
    """Train without Rasa's cache, in this process.

    Rasa takes a fingerprint of every example after every component and keeps each component's
    output, to reuse it next time: half of the time, and whether to train is decided here.
    """
    from rasa.engine.training.hooks import TrainingHook

    TrainingHook.on_before_node = lambda *_args, **_kwargs: {}
    TrainingHook.on_after_node = lambda *_args, **_kwargs: None
