"""Vectors that are kept: encoded once, found again, and made anew where the file is of no use."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bot.matcher import vectors as module
from bot.matcher.encoder import DIMENSIONS
from bot.matcher.vectors import VECTORS, VectorCache

WIDTH = 2 * DIMENSIONS


class CountingEncoder:
    """Encodes a text as its length, and notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode_messages(self, texts: Sequence[str]) -> np.ndarray:
        """A row of the text's length for each text."""
        self.asked += texts
        return np.array([[len(text)] * WIDTH for text in texts], dtype=np.float32)


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> CountingEncoder:
    """The process's one encoder, which counts."""
    found = CountingEncoder()
    monkeypatch.setattr(module, "shared_encoder", lambda: found)
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the vectors are kept: a folder that does not exist yet."""
    return tmp_path / "models" / VECTORS


def lengths(found: np.ndarray) -> list[int]:
    """The lengths that the rows stand for."""
    assert found.shape[1] == WIDTH
    assert found.dtype == np.float32
    return [int(row[0]) for row in found]


def test_a_text_is_encoded_once(path: Path, encoder: CountingEncoder) -> None:
    """What was encoded is found again by another process, in whatever order and however often it is asked for."""
    assert lengths(VectorCache(path).vectors(["a", "bb", "a"])) == [1, 2, 1]
    assert encoder.asked == ["a", "bb"]
    assert lengths(VectorCache(path).vectors(["bb", "a", "bb"])) == [2, 1, 2]
    assert encoder.asked == ["a", "bb"]


def test_missing_ones_are_made(path: Path, encoder: CountingEncoder) -> None:
    """Only what is new is encoded, and then it is kept as well."""
    VectorCache(path).vectors(["a", "bb"])
    assert lengths(VectorCache(path).vectors(["a", "ccc", "bb"])) == [1, 3, 2]
    assert lengths(VectorCache(path).vectors(["ccc"])) == [3]
    assert encoder.asked == ["a", "bb", "ccc"]


def test_what_is_no_longer_of_the_knowledge_base_goes(path: Path, encoder: CountingEncoder) -> None:
    """When the file is made anew it holds the present texts and no others."""
    VectorCache(path).vectors(["a", "bb"])
    VectorCache(path).vectors(["bb", "ccc"])
    VectorCache(path).vectors(["a"], keep=False)
    assert encoder.asked == ["a", "bb", "ccc", "a"]


def test_passing_texts_are_not_kept(path: Path, encoder: CountingEncoder) -> None:
    """Texts that are not the knowledge base's leave the file as it is."""
    VectorCache(path).vectors(["a"])
    before = path.read_bytes()
    assert lengths(VectorCache(path).vectors(["a", "bb"], keep=False)) == [1, 2]
    assert path.read_bytes() == before


def test_what_training_made_is_kept(path: Path, encoder: CountingEncoder) -> None:
    """Vectors that somebody else made are found, and none is encoded."""
    VectorCache(path).keep(["a", "bb"], np.array([[7] * WIDTH, [8] * WIDTH]))
    assert lengths(VectorCache(path).vectors(["bb", "a"])) == [8, 7]
    assert encoder.asked == []
    assert [file.name for file in path.parent.iterdir()] == [VECTORS]


def test_no_texts_have_no_vectors(path: Path, encoder: CountingEncoder) -> None:
    """An empty list gives an empty table of the right width, and no file."""
    assert VectorCache(path).vectors([]).shape == (0, WIDTH)
    assert not path.exists()


def cut(path: Path, part: float) -> None:
    """Cut the file off after a part of it."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])


@pytest.mark.parametrize("part", [0, 0.001, 0.3, 0.9, 0.999])
def test_a_file_cut_off_is_made_anew(path: Path, encoder: CountingEncoder, part: float) -> None:
    """A file that a crash or a full disk left half written is of no use, does no harm, and is mended."""
    VectorCache(path).vectors(["a", "bb"])
    cut(path, part)
    assert lengths(VectorCache(path).vectors(["a", "bb"])) == [1, 2]
    assert lengths(VectorCache(path).vectors(["a", "bb"])) == [1, 2]
    assert encoder.asked == ["a", "bb", "a", "bb"]


def test_a_file_whose_middle_is_spoilt_is_made_anew(path: Path, encoder: CountingEncoder) -> None:
    """A file whose bytes were changed is noticed."""
    VectorCache(path).vectors(["a", "bb"])
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    assert lengths(VectorCache(path).vectors(["a", "bb"])) == [1, 2]


@pytest.mark.parametrize("content", [b"", b"nothing of the kind", b"PK\x03\x04", b"\x80\x04N."])
def test_something_else_in_its_place_is_made_anew(path: Path, encoder: CountingEncoder, content: bytes) -> None:
    """A file of another kind, even one that would run code if it were unpickled, is not read."""
    path.parent.mkdir()
    path.write_bytes(content)
    assert lengths(VectorCache(path).vectors(["a"])) == [1]


@pytest.mark.parametrize(
    "held",
    [
        {"keys": np.array(["k"]), "vectors": np.zeros((1, 512), dtype=np.float32)},
        {"keys": np.array(["k", "l"]), "vectors": np.zeros((1, WIDTH), dtype=np.float32)},
        {"keys": np.array(["k"]), "vectors": np.zeros(WIDTH, dtype=np.float32)},
        {"keys": np.array(["k"])},
        {"other": np.array([1])},
    ],
    ids=["width", "rows", "flat", "without vectors", "without keys"],
)
def test_vectors_of_another_form_are_made_anew(
    path: Path, encoder: CountingEncoder, held: dict[str, np.ndarray]
) -> None:
    """Vectors of another encoder, or with rows that are nobody's, are not used."""
    path.parent.mkdir()
    np.savez(path, **held)
    assert lengths(VectorCache(path).vectors(["a", "bb"])) == [1, 2]
    assert encoder.asked == ["a", "bb"]
