"""Data that travels with the program: icons, themes, sample pictures. Each with its licence and origin."""
