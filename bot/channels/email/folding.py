"""What a person wrote in an e-mail, apart from what it quotes and how it is signed; every line goes to one of them.

Folding is for the eye: what is doubtful stays in sight. A quotation is what bears a mark (">", a blockquote), with the
line that announces it; below a mail program's divider, in an answer, also what bears none, but for what we know that
nobody in the thread has written before. A signature is what its delimiter or its words show to be one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.channels.email.lines import Line
from bot.channels.email.quotations import announcement, divides, follows_mark, forwards, headers, of_programs, seen
from bot.channels.email.signatures import only_signs, signed_apart
from bot.channels.email.thread import Known, letters_of

_MOSTLY = 0.6  # of what stands below a divider, known: then what is not was written between it


@dataclass(frozen=True)
class Folded:
    """The three parts of an e-mail's text, each as it stood there.

    `foreign`: of what is quoted, what nobody in the thread is known to have written before; `signs_only`: the
    signature holds nothing but a name, contact details and what programs and lawyers add. Who decides on an e-mail
    asks for both.
    """

    text: str
    quoted: str = ""
    signature: str = ""
    foreign: str = ""
    signs_only: bool = True


def fold_quoted(
    lines: Sequence[Line],
    *,
    answers: bool = False,
    forwarded: bool = False,
    names: Iterable[str] = (),
    known: Known | None = None,
) -> Folded:
    """Set aside what an e-mail quotes and how it is signed.

    Args:
        lines: of its text.
        answers: whether it answers an e-mail: only then is anything quoted that bears no mark.
        forwarded: whether it passes another e-mail on, which is then a part of what it says.
        names: of its sender, with which it may be signed.
        known: what was written in its thread before.
    """
    known = known or Known(())
    runs, quoted = _apart(list(lines), answers=answers, forwarded=forwarded, known=known)
    known_names = [letters for name in names if len(letters := letters_of(name)) > 1]
    parted = [signed_apart(run, known_names) for run in runs]
    said = [line for kept, _ in parted for line in kept]
    signature = [line for _, signed in parted for line in signed]
    marked = [line.text for line in quoted]
    unmarked = [line.lstrip("> \t") for line in marked]
    of_a_program = of_programs(quoted)
    foreign = [
        line
        for place, line in enumerate(unmarked)
        if place not in of_a_program and not known.holds(unmarked, place, marked=quoted[place].quoted)
    ]
    return Folded(
        _joined(said), "\n".join(marked), _joined(signature), "\n".join(foreign), only_signs(signature, known_names)
    )


def _apart(lines: list[Line], *, answers: bool, forwarded: bool, known: Known) -> tuple[list[list[Line]], list[Line]]:
    """What is said (signatures and all), in runs between what is quoted, and what is quoted."""
    if forwarded:
        return [lines], []
    runs: list[list[Line]] = [[]]
    quoted: list[Line] = []
    texts = [line.text for line in lines]

    def is_quoted(_: Sequence[Line], at: int) -> bool:
        while at < len(lines) and lines[at].blank:
            at += 1
        return at < len(lines) and (lines[at].quoted or (bool(known) and known.holds(texts, at)))

    def quote(taken: list[Line]) -> None:
        quoted.extend(taken)
        if any(not line.blank for line in runs[-1]):
            runs.append([])

    place = 0
    while place < len(lines):
        line = lines[place]
        if not line.quoted and forwards(line):
            runs[-1] += lines[place:]
            return runs, quoted
        is_divided = answers and divides(lines, place)
        if (line.quoted and not is_divided) or (
            place and lines[place - 1].quoted and known.continues(lines[place - 1].text, line.text)
        ):
            quote([line])
            place += 1
            continue
        count, own = announcement(lines, place, is_quoted)
        count = count or headers(lines, place)
        is_marked = bool(count) and follows_mark(lines, place + count)
        if own and (is_marked or answers):
            runs[-1].append(Line(own))
            lines[place] = line = Line(seen(line.text).strip()[len(own) :].strip(" -"))
        lines[place : place + count] = [replace(line, announces=True) for line in lines[place : place + count]]
        if is_marked:
            quote(lines[place : place + count])
            place += count
            continue
        if is_divided or (answers and count):
            below, rest = _below(lines[place:], known)
            quote(below)
            return [*runs, rest], quoted
        runs[-1].append(lines[place])
        place += 1
    return runs, quoted


def _below(lines: list[Line], known: Known) -> tuple[list[Line], list[Line]]:
    """Of what stands below a divider, what is quoted, and what the writer put between it or under it."""
    if not known:
        return lines, []
    texts = [line.text for line in lines]
    of_a_program = of_programs(lines)
    head = next((at for at, line in enumerate(lines) if not (line.blank or at in of_a_program)), len(lines))
    is_known = [at < head or line.quoted or known.holds(texts, at) for at, line in enumerate(lines)]
    letters = [len(letters_of(text)) for text in texts]
    body = sum(letters[head:])
    found = sum(size for size, is_ours in zip(letters[head:], is_known[head:]) if is_ours)
    if not found:
        return lines, []  # an e-mail that we do not have
    last = max(at for at, is_ours in enumerate(is_known) if is_ours and letters[at])
    own = [
        not is_ours and bool(letters[at]) and (at > last or found >= _MOSTLY * body)
        for at, is_ours in enumerate(is_known)
    ]
    return (
        [line for line, mine in zip(lines, own) if not mine],
        [line for line, mine in zip(lines, own) if mine],
    )


def _joined(lines: Iterable[Line]) -> str:
    return "\n".join(line.text for line in lines).strip("\n")
