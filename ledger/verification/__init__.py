"""The checks that `verify` runs, each over some rows on one short read."""
