"""Gene names: HGNC symbols, older names with a note, and what oncologists write for a variant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

#: Names of the literature that the HGNC has replaced.  The atlas adds those of its ``genes.tsv``.
OLD_NAMES: Final[dict[str, str]] = {
    "LKB1": "STK11",
    "FRAP1": "MTOR",
    "FRAP": "MTOR",
    "raptor": "RPTOR",
    "rictor": "RICTOR",
    "GbL": "MLST8",
    "LST8": "MLST8",
    "SIN1": "MAPKAP1",
    "mSIN1": "MAPKAP1",
    "PRAS40": "AKT1S1",
    "protor1": "PRR5",
    "REDD1": "DDIT4",
    "4EBP1": "EIF4EBP1",
    "p70S6K": "RPS6KB1",
    "S6K1": "RPS6KB1",
    "S6K2": "RPS6KB2",
    "FKBP12": "FKBP1A",
    "PDK1": "PDPK1",
    "MEK1": "MAP2K1",
    "MEK2": "MAP2K2",
    "ERK1": "MAPK3",
    "ERK2": "MAPK1",
    "HER2": "ERBB2",
    "HER3": "ERBB3",
    "p110alpha": "PIK3CA",
    "p110beta": "PIK3CB",
    "p85": "PIK3R1",
    "hamartin": "TSC1",
    "tuberin": "TSC2",
    "PKB": "AKT1",
    "AMPKa1": "PRKAA1",
    "RSK1": "RPS6KA1",
    "B7-H1": "CD274",
}

#: Genes in which a truncating variant is loss of function.
TUMOUR_SUPPRESSORS: Final = frozenset(
    "PTEN TSC1 TSC2 STK11 NF1 TP53 DEPDC5 NPRL2 NPRL3 FLCN VHL PIK3R1 PPP2R1A PPP2R2B RB1 CDKN2A INPP4B "
    "TBC1D7 KEAP1 GRB10 DDIT4".split()
)

_AMINO_ACIDS: Final[dict[str, str]] = dict(
    zip(
        "Ala Arg Asn Asp Cys Gln Glu Gly His Ile Leu Lys Met Phe Pro Ser Thr Trp Tyr Val Ter".split(),
        "ARNDCQEGHILKMFPSTWYV*",
        strict=True,
    )
)
_THREE_LETTERS = re.compile("|".join(_AMINO_ACIDS), re.IGNORECASE)
_SYMBOL = r"[A-Za-z][\w.-]*(?:/[\w]+)*|\d[A-Za-z][\w-]*"
_WRITTEN = re.compile(rf"({_SYMBOL})\s*[:\s]\s*(?:p\.)?\s*\(?([^()]+?)\)?\Z")
_MISSENSE = re.compile(r"[A-Z]\d+[A-Z]?\Z")
_TRUNCATING = re.compile(
    r"(?:[A-Z]?\d+.*(?:\*|fs|X\d*\Z)|.*(?:splice|frameshift|nonsense|truncat))", re.IGNORECASE
)
_LOSS_WORDS = frozenset({"loss", "lof", "deletion", "del", "deleted", "null", "homdel", "homozygousdeletion"})
_GAIN_WORDS = frozenset({"amplification", "amp", "gain", "amplified"})
_GENE_KINDS = frozenset({"ko", "kd", "oe", "ca", "kinase_dead"})


def expand_symbols(name: str) -> tuple[str, ...]:
    """Symbols of a name that stands for several genes.

    Examples
    --------
    >>> expand_symbols("RPS6KB1/2")
    ('RPS6KB1', 'RPS6KB2')
    >>> expand_symbols("RRAGA/B")
    ('RRAGA', 'RRAGB')
    >>> expand_symbols("MIOS/WDR59")
    ('MIOS', 'WDR59')
    """
    first, *others = [part.strip() for part in name.split("/")]
    full = [first]
    for other in others:
        # One or two characters replace the end of the first symbol; anything longer is a symbol of its own.
        full.append(first[: -len(other)] + other if 0 < len(other) <= 2 < len(first) else other)
    return tuple(dict.fromkeys(part for part in full if part))


def current_symbol(name: str, aliases: Mapping[str, str] | None = None) -> tuple[str, str | None]:
    """HGNC symbol of a gene name and a note where the name is an older one.

    Parameters
    ----------
    name : str
    aliases : mapping, optional
        More older names -> symbol, beside ``OLD_NAMES``.

    Examples
    --------
    >>> current_symbol("LKB1")
    ('STK11', 'LKB1 is read as STK11')
    >>> current_symbol("TSC2")
    ('TSC2', None)
    """
    table = {**(aliases or {}), **OLD_NAMES}
    symbol = table.get(name) or {_fold(old): new for old, new in table.items()}.get(_fold(name))
    if symbol is None or symbol == name:
        return name, None
    return symbol, f"{name} is read as {symbol}"


def normalise_alteration(text: str, aliases: Mapping[str, str] | None = None) -> tuple[str, str | None]:
    """Item text of an alteration as oncologists write it, and a note where something was translated.

    Text that is an item already comes back with current gene symbols.  A truncating variant of a tumour
    suppressor is loss; of another gene it stays a named variant, which the atlas may or may not know.

    Examples
    --------
    >>> normalise_alteration("PIK3CA:p.His1047Arg")[0]
    'mut:PIK3CA_H1047R'
    >>> normalise_alteration("PTEN:p.R233*")[0]
    'mut:PTEN_loss'
    >>> normalise_alteration("ko:LKB1")
    ('ko:STK11', 'LKB1 is read as STK11')
    """
    text = text.strip()
    kind, colon, body = text.partition(":")
    folded = kind.strip().casefold().replace("-", "_")
    if colon and folded in _GENE_KINDS:
        return _current_item(folded, body.strip(), aliases)
    if colon and folded == "mut":
        return _current_variant(body.strip(), aliases)
    match = _WRITTEN.match(text)
    if match is None or (colon and folded in ("drug", "env", "cut", "context")):
        return text, None
    written, variant = match.group(1), match.group(2).strip()
    gene, note = current_symbol(written, aliases)
    item = _variant_item(gene, variant)
    if item is None:
        return text, None
    return item, note if note is not None else f"{text} is read as {item}"


def _current_item(kind: str, body: str, aliases: Mapping[str, str] | None) -> tuple[str, str | None]:
    gene, at, rest = body.partition("@")
    symbol, note = current_symbol(gene.strip(), aliases)
    if "/" in symbol and kind in ("ca", "kinase_dead"):
        # A form belongs to one protein; a family name does not say which.
        symbol, note = gene.strip(), None
    return f"{kind}:{symbol}{at}{rest}", note


def _current_variant(body: str, aliases: Mapping[str, str] | None) -> tuple[str, str | None]:
    gene, underscore, variant = body.partition("_")
    symbol, note = current_symbol(gene, aliases)
    if not underscore or note is None or "/" in symbol:
        return f"mut:{body}", None
    return f"mut:{symbol}_{variant}", note


def _variant_item(gene: str, variant: str) -> str | None:
    word = re.sub(r"[\s_-]", "", variant).casefold()
    if word in _LOSS_WORDS:
        return f"mut:{gene}_loss"
    if word in _GAIN_WORDS:
        return f"oe:{gene}"
    short = _THREE_LETTERS.sub(lambda found: _AMINO_ACIDS[found.group().capitalize()], variant)
    if _TRUNCATING.match(short):
        return f"mut:{gene}_loss" if gene in TUMOUR_SUPPRESSORS else f"mut:{gene}_{short}"
    if _MISSENSE.match(short.upper()):
        return f"mut:{gene}_{short.upper()}"
    return None


def _fold(name: str) -> str:
    return re.sub(r"[\s_-]", "", name).casefold()
