"""Names of studies as ids: different names are different trials, whatever their alphabet."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# Letters that do not decompose into Latin ones, as they are commonly written: BGN/PCGN for Cyrillic, ELOT 743 for Greek.
_CYRILLIC = (
    "аa бb вv гg дd еe жzh зz иi йy кk лl мm нn оo пp рr сs тt уu фf хkh цts чch шsh щshch ъ ыy ь эe юyu яya "
    "іi їyi єye ґg ўu ђdj јj љlj њnj ћc џdz"
)
_GREEK = "αa βv γg δd εe ζz ηi θth ιi κk λl μm νn ξx οo πp ρr σs τt υy φf χch ψps ωo ςs"
_LATIN = "ßss æae œoe øo łl đd ðd þth ıi ħh"
_LETTERS = str.maketrans({pair[0]: pair[1:] for pair in f"{_CYRILLIC} {_GREEK} {_LATIN}".split()})


def slug(text: str) -> str:
    """A name as an identifier: lower case, plain letters and digits, joined by dashes."""
    return "-".join(_plain_parts(text)) or "study"


def has_plain_letters(text: str) -> bool:
    """Whether a name has plain letters or digits, so that its slug tells it from others."""
    return bool(_plain_parts(text))


def _plain_parts(text: str) -> list[str]:
    lower = unicodedata.normalize("NFC", text).lower().translate(_LETTERS)
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", lower).translate(_LETTERS))
    return re.findall(r"[a-z0-9]+", plain.encode("ascii", "ignore").decode())


def same_name(one: str, other: str) -> bool:
    """Whether two names are one: in the same letters but for case and signs; of other alphabets letter by letter."""
    if " ".join(one.casefold().split()) == " ".join(other.casefold().split()):
        return True
    return one.isascii() and other.isascii() and has_plain_letters(one) and slug(one) == slug(other)


def trial_ids(names: Iterable[str]) -> dict[str, str]:
    """An id for each name, different for different names: its slug, and a number where another name has that already."""
    different = list(dict.fromkeys(names))
    slugs = {name: slug(name) for name in different}
    first: dict[str, str] = {}
    for name, made in slugs.items():
        first.setdefault(made, name)
    found: dict[str, str] = {}
    taken = set(first)
    for name, made in slugs.items():
        if first[made] == name:
            found[name] = made
            continue
        number = 2
        while f"{made}-{number}" in taken:
            number += 1
        found[name] = f"{made}-{number}"
        taken.add(found[name])
    return found


def told_apart(names: Iterable[str]) -> list[str]:
    """What is said of names whose plain letters are alike: each with the id that it gets."""
    ids = trial_ids(names)
    alike: dict[str, list[str]] = {}
    for name in ids:
        alike.setdefault(slug(name), []).append(name)
    return [
        "different studies with alike plain letters: " + ", ".join(f"{name!r} is {ids[name]}" for name in group)
        for group in alike.values()
        if len(group) > 1
    ]
