"""A browser's configuration and its credentials; the APIs that it calls are in `client`."""
