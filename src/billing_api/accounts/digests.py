"""Digests of requests, kept with the external ids of the documents that they have posted."""

from hashlib import sha256

from pydantic import BaseModel

REQUEST = "request:"  # begins them, so that they are never taken for those of lines of an import


def digest_of_request(body: BaseModel) -> str:
    """Return a digest of a body: the same for the same document, whatever its white space and order of fields."""
    return REQUEST + sha256(body.model_dump_json(exclude_defaults=True).encode()).hexdigest()
