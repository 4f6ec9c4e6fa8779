"""When the garbage collector works.

Imported code is made of hundreds of thousands of objects that live to the end. Searching them for
garbage, while they load and once more at exit, took a third of a short run's time.
"""

import atexit
import gc


def pause() -> None:
    """No search while libraries load, and none through what is left at exit."""
    gc.disable()
    atexit.register(gc.freeze)


def resume() -> None:
    """What is loaded by now stays; what comes after is looked after as usual.

    Once: of several runs in a process, what one has left is no code for the next.
    """
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
