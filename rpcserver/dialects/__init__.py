"""Other published payment APIs, spoken over the same ledger: one package for each."""
