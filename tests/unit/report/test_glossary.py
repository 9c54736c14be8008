"""The glossary's own words are those of the table of findings."""

from __future__ import annotations

from html import unescape

from evidence_synthesis import wording
from evidence_synthesis.report.site import Site, render


def test_the_glossary_opens_with_the_words_for_each_certainty(site: Site) -> None:
    text = unescape(render(dict(site.views())["glossary.html"]))
    helps, probably, may, very = wording.FINDINGS["benefit"]
    assert f'reads "{helps}" at high, "{probably}" at moderate, "{may}" at low and "{very}" at very low certainty.' in text
    always = [wording.FINDINGS[verdict] for verdict in ("not_shown", "conflicting", "insufficient")]
    assert all(len(set(words)) == 1 for words in always)
    assert '"{}", "{}" and "{}" are the same at any.'.format(*(words[0] for words in always)) in text
