"""Responses in XML, with the type attributes that Braintree's libraries read."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from braintree_sandbox.wire.values import Array, Collection, Node

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_tags: dict[str, str] = {}
# XML has no control characters: one that came in JSON or in the name of a file becomes a question mark.
_CHARACTERS = bytes(ord("?") if byte < 0x20 and byte not in b"\t\n\r" else byte for byte in range(256))
_NO_CHARACTERS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")


def render(root: str, node: Node) -> bytes:
    """Return the document whose root is named `root`; names get dashes, None becomes `nil="true"`."""
    out = [_HEAD]
    _write(out, root, node)
    document = "".join(out).encode("utf-8", "replace").translate(_CHARACTERS)
    for sequence in _NO_CHARACTERS:
        document = document.replace(sequence, b"?")
    return document


def _tag(name: str) -> str:
    tag = _tags.get(name)
    if tag is None:
        tag = name.replace("_", "-")
        # Custom fields bring names of their own, so the memory of tags has a limit.
        if len(_tags) < 2000:
            _tags[name] = tag
    return tag


def _write(out: list[str], name: str, node: Node) -> None:
    tag = _tag(name)
    if node is None:
        # Never a type beside nil: the Python SDK would try to convert the missing text.
        out.append(f'<{tag} nil="true"/>')
    elif isinstance(node, str):
        out.append(f"<{tag}>{_escaped(node)}</{tag}>")
    elif isinstance(node, Mapping):
        out.append(f"<{tag}>")
        for key, value in node.items():
            _write(out, key, value)
        out.append(f"</{tag}>")
    elif isinstance(node, Array):
        out.append(f'<{tag} type="array">')
        for item in node.items:
            _write(out, node.item, item)
        out.append(f"</{tag}>")
    elif isinstance(node, Collection):
        _write_collection(out, tag, node)
    else:
        out.append(_scalar(tag, node))


def _write_collection(out: list[str], tag: str, node: Collection) -> None:
    out.append(f'<{tag} type="collection">')
    _write(out, "current_page_number", node.page)
    _write(out, "page_size", node.page_size)
    _write(out, "total_items", len(node.items) if node.total is None else node.total)
    for item in node.items:
        _write(out, node.item, item)
    out.append(f"</{tag}>")


def _scalar(tag: str, value: bool | int | Decimal | datetime | date) -> str:
    if isinstance(value, bool):
        return f'<{tag} type="boolean">{"true" if value else "false"}</{tag}>'
    if isinstance(value, int):
        return f'<{tag} type="integer">{value}</{tag}>'
    if isinstance(value, Decimal):
        return f"<{tag}>{value}</{tag}>"
    if isinstance(value, datetime):
        # Whole seconds: the libraries' parsers have nothing finer.
        return f'<{tag} type="datetime">{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</{tag}>'
    return f'<{tag} type="date">{value.isoformat()}</{tag}>'


def _escaped(text: str) -> str:
    if "&" in text or "<" in text or ">" in text:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text
