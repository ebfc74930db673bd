"""A book on PostgreSQL: its connections, what a write locks, and how it is committed."""
