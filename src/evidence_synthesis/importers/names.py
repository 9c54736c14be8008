"""What the names of columns say: whose number it is, what is counted, on which measure, adjusted or not.

A name is cut into words; every word must be known for a name to be understood, so that ``Score`` is no odds ratio. Names of
metafor (escalc), meta, netmeta, MetaInsight and gemtc are known whole.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from evidence_synthesis.importers import languages
from evidence_synthesis.importers.languages import SD_ABROAD, in_english

# Column names known whole, by field: this project's, metafor's, meta's (metabin, metacont, metagen), in order of preference.
NAMES: dict[str, tuple[str, ...]] = {
    "study": ("study", "studlab", "slab", "author", "trial", "study_id"),
    "year": ("year", "study_year", "publication_year", "pub_year", "year_of_publication", "year_of_study", "yr", "date"),
    "analysis": ("analysis", "outcome", "comparison", "outcome_name", "endpoint"),
    "subgroup": ("subgroup", "byvar", "group", "sub_group", "subgroup_name"),
    "design": ("design", "study_design", "trial_design"),
    "icc": ("icc", "intracluster_correlation", "intra_cluster_correlation", "intraclass_correlation"),
    "cluster_size": ("cluster_size", "mean_cluster_size", "average_cluster_size"),
    "weeks": ("weeks", "follow_up_weeks", "followup_weeks", "duration_weeks", "weeks_of_follow_up", "week"),
    "n_t": ("n_t", "n1i", "n_e", "n1", "n_treatment", "n_exp"),
    "events_t": ("events_t", "ai", "event_e", "events1", "tpos", "events_treatment"),
    "mean_t": ("mean_t", "m1i", "mean_e", "mean1", "mean_treatment"),
    "sd_t": ("sd_t", "sd1i", "sd_e", "sd1", "sd_treatment"),
    "n_c": ("n_c", "n2i", "n2", "n_control", "n_ctrl"),
    "events_c": ("events_c", "ci", "event_c", "events2", "cpos", "events_control"),
    "mean_c": ("mean_c", "m2i", "mean2", "mean_control"),
    "sd_c": ("sd_c", "sd2i", "sd2", "sd_control"),
    "none_t": ("none_t", "bi", "tneg"),
    "none_c": ("none_c", "di", "cneg"),
    "time_t": ("time_t", "t1i", "time_e", "exposure_t", "persontime_t"),
    "time_c": ("time_c", "t2i", "exposure_c", "persontime_c"),
    "given": ("yi", "te"),
    "given_se": ("sei", "sete", "se_te"),
    "given_variance": ("vi", "variance", "var"),
    "o_e": ("o_e", "oe", "ome", "o_minus_e", "observed_minus_expected", "logrank_o_e"),
    "variance": ("v", "variance", "var", "o_e_variance"),
    "effect": ("effect", "printed"),
    "effect_z": ("z", "z_value", "zval", "z_score", "t_value", "tval", "t_statistic", "z_statistic", "t_stat", "z_stat", "tstat"),
    "ci_low": ("ci_low", "ci_lb", "lower", "ci_start"),
    "ci_high": ("ci_high", "ci_ub", "upper", "ci_end"),
    "weight": ("weight", "weights"),
    # one row for each arm
    "n": ("n", "ni", "total"),
    "events": ("events", "xi", "r", "event"),
    "mean": ("mean", "mi", "y"),
    "sd": ("sd", "sdi"),
    "effect_measure": ("effect_measure", "measure", "effect_type", "sm", "summary_measure", "metric", "estimate_type"),
    "treatment": ("treat1", "treatment1", "treatment_1", "treat_1", "t1", "trt1", "arm1", "intervention1"),
    "comparator": ("treat2", "treatment2", "treatment_2", "treat_2", "t2", "trt2", "arm2", "intervention2"),
    "arm": (
        *("arm", "treatment", "treat", "trt", "t", "intervention", "drug", "treatments", "study_arm", "treatment_arm"),
        *(
            "arm_name",
            "treatment_name",
            "treatment_id",
            "treatmentid",
            "arm_id",
            "trt_id",
            "treat_id",
            "tx",
            "interventions",
            "group",
            "condition",
            "treatment_group",
            "allocation",
        ),
    ),
}
STUDY_NAMES = (  # of columns that may name a study where the others hold numbers, in order of preference
    *("study", "studlab", "slab", "study_id", "studyid", "study_name", "trial", "trial_id", "trial_name", "author"),
    *("authors", "first_author", "author_year", "study_author", "author_s", "reference", "citation", "paper", "publication"),
    *("source", "studies", "trials", "article", "id", "study_label", "label", "name", "record", "record_id"),
    *("study_or_subgroup", *languages.STUDIES),
)
_TREATED = frozenset(
    (
        *("t", "e", "exp", "experimental", "experiment", "int", "intv", "interv", "intervention", "ig", "i", "treat", "treated"),
        *("treatment", "trt", "tx", "tr", "tg", "eg", "drug", "active", "exposed", "case", "test", "1"),
        *("verum", "vaccinated", *languages.TREATED),
    )
)
_CONTROL = frozenset(
    (
        *(
            "c",
            "ctrl",
            "ctl",
            "ctr",
            "control",
            "controls",
            "con",
            "cont",
            "cntrl",
            "contr",
            "cg",
            "kg",
            "placebo",
            "pbo",
            "plac",
        ),
        *("plb", "pcb", "comparator", "comp", "comparison", "sham", "usual", "uc", "reference", "ref", "unexposed", "2"),
        *("cau", "tau", "unvaccinated", "untreated", "vehicle", "wl", "wlc", "waitlist", "soc", *languages.CONTROL),
    )
)
_ARM_WORDS = frozenset(w for w in _TREATED | _CONTROL if not w.isdigit() and w not in ("i", "e"))
_QUANTITIES: dict[str, tuple[str, ...]] = {
    "n": (
        *("n", "total", "totals", "size", "ss", "participants", "patients", "subjects", "people", "persons", "number", "num"),
        *("randomised", "randomized", "analysed", "analyzed", "ntotal", "ni", "count", "samplesize", "sample", "nr", "no"),
    ),
    "events": (
        *("events", "event", "cases", "r", "responders", "responder", "response", "responses", "x", "deaths", "death", "died"),
        *("dead", "deceased", "mortality", "relapse", "relapses", "relapsed", "recurrence", "recurrences", "cures", "infected"),
        *("resp", "success", "successes", "positive", "pos", "ev", "evt", "xi", "cured", "failures"),
    ),
    "none": (
        "nonevents",
        "nonevent",
        "neg",
        "negative",
        "alive",
        "noevents",
        "noevent",
        "nodeath",
        "nodeaths",
        "nondeath",
        "nondeaths",
    ),
    "mean": (
        "mean",
        "m",
        "mw",
        "avg",
        "average",
        "mn",
        "mu",
        "y",
        "means",
        "mi",
        "xbar",
    ),
    "sd": (*("sd", "stdev", "std", "stddev", "s", "sdev", "sdi"),),
    "se": ("se", "sem", "stderr", "sei"),
    "median": ("median", "med", "mdn"),
    "q1": ("q1", "lq", "p25", "lowerquartile", "iqrlow", "iqrlower"),
    "q3": ("q3", "uq", "p75", "upperquartile", "iqrhigh", "iqrupper"),
    "iqr": ("iqr", "interquartilerange"),
    "time": ("persontime", "patienttime", "personyear", "personyears", "patientyears", "py", "pys", "pyr", "pyrs", "pyar"),
    "min": ("min", "minimum"),
    "max": ("max", "maximum"),
    "ci_low": (
        "lower",
        "low",
        "lo",
        "lcl",
        "ll",
        "lci",
        "lb",
        "cil",
        "lowerci",
        "cilower",
        "cilow",
        "lowci",
        "llci",
        "loci",
        "start",
        "l",
    ),
    "ci_high": (
        "upper",
        "up",
        "hi",
        "high",
        "ucl",
        "ul",
        "uci",
        "ub",
        "ciu",
        "upperci",
        "ciupper",
        "cihigh",
        "hici",
        "ulci",
        "end",
        "u",
    ),
    "p": ("p", "pvalue", "pval"),
    "ci": ("ci", "interval", "cl"),
    "variance": ("var", "variance", "v", "vi", "samplingvariance"),
    "effect": (
        "effect",
        "effectsize",
        "es",
        "estimate",
        "est",
        "printed",
        "te",
        "yi",
        "beta",
        "b",
        "coef",
        "coefficient",
        "pointestimate",
        "result",
        "results",
    ),
}
_OF_QUANTITY = {
    word: quantity for table in (_QUANTITIES, languages.QUANTITIES) for quantity, words in table.items() for word in words
}
MEASURE_WORDS = {
    **{
        "hr": "HR",
        "or": "OR",
        "rr": "RR",
        "rd": "RD",
        "md": "MD",
        "wmd": "MD",
        "smd": "SMD",
        "irr": "IRR",
        "g": "SMD",
        "d": "SMD",
    },
    **{"ard": "RD", "hedgesg": "SMD", "cohensd": "SMD", "cohend": "SMD", "hazardratio": "HR", "oddsratio": "OR"},
    **{"riskratio": "RR", "relativerisk": "RR", "riskdifference": "RD", "meandifference": "MD", "rateratio": "IRR"},
    **{"stdmeandifference": "SMD", "standardizedmeandifference": "SMD", "standardisedmeandifference": "SMD", "rom": "RoM"},
    **{"ratioofmeans": "RoM", "petoor": "Peto OR", "petooddsratio": "Peto OR", "incidencerateratio": "IRR", "dhedges": "SMD"},
    **{"diffinmeans": "MD", "differenceinmeans": "MD", "stddiffinmeans": "SMD", "standardizeddiffinmeans": "SMD"},
    **{"weightedmeandifference": "MD", "ghedges": "SMD", "dcohen": "SMD", "diff": "MD", "meandiff": "MD", "difference": "MD"},
}
_AT_RISK = (
    "person",
    "persons",
    "patient",
    "patients",
    "pt",
    "woman",
    "women",
    "child",
    "subject",
    "participant",
    "device",
    "catheter",
)
_UNITS_OF_TIME = ("time", "year", "years", "yr", "yrs", "month", "months", "week", "weeks", "day", "days", "hours")
_PHRASES = (  # words that belong together, as one word
    *(("sample", "size"), ("standard", "error"), ("std", "error"), ("std", "err"), ("standard", "deviation"), ("std", "dev")),
    *(("st", "dev"), ("std", "deviation"), ("hazard", "ratio"), ("odds", "ratio"), ("risk", "ratio"), ("relative", "risk")),
    *(("risk", "difference"), ("mean", "difference"), ("mean", "diff"), ("rate", "ratio"), ("p", "value"), ("p", "val")),
    *(("hedges", "g"), ("cohen", "d"), ("cohens", "d"), ("effect", "size"), ("point", "estimate"), ("non", "events")),
    *(("non", "event"), ("lower", "quartile"), ("upper", "quartile"), ("q", "1"), ("q", "3"), ("usual", "care")),
    *(("standard", "care"), ("iqr", "low"), ("iqr", "high"), ("iqr", "lower"), ("iqr", "upper"), ("p", "25"), ("p", "75")),
    *(("treatment", "effect"), ("min", "ci"), ("max", "ci"), ("ci", "min"), ("ci", "max")),
    *(("weighted", "meandifference"), ("standardized", "meandifference"), ("standardised", "meandifference")),
    *(("std", "meandifference"), ("incidence", "rateratio"), ("peto", "or"), ("peto", "oddsratio"), ("hedge", "g")),
    *(("percentile", "25"), ("percentile", "75"), ("25th", "percentile"), ("75th", "percentile"), ("ratioof", "means")),
    *(("d", "hedges"), ("g", "hedges"), ("d", "cohen"), ("no", "events"), ("no", "event"), ("hedges", "d")),
    *(("ecart", "type"), ("desviacion", "estandar"), ("desviacion", "tipica"), ("desvio", "padrao"), ("desvio", "estandar")),
    *(("deviazione", "standard"), ("simpangan", "baku"), ("sampling", "variance"), ("diff", "in"), ("diffin", "means")),
    *(("difference", "in"), ("differencein", "means"), ("std", "diffinmeans"), ("standardized", "diffinmeans")),
    *(
        ("interquartile", "range"),
        ("inter", "quartile"),
        ("interquartilerange", "width"),
        ("iqr", "width"),
        ("quartile", "range"),
    ),
    *(("comparison", "number"), ("comparison", "no"), ("comparison", "id"), ("comparison", "name")),  # no arm
    *(("end", "of"), ("endof", "treatment"), ("endof", "intervention"), ("endof", "study"), ("endof", "trial")),
    *((who, unit) for who in _AT_RISK for unit in _UNITS_OF_TIME),
    *languages.PHRASES,
)
_AS_ONE = {
    **{"treatmenteffect": "effect", "minci": "lcl", "cimin": "lcl", "maxci": "ucl", "cimax": "ucl"},
    **{"standarderror": "se", "stderror": "se", "stderr": "se", "standarddeviation": "sd", "stddev": "sd", "stdev": "sd"},
    **{"stddeviation": "sd", "usualcare": "control", "standardcare": "control", "cohensd": "cohend", "percentile25": "q1"},
    **{first + second: one for (first, second), one in languages.PHRASES.items()},
    **{who + unit: "persontime" for who in _AT_RISK for unit in _UNITS_OF_TIME},
    **{"quartilerange": "iqr", "iqrwidth": "iqr", "interquartilerangewidth": "iqr"},
    **{"percentile75": "q3", "25thpercentile": "q1", "75thpercentile": "q3", "hedgeg": "hedgesg", "hedgesd": "hedgesg"},
}
_FILLERS = frozenset(
    (
        *("of", "the", "in", "group", "grp", "arm", "and", "for", "with", "95", "pct", "percent"),
        *("per", "cent", "value", "limit", "bound", "confidence", "level", "between", "groups", "iv", "mh", "random"),
        *("fixed", "limits", "90", "99", "column"),
    )
)
_LATE = frozenset(
    (
        *(
            "post",
            "final",
            "end",
            "endpoint",
            "followup",
            "fu",
            "after",
            "t2",
            "posttest",
            "posttreatment",
            "discharge",
            "postop",
        ),
        *("postoperative", "postintervention", "eot", "endoftreatment", "endofintervention", "endofstudy", "endoftrial"),
    )
)
EARLY = frozenset(
    (
        *("baseline", "pre", "before", "bl", "pretest", "pretreatment", "initial", "base", "admission", "entry", "preop"),
        *("preoperative", "preintervention", "enrolment", "enrollment"),
    )
)
_CHANGE = frozenset(("change", "chg", "delta", "diff", "difference", "cfb"))
_ADJUSTED = frozenset(("adj", "adjusted", "a", "multivariable", "multivariate", "mv"))
_CRUDE = frozenset(("crude", "unadj", "unadjusted", "uni", "univariate", "raw", "u"))
_ADJUSTED_WORDS = frozenset(("adj", "adjusted", "crude", "unadjusted"))
_LOGS = frozenset(("log", "ln", "logged"))
_RATIO_WORD = re.compile(r"(se|s|a|adj|adjusted|crude|unadj|unadjusted)?(log|ln)?(hr|or|rr|irr|md|smd|rd)(adj|adjusted|crude)?")
_LOW_TAIL, _HIGH_TAIL = re.compile(r"(?<![\d.])0?2[._]5(?!\d)"), re.compile(r"(?<![\d.])97[._]5(?!\d)")  # 2.5%, 97.5%
_SCALE = re.compile(r"(?<![\w.])[01]\s*[-\u2013]\s*\d+(?![\w.])")  # VAS 0-10
_REDUCTION = re.compile(r"(?<![A-Za-z])ARR(?![A-Za-z])")  # absolute risk reduction (the other sign) or adjusted relative risk
_SHARE_OF_LEVEL = re.compile(r"(?<![\d.])0?\.(90|95|99)(?!\d)")  # RR: 0.95 CI
_NUMBER_SIGN = re.compile(r"\bno\.(?= )|#", re.IGNORECASE)  # No. events are events, not people without one
_GLUED = re.compile(
    r"(?<![A-Za-z])([ahio]?[ORD]R|IRR|S?MD|RD)(?=(?:lo|low|lower|lcl|lci|ll|lb|up|upper|ucl|uci|ul|ub|hi|high)(?![A-Za-z]))"
)
_EITHER = re.compile(r"(?<=\w) or (?=\w)")  # study or subgroup
_SQUARED = re.compile(  # SD^2, SD², s2_t: variances
    r"(?<![A-Za-z])sd?\s?(?:\^2|\u00b2|\*\*2|[ _.]?squared|2(?=[ _.]+(?:t|c|e|exp|int|ctrl|control|treat\w*|trt)(?![A-Za-z])))",
    re.IGNORECASE,
)
_MH = re.compile(r"\bM-H\b", re.IGNORECASE)
_OF_A_GROUP = re.compile(r"(?:\b|(?<=_))(?:group|arm|grp|gr|g)[ ._-]?([12])(?![0-9])", re.IGNORECASE)
_GROUP_LETTER = re.compile(r"(?:\b|(?<=_))(?:group|arm|grp|gr)[ ._-]?([AB])(?![A-Za-z])|\(([AB])\)", re.IGNORECASE)
_LIMIT = re.compile(r"(?<![A-Za-z])(CI)(?=(?:l|lo|low|lower|u|up|upper|hi|high|lb|ub)(?![A-Za-z]))")  # 95CIlow
_NO_TREATMENT = re.compile(  # No surgery n, but not no events, no. of patients
    r"(?<![A-Za-z])(?:no|without)[ _-](?!of|events?|deaths?|cases?|n(?![a-z])|total|patients?|participants?|subjects?|people|"
    r"randomi|anal|respon|with|in(?![a-z])|group|arm|number|t(?![a-z])|c(?![a-z])|treat|control|exp|int)[a-z]{3,}",
    re.IGNORECASE,
)
_ROMAN = re.compile(r"(?:\b|(?<=_))(?:group|arm|grp|gr)[ ._-]?(I{1,2})(?![A-Za-z])", re.IGNORECASE)
# Names in one piece: a side and a quantity, as in tcases, cn
_SIDE_FIRST = re.compile(r"(t|c|e|p)((?:no|non)?(?:deaths?|events?)|n|cases|total|mean|sd|se|pos|neg)")
# Names in one piece: a quantity and a side, as in nT, sdc, Ee.
_SHORT = re.compile(
    r"(n|m|mean|avg|s|sd|se|e|ev|event|events|r|x|total|med|median|q1|q3)(t|e|i|c|p|1|2|exp|int|trt|ctrl|con|ctl)i?"
)


def plain(header: str) -> str:
    """A column's name without case, accents, spaces, dots and dashes, as downloads differ in them."""
    bare = unicodedata.normalize("NFKD", in_english(header)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", bare.lower()).strip("_")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column's name says. ``side`` is t, c, a number of an arm, or empty; ``rest`` are words that are not known."""

    header: str
    quantity: str
    side: str = ""
    measure: str = ""
    adjusted: str = ""
    log: bool = False
    time: str = ""
    rest: tuple[str, ...] = ()


_LETTERS = str.maketrans(
    {"\u0142": "l", "\u0141": "L", "\u0131": "i", "\u00f8": "o", "\u00d8": "O", "\u00e6": "ae", "\u00df": "ss"}
)


def _without_accents(text: str) -> str:
    """A text without the accents of its letters; letters of other alphabets stay, so that two unknown words are two."""
    parts = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return unicodedata.normalize("NFC", "".join(c for c in parts if unicodedata.category(c) != "Mn"))


def words_of(header: str) -> list[str]:
    """The words of a name: cut at capitals, digits and signs; phrases of several words as one."""
    header = _GLUED.sub(r"\1 ", _SCALE.sub(" ", _REDUCTION.sub("effect", header)))
    told = _GROUP_LETTER.sub(
        lambda found: f" group{(found[1] or found[2]).lower()} ",
        _NUMBER_SIGN.sub(" number ", _OF_A_GROUP.sub(r" \1 ", _MH.sub("mh", _EITHER.sub(" ", in_english(header))))),
    )
    told = _ROMAN.sub(lambda found: f" {len(found[1])} ", _SQUARED.sub(" variance ", told))
    bare = _without_accents(_NO_TREATMENT.sub(" control ", _LIMIT.sub(r"\1 ", told)).replace("%", " pct "))
    bare = _SHARE_OF_LEVEL.sub(r"\1", bare)
    bare = _LOW_TAIL.sub("lower", _HIGH_TAIL.sub("upper", bare.replace("'s ", "s ")))
    bare = re.sub(r"([a-z])([A-Z])|([A-Z])(?=[A-Z][a-z])", r"\1\3 \2", re.sub(r"([a-z])([A-Z])", r"\1 \2", bare))
    bare = re.sub(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z]{2})", " ", bare)
    words = re.findall(r"\d+(?:th)?|[^\W\d_]+", bare.lower())
    joined = True
    while joined:
        joined = False
        for i in range(len(words) - 1):
            if (words[i], words[i + 1]) in _PHRASES:
                one = words[i] + words[i + 1]
                words[i : i + 2] = [_AS_ONE.get(one, one)]
                joined = True
                break
    return [_AS_ONE.get(w, w) for w in words]


