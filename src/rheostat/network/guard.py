"""A look at an XML file before libSBML sees it: what a model never needs is refused."""

from __future__ import annotations

from xml.parsers import expat

from rheostat.vocabulary.error import InputError

#: Largest file that is read, bytes; the largest published models have a tenth of it.
MOST_BYTES = 64 * 1024 * 1024
#: Deepest nesting of elements; libSBML and we read formulas by recursion.
MOST_DEPTH = 200


def check_xml(content: bytes, where: str) -> None:
    """Refuse a file that is too large, too deep, no XML, or has a document type.

    Parameters
    ----------
    content : bytes
        The whole file.
    where : str
        Name of the file for the message.

    Raises
    ------
    InputError
        E251 with line and column.
    """
    if len(content) > MOST_BYTES:
        message = f"the file has {len(content)} bytes, more than {MOST_BYTES}"
        raise InputError.one("E251", where, message, "split the model")
    parser = expat.ParserCreate()
    depth = 0

    def refuse(message: str, remedy: str) -> None:
        place = f"{where}:{parser.CurrentLineNumber}:{parser.CurrentColumnNumber + 1}"
        raise InputError.one("E251", place, message, remedy)

    def start(_name: str, _attributes: object) -> None:
        nonlocal depth
        depth += 1
        if depth > MOST_DEPTH:
            refuse(f"elements are nested more than {MOST_DEPTH} deep", "simplify the formula")

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_facts: object) -> None:
        refuse("the file has a document type (DOCTYPE)", "delete it; SBML has none")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        place = f"{where}:{error.lineno}:{error.offset + 1}"
        message = f"not an SBML model: {expat.ErrorString(error.code)}"
        raise InputError.one("E251", place, message, "check the file") from error
