"""PySide6's wheels serve Python 3.10 and later, yet take None, True and False for immortal, which they are from 3.12
on.

Before that every call that returns None takes one reference to it too many away (PySide6 6.12: 500 calls of
QObject.setObjectName, 500 references), until Python aborts with "deallocating None".
"""

import ctypes
import sys

_ENOUGH = 1 << 40


def protect_singletons() -> None:
    """Give them more references than can be taken away."""
    if sys.version_info < (3, 12):
        for singleton in (None, True, False):
            ctypes.c_ssize_t.from_address(id(singleton)).value += _ENOUGH


def keep(thing: object) -> None:
    """Never delete this: where the application deletes nothing either, or where what it refers to is gone before it."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))
