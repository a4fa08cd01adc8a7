"""Where an installation lies: the project's folder, its data and its models.

Training reads these and no other setting: with them in a module of their own, a new setting asks for no new training.
"""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "GUICHET_"  # of every setting in the environment
DATA, MODELS = ROOT / "data", ROOT / "models"


def data_folder() -> Path:
    """The folder of the knowledge, texts, promises and holidays, as `GUICHET_DATA_DIR` says."""
    return Path(os.environ.get(f"{PREFIX}DATA_DIR", DATA))


def models_folder() -> Path:
    """The folder of what training makes, as `GUICHET_MODELS_DIR` says."""
    return Path(os.environ.get(f"{PREFIX}MODELS_DIR", MODELS))
