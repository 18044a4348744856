"""The mail server of a local run: it takes every mail, delivers none, and shows them on a page."""
