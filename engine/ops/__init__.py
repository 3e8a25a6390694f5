"""One algorithm, one file; the folder is its group in the menu. Operations never import one another."""
