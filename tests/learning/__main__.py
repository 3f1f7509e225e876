"""Learns what `local` knows of English sentences: `python -m tests.learning [--judge | --held-out N] [FILE]`.

Everything in `data/` is learnt from, and written. With `--held-out` every fifth of these teams, beginning with the Nth,
is kept apart, and how much of that is understood before and after is printed. It takes some twenty minutes of one core.
With `--judge` nothing is learnt: how much the file understands of the teams in `apart/` is printed, in some minutes.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy is imported: the sums are the same again, and it is faster
import numpy as np

from orchestrator.local.brain.learned import meaning, weights
from orchestrator.local.brain.learned.meaning import FILE, MODEL, VOCABULARY
from orchestrator.local.brain.learned.wordpieces import WordPieces
from orchestrator.local.models import PIECES, SENTENCE_MODEL, sha256, verified
from tests.learning.examples import APART, examples
from tests.learning.judging import judge
from tests.learning.lesson import first_heads, lesson
from tests.learning.training import learn

FOLDS = 5


def main(arguments: list[str]) -> None:
    """Learn, and write or judge what was learnt."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--judge", action="store_true")
    parser.add_argument("--held-out", type=int, choices=range(FOLDS))
    parser.add_argument("file", nargs="?", type=Path, default=Path(meaning.__file__).parent / FILE)
    wanted = parser.parse_args(arguments)
    pieces = WordPieces(verified(PIECES) / VOCABULARY)
    plain = weights.read(verified(SENTENCE_MODEL) / MODEL)
    if wanted.judge:
        with np.load(wanted.file) as heads:
            found = {name: heads[name].astype(np.float32) for name in heads.files}
        print(judge(plain, pieces, found, examples(APART)))
        return
    teams = examples()
    apart = [] if wanted.held_out is None else teams[wanted.held_out :: FOLDS]
    if apart:
        print("before:", judge(plain, pieces, first_heads(), apart), flush=True)
    known = [lesson(one, pieces) for one in teams if one not in apart]
    learnt = {name: value.astype(np.float16) for name, value in learn(known, plain, print).items()}
    if apart:
        print("after:", judge(plain, pieces, {name: one.astype(np.float32) for name, one in learnt.items()}, apart))
    if not apart or wanted.file != parser.get_default("file"):
        np.savez(wanted.file, allow_pickle=False, **learnt)
        print(f"{wanted.file}: SHA-256 {sha256(wanted.file)}, for FILES in orchestrator/local/models.py")


if __name__ == "__main__":
    main(sys.argv[1:])
