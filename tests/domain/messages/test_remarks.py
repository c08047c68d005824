# ruff: noqa: RUF001 - Russian is written in Cyrillic letters.
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticket24.domain.messages.remarks import Verdict, hidden_remarks, recognise

ANNA = "[USER=7]Anna Smith[/USER]"
BOB = "[USER=12]Bob O'Neil[/USER]"
GROUP = "[URL=/workgroups/group/31/]Help desk (level 2)[/URL]"
EFFICIENCY = "[URL=/company/personal/user/7/tasks/effective/]"
TASK_URL = "/company/personal/user/7/tasks/task/view/555/?commentAction="


def button(action: str, words: str) -> str:
    return f"[URL={TASK_URL}{action}]{words}[/URL]"


ENGLISH = [
    "Task closed.",
    "[B]Task closed.[/B]",
    "Task has been completed.",
    "Task has been completed. Review is required.",
    "Task resumed.",
    f"A task was created and assigned to {ANNA}.",
    (
        f"A task was created and assigned to {ANNA}.\n"
        "The task requires review upon completion.\nDeadline is required."
    ),
    "Deadline changed to: July 15, 6:00 pm",
    "Deadline changed: 07/15/2026 06:00:00 pm",
    "Deadline changed to: Jul 15, 2026 6:00 PM",
    (
        "Deadline changed to: Not specified\n"
        f"{button('deadlineChange', 'Deadline')} is required, otherwise task can be "
        "overdue."
    ),
    f"Author assigned: {ANNA}\nParticipants added: {ANNA}, {BOB}",
    f"Responsible person assigned: {BOB}",
    f"Observers added: {ANNA}, {BOB}",
    f"{ANNA}, you have been set as assignee.",
    f"Task project changed to {GROUP}",
    "Task project changed to Not specified",
    f"Task returned for revision\n{ANNA}, {BOB} must revise the task.",
    f"{ANNA}, {BOB} task has been resumed.",
    (
        f"Task closed.\n{ANNA} must {button('taskApprove', 'accept the task')} or "
        f"{button('taskDisapprove', 'return it for revision')}."
    ),
    (
        f"{ANNA} task is overdue. {EFFICIENCY}"
        "Efficiency KPI[/URL] lowered.\n"
        f"Consider {button('taskComplete', 'closing the task')} or "
        f"{button('deadlineChange&deadline=1752588000', 'changing the deadline')}."
    ),
    (
        "Task is overdue.\nEfficiency KPI lowered.\n"
        "Consider changing the deadline or closing the task."
    ),
    (
        f"{ANNA}, the task is almost overdue.\n"
        f"{button('taskComplete', 'Complete the task')} or "
        f"{button('deadlineChange', 'move the deadline')} within 24 hours."
    ),
    f"{ANNA}, please advise as to the current status of the task.",
    f"{ANNA} and 3 more , please accept this task.",
    (
        f"{ANNA}, CoPilot could not select an assignee for the task, and assigned you "
        "instead."
    ),
    f"{ANNA} started the task.",
]

GERMAN = [
    "Aufgabe geschlossen.",
    "Aufgabe wurde abgeschlossen.",
    "Die Aufgabe wurde wieder aufgenommen.",
    f"Aufgabe wurde erstellt und {ANNA} zugewiesen.",
    (
        f"Eine Aufgabe wurde erstellt und an {ANNA} zugewiesen.\n"
        "Die Aufgabe erfordert eine Überprüfung nach Abschluss.\n"
        "Frist ist erforderlich."
    ),
    "Frist geändert auf: 15. Juli, 18:00",
    "Die Frist wurde geändert: 15.07.2026 18:00",
    "Frist geändert auf 20. Juli 2026",
    (
        f"Frist geändert auf: Nicht angegeben\n{button('deadlineChange', 'Frist')} ist "
        "erforderlich, andernfalls kann die Aufgabe überfällig werden."
    ),
    f"Beobachter hinzugefügt: {ANNA}, {BOB}",
    f"Mitwirkende hinzugefügt: {ANNA}",
    f"Verantwortliche Person zugewiesen: {BOB}",
    f"{ANNA}, Sie wurden als verantwortliche Person festgelegt.",
    f"Projekt der Aufgabe geändert auf {GROUP}",
    f"Aufgabe zur Überarbeitung zurückgegeben\n{ANNA} muss die Aufgabe überarbeiten.",
    (
        f"Aufgabe geschlossen.\n{ANNA} muss {button('taskApprove', 'die Aufgabe')} "
        f"annehmen oder {button('taskDisapprove', 'zur Überarbeitung zurückgeben')}."
    ),
    (
        "Aufgabe ist überfällig.\nEffizienz gesenkt.\n"
        "Ändern Sie die Frist oder schließen Sie die Aufgabe ab."
    ),
    f"{ANNA}, die Aufgabe ist fast überfällig.",
    f"{ANNA}, bitte teilen Sie den aktuellen Status der Aufgabe mit.",
    f"{ANNA}, bitte teilen Sie den aktuellen Status mit.",
    (
        f"Frist ist erforderlich.\nAuftraggeber zugewiesen: {ANNA}.\n"
        f"Verantwortliche Person zugewiesen: {BOB}."
    ),
    f"Auftraggeber geändert: {ANNA}",
    f"Auftragnehmer zugewiesen: {BOB}",
    f"Mitwirkender hinzugefügt: {BOB}.",
    f"Aufgabe erledigt. {ANNA}, bitte nehmen Sie die Aufgabe ab.",
]

