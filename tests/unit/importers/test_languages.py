"""Tables whose columns are named in other languages and alphabets give what the English ones give (values by metafor)."""

from __future__ import annotations

from pathlib import Path

import pytest
from tables import MD, RATIO, RR, E, M, R, bring, each, one, table

from evidence_synthesis.importers.names import meaning_of

COUNTS = {  # study, events and people with the treatment, events and people with the control
    "Japanese": "研究,介入群イベント,介入群合計,対照群イベント,対照群合計",
    "Korean": "연구,중재군 사건,중재군 전체,대조군 사건,대조군 전체",
    "Arabic": "الدراسة,أحداث العلاج,مجموع العلاج,أحداث الضابطة,مجموع الضابطة",
    "Hebrew": "מחקר,אירועים טיפול,סך הכל טיפול,אירועים ביקורת,סך הכל ביקורת",
    "Hindi": "अध्ययन,घटनाएँ उपचार,कुल उपचार,घटनाएँ नियंत्रण,कुल नियंत्रण",
    "Thai": "การศึกษา,เหตุการณ์กลุ่มทดลอง,จำนวนกลุ่มทดลอง,เหตุการณ์กลุ่มควบคุม,จำนวนกลุ่มควบคุม",
    "Ukrainian": "Дослідження,Події лікування,Всього лікування,Події контроль,Всього контроль",
    "Vietnamese": "Nghiên cứu,Biến cố can thiệp,Tổng can thiệp,Biến cố chứng,Tổng chứng",
    "Turkish": "Çalışma,Tedavi olay,Tedavi toplam,Kontrol olay,Kontrol toplam",
    "Indonesian": "Penelitian,Kejadian intervensi,Jumlah intervensi,Kejadian kontrol,Jumlah kontrol",
    "Hungarian": "Tanulmány,Események kezelt,Összes kezelt,Események kontroll,Összes kontroll",
    "Romanian": "Studiu,Evenimente tratament,Total tratament,Evenimente martor,Total martor",
    "Finnish": "Tutkimus,Tapahtumat hoito,Yhteensä hoito,Tapahtumat verrokki,Yhteensä verrokki",
}
MEANS = {  # study; people, mean and SD of both
    "Persian": "مطالعه,تعداد مداخله,میانگین مداخله,انحراف معیار مداخله,تعداد کنترل,میانگین کنترل,انحراف معیار کنترل",
    "Hebrew": "מחקר,משתתפים טיפול,ממוצע טיפול,סטיית תקן טיפול,משתתפים ביקורת,ממוצע ביקורת,סטיית תקן ביקורת",
    "Indonesian": "Studi,n intervensi,Rerata intervensi,Simpangan baku intervensi,n kontrol,Rerata kontrol,SD kontrol",
    "Ukrainian": "Автор,n лікування,Середнє лікування,Стандартне відхилення лікування,n контроль,Середнє контроль,Св контроль",
    "Hungarian": "Szerző,n kezelt,Átlag kezelt,Szórás kezelt,n kontroll,Átlag kontroll,Szórás kontroll",
}


@pytest.mark.parametrize("language", COUNTS)
def test_counts(language: str, tmp_path: Path) -> None:
    assert one(bring(tmp_path, table(COUNTS[language], E))[0]) == ("RR", pytest.approx(RR, rel=1e-6))


@pytest.mark.parametrize("language", MEANS)
def test_means(language: str, tmp_path: Path) -> None:
    assert one(bring(tmp_path, table(MEANS[language], M))[0]) == ("MD", pytest.approx(MD, rel=1e-6))


@pytest.mark.parametrize("limits", ["KI unten,KI oben", "IC inf,IC sup", "Untere KI,Obere KI", "IC95% inf,IC95% sup"])
def test_limits(limits: str, tmp_path: Path) -> None:
    assert one(bring(tmp_path, table(f"Autor,HR,{limits}", R))[0]) == ("HR", pytest.approx(RATIO, rel=1e-6))


@pytest.mark.parametrize("header", ["HR (95%-KI)", "HR [IC 95 %]", "HR (IC95%)"])
def test_an_interval_in_its_cell(header: str, tmp_path: Path) -> None:
    content = each(f"Studie,{header}", R, lambda e, low, high: f"{e:.2f} ({low:.2f}-{high:.2f})")
    assert one(bring(tmp_path, content)[0]) == ("HR", pytest.approx(RATIO, rel=1e-6))


@pytest.mark.parametrize("name", ["Ki-67", "Inf T", "Sup"])
def test_short_words_alone_are_no_interval(name: str) -> None:
    assert meaning_of(name).quantity == ""


def test_a_share_of_an_arm_is_of_people_with_the_event(tmp_path: Path) -> None:
    content = each("Study,N T,% T,N C,% C", E, lambda a, n, c, m: f"{n},{100 * a / n:.1f}%,{m},{100 * c / m:.1f}%")
    assert one(bring(tmp_path, content)[0]) == ("RR", pytest.approx(RR, rel=1e-6))


def test_shares_beside_counts_change_nothing(tmp_path: Path) -> None:
    content = each("Study,n T,% T,N T,n C,% C,N C", E, lambda a, n, c, m: f"{a},{100 * a / n:.1f},{n},{c},{100 * c / m:.1f},{m}")
    assert one(bring(tmp_path, content)[0]) == ("RR", pytest.approx(RR, rel=1e-6))
    content = each("Study,n T,mean T,SD T,% T,n C,mean C,SD C,% C", M, lambda n, m, s, k, c, d: f"{n},{m},{s},50,{k},{c},{d},60")
    made, notes = bring(tmp_path, content)
    assert one(made) == ("MD", pytest.approx(MD, rel=1e-6))
    assert not [note for note in notes if "events" in note]