def _measure_of(words: list[str], said: dict[str, str]) -> list[str]:
    """Take the measure with its adjustment and logarithm out of the words."""
    left = []
    for word in words:
        whole = _RATIO_WORD.fullmatch(word)
        if word in MEASURE_WORDS and not said.get("measure"):
            said["measure"] = MEASURE_WORDS[word]
        elif whole and not said.get("measure"):
            said["measure"] = MEASURE_WORDS[whole[3]]
            if whole[1] == "se":
                said["quantity"] = "se"
            elif whole[1] not in (None, "s") or whole[4]:
                said["adjusted"] = "no" if "crude" in (whole[1], whole[4]) or "unadj" in (whole[1] or "") else "yes"
            if whole[2]:
                said["log"] = "yes"
        elif MEASURE_WORDS.get(word, "") == said.get("measure", "none") and word not in ("d", "g"):
            continue  # said again: Hazard ratio (HR)
        else:
            left.append(word)
    return left


def _says_when_or_how(word: str, said: dict[str, str]) -> bool:
    """Whether a word tells the time, the logarithm, or the adjustment."""
    if word in _FILLERS:
        return True
    if word in _LATE or word in EARLY:
        changed = said.get("time") == "change" and word in EARLY  # change from baseline
        said["time"] = "change" if changed else "late" if word in _LATE else "early"
    elif word in _LOGS:
        said["log"] = "yes"
    elif word in (_ADJUSTED | _CRUDE if said.get("measure") else _ADJUSTED_WORDS):
        said["adjusted"] = "yes" if word in _ADJUSTED else "no"
    elif word in _CHANGE:
        said["time"] = "change"
    else:
        return False
    return True


