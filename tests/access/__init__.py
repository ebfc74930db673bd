"""Who may call what, and who sees whose records: asked of all doors at once, row by row of what the doors themselves have."""
