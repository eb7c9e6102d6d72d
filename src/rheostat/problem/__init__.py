"""What is done to a cell: items, changes, arms and draws."""
