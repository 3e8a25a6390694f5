"""Operations that change how a picture looks and not what it shows."""
