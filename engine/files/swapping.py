"""A file takes the place of an old one when every byte of it is on the disk, and not before."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from engine.errors import Unusable


def swap(path: Path, finished: BinaryIO) -> None:
    """Copies what is finished beside `path`, makes sure that it is on the disk, and lets it take the name.

    Raises:
        Unusable: it cannot be written; a file of that name is still what it was.
    """
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".{target.name[:100]}-{secrets.token_hex(4)}.part")
    try:
        if os.path.exists(target) and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, "read-only")
        descriptor = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        try:
            with os.fdopen(descriptor, "wb") as out:
                if os.path.exists(target):
                    with suppress(OSError):
                        os.chmod(beside, target.stat().st_mode & 0o7777)
                shutil.copyfileobj(finished, out, 1 << 20)
                out.flush()
                os.fsync(out.fileno())
            os.replace(beside, target)
        except BaseException:
            with suppress(OSError):
                os.unlink(beside)
            raise
    except OSError as error:
        raise _unsaved(path, error) from None
    with suppress(OSError):
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _unsaved(path: Path, error: OSError) -> Unusable:
    what = f"{path.name} was not saved"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Unusable(what, "the disk is full", "free some space or save elsewhere")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return Unusable(what, "this account may not write there", "save it in another folder")
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return Unusable(what, f"there is no folder {path.parent}", "make the folder or save elsewhere")
    if error.errno == errno.ENAMETOOLONG:
        return Unusable(what, "its name is too long", "use a shorter name")
    return Unusable(what, (error.strerror or "it could not be written").lower(), "save it in another folder")
