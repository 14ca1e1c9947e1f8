"""Compile sources to bytecode; run as a script of its own by the Python that the bytecode is for.

Reads lines of JSON ``[base64 of the source, name]`` from standard input and answers each with a line: the base64
of the ``.pyc``, or empty when the source does not compile. The bytecode is that of an "unchecked hash-based pyc"
(PEP 552): Python loads it without looking at the source, as fits a read-only file system.

It imports nothing of Cumulo and nothing outside the standard library, so that any Python >= 3.11 runs it.
"""

import base64
import importlib.util
import json
import marshal
import sys
import types
import warnings

UNCHECKED_HASH = (0b01).to_bytes(4, "little")


def compiled(source: bytes, filename: str) -> bytes:
    """Return the content of the ``.pyc`` of a source: the same source gives the same bytes.

    Parameters
    ----------
    source
        The source.
    filename
        The name that tracebacks show.

    Raises
    ------
    SyntaxError, ValueError
        When it does not compile.
    """
    code = compile(source, filename, "exec", dont_inherit=True, optimize=0)
    held = constants(code)  # see `constants`
    data = marshal.dumps(code)
    del held
    return importlib.util.MAGIC_NUMBER + UNCHECKED_HASH + importlib.util.source_hash(source) + data


def constants(value: object) -> list[object]:
    """Return all objects in a code object.

    ``marshal`` writes an object of one reference otherwise than one of several, and a name has several when
    anything else in the process happens to use it. Holding a reference to each makes the bytes a function of the
    source alone.
    """
    found: list[object] = [value]
    for part in found:  # grows while it is walked
        if isinstance(part, types.CodeType):
            found += (
                *(part.co_consts, part.co_names, part.co_varnames, part.co_cellvars, part.co_freevars),
                *(part.co_name, part.co_qualname, part.co_filename),
            )
        elif isinstance(part, tuple | frozenset):
            found += part
    return found


def main() -> None:
    """Answer each line of standard input."""
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        source, name = json.loads(line)
        try:
            answer = base64.b64encode(compiled(base64.b64decode(source), name))
        except (SyntaxError, ValueError, RecursionError):
            answer = b""
        sys.stdout.buffer.write(answer + b"\n")


if __name__ == "__main__":
    main()
