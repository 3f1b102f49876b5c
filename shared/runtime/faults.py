"""Faults that a person must put right. The command line prints the sentence and ends with exit status 1."""

from __future__ import annotations

import errno


class Fault(Exception):
    """The message is one plain sentence that says what is wrong and what to do."""


def sentence_of(error: OSError) -> str:
    """An operating-system error as one plain sentence."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"There is no room left on the disk{where}: free some space, then try again."
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"There is no right to write or run what is needed{where}: change its owner or choose another folder."
    return f"The system said: {error.strerror or error}{where}."
