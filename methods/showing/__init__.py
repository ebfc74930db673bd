"""How records are answered: rows in, objects out. A page of rows loads what it refers to together, never row by row."""