_NARROWER = {  # what a later word may make of an earlier one
    "ci": ("ci_low", "ci_high"),
    "effect": ("ci", "se", "ci_low", "ci_high", "p", "variance"),
    "n": ("events", "none"),
}


def _says_what(word: str, said: dict[str, str]) -> bool:
    """Whether a word tells the quantity, alone or with an earlier one: ``ci lower``, ``number of events``, ``effect se``."""
    quantity, before = _OF_QUANTITY.get(word), said.get("quantity")
    if quantity is None:
        return False
    if not before or quantity in _NARROWER.get(before, ()):
        said["quantity"] = quantity
        return True
    return quantity in ("n", "effect", before) or (quantity == "ci" and before in ("ci_low", "ci_high"))


def _says_whose(word: str, said: dict[str, str]) -> bool:
    """Whether a word tells the arm."""
    if said.get("side") or not (word in _TREATED or word in _CONTROL or word.isdigit()):
        return False
    said["side"] = "t" if word in _TREATED else "c" if word in _CONTROL else word
    return True


def _sort(words: list[str], said: dict[str, str]) -> list[str]:
    """Sort words into what they say; the ones that say nothing are given back. Digits tell the arm where no word does."""
    if any(w.isdigit() for w in words) and any(w in _ARM_WORDS for w in words):
        digits = [w for w in words if w.isdigit()]
        return [*_sort([w for w in words if not w.isdigit()], said), *digits]
    return [w for w in words if not (_says_when_or_how(w, said) or _says_what(w, said) or _says_whose(w, said))]


