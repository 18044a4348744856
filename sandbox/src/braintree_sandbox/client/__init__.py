"""The APIs for browsers: the client API and GraphQL. Their authorization is not a secret."""
