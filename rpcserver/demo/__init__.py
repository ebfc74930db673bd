"""A small, plausible company to try the server with, made with the ledger's own verbs; as large as asked."""
