"""Prints how the matcher does on another organization's questions, five-fold cross-validated.

The data is a JSONL file of {"article", "lang", "text", "fold"}, with an article for every line.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from bot.matcher.encoder import shared_encoder
from bot.matcher.matcher import Example, Matcher


def main(path: Path) -> None:
    """Fit on four folds, test on the fifth, each in turn; print the share of right articles ranked first."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    vectors = shared_encoder().encode_messages([row["text"] for row in rows])
    found = {}
    for name, languages in (("fr", {"fr"}), ("en", {"en"}), ("together", {"fr", "en"})):
        mine = [i for i, row in enumerate(rows) if row["lang"] in languages]
        right = []
        for fold in sorted({row["fold"] for row in rows}):
            seen = [i for i in mine if rows[i]["fold"] != fold]
            examples = [Example(rows[i]["article"], rows[i]["lang"], rows[i]["text"]) for i in seen]
            matcher = Matcher().fit(examples, vectors[seen])
            for i in (i for i in mine if rows[i]["fold"] == fold):
                first = matcher.rank(rows[i]["text"], rows[i]["lang"], vectors[i]).matches[0].article
                right.append((rows[i]["lang"], first == rows[i]["article"]))
        for lang in sorted(languages):
            flags = [flag for mine_lang, flag in right if mine_lang == lang]
            error = np.std(flags) / np.sqrt(len(flags))
            found[lang if name != "together" else f"{lang}, learnt together"] = (np.mean(flags), error, len(flags))
    for name, (share, error, count) in found.items():
        print(f"  {name:22} {share:.3f} right first (standard error {error:.3f}, {count} questions)")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
