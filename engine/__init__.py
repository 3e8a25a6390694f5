"""The engine: pictures, operations and jobs. No Qt here, and no torch until a neural job is wanted."""
