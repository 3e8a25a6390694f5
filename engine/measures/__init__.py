"""How good is a picture: numbers that order results as the eye does."""