def _in_one_piece(header: str, squashed: str) -> Meaning | None:
    """What a short name says in which quantity and arm are not set apart (Ee, sdc, nTi)."""
    if squashed in _OF_QUANTITY or squashed in MEASURE_WORDS:
        return None
    if first := _SIDE_FIRST.fullmatch(squashed):
        return Meaning(header, _OF_QUANTITY[first[2]], "c" if first[1] in _CONTROL else "t")
    short = _SHORT.fullmatch(squashed)
    if not short:
        return None
    quantity = {"e": "events", "total": "n", "m": "mean", "s": "sd", "med": "median", "avg": "mean"}.get(short[1], short[1])
    side = {"1": "t", "2": "c", "p": "c"}.get(short[2]) or ("c" if short[2] in _CONTROL else "t")
    return Meaning(header, _OF_QUANTITY.get(quantity, quantity), side)


_BEHIND_WORDS = re.compile(r"(n|x|m|r|sd)([tec])i")  # b.xti: an outcome, and what of which arm


def _behind_words(header: str, words: list[str]) -> Meaning | None:
    """What a name says whose last word is a short name of metafor's, behind words for the outcome or the time."""
    if len(words) < 2 or not _BEHIND_WORDS.fullmatch(words[-1]):
        return None
    short, before = _in_one_piece(header, words[-1]), words[:-1]
    time = "early" if set(before) <= EARLY else "late" if set(before) <= _LATE else ""
    return short and replace(short, time=time, rest=() if time else tuple(before))


