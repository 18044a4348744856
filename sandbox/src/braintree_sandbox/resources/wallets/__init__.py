"""The kinds of payment methods besides typed cards and US bank accounts, one file a kind."""
