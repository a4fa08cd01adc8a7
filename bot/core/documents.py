"""The files of data (YAML), read strictly, with the line on which each value stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Place = tuple[Any, ...]  # the way to a value: keys of mappings and numbers of lists

# The same loader written in C, ten times faster, where PyYAML was built with it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class DataError(ValueError):
    """A file of data cannot be read; the message names the file, the lines and what is wrong."""


@dataclass
class Document:
    """What a file holds. `faults`: what is wrong with it as YAML, as (line, what); `data` is None where it is none.

    `lines`: place → line, counted from 1; a value of a mapping stands where its key does.
    """

    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    faults: list[tuple[int, str]] = field(default_factory=list)

    def line(self, place: Place) -> int:
        """The line of `place`, or of what it would stand in where it is missing."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read_document(path: Path) -> Document:
    """Read `path`; nothing is raised: what is wrong stands in the document's faults."""
    document = Document()
    try:
        raw = path.read_bytes()
    except OSError as error:
        document.faults.append((1, f"cannot be read: {error.strerror}"))
        return document
    try:
        text = raw.decode("utf-8")
        loader = _LOADER(text)
        try:
            node = loader.get_single_node()
            document.data = _Builder(loader, document).build(node, (), ()) if node else None
        finally:
            loader.dispose()
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        document.faults.append((line, "is not written in UTF-8"))
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        document.faults.append((line, "holds a character that is none of a text"))
    except yaml.MarkedYAMLError as error:
        document.faults.append(_syntax_fault(error, last=text.count("\n", 0, -1) + 1))
    except RecursionError:
        document.faults.append((1, "has too many levels"))
    return document


def _syntax_fault(error: yaml.MarkedYAMLError, last: int) -> tuple[int, str]:
    """Where the reading stopped, at most at the `last` line, and where began what was not ended."""
    said = " ".join(filter(None, (error.context, error.problem)))
    if error.context_mark:
        said += f" (it begins on line {error.context_mark.line + 1})"
    mark = error.problem_mark or error.context_mark
    return min(mark.line + 1 if mark else 1, last), f"is not YAML: {said}"


def read_data(path: Path) -> Any:
    """The content of `path`.

    Raises:
        DataError: it is no YAML, holds a key twice, or a date that does not exist.
    """
    document = read_document(path)
    if document.faults:
        said = "; ".join(f"line {line} {what}" for line, what in sorted(document.faults))
        raise DataError(f"{path}: {said}")
    return document.data


class _Builder:
    """Makes plain data of YAML's nodes, as a safe loader does, and notes lines and faults."""

    def __init__(self, loader: Any, document: Document) -> None:
        self._loader = loader
        self._document = document

    def build(self, node: yaml.Node, place: Place, above: tuple[yaml.Node, ...]) -> Any:
        """The data of `node`, which stands at `place` in the nodes `above`."""
        self._document.lines.setdefault(place, node.start_mark.line + 1)
        if any(node is other for other in above):
            return self._fault(node, "stands in itself")
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*place, n), (*above, node)) for n, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place, above)
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, place: Place, above: tuple[yaml.Node, ...]) -> Mapping[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._scalar(key_node) if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str):
                self._fault(key_node, f"the key {getattr(key_node, 'value', '')!r} is not a text (quote it?)")
                continue
            if key in found:
                self._fault(key_node, f"the key {key!r} stands twice")
            self._document.lines[(*place, key)] = key_node.start_mark.line + 1
            found[key] = self.build(value_node, (*place, key), (*above, node))
        return found

    def _scalar(self, node: yaml.Node) -> Any:
        try:
            return self._loader.construct_object(node)
        except (ValueError, OverflowError):
            return self._fault(node, f"{node.value!r} is no date, time or number that exists")
        except yaml.constructor.ConstructorError:
            return self._fault(node, f"{node.tag!r} is no kind of value that data may have")

    def _fault(self, node: yaml.Node, what: str) -> None:
        self._document.faults.append((node.start_mark.line + 1, what))
