"""XML requests into dicts, in one pass over expat's events."""

import re
from xml.parsers.expat import ExpatError, ParserCreate

from braintree_sandbox.wire.limits import MAX_ATTRIBUTES, MAX_DEPTH, MAX_NAME, MAX_VALUES
from braintree_sandbox.wire.refusals import MalformedError
from braintree_sandbox.wire.values import Params, Value, moment

_INTEGER = re.compile(r"\s*-?\d{1,18}\s*\Z", re.ASCII)


def parse(body: bytes) -> Params:
    """Return the root element's name with its value; empty for an empty body.

    Names come out with underscores, blank elements as None, typed elements as their Python type.
    Raise MalformedError for anything that is not well-formed UTF-8, is too deep or too large, or has a DTD.
    """
    if not body.strip():
        return {}
    builder = _Builder()
    # Always UTF-8: another encoding could have a name that Python knows and XML does not.
    parser = ParserCreate("UTF-8", namespace_separator=None)
    parser.buffer_text = True
    parser.XmlDeclHandler = builder.check_declaration
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    # A DTD could define entities that expand without bound or read local files.
    parser.StartDoctypeDeclHandler = builder.refuse_doctype
    try:
        parser.Parse(body, True)
    except (ExpatError, ValueError) as error:
        raise MalformedError(f"The request is not XML this gateway reads: {error}.") from error
    return builder.result


class _Frame:
    """One element that has been opened and not yet closed."""

    __slots__ = ("attributes", "children", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name.replace("-", "_")
        self.attributes = attributes
        self.children: list[tuple[str, Value]] = []
        self.text: list[str] = []

    def value(self) -> Value:
        kind = self.attributes.get("type")
        if kind == "array":
            return [child for _, child in self.children]
        if self.children:
            return _merged(self.children)
        text = "".join(self.text)
        if self.attributes.get("nil") == "true" or not text.strip():
            return None
        return _typed(kind, text)


class _Builder:
    """Collects expat's events into a tree of plain values."""

    def __init__(self) -> None:
        self.result: Params = {}
        self._open: list[_Frame] = []
        self._count = 0

    def check_declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.upper() not in {"UTF-8", "US-ASCII"}:
            raise ValueError("its encoding must be UTF-8")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MAX_VALUES:
            raise ValueError(f"there are more than {MAX_VALUES} elements")
        if len(self._open) >= MAX_DEPTH:
            raise ValueError("elements are nested too deep")
        if len(attributes) > MAX_ATTRIBUTES or len(name) > MAX_NAME or ":" in name:
            raise ValueError("an element has too many attributes, or a name that is too long or has a prefix")
        self._open.append(_Frame(name, attributes))

    def text(self, data: str) -> None:
        self._open[-1].text.append(data)

    def end(self, _name: str) -> None:
        frame = self._open.pop()
        if self._open:
            self._open[-1].children.append((frame.name, frame.value()))
        else:
            self.result = {frame.name: frame.value()}

    def refuse_doctype(self, *_declaration: object) -> None:
        raise ValueError("a document type declaration is not accepted")


def _merged(children: list[tuple[str, Value]]) -> Params:
    """Return the children by name; those that share one are a list."""
    merged: Params = {}
    repeated: dict[str, list[Value]] = {}
    for name, value in children:
        if name in repeated:
            repeated[name].append(value)
        elif name in merged:
            merged[name] = repeated[name] = [merged[name], value]
        else:
            merged[name] = value
    return merged


def _typed(kind: str | None, text: str) -> Value:
    if kind == "integer":
        if not _INTEGER.match(text):
            raise ValueError("an integer has at most 18 digits and nothing else")
        return int(text)
    if kind == "boolean":
        return text.strip() in {"true", "1"}
    if kind in {"datetime", "date"}:
        named = moment(text.strip())
        if named is None:
            raise ValueError(f"a {kind} must be in ISO 8601")
        return named
    return text
