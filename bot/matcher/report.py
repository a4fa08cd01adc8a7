"""The report of an evaluation: as lines for a terminal, and as one HTML page with plots."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape

from bot.core.texts import LANGUAGES

_FIGURES = (
    ("top1", "right article first"),
    ("top2", "right article in the first two"),
    ("top3", "right article in the first three"),
    ("answered_right", "answered right"),
    ("answered_wrong", "answered wrong"),
    ("clarified_right", "asked back, right article among the options"),
    ("missed", "missed"),
    ("false_answers", "false answers to what no article answers"),
    ("auroc", "AUROC, answerable against not"),
    ("calibration_error", "expected calibration error"),
)
_BLUE, _RED, _GREY, _GREEN = "#1f5fa8", "#b3261e", "#6b7280", "#2b7a4b"


def rows(result: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """The table of the figures: a label, then all, French and English."""
    columns = [result, *(result[lang] for lang in LANGUAGES)]
    table = [("messages (with an article)", [f"{c['n']} ({c['n_answerable']})" for c in columns])]
    kinds = sorted({kind for column in columns for kind in column["false_answers_by_kind"]})
    for key, label in _FIGURES:
        table.append((label, [_percent(c[key], key) for c in columns]))
        for kind in kinds if key == "false_answers" else ():
            shares = [_percent(c["false_answers_by_kind"].get(kind), key) for c in columns]
            table.append((f"– those that are {kind}", shares))
    for key, label in (
        ("acts", "acts recognised"),
        ("other_acts", "acts of which an article says the same"),
        ("language", "language recognised"),
        ("routed", "inquiries taken as such"),
    ):
        if key in result:
            table.append((label, [_percent(c.get(key), key) for c in columns]))
    return table


def as_lines(result: dict[str, Any]) -> list[str]:
    """The report for a terminal."""
    lines = [f"{'':46}{'all':>12}{'fr':>12}{'en':>12}"]
    lines += [f"{label:46}" + "".join(f"{value:>12}" for value in values) for label, values in rows(result)]
    thresholds = result["thresholds"]
    lines.append(f"thresholds: answer from {thresholds['answer']:.2f}, ask back from {thresholds['clarify']:.2f}")
    lines.append(f"fit {result['fit_seconds']:.1f} s, a message ranked in {result['rank_ms_p50']:.1f} ms (median)")
    lines += ["", "stated probability of the first match against the share that was right"]
    for row in result["reliability"]:
        if row["n"]:
            span = f"{row['from']:.1f} to {row['to']:.1f}"
            lines.append(
                f"  {span:12}{row['n']:>6} messages   stated {row['stated']:.2f}   right {row['observed']:.2f}"
            )
    if result["by_register"]:
        lines += ["", f"{'by register':22}{'n':>6}{'right':>10}{'wrong':>10}{'false':>10}"]
        for name, found in result["by_register"].items():
            cells = [_percent(found[key], key) for key in ("answered_right", "answered_wrong", "false_answers")]
            lines.append(f"  {name:20}{found['n']:>6}" + "".join(f"{cell:>10}" for cell in cells))
    if result["confusions"]:
        lines += ["", "confused most often (right, given)"]
        lines += [f"  {pair['n']:>3}  {pair['right']:30} {pair['given']}" for pair in result["confusions"]]
    if result["worst_misses"]:
        lines += ["", "surest mistakes"]
        lines += [
            f"  {miss['probability']:.2f}  {miss['given']}, not {miss['right']}: {miss['text'][:110]}"
            for miss in result["worst_misses"]
        ]
    return lines


def write_html(result: dict[str, Any], path: Path, title: str) -> None:
    """Write the report as one page that needs nothing else."""
    folder = Path(__file__).resolve().parent / "templates"
    environment = Environment(loader=FileSystemLoader(folder), autoescape=select_autoescape(default=True))
    page = environment.get_template("evaluation.html").render(
        title=title, result=result, table=rows(result), plots=_plots(result), percent=_percent
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")


def _percent(value: float | None, key: str) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if key in ("auroc", "calibration_error") else f"{100 * value:.1f} %"


def _plots(result: dict[str, Any]) -> list[tuple[str, str]]:
    """Titles and SVG pictures."""
    found = [
        ("Stated probability against observed", _reliability(result["reliability"])),
        ("What each threshold would answer", _trade_off(result["trade_off"], result["thresholds"]["answer"])),
    ]
    if result["by_register"]:
        found.append(("Answered, by register", _registers(result["by_register"])))
    return found


def _figure(width: float = 6.0, height: float = 4.0) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    return figure, axes


def _svg(figure: Any) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def _reliability(table: Sequence[dict[str, Any]]) -> str:
    figure, axes = _figure()
    filled = [row for row in table if row["n"]]
    axes.plot([0, 1], [0, 1], color=_GREY, linestyle="--", label="perfectly calibrated")
    axes.plot(
        [row["stated"] for row in filled],
        [row["observed"] for row in filled],
        color=_BLUE,
        marker="o",
        label="observed",
    )
    for row in filled:
        axes.annotate(str(row["n"]), (row["stated"], row["observed"]), (5, -12), textcoords="offset points", fontsize=8)
    axes.set(xlabel="stated probability of the first match", ylabel="share that was right", xlim=(0, 1), ylim=(0, 1.02))
    axes.legend(frameon=False)
    return _svg(figure)


def _trade_off(table: Sequence[dict[str, Any]], threshold: float) -> str:
    figure, axes = _figure()
    places = [row["threshold"] for row in table]
    for key, colour, label in (
        ("right", _GREEN, "answered right"),
        ("wrong", _RED, "answered wrong"),
        ("false", _BLUE, "false answers"),
    ):
        if table[0][key] is not None:
            axes.plot(places, [row[key] for row in table], color=colour, label=label)
    axes.axvline(threshold, color=_GREY, linestyle=":", label="the threshold in use")
    axes.set(xlabel="threshold of answering", ylabel="share of its kind", xlim=(0, 1), ylim=(0, 1.02))
    axes.legend(frameon=False)
    return _svg(figure)


def _registers(found: dict[str, dict[str, Any]]) -> str:
    figure, axes = _figure(height=0.9 + 0.4 * len(found))
    names = [name for name in found if found[name]["answered_right"] is not None][::-1]
    axes.barh(names, [found[name]["answered_right"] for name in names], color=_GREEN, label="right")
    axes.barh(
        names,
        [found[name]["answered_wrong"] for name in names],
        left=[found[name]["answered_right"] for name in names],
        color=_RED,
        label="wrong",
    )
    axes.set(xlim=(0, 1), xlabel="share of the messages with an article")
    axes.legend(frameon=False, loc="lower right", bbox_to_anchor=(1, 1), ncol=2)
    return _svg(figure)
