"""The sixteen user-defined fields of payments, invoices and their cancellations."""

STRINGS = tuple(f"udf_string_{n}" for n in range(1, 9))
FLOATS = tuple(f"udf_float_{n}" for n in range(1, 5))
DATES = tuple(f"udf_date_{n}" for n in range(1, 5))
NAMES = STRINGS + FLOATS + DATES
