# ruff: noqa: RUF001, E501 - letters of the languages; a remark is a line.
"""Bitrix24's remarks in more languages."""

import time

import pytest

from ticket24.domain.messages.remark_phrases import LANGUAGES
from ticket24.domain.messages.remarks import Verdict, recognise

ANNA = "[USER=7]Anna Smith[/USER]"
BOB = "[USER=12]Bob O'Neil[/USER]"
GROUP = "[URL=/workgroups/group/31/]Help desk (level 2)[/URL]"
PAGE = "/company/personal/user/7/tasks/task/view/555/?commentAction="


def button(action, words):
    return f"[URL={PAGE}{action}]{words}[/URL]"


KNOWN = {
    "fr": [
        "Une tâche a été créée.",
        f"Une tâche a été créée et assignée à {ANNA}.\nLa tâche doit être passée en revue une fois terminée.\nUne date limite est requise.",
        f"{button('deadlineChange', 'La date limite')} est requise, sinon la tâche peut être en retard.",
        f"La tâche de {ANNA} est en retard. {button('x', 'ICP d’efficacité')} baissé. Envisagez de {button('taskComplete', 'fermer la tâche')} ou de {button('deadlineChange', 'changer la date limite')}.",
        "La tâche est presque en retard.\nElle sera marquée comme étant en retard dans 24 heures, diminuant ainsi le KPI d'efficacité sauf si vous modifiez la date limite.",
        f"{ANNA}, {BOB}, veuillez indiquer le statut actuel de la tâche",
        "Date limite changée en : 21 novembre 2026 18:00",
        "Date limite changée\xa0: Non spécifié",
        f"Participants ajoutés : {ANNA}, {BOB}",
        f"{ANNA}, vous avez désigné(e) comme responsable.",
        f"Le projet de tâche a été modifié en {GROUP}",
        f"Tâche renvoyée pour révision\n{ANNA} doit revoir la tâche.",
        "Tâche reprise.",
        f"La tâche de {ANNA} a repris.",
        "La tâche a été terminée. Elle doit être passée en revue.",
        f"Tâche terminée.\n{ANNA} doit {button('taskApprove', 'accepter la tâche')} ou {button('taskDisapprove', ' la renvoyer pour révision')}.",
        "Tâche fermée.",
        f"{ANNA} a démarré la tâche.",
    ],
    "pl": [
        "Utworzono zadanie.",
        f"Utworzono zadanie i przypisano je do {ANNA}.\nPo zakończeniu zadanie wymaga sprawdzenia.\nTermin jest wymagany.",
        f"{button('deadlineChange', 'Termin')} jest wymagany. W przeciwnym razie zadanie może być zaległe.",
        f"Zadanie {ANNA} jest po terminie. {button('x', 'KPI wydajności')} obniżone.\nRozważ zamknięcie zadania lub zmianę terminu.",
        f"{ANNA}: na jakim etapie jest zadanie?",
        "Termin zmieniony na: 21 listopada 2026 18:00",
        "Termin zmieniony: 21.11.2026 18:00:00",
        f"Dodani obserwatorzy: {ANNA}",
        f"{ANNA}, zostałeś wyznaczony/a jako osoba odpowiedzialna.",
        f"Projekt zadania zmieniono na {GROUP}",
        f"Zadanie zwrócono do sprawdzenia\n{ANNA} muszą sprawdzić to zadanie.",
        "Wznowiono zadanie.",
        f"Zadanie zamknięte.\n{ANNA} musi zaakceptować to zadanie lub zwrócić je do sprawdzenia.",
        "Zadanie zostało zakończone. Wymagane jest sprawdzenie.",
    ],
    "it": [
        "Un incarico è stato creato.",
        f"Un incarico è stato creato e assegnato a {ANNA}.\nL'incarico richiede una revisione al completamento.\nScadenza obbligatoria.",
        f"Incarico {ANNA} scaduto. {button('x', 'KPI di efficienzaKPI')} ridotto.\nPrendi in considerazione l'ipotesi di chiudere l'incarico o modificare la scadenza.",
        f"{ANNA}, ti preghiamo di informarci sullo stato attuale dell'incarico.",
        "Scadenza modificata in: 21 novembre, 18:00",
        f"Partecipanti aggiunti: {ANNA}",
        f"{ANNA}, ora hai il ruolo di responsabile.",
        f"Il progetto dell'incarico è stato modificato in {GROUP}",
        f"Incarico restituito per la revisione\nL'incarico deve essere rivisto da {ANNA}.",
        "Incarico ripreso.",
        f"Incarico chiuso.\n{ANNA} deve accettare l'incarico o restituirlo per la revisione.",
        "L'incarico è stato completato. Revisione obbligatoria.",
    ],
    "ua": [
        "Поставлено завдання.",
        f"Поставлено завдання для {ANNA}.\nЗавдання потребує контролю після завершення.\nНеобхідно вказати крайній термін. ",
        f"{ANNA} завдання протерміноване, {button('x', 'ефективність')} знижена.\n{button('taskComplete', ' Завершіть завдання ')} або {button('deadlineChange', ' змініть крайній термін ')}. ",
        f"{ANNA}, повідомте поточний статус завдання.",
        "Крайній термін змінений на: 21 листопада 2026 18:00",
        f"Додані спостерігачі: {ANNA}",
        f"{ANNA}, вас призначено виконавцем.",
        f"Проєкт завдання змінений на: {GROUP}",
        f"Завдання відправлене на доопрацювання.\n{ANNA} необхідно довиконувати завдання. ",
        "Завдання повернуте в роботу.",
        f"Завдання завершене.\n{ANNA} необхідно прийняти завдання або відправити на доопрацювання. ",
        "Завдання завершене.",
        f"{ANNA} почав(почала) виконання завдання.",
    ],
    "kz": [
        "Міндет қойылды.",
        f"{ANNA} үшін міндет қойылды.\nАяқтағаннан кейін қоюшының бақылауы қажет.\nАқырғы мерзім көрсетілуі керек.",
        f"{ANNA}, міндеттің мерзімі өтіп кетті, тиімділік төмендетілген.\n{button('taskComplete', 'Міндетті аяқтаңыз')} немесе {button('deadlineChange', 'мерзімді жылжытыңыз')}.",
        f"{ANNA}, міндеттің ағымдағы мәртебесін хабарлаңыз.",
        "Ақырғы мерзім келесіге өзгертілді: 21 қараша 2026 18:00",
        f"{ANNA}, сіз бақылаушы ретінде қосылдыңыз.",
        f"{ANNA}, сіз орындаушы ретінде тағайындалдыңыз.",
        f"Міндеттің жобасы келесіге өзгертілді: {GROUP}",
        f"Міндет толықтыру үшін жіберілді.\n{ANNA}, міндетті аяқтау керек.",
        "Міндет жұмысқа қайтарылды.",
        f"Міндет аяқталды.\n{ANNA}, міндетті қабылдау керек немесе толықтыру үшін жіберу керек.",
        "Міндет аяқталды.",
    ],
}

