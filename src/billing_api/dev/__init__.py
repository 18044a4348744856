"""What a developer's machine needs around the service; used by the command line and the tests alone."""