def meaning_of(header: str) -> Meaning:
    """What a column's name says, by its words."""
    bare = re.sub(r" \(column [A-Z]+\)$", "", header)
    squashed = plain(bare).replace("_", "")
    squashed = "effect" if _REDUCTION.fullmatch(bare.strip()) else squashed
    words = [squashed] if _RATIO_WORD.fullmatch(squashed) and squashed not in MEASURE_WORDS else words_of(bare)
    if behind := _behind_words(header, words):
        return behind
    said: dict[str, str] = {}
    left = _measure_of(words, said)
    rest = _sort(left, said)
    if not said.get("quantity"):
        if said.get("measure"):
            said["quantity"] = "effect"
    elif said["quantity"] == "events" and said.get("measure") and not said.get("side"):
        said["quantity"], rest = "effect", [*rest, *(w for w in left if _OF_QUANTITY.get(w) == "events")]  # HR for death
    elif said["quantity"] == "p" and said.get("side"):
        said["quantity"] = ""
    if not said.get("quantity") and SD_ABROAD.search(bare):
        said["quantity"], rest = "sd", [w for w in rest if w not in ("de", "dp", "ds")]
    side = said.get("side", "")
    if (rest or not said.get("quantity")) and len(words) <= 3 and (short := _in_one_piece(header, squashed)):
        return short
    return Meaning(
        header,
        said.get("quantity", ""),
        {"1": "t", "2": "c"}.get(side, side),
        said.get("measure", ""),
        said.get("adjusted", ""),
        said.get("log") == "yes",
        said.get("time", ""),
        tuple(rest),
    )
