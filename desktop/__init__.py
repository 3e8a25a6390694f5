"""The studio: windows, canvases, tools and documents. It knows no algorithm by name."""
