"""Operations on spaces of textures: learning one, moving through it, finding a picture in it."""
