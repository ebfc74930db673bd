"""How the book is kept: tables, look-ups, compiled statements, migrations; no rule."""
