"""What is answered: one shape per object, named as the published API page names it."""
