"""Words of tables in other alphabets as the English words of the same meaning, so that names of columns can be read."""

from __future__ import annotations

import re

SD_ABROAD = re.compile(r"(?<![A-Za-z.])D[EPS](?![A-Za-z.])")  # desviación estándar, desvio padrão, deviazione standard
_WORDS: dict[str, str] = {
    "treatment": (
        "治疗组 试验组 实验组 干预组 观察组 研究组 治療組 試驗組 實驗組 治疗 介入群 実験群 治療群 중재군 실험군 치료군 "
        "терапия лечение вмешательство опытная опыт основная исследуемая экспериментальная препарат "
        "θεραπεία παρέμβαση πειραματική العلاج التجربة التدخل"
    ),
    "control": (
        "对照组 对照 安慰剂组 安慰剂 對照組 對照 対照群 対照 プラセボ 대조군 위약군 위약 контрольная контроль плацебо сравнение "
        "ελέγχου έλεγχος εικονικό الضابطة المراقبة"
    ),
    "total": (
        "总人数 总例数 总数 例数 样本量 样本数 人数 總數 例數 人數 症例数 총수 표본수 대상자수 인원수 всего пациентов участников "
        "численность σύνολο πλήθος العدد المجموع"
    ),
    "events": (
        "事件数 事件 有效例数 有效数 有效人数 发生例数 发生数 死亡例数 死亡数 痊愈例数 事件數 イベント数 사건수 "
        "событий события событие случаев случаи исходов συμβάντα γεγονότα الأحداث أحداث"
    ),
    "mean": "平均值 平均数 均数 均值 平均 均數 평균 среднее средняя μέσος μέση المتوسط متوسط",
    "sd": "标准差 標準差 標準偏差 표준편차 стандартное_отклонение со σ τυπική_απόκλιση τ.α. الانحراف_المعياري",
    "se": "标准误 標準誤 標準誤差 표준오차 стандартная_ошибка τυπικό_σφάλμα الخطأ_المعياري",
    "median": "中位数 中位數 中央値 중앙값 медиана διάμεσος الوسيط",
    "study": "研究名称 研究 作者 第一作者 文献 연구 저자 исследование исследования автор авторы μελέτη συγγραφέας الدراسة المؤلف",
    "arm": "组别 分组 组名 干预措施 治疗方案 群別 グループ 집단 группа группы вмешательства ομάδα المجموعة",
    "outcome": "结局指标 结局 アウトカム 결과변수 исход έκβαση النتيجة",
    "subgroup": "亚组 サブグループ 하위집단 подгруппа υποομάδα",
    "time": "时间点 测量时间 随访时间 時点 시점 срок_наблюдения",
    "year": "年份 发表年份 發表年份 연도 год έτος السنة",
    "number": "№ nº n°",
    "lower": "下限 нижняя κάτω 하한",
    "upper": "上限 верхняя άνω 상한",
    "CI": "置信区间 信頼区間 신뢰구간 ди дов_интервал δ.ε.",
    "OR": "比值比 优势比 オッズ比 오즈비 교차비 ош отношение_шансов",
    "RR": "相对危险度 相对风险 リスク比 상대위험도 ор относительный_риск отношение_рисков",
    "HR": "危险比 风险比 ハザード比 위험비 отношение_угроз",
    "SMD": "标准化均数差 標準化平均差",
    "MD": "均数差 平均差",
}
_SPOKEN = {
    word.replace("_", " "): english for english, words in _WORDS.items() for word in sorted(words.split(), key=len, reverse=True)
}


def _pattern(word: str) -> str:
    """Words of alphabets are whole words; Chinese, Japanese and Korean ones stand without spaces between them."""
    alone = re.match(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]", word) is None
    return rf"(?<!\w){re.escape(word)}(?!\w)" if alone else re.escape(word)


_ANY = re.compile("|".join(_pattern(w) for w in sorted(_SPOKEN, key=len, reverse=True)), re.IGNORECASE)


def in_english(name: str) -> str:
    """A name with the words of other alphabets that are known in English: ``对照组例数`` is ``control total``."""
    if name.isascii():
        return name
    return " ".join(_ANY.sub(lambda found: f" {_SPOKEN[found[0].lower()]} ", name).split())


_SUMMARIES = tuple(  # words of cells that hold several numbers, in the languages of Europe
    (re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE), english)
    for words, english in (
        ("medi[ae]|média|moyenne|mittelwert|mw|gemiddelde|średnia|ortalama|medelvärde|middelværdi", "mean"),
        ("écart[ -]type|desviación (?:estándar|típica)|desvio[ -]padrão|standardabweichung|stabw", "SD"),
        ("mediana|médiane|mediaan", "median"),
        ("ric|riq|aiq|eiq", "IQR"),
    )
)


def summaries_in_english(name: str) -> str:
    """A name with its words for means, medians and their spread in English: ``Media (DE)`` is ``mean (SD)``."""
    told = SD_ABROAD.sub("SD", in_english(name))
    for words, english in _SUMMARIES:
        told = words.sub(english, told)
    return told
