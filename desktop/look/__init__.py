"""How the studio looks: colours, spacing, icons and the style sheet made of them."""
