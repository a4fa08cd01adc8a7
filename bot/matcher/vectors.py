"""The vectors of approved texts, kept: encoding the whole knowledge base takes longer than all else of a fit."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bot.matcher.encoder import DIMENSIONS, shared_encoder

VECTORS = "vectors.npz"  # the file, in the folder of the models
_WIDTH = 2 * DIMENSIONS


class VectorCache:
    """Vectors by their text, in one file that is made anew whenever it lacks some."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def vectors(self, texts: Sequence[str], *, keep: bool = True) -> np.ndarray:
        """The vectors of `texts` (see `SentenceEncoder.encode_messages`), shape (len(texts), 1024).

        `keep`: these texts are the knowledge base, so that the file holds them and no others from now on.
        """
        known = self._read()
        keys = [_key(text) for text in texts]
        missing = list(dict.fromkeys((key, text) for key, text in zip(keys, texts) if key not in known))
        if missing:
            encoded = shared_encoder().encode_messages([text for _, text in missing])
            known |= {key: vector for (key, _), vector in zip(missing, encoded)}
            if keep:
                self._write({key: known[key] for key in dict.fromkeys(keys)})
        return np.vstack([known[key] for key in keys]) if keys else np.zeros((0, _WIDTH), dtype=np.float32)

    def keep(self, texts: Sequence[str], vectors: np.ndarray) -> None:
        """Keep vectors that somebody has made, and no others."""
        self._write({_key(text): vector for text, vector in zip(texts, vectors)})

    def _read(self) -> dict[str, np.ndarray]:
        try:
            with np.load(self._path, allow_pickle=False) as content:
                keys, vectors = content["keys"], content["vectors"]
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error):
            return {}  # none yet, or cut off while it was written: all are made anew
        if vectors.shape != (len(keys), _WIDTH):
            return {}
        return {str(key): vector for key, vector in zip(keys, vectors)}

    def _write(self, known: dict[str, np.ndarray]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._path.parent, suffix=".npz")
        with os.fdopen(handle, "wb") as file:
            np.savez(file, keys=np.array(list(known)), vectors=np.array(list(known.values()), dtype=np.float32))
        os.replace(name, self._path)


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
