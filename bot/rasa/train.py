"""Training: makes `models/guichet.tar.gz` if and only if what it is made from has changed."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from functools import lru_cache
from pathlib import Path

import yaml

from bot.core.folders import ROOT
from bot.core.imports import Dependencies, dependencies
from bot.core.settings import Settings, load_settings
from bot.rasa.logging import quiet_rasa
from bot.rasa.training import MODEL, make_model

TRAINING = "bot.rasa.training"  # the module that trains


def training_inputs(settings: Settings) -> list[Path]:
    """Every file that training reads: data, configuration, and the code of the components with all that it imports."""
    data = settings.data_dir
    found = [ROOT / "config.yml", ROOT / "domain.yml", ROOT / "requirements" / "run.txt", data / "organization.yml"]
    for folder in (data / "nlu", data / "stories", data / "knowledge"):
        found += sorted(folder.rglob("*.yml"))
    return [*found, *training_code().modules.values()]


@lru_cache(maxsize=1)
def training_code() -> Dependencies:
    """The code that learns: what config.yml names, the module that trains, and all that they import."""
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    parts = [part["name"] for key in ("importers", "pipeline", "policies") for part in config[key]]
    ours = {name.rpartition(".")[0] for name in parts if name.startswith("bot.")}
    return dependencies([TRAINING, *sorted(ours)])


def fingerprint(settings: Settings) -> str:
    """A digest of the training inputs, names and contents."""
    digest = hashlib.sha256()
    for path in training_inputs(settings):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        # By their names among the data: the same data in another folder is trained already.
        inside = path.is_relative_to(settings.data_dir)
        name = Path("data") / path.relative_to(settings.data_dir) if inside else path.relative_to(ROOT)
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
    started = time.monotonic()
    inputs = fingerprint(settings)
    quiet_rasa()
    make_model(settings.data_dir, settings.models_dir)
    seconds = time.monotonic() - started
    record = {"inputs": inputs, "seconds": round(seconds, 1)}
    (settings.models_dir / f"{MODEL}.json").write_text(json.dumps(record) + "\n")
    return seconds


if __name__ == "__main__":
    print(f"trained in {train(load_settings()):.0f} s", file=sys.stderr)