PORTUGUESE = [
    "Tarefa fechada.",
    "A tarefa foi concluída.",
    "A tarefa foi concluída. É necessária revisão.",
    "Tarefa retomada.",
    (
        f"Uma tarefa foi criada e atribuída a {ANNA}.\n"
        "A tarefa requer revisão após conclusão.\nO prazo é obrigatório."
    ),
    "Prazo alterado para: 15 de julho, 18:00",
    (
        f"Prazo alterado para: Não especificado\nO {button('deadlineChange', 'prazo')} "
        "é obrigatório, caso contrário, a tarefa pode ficar atrasada."
    ),
    f"Autor atribuído: {ANNA}",
    f"Observadores adicionados: {ANNA}, {BOB}",
    f"Participantes adicionados: {BOB}",
    f"{ANNA}, você foi definido como responsável.",
    f"Projeto de tarefa alterado para {GROUP}",
    f"Tarefa retornada para revisão\n{ANNA} devem revisar a tarefa.",
    (
        f"Tarefa encerrada.\n{ANNA} deve {button('taskApprove', 'aceitar a tarefa')} "
        f"ou {button('taskDisapprove', 'retorná-la para revisão')}."
    ),
    (
        f"A tarefa {ANNA} está atrasada. {EFFICIENCY}"
        "KPI de Eficiência[/URL] reduzido.\n"
        f"Considere {button('taskComplete', ' encerrar a tarefa')} ou "
        f"{button('deadlineChange', 'alterar o prazo')}."
    ),
    (
        "A tarefa está atrasada.\nKPI de eficiência diminuído.\n"
        "Altere o prazo ou feche a tarefa."
    ),
    f"{ANNA}, a tarefa está quase atrasada.",
    f"{ANNA}, por favor, informem o status atual da tarefa.",
]

RUSSIAN = [
    "Задача завершена.",
    "Задача завершена, требуется контроль постановщика.",
    "Задача возвращена в работу.",
    f"{ANNA}, {BOB}, задача возвращена в работу.",
    (
        f"Поставлена задача для {ANNA}.\n"
        "Требуется контроль постановщика после завершения.\n"
        "Необходимо указать крайний срок."
    ),
    "Крайний срок изменен на: 15 июля, 18:00",
    "Изменен крайний срок: 15.07.2026 18:00:00",
    (
        "Крайний срок изменен на: Не указан\n"
        f"Необходимо указать {button('deadlineChange', 'крайний срок')}, иначе задача "
        "не будет выполнена вовремя."
    ),
    f"{ANNA}, вы назначены ответственным.\n{BOB}, вы добавлены наблюдателем.",
    f"{ANNA}, вы назначены исполнителем.",
    f"Проект задачи изменен на: {GROUP}",
    f"Задача отправлена на доработку.\n{ANNA}, необходимо доделать задачу.",
    (
        f"Задача завершена.\n{ANNA}, необходимо "
        f"{button('taskApprove', 'принять задачу')} или "
        f"{button('taskDisapprove', 'отправить на доработку')}."
    ),
    (
        f"{ANNA}, задача просрочена, {EFFICIENCY}"
        "эффективность[/URL] снижена.\n"
        f"{button('taskComplete', 'Завершите задачу')} или "
        f"{button('deadlineChange', 'передвиньте срок')}."
    ),
    (
        "Задача почти просрочена.\nЕсли не передвинуть срок, через сутки задача будет "
        "просрочена и снизит эффективность."
    ),
    f"{ANNA}, задача просрочена.",
    f"{ANNA}, сообщите текущий статус задачи.",
    "Анна Петрова изменил(а) задачу:\nКрайний срок изменен на: 15 июля, 18:00",
]

