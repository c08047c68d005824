# ruff: noqa: E501 - letters of the language; a sentence is a line.
"""Bitrix24's remarks in Polish."""

from ticket24.domain.messages.remark_phrases.phrases import Phrases

POLISH = Phrases(
    alone=(
        r"Utworzono zadanie( i przypisano je do @)?",
        r"Po zakończeniu zadanie wymaga sprawdzenia",
        r"Zadanie ze sprawdzeniem ukończenia",
        r"Termin jest wymagany",
        r"W przeciwnym razie zadanie może być zaległe",
        r"@,? zadanie jest (po terminie|blisko terminu)",
        r"Zadanie @ jest (po terminie|blisko terminu)",
        r"(Wydajność KPI spadła|KPI wydajności (będzie )?obniżone)",
        r"Zostanie oznaczone jako po terminie w ciągu 24 godzin, zmniejszając tym samym wydajność KPI",
        r"Chyba że zmienisz termin",
        r"@: na jakim etapie jest zadanie\?",
        r"@, zostałeś wyznaczony/a jako osoba odpowiedzialna",
        r"@( i \d+ więcej ?)?, prośba o zaakceptowanie zadania",
        r"@, wybierz osobę odpowiedzialną za to zadanie",
        r"@, <bot> nie mógł wybrać odpowiedzialnego za zadanie, więc przypisał je Tobie",
        r"Zadanie (zamknięte|zwrócono do sprawdzenia|zostało zakończone)",
        r"Zadanie @ zostało wznowione",
        r"Wznowiono zadanie",
        r"@ (musi|muszą) (sprawdzić to zadanie|zaakceptować to zadanie lub zwrócić je do sprawdzenia)",
        r"@ (wstrzymał|wznowił|rozpoczął|odłożył) zadanie",
        r"@ zwrócił zadanie do sprawdzenia",
        r"@ zmienił zadanie:",
        r"@, przypisano Ci zadanie",
        r"@, odpowiedzialny (jeszcze nie wyświetlił zadania|przyjął Twoje zaproszenie do Bitrix24|musi jeszcze zaakceptować Twoje zaproszenie do dołączenia do Bitrix24)",
    ),
    together=(
        r"Zadanie (jest )?(po terminie|blisko terminu)",
        r"(Aby tego uniknąć, w ciągu jednego dnia rozważ|Rozważ) zamknięcie zadania lub zmianę terminu",
        r"Zmień termin lub zamknij zadanie",
        r"Należy zakończyć zadanie lub przesunąć termin( w ciągu 24 godzin)?",
        r"Wymagane jest sprawdzenie",
        r"Zadanie (wstrzymane|rozpoczęte|odroczone)",
        r"Zaproszenie można wysłać ponownie",
    ),
    labels=(
        r"Termin zmieniony( na)?: <date>",
        r"Przypisany autor: @",
        r"Dodani (uczestnicy|obserwatorzy): @",
        r"(Projekt zadania zmieniono|Collab w ramach tego zadania został zmieniony) na <thing>",
    ),
    loose=(r"<name> (wstrzymał|wznowił|rozpoczął|odłożył) zadanie",),
)
