"""Results as HTML for notebooks: what they say, a table of their numbers, notes, a figure. Text in them is no markup."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from html import escape


def _row(cells: Sequence[str], left: Collection[int], *, head: bool = False) -> str:
    """A row of a table; its first cell is a heading."""
    made = []
    for i, text in enumerate(cells):
        tag = "th" if head or not i else "td"
        made.append(f"<{tag} style='text-align:{'left' if i in left else 'right'}'>{escape(text)}</{tag}>")
    return f"<tr>{''.join(made)}</tr>"


def page(
    opening: Sequence[str],
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    notes: Iterable[str] = (),
    picture: str = "",
    left: Collection[int] = (0,),
) -> str:
    """A result as HTML: opening lines (the first one strong), a table (``head`` may be empty), notes, and a figure as SVG.

    ``left`` are the columns of words; numbers stand to the right.

    >>> made = page(["Two <studies>"], ("", "p"), [("Egger", "0.31")])
    >>> "<p><b>Two &lt;studies&gt;</b></p>" in made, "<td style='text-align:right'>0.31</td>" in made
    (True, True)
    """
    first, *more = (escape(line) for line in opening)
    body = "".join(_row(row, left) for row in rows)
    top = f"<thead>{_row(head, left, head=True)}</thead>" if head else ""
    table = f"<table>{top}<tbody>{body}</tbody></table>" if body else ""
    below = "".join(f"<p>{escape(note)}</p>" for note in notes)
    return f"<div><p>{'<br>'.join([f'<b>{first}</b>', *more])}</p>{table}{below}{picture}</div>"
