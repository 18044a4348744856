"""The portal's first page, in one request."""
