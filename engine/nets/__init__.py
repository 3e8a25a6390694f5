"""Everything neural: the only folder with torch at module level."""
