"""GraphQL at `/graphql`: the operations that Braintree's script and its server libraries send."""