# Their files were not to be found: what looks like a remark waits for a person.
GUESSED = [
    "Завдання завершено.",
    "Завдання поновлено.",
    "Тапсырма аяқталды.",
    "Тапсырма жабылды.",
    "Görev oluşturuldu.",
    "Görev kapatıldı.",
    "Son tarih değiştirildi: 21.11.2026 18:00",
    "任务已关闭。",
    "任務已完成。",
    "截止日期已更改为：2026年11月21日 18:00",
    "Nhiệm vụ đã đóng.",
    "Thời hạn đã được thay đổi thành: 21/11/2026",
    "タスクが作成されました。",
    "期限が変更されました: 2026年11月21日",
]

PEOPLE = [
    "C'est réparé, la tâche est simple.",
    "Nous avons fermé la tâche de fond, merci de réessayer.",
    "Naprawione, proszę spróbować ponownie.",
    "Abbiamo cambiato il toner, riprova.",
    "Ми замінили картридж, спробуйте ще раз.",
    "Картриджді ауыстырдық.",
    "Yazıcı tekrar çalışıyor, dener misiniz?",
    "打印机已经修好了，请再试一次。",
    "Máy in đã hoạt động trở lại.",
    "プリンターは直りました。",
]


@pytest.mark.parametrize("text", [text for texts in KNOWN.values() for text in texts])
def test_what_bitrix24_says_by_itself_is_a_remark(text):
    """It is as in its language files; with words below it, it is doubtful."""
    assert Verdict.REMARK is recognise(text)
    assert Verdict.DOUBTFUL is recognise(f"{text}\nqwerty asdf")


@pytest.mark.parametrize("text", GUESSED)
def test_what_may_be_a_remark_waits_for_a_person(text):
    """Nothing is hidden for good by a guess."""
    assert Verdict.DOUBTFUL is recognise(text)


@pytest.mark.parametrize("text", PEOPLE)
def test_words_of_people_pass_in_these_languages_too(text):
    """Answers about the same things are a person's."""
    assert Verdict.PERSON is recognise(text)


def test_every_language_of_bitrix24_is_looked_for():
    """Nine more than the five that were known first."""
    assert 14 == len(LANGUAGES)


@pytest.mark.parametrize("unit", [" 任务", "期限が", "Görev ", "La tâche ", "ce "])
def test_more_languages_cost_no_time(unit):
    """A long text of their words is judged within a moment."""
    started = time.thread_time()
    recognise((unit * 20_000)[:20_000])

    assert time.thread_time() - started < 1
