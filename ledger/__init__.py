"""What it means: the rules and records that all doors share."""
