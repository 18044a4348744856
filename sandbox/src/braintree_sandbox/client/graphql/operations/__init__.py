"""One file a group of operations, found by itself, with `operations`: their part of the schema and their functions."""