SPANISH = [
    "Tarea cerrada.",
    "La tarea fue completada.",
    "La tarea fue completada. Se requiere revisión.",
    "Tarea reanudada.",
    (
        f"Se creó una tarea y fue asignada a {ANNA}.\n"
        "La tarea requiere revisión cuando esté completada.\n"
        "Se necesita una fecha límite."
    ),
    "La fecha límite cambió al: 15 de julio, 18:00",
    (
        f"La fecha límite cambió al: No especificado\n"
        f"{button('deadlineChange', 'La fecha límite')} es obligatoria, de lo "
        "contrario, la tarea puede estar vencida."
    ),
    f"Autor asignado: {ANNA}",
    f"Observadores agregados: {ANNA}, {BOB}",
    f"Participantes agregados: {BOB}",
    f"{ANNA}, usted fue designado como responsable.",
    f"El proyecto de la tarea cambió a {GROUP}",
    f"La tarea se devolvió para revisión\n{ANNA} deben revisar la tarea.",
    (
        f"Tarea cerrada.\n{ANNA} debe {button('taskApprove', 'aceptar la tarea')} o "
        f"{button('taskDisapprove', 'devolverla para revisión')}."
    ),
    (
        f"La tarea de {ANNA} está vencida. {EFFICIENCY}"
        "Eficiencia KPI[/URL] reducida.\n"
        f"Puede {button('taskComplete', 'cerrar la tarea')} o "
        f"{button('deadlineChange', 'cambiar la fecha límite')}."
    ),
    (
        "La tarea está retrasada.\n"
        "La eficiencia en el Indicador clave del rendimiento (KPI) disminuyó.\n"
        "Cambie la fecha límite o cierre la tarea."
    ),
    f"{ANNA}, la tarea está casi atrasada.",
    f"{ANNA}, por favor informen sobre el estado actual de la tarea",
]

AS_STORED = [
    "commentAuxTaskInfo",
    (
        "Task with completion review.Deadline is required."
        f"Author assigned: {ANNA}Observers added: {ANNA}, {BOB}"
    ),
    "Deadline changed to: #DEADLINE_START#1752588000#DEADLINE_END#\n",
    (
        f"{ANNA}, the task is overdue.\n#TASK_COMPLETE_START#Complete the task"
        "#TASK_COMPLETE_END# or #DEADLINE_CHANGE_START#move the deadline"
        "#DEADLINE_CHANGE_END#."
    ),
    "Task project changed to [GROUP_ID=31]Sales[/GROUP_ID]",
    "Task project changed to [GROUP_ID=0]Not specified[/GROUP_ID]",
    "Observers added: [USER=12]Bob O&#039;Neil[/USER]",
]

