"""The parts around the service on a developer's machine; used by `make` and the tests alone."""
