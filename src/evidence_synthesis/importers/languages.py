"""Words of tables in other alphabets as the English words of the same meaning, so that names of columns can be read."""

from __future__ import annotations

import re

SD_ABROAD = re.compile(r"(?<![A-Za-z.])D[EPS](?![A-Za-z.])")  # desviación estándar, desvio padrão, deviazione standard
_WORDS: dict[str, str] = {
    "treatment": (
        "治疗组 试验组 实验组 干预组 观察组 研究组 治療組 試驗組 實驗組 治疗 介入群 実験群 治療群 "
        "중재군 실험군 치료군 "
        "терапия лечение вмешательство опытная опыт основная исследуемая экспериментальная препарат "
        "θεραπεία παρέμβαση πειραματική العلاج التجربة التدخل "
        "介入 試験群 実薬群 중재 علاج تجريبية التجريبية مداخله درمان آزمون тест_группа лікування "
        "втручання дослідна основної טיפול התערבות ניסוי उपचार हस्तक्षेप प्रायोगिक กลุ่มทดลอง ทดลอง "
        "can_thiệp điều_trị"
    ),
    "control": (
        "对照组 对照 安慰剂组 安慰剂 對照組 對照 対照群 対照 プラセボ 대조군 위약군 위약 "
        "контрольная контроль плацебо сравнение "
        "ελέγχου έλεγχος εικονικό الضابطة المراقبة "
        "контрола контрольної プラセボ群 ضابطة مراقبة دواء_وهمي کنترل شاهد دارونما ביקורת בקרה "
        "פלצבו नियंत्रण प्लेसीबो กลุ่มควบคุม ควบคุม ยาหลอก chứng đối_chứng"
    ),
    "total": (
        "总人数 总例数 总数 例数 样本量 样本数 人数 總數 例數 人數 症例数 총수 표본수 대상자수 "
        "인원수 всего пациентов участников "
        "численность σύνολο πλήθος العدد المجموع "
        "合計 全体 人数合計 전체 합계 총_인원 مجموع عدد_المرضى عدد общо усього всього пацієнтів "
        "учасників تعداد کل סך_הכל משתתפים מטופלים कुल संख्या प्रतिभागी จำนวน ทั้งหมด tổng cỡ_mẫu"
    ),
    "events": (
        "事件数 事件 有效例数 有效数 有效人数 发生例数 发生数 死亡例数 死亡数 痊愈例数 事件數 "
        "イベント数 사건수 "
        "событий события событие случаев случаи исходов συμβάντα γεγονότα الأحداث أحداث "
        "イベント 発生数 死亡数 사건 사망 حدث الحدث подій події випадків събития رویداد رخداد "
        "אירועים אירוע מקרים घटनाएँ घटनाएं घटना เหตุการณ์ biến_cố"
    ),
    "mean": (
        "平均值 平均数 均数 均值 平均 均數 평균 среднее средняя μέσος μέση المتوسط متوسط "
        "середнє средно میانگین ממוצע औसत माध्य ค่าเฉลี่ย trung_bình"
    ),
    "sd": (
        "标准差 標準差 標準偏差 표준편차 стандартное_отклонение со σ τυπική_απόκλιση τ.α. "
        "الانحراف_المعياري "
        "стандартне_відхилення стандартно_отклонение св انحراف_معیار انحراف_معياري סטיית_תקן "
        "मानक_विचलन ส่วนเบี่ยงเบนมาตรฐาน độ_lệch_chuẩn"
    ),
    "se": (
        "标准误 標準誤 標準誤差 표준오차 стандартная_ошибка τυπικό_σφάλμα الخطأ_المعياري "
        "стандартна_помилка خطای_معیار שגיאת_תקן ค่าคลาดเคลื่อนมาตรฐาน"
    ),
    "median": ("中位数 中位數 中央値 중앙값 медиана διάμεσος الوسيط медіана میانه חציון माध्यिका มัธยฐาน trung_vị"),
    "study": (
        "研究名称 研究 作者 第一作者 文献 연구 저자 исследование исследования автор авторы μελέτη "
        "συγγραφέας الدراسة المؤلف "
        "дослідження проучване автори مطالعه نویسنده מחקר מחבר अध्ययन लेखक การศึกษา ผู้แต่ง "
        "nghiên_cứu tác_giả"
    ),
    "arm": "组别 分组 组名 干预措施 治疗方案 群別 グループ 집단 группа группы вмешательства ομάδα المجموعة",
    "outcome": "结局指标 结局 アウトカム 결과변수 исход έκβαση النتيجة",
    "subgroup": "亚组 サブグループ 하위집단 подгруппа υποομάδα",
    "time": "时间点 测量时间 随访时间 時点 시점 срок_наблюдения",
    "year": ("年份 发表年份 發表年份 연도 год έτος السنة рік سال שנה वर्ष ปี năm"),
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
    """Words of alphabets are whole words; Chinese, Japanese, Korean and Thai ones stand without spaces between them."""
    alone = re.match(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]", word) is None
    return rf"(?<!\w){re.escape(word)}(?!\w)" if alone else re.escape(word)


# Words in Latin letters without accents, of languages besides English
TREATED = (
    *("tratamiento", "intervencion", "behandlung", "traitement", "tratamento", "trattamento", "intervento", "intervencao"),
    *("leczenie", "leczona", "badana", "interwencja", "tedavi", "deney", "behandling", "interventie", "lecba", "mudahale"),
    *("intervensi", "perlakuan", "beavatkozas", "kezelt", "kezeles", "tratament", "hoito", "intervencija", "lijecenje"),
    *("lecenje", "intervence", "interventio", "terapi", "behandlet", "tiltak"),
)
CONTROL = (
    *("kontrolle", "kontrola", "kontrolna", "kontrol", "kontroll", "kontrolni", "kontrolgruppe", "kontrollgrupp"),
    *("placebogruppe", "kontrollgruppe", "controle", "temoin", "controllo", "martor", "verrokki", "kontrolli", "lume"),
)
QUANTITIES = {
    "n": (
        *("participantes", "pacientes", "patienten", "anzahl", "effectif", "tot", "gesamt", "totale", "insgesamt", "aantal"),
        *("liczba", "liczebnosc", "antal", "antall", "sayi", "sayisi", "pocet", "celkem", "totaal", "toplam", "jumlah"),
        *("osszes", "osszesen", "letszam", "yhteensa", "lukumaara", "ukupno", "hasta", "pasien", "celkovy", "celkove"),
    ),
    "events": (
        *("eventi", "decessi", "deces", "fallecidos", "todesfalle", "morts"),
        *("eventos", "ereignisse", "evenements", "evenement", "evento", "ereignis", "zdarzenia", "zgony", "olay", "olum"),
        *("handelser", "haendelser", "hndelser", "dodsfall", "gebeurtenissen", "overleden", "sterfte", "pripady", "umrti"),
        *("kejadian", "kematian", "esemeny", "esemenyek", "halalozas", "evenimente", "decese", "tapahtumat", "tapahtuma"),
        *("kuolemat", "dogadjaji", "dogadaji", "udalosti", "olgu", "olgular", "hendelser"),
    ),
    "mean": (
        *("media", "mittelwert", "moyenne", "srednia", "ortalama", "medelvarde", "middelvaerdi", "middelverdi", "gemiddelde"),
        *("prumer", "rerata", "atlag", "medie", "keskiarvo", "prosjek", "prosek", "medel", "gjennomsnitt", "gennemsnit"),
    ),
    "sd": (
        *("standardabweichung", "ecarttype", "desviacionestandar", "desviaciontipica", "desviopadrao", "desvioestandar"),
        *("deviazionestandard", "szoras", "keskihajonta", "simpanganbaku", "standardavvikelse", "standardafwijking"),
        *("standardavvik", "standardafvigelse", "devijacija", "abweichung"),
    ),
    "ci_low": ("unten", "untere", "unteres", "untergrenze", "ondergrens"),
    "ci_high": ("oben", "obere", "oberes", "obergrenze", "bovengrens"),
    "ci": ("konfidenzintervall", "vertrauensintervall"),
}
_LOW = ("inf", "inferior", "inferieur", "inferiore", "unten", "untere")
_HIGH = ("sup", "superior", "superieur", "superiore", "oben", "obere")
PHRASES = {  # short words that are a confidence interval beside others only: Ki-67 is none, infections are no lower limit
    **{pair: "ci" for ci in ("ci", "ki", "ic") for pair in (("pct", ci), ("95", ci), (ci, "95"), (ci, "pct"))},
    **{pair: "lcl" for ci in ("ci", "ic", "ki") for low in _LOW for pair in ((ci, low), (low, ci))},
    **{pair: "ucl" for ci in ("ci", "ic", "ki") for high in _HIGH for pair in ((ci, high), (high, ci))},
}
STUDIES = (
    *(
        "studie",
        "autor",
        "autoren",
        "etude",
        "estudio",
        "auteur",
        "studio",
        "autore",
        "estudo",
        "badanie",
        "calisma",
        "onderzoek",
    ),
    *("undersogelse", "studien", "studia", "penelitian", "studi", "tanulmany", "vizsgalat", "studiu", "tutkimus", "istrazivanje"),
    *("studija", "yazar", "szerzo", "penulis", "studia_autor", "studier"),
)


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
