"""From one picture onto another."""
