"""What browsers use: the client API and GraphQL, each reached with an authorization that is not a secret."""
