"""XML requests into dicts, in one pass over expat's events."""

from datetime import UTC, datetime
from xml.parsers.expat import ExpatError, ParserCreate

from braintree_sandbox.wire.refusals import MalformedError
from braintree_sandbox.wire.values import Params, Value

MAX_DEPTH = 32


def parse(body: bytes) -> Params:
    """A dict of the root element's name to its value; an empty body is an empty dict.

    Names come out with underscores, blank elements as None, typed elements as their Python type.
    Raises MalformedError for anything that is not well-formed, is too deep, or brings a DTD.
    """
    if not body.strip():
        return {}
    builder = _Builder()
    parser = ParserCreate(namespace_separator=None)
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    # A DTD could define entities that expand without bound or read local files.
    parser.StartDoctypeDeclHandler = builder.refuse_doctype
    try:
        parser.Parse(body, True)
    except (ExpatError, ValueError, RecursionError) as error:
        raise MalformedError(f"The request is not XML this gateway reads: {error}.") from error
    return builder.result


class _Frame:
    """One element that has been opened and not yet closed."""

    __slots__ = ("attributes", "children", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name.replace("-", "_")
        self.attributes = attributes
        self.children: list[tuple[str, Value]] = []
        self.text = ""

    def value(self) -> Value:
        kind = self.attributes.get("type")
        if kind == "array":
            return [child for _, child in self.children]
        if self.children:
            return _merged(self.children)
        if self.attributes.get("nil") == "true" or not self.text.strip():
            return None
        return _typed(kind, self.text)


class _Builder:
    """Collects expat's events into a tree of plain values."""

    def __init__(self) -> None:
        self.result: Params = {}
        self._open: list[_Frame] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise ValueError("elements are nested too deep")
        self._open.append(_Frame(name, attributes))

    def text(self, data: str) -> None:
        self._open[-1].text += data

    def end(self, _name: str) -> None:
        frame = self._open.pop()
        if self._open:
            self._open[-1].children.append((frame.name, frame.value()))
        else:
            self.result = {frame.name: frame.value()}

    def refuse_doctype(self, *_declaration: object) -> None:
        raise ValueError("a document type declaration is not accepted")


def _merged(children: list[tuple[str, Value]]) -> Params:
    merged: Params = {}
    for name, value in children:
        if name not in merged:
            merged[name] = value
            continue
        earlier = merged[name]
        merged[name] = [*earlier, value] if isinstance(earlier, list) else [earlier, value]
    return merged


def _typed(kind: str | None, text: str) -> Value:
    if kind == "integer":
        return int(text)
    if kind == "boolean":
        return text.strip() in {"true", "1"}
    if kind in {"datetime", "date"}:
        moment = datetime.fromisoformat(text.strip())
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return text
