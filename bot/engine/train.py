"""Training: makes `models/guichet.tar.gz` if and only if what it is made from has changed."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from pathlib import Path

from bot.settings import ROOT, Settings, load_settings

MODEL = "guichet"


def training_inputs(settings: Settings) -> list[Path]:
    """Every file that training reads: data, configuration, and the code of the engine and the matcher."""
    data = settings.data_dir
    found = [ROOT / "config.yml", ROOT / "domain.yml", ROOT / "requirements" / "run.txt", data / "organization.yml"]
    for folder in (data / "nlu", data / "stories", data / "knowledge"):
        found += sorted(folder.rglob("*.yml"))
    found += [ROOT / "bot" / "texts.py", ROOT / "bot" / "organization.py"]
    for folder in (ROOT / "bot" / "engine", ROOT / "bot" / "knowledge"):
        found += sorted(folder.rglob("*.py"))
    return found


def fingerprint(settings: Settings) -> str:
    """A digest of the training inputs, names and contents."""
    digest = hashlib.sha256()
    for path in training_inputs(settings):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        digest.update(f"{name} {content}\n".encode())
    return digest.hexdigest()


def model_path(settings: Settings) -> Path:
    """Where the trained model is."""
    return settings.models_dir / f"{MODEL}.tar.gz"


def is_trained(settings: Settings) -> bool:
    """Whether the model was made from the present inputs."""
    record = settings.models_dir / f"{MODEL}.json"
    if not (model_path(settings).exists() and record.exists()):
        return False
    try:
        inputs = json.loads(record.read_text())["inputs"]
    except (ValueError, KeyError, TypeError):
        return False  # cut off while it was written: the model may be too
    return bool(inputs == fingerprint(settings))


def train(settings: Settings) -> float:
    """Train the model; return the seconds that it took.

    Raises:
        RuntimeError: Rasa could not train; it has said why.
    """
    from bot.engine.quiet import quiet_rasa

    started = time.monotonic()
    inputs = fingerprint(settings)
    quiet_rasa()
    import rasa.model_training
    from rasa.engine.training.hooks import TrainingHook

    # Rasa takes a fingerprint of every example after every component and keeps each component's
    # output, to reuse it next time: half of the time, and whether to train is decided above.
    TrainingHook.on_before_node = lambda *_args, **_kwargs: {}
    TrainingHook.on_after_node = lambda *_args, **_kwargs: None
    result = rasa.model_training.train(
        domain=str(ROOT / "domain.yml"),
        config=str(ROOT / "config.yml"),
        training_files=[str(settings.data_dir / "nlu"), str(settings.data_dir / "stories")],
        output=str(settings.models_dir),
        # Rasa's cache looks at the components' code only, not at the matcher's behind them.
        force_training=True,
        fixed_model_name=MODEL,
    )
    if result.code != 0 or not model_path(settings).exists():
        raise RuntimeError("training failed")
    seconds = time.monotonic() - started
    record = {"inputs": inputs, "seconds": round(seconds, 1)}
    (settings.models_dir / f"{MODEL}.json").write_text(json.dumps(record) + "\n")
    return seconds


if __name__ == "__main__":
    print(f"trained in {train(load_settings()):.0f} s", file=sys.stderr)
