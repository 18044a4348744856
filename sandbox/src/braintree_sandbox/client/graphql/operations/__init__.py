"""One file for each group of operations, with `operations`: their part of the schema and their functions.

A new file gets a line in `parts.py`.
"""