PEOPLE = [
    "",
    "Hello Anna, task closed. Best regards",
    "Hello, your ticket is closed now. Thank you!",
    "The deadline changed because the part arrives on Friday.",
    "We cannot move the deadline, sorry. The invoice is already overdue.",
    "I closed the task for the printer and opened a new one for the network.",
    "The task is overdue because our supplier is late; we apologise.",
    "task is done :)",
    "Deadline is tomorrow.",
    "Your request has been completed.",
    "Task closed? I do not think so, please check again.",
    "Task closed. The new toner is in the cupboard.",
    f"{ANNA}, could you please check the invoice of this customer?",
    f"{ANNA} please call the customer, the task is urgent.",
    f"{BOB} is on holiday until Monday, I am taking over your request.",
    "[QUOTE]Task closed.[/QUOTE]\nPlease reopen it, the error is still there.",
    f"[QUOTE=Bob]Task is overdue. {button('taskComplete', 'Close')}[/QUOTE]\nOn it!",
    "Here is the screenshot.\n[DISK FILE ID=n437269]",
    "Task closed.\n[DISK FILE ID=n12]",
    "Done:\n- mailbox moved\n- password reset\n\nTask closed.",
    "See https://example.com/task?action=complete for the details.",
    "Observers of the eclipse were added to the list you sent.",
    "We started the task.",
    "I resumed the task yesterday.",
    "Guten Tag Frau Müller, die Aufgabe ist abgeschlossen. Viele Grüße",
    "Die Frist wurde leider verschoben, wir melden uns am Montag.",
    "Die Aufgabe ist noch nicht abgeschlossen.",
    "Die Aufgabe wurde an unsere Technik weitergegeben.",
    "Ihre Rechnung ist überfällig, bitte überweisen Sie bis Freitag.",
    f"{ANNA}, kannst du bitte den Status beim Kunden erfragen?",
    "Bitte teilen Sie uns den aktuellen Stand mit.",
    "Wir haben das Ticket geschlossen. Bei Fragen antworten Sie einfach.",
    "Frist: Freitag, 12 Uhr.",
    "Die Frist wurde geändert, weil das Ersatzteil fehlt.",
    "Olá, a tarefa foi concluída. Qualquer dúvida, estamos à disposição.",
    "A tarefa foi concluída. Segue o relatório em anexo.",
    "O prazo foi alterado para sexta-feira, tudo bem?",
    "O boleto está atrasado, por favor verifique.",
    "Sua solicitação foi fechada.",
    f"{ANNA}, pode falar com o cliente sobre o prazo?",
    "Por favor, informe o número do pedido.",
    "Здравствуйте, задача завершена. С уважением, Анна",
    "Задача завершена. Отчёт во вложении.",
    "Крайний срок изменить не получится, ждём поставку.",
    "Оплата просрочена, пришлите, пожалуйста, чек.",
    "Мы начали работу по вашей заявке.",
    f"{ANNA}, позвоните клиенту и уточните срок.",
    "Необходимо указать номер договора.",
    "Hola, la tarea está cerrada. Saludos, Ana",
    "Tarea cerrada. Le enviamos el informe por correo.",
    "La fecha límite cambió porque el proveedor no llegó.",
    "La factura está vencida, ¿puede revisarla?",
    f"{ANNA}, ¿puedes llamar al cliente hoy?",
    "Se requiere su firma en el documento adjunto.",
    "Por favor informe sobre el estado de su pedido.",
]

DOUBTFUL = [
    "Task closed.\nThank you for your patience, we wish you a nice day.",
    f"Observers added: {ANNA}\nThey know the printer best.",
    f"Some wording of a later version, {button('taskComplete', 'finish it')}!",
    button("taskReopen", "") + "[/B]",
    "Read #TASK_COMPLETE_START#this#TASK_COMPLETE_END# first",
    "Deadline changed to: as soon as the part arrives",
    "Participants added: Bob and his team",
    "Task project changed to Sales",
    f"{ANNA}, the task is overdue. Write to the supplier.",
    "Task is overdue.",
    "Task started.",
    "John Smith started the task.",
    'The task "New printer" has been created based on a task comment.',
    "Die Frist wurde geändert: bis das Ersatzteil da ist",
    f"{ANNA}, die Aufgabe ist seit gestern überfällig.",
    f"{ANNA} soll den aktuellen Status der Aufgabe melden.",
    'Die Aufgabe "Neuer Drucker" wurde aus einem Aufgabenkommentar erstellt.',
    "Aufgabe verschoben.",
    "Prazo alterado para: quando a peça chegar",
    "A tarefa está atrasada.",
    'A tarefa "Impressora" foi criada com base em um comentário de tarefa.',
    "Крайний срок изменен на: когда придёт деталь",
    "Задача отложена.",
    'Создана задача "Принтер" на основании комментария к задаче.',
    "La fecha límite cambió al: cuando llegue la pieza",
    "Tarea en pausa.",
    'La tarea "Impresora" ha sido creada en base a un Comentario de la tarea.',
]

BY_LANGUAGE = [ENGLISH, GERMAN, PORTUGUESE, RUSSIAN, SPANISH]

HOSTILE = [
    "a",
    "[",
    "&",
    "T\n",
    "Task closed.",
    "Task closed.\n",
    "[USER=",
    "[USER=1]",
    "[USER=1]A[/USER], ",
    "[URL=/workgroups/group/1",
    "#TASK_",
    "<a ",
    'Task "',
    "Anna Smith ",
    "Deadline changed to: 1",
    "\ue000",
]


