"""Prints what the matcher costs with many articles: made by recombining the committed sample questions.

Only speed and memory are measured: nobody asked these questions. Their vectors are recombined too,
for encoding a hundred thousand messages says nothing about the matcher; ranking is timed with the
encoding of the message.
"""

from __future__ import annotations

import json
import random
import resource
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from bot.knowledge.files import load_corpus
from bot.matcher.encoder import shared_encoder
from bot.matcher.matcher import Example, Matcher

ROOT = Path(__file__).resolve().parents[2]
_QUESTIONS = 5  # of an article, a language
_RANKED = 60


def main(count: int) -> None:
    """Fit on `count` articles (0: the committed knowledge base), rank, and print one line of JSON."""
    sample = load_corpus(ROOT / "data" / "knowledge").examples()
    started = time.perf_counter()
    vectors = shared_encoder().encode_messages([example.text for example in sample])
    encoded = time.perf_counter() - started
    examples, recombined = (sample, vectors) if not count else recombine(sample, vectors, count)
    before = _memory_mb()
    started = time.perf_counter()
    matcher = Matcher().fit(examples, recombined)
    seconds = time.perf_counter() - started
    peak = _peak_mb()
    del examples, recombined
    milliseconds = []
    for example in random.Random(1).sample(sample, _RANKED):
        started = time.perf_counter()
        matcher.rank(example.text, example.lang)
        milliseconds.append(1000 * (time.perf_counter() - started))
    path = ROOT / "build" / f"matcher-{count}.joblib"
    matcher.save(path)
    size = path.stat().st_size / 1e6
    path.unlink()
    print(
        json.dumps(
            {
                "articles": count or 25,
                "encode_seconds": round(encoded, 1),
                "fit_seconds": round(seconds, 1),
                "rank_ms_p50": round(statistics.median(milliseconds), 2),
                "rank_ms_max": round(max(milliseconds), 2),
                "matcher_mb": round(size),
                "fit_mb": round(peak - before),
            }
        )
    )


def recombine(sample: list[Example], vectors: np.ndarray, count: int) -> tuple[list[Example], np.ndarray]:
    """`count` articles of ten questions, each with the words of two committed ones and a theme word of its own."""
    chance = random.Random(count)
    numbers = np.random.default_rng(count)
    examples, found = [], []
    for number in range(count):
        theme, base = f"theme{number}", chance.randrange(len(sample))
        for lang in ("fr", "en"):
            for _ in range(_QUESTIONS):
                other = chance.randrange(len(sample))
                words = (sample[base].text.split() + sample[other].text.split())[:40]
                chance.shuffle(words)
                examples.append(Example(f"article-{number}", lang, f"{theme} {' '.join(words)}"))
                mixed = 0.8 * vectors[base] + 0.5 * vectors[other] + 0.01 * numbers.standard_normal(vectors.shape[1])
                found.append(mixed)
    nobody = [i for i, example in enumerate(sample) if example.article is None][:2000]
    examples += [sample[i] for i in nobody]
    return examples, np.vstack([*found, vectors[nobody]]).astype(np.float32)


def _memory_mb() -> float:
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]) / 1024


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(int(sys.argv[1]))