@pytest.mark.parametrize("text", [text for texts in BY_LANGUAGE for text in texts])
def test_remark_is_recognised(text: str) -> None:
    """What Bitrix24 itself says is a remark, in every known language."""
    assert Verdict.REMARK is recognise(text)


@pytest.mark.parametrize("text", AS_STORED)
def test_stored_form_is_recognised(text: str) -> None:
    """A remark that was not rendered for a reader is also a remark."""
    assert Verdict.REMARK is recognise(text)


@pytest.mark.parametrize("texts", BY_LANGUAGE)
def test_every_language_has_samples(texts: list[str]) -> None:
    """Each language is tried with at least twelve remarks, some of several lines."""
    assert len(set(texts)) >= 12
    assert any("\n" in text for text in texts)


@pytest.mark.parametrize("text", PEOPLE)
def test_words_of_people_pass(text: str) -> None:
    """What staff ordinarily write is a person's, whatever words are in it."""
    assert Verdict.PERSON is recognise(text)


@pytest.mark.parametrize("text", DOUBTFUL)
def test_likeness_to_a_remark_is_doubtful(text: str) -> None:
    """A text that could be a remark, but is not certainly one, is doubtful."""
    assert Verdict.DOUBTFUL is recognise(text)


@pytest.mark.parametrize("text", [text for texts in BY_LANGUAGE for text in texts])
def test_remark_with_more_below_is_held_back(text: str) -> None:
    """Unknown words below a remark leave it doubtful, never a person's."""
    assert Verdict.DOUBTFUL is recognise(f"{text}\nqwerty asdf")


@pytest.mark.parametrize("text", [text for texts in BY_LANGUAGE for text in texts])
def test_layout_does_not_matter(text: str) -> None:
    """Other line ends, outer spaces and HTML entities change no verdict."""
    laid_out = "\r\n \r\n" + text.replace("\n", "\r\n").replace("&", "&amp;") + " \n"

    assert Verdict.REMARK is recognise(laid_out)


@pytest.mark.parametrize("unit", HOSTILE)
@pytest.mark.parametrize("length", [20_000, 100_000])
def test_hostile_text_costs_no_time(unit: str, length: int) -> None:
    """A text made to be slow is judged within a moment."""
    text = (unit * length)[:length]
    started = time.thread_time()

    recognise(text)

    assert time.thread_time() - started < 1


def test_very_long_text_is_a_persons() -> None:
    """A text longer than any remark is a person's, even made of remarks."""
    assert Verdict.PERSON is recognise("Task closed.\n" * 8_000)


def test_very_long_text_with_a_button_is_doubtful() -> None:
    """Bitrix24's own button is not overlooked in a text of any length."""
    assert Verdict.DOUBTFUL is recognise("a" * 100_000 + button("taskApprove", "x"))


pieces = st.sampled_from(
    [*ENGLISH, *GERMAN, *PORTUGUESE, *RUSSIAN, *SPANISH, *AS_STORED, *HOSTILE]
)


@given(st.lists(st.one_of(st.text(), pieces), max_size=6).map("".join))
def test_any_text_gets_a_verdict(text: str) -> None:
    """Every text, however broken, gets one of the three verdicts."""
    assert recognise(text) in Verdict


@given(st.text(alphabet="abcdefgh ?\n", min_size=1))
def test_text_without_known_words_is_a_persons(text: str) -> None:
    """A text without a word of Bitrix24's is never held back."""
    assert Verdict.PERSON is recognise(text)


@pytest.mark.parametrize(
    ("recognised", "service", "hidden"),
    [
        ((0, 0), (0, 0), 0),
        ((2, 3), (2, 3), 0),
        ((2, 3), (2, 5), 2),
        ((2, 3), (7, 9), 1),
        ((2, 4), (2, 3), 0),
        ((5, 5), (5, 3), 0),
        ((0, 1), (3, 4), 0),
    ],
)
def test_hidden_remarks_are_the_unfound_ones(
    recognised: tuple[int, int], service: tuple[int, int], hidden: int
) -> None:
    """Hidden is what Bitrix24 counted since the last look and nobody recognised."""
    assert hidden == hidden_remarks(*recognised, *service)
