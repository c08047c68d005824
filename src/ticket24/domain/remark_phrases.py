# ruff: noqa: RUF001, RUF003 - Russian is written in Cyrillic letters.
r"""The sentences of Bitrix24's own remarks, one table per language.

Read from the comment poster's language files of the tasks module (keys
`COMMENT_POSTER_*`, old and new wording) in English, Portuguese (Brazil), Russian
and Spanish. The German file was not to be found: see `GERMAN`.

Each entry is a regular expression without its final period. `@` stands for one or
several mentioned people, `<thing>` for a linked workgroup, `<date>` for a deadline,
`<name>` for a plain name, `<bot>` for the name of the assistant. Groups are plain:
nobody reads them. Literal parentheses are escaped.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrases:
    """The sentences of one language.

    `alone` can be a whole remark, `together` is only ever a part of one, `labels`
    end in a value and count for sure only if the value is of the right kind,
    `loose` looks like a remark without being one for sure.
    """

    alone: tuple[str, ...]
    together: tuple[str, ...]
    labels: tuple[str, ...]
    loose: tuple[str, ...]


ENGLISH = Phrases(
    alone=(
        r"A task was created( and assigned to @)?",
        r"The task requires review upon completion",
        r"Task with completion review",
        r"Deadline is required(, otherwise task can be overdue)?",
        r"@,? (the )?task is (almost )?overdue",
        r"Efficiency KPI (will be )?lowered",
        (
            r"It will be marked as overdue in 24 hours thus decreasing efficiency KPI "
            r"unless you change the deadline"
        ),
        r"@,? please advise as to the current status of the task",
        r"@,? you have been set as assignee",
        r"@( and \d+ more ?)?, please accept this task",
        r"@, select an assignee for this task",
        (
            r"@, <bot> could not select an assignee for the task, and assigned you "
            r"instead"
        ),
        r"Task (closed|resumed|returned for revision|has been completed)",
        r"@,? task has been resumed",
        r"@ must (revise the task|accept the task or return it for revision)",
        r"@ (paused|resumed|started|deferred) the task",
        r"@ returned the task for revision",
        r"@ changed the task:",
        r"@, you were assigned a task",
        r"@, the assignee is yet to view the task",
        (
            r"@, the assignee (has accepted|is yet to accept) your invitation to join "
            r"your Bitrix24"
        ),
    ),
    together=(
        r"Task is (almost )?overdue",
        (
            r"Consider (closing the task or changing the deadline|changing the "
            r"deadline or closing the task)( within a day to avoid this)?"
        ),
        r"Complete the task or move the deadline( within 24 hours)?",
        r"Review is required",
        r"Task (paused|started|deferred)",
        r"You can send the invitation again",
    ),
    labels=(
        r"Deadline changed( to)?: <date>",
        r"(Author|Responsible person) assigned: @",
        r"(Participants|Observers) added: @",
        r"(Task project|This task's collab) changed to <thing>",
    ),
    loose=(
        r"<name> (paused|resumed|started|deferred) the task",
        r"<name> returned the task for revision",
        (
            r"(The )?[Tt]ask \".{1,250}\" (has been|was) created (based )?on an? "
            r".{1,80}"
        ),
    ),
)

# The status verbs and the names of the fields are Bitrix24's own (its German tasks
# interface and older notifications). How its remarks join them is unverified: every
# entry but the last loose one is built after the English original, in the likely
# variants.
GERMAN = Phrases(
    alone=(
        (
            r"(Eine |Die )?(neue )?Aufgabe wurde erstellt"
            r"( und ((an )?@ zugewiesen|zugewiesen an @))?"
        ),
        (
            r"(Die )?Aufgabe (muss nach (dem )?Abschluss (kontrolliert|geprüft) werden"
            r"|erfordert (eine )?(Kontrolle|Überprüfung|Prüfung) nach (dem )?Abschluss)"
        ),
        r"Aufgabe mit (Kontrolle|Überprüfung|Prüfung) nach (dem )?Abschluss",
        (
            r"(Die |Eine )?Frist (ist erforderlich|muss angegeben werden)"
            r"(, (andernfalls|ansonsten|sonst) kann die Aufgabe überfällig "
            r"(werden|sein))?"
        ),
        r"@,? (die )?Aufgabe ist ((fast|beinahe|bald) )?überfällig",
        (
            r"(Die |Der )?(Effizienz|Effizienz-KPI|KPI-Effizienz|KPI der Effizienz)"
            r"( wird| wurde| ist)? (gesenkt|reduziert|verringert)"
        ),
        (
            r"@,? bitte (geben|teilen) Sie (uns )?den aktuellen "
            r"(Status der Aufgabe|Stand der Aufgabe|Aufgabenstatus) (an|mit)"
        ),
        (
            r"@,? Sie (wurden|sind) (als|zum|zur) (verantwortlichen? Person"
            r"|Verantwortlichen?|Mitwirkende[rn]?|Beobachter|Aufgabenersteller"
            r"|Teilnehmer) (festgelegt|zugewiesen|ernannt|bestimmt|hinzugefügt"
            r"|angegeben|ausgewählt)"
        ),
        (
            r"@( und (noch )?\d+ (weitere|mehr) ?)?,? bitte (nehmen Sie diese Aufgabe "
            r"an|diese Aufgabe (annehmen|akzeptieren))"
        ),
        r"@,? (bitte )?wählen Sie eine verantwortliche Person für diese Aufgabe aus",
        (
            r"(Die )?Aufgabe (wurde )?"
            r"(abgeschlossen|geschlossen|wieder ?aufgenommen|fortgesetzt)"
        ),
        r"@,? (die )?Aufgabe wurde (wieder ?aufgenommen|fortgesetzt)",
        (
            r"(Die )?Aufgabe (wurde )?zur (Überarbeitung|Nachbesserung) (zurückgewiesen"
            r"|zurückgegeben|zurückgeschickt|zurückgesendet|wieder ?aufgenommen)"
        ),
        r"@,? (muss|müssen) die Aufgabe (überarbeiten|nachbessern)",
        (
            r"@,? (muss|müssen) die Aufgabe (akzeptieren|annehmen|bestätigen) oder "
            r"(sie )?zur (Überarbeitung|Nachbesserung) "
            r"(zurückgeben|zurückweisen|zurückschicken|zurücksenden)"
        ),
        (
            r"@ hat die Aufgabe (ausgesetzt|pausiert|begonnen|gestartet|verschoben"
            r"|wieder ?aufgenommen|fortgesetzt|geändert:?"
            r"|zur (Überarbeitung|Nachbesserung) (zurückgewiesen|zurückgegeben))"
        ),
    ),
    together=(
        r"(Die )?Aufgabe ist ((fast|beinahe|bald) )?überfällig",
        (
            r"(Bitte )?[Ss]chließen Sie die Aufgabe (ab )?oder (ändern|verschieben) "
            r"Sie die Frist( innerhalb (eines Tages|von 24 Stunden)(, um dies zu "
            r"(vermeiden|verhindern))?)?"
        ),
        r"(Bitte )?[Ää]ndern Sie die Frist oder schließen Sie die Aufgabe( ab)?",
        (
            r"(Eine )?(Kontrolle|Überprüfung|Prüfung)( des Aufgabenerstellers)?"
            r"( ist)? erforderlich"
        ),
        (
            r"(Die )?Aufgabe (wurde )?(pausiert|ausgesetzt|begonnen|gestartet"
            r"|verschoben|zurückgestellt)"
        ),
    ),
    labels=(
        r"(Die )?Frist (wurde )?geändert( auf:?| zu:?|:) <date>",
        (
            r"(Autor|Ersteller|Aufgabenersteller|Verantwortliche Person"
            r"|Verantwortlicher?) (wurde )?(zugewiesen|festgelegt|ernannt|bestimmt): @"
        ),
        r"(Mitwirkende|Teilnehmer|Beobachter) (wurden? )?hinzugefügt: @",
        (
            r"((Das )?Projekt der Aufgabe|(Das )?Aufgabenprojekt) (wurde )?"
            r"(geändert (auf|zu|in):? <thing>|(auf|zu|in) <thing> geändert)"
        ),
    ),
    loose=(
        (
            r"<name> hat die Aufgabe (ausgesetzt|begonnen|verschoben"
            r"|wieder ?aufgenommen)"
        ),
        (
            r"@,? .{0,80}(Aufgabe (ist|wurde) .{0,30}überfällig|den aktuellen "
            r"(Aufgabenstatus|Status der Aufgabe).{0,30}|verantwortliche Person "
            r"\w{0,20}|zur (Überarbeitung|Nachbesserung).{0,30})"
        ),
        r"(Die )?Aufgabe \".{1,250}\" wurde aus eine[mr] .{1,80} erstellt",
    ),
)

PORTUGUESE = Phrases(
    alone=(
        r"Uma tarefa foi criada( e atribuída a @)?",
        r"A tarefa requer revisão após conclusão",
        r"Tarefa com revisão de conclusão",
        r"O prazo é obrigatório(, caso contrário, a tarefa pode ficar atrasada)?",
        r"@, a tarefa está (quase )?atrasada",
        r"A tarefa @ está (quase )?atrasada",
        r"KPI de eficiência diminuído",
        r"(O )?KPI de Eficiência (será )?reduzido",
        (
            r"Será marcada como atrasada em 24 horas, diminuindo assim o KPI de "
            r"eficiência, a menos que você altere o prazo"
        ),
        r"@,? por favor,? informem o status atual da tarefa",
        r"@, você foi definido como responsável",
        r"@(, e mais \d+ ?)?, aceitem? esta tarefa",
        r"@, selecione um responsável por esta tarefa",
        (
            r"@, o <bot> não conseguiu selecionar um responsável para a tarefa e a "
            r"atribuiu a você"
        ),
        r"Tarefa (fechada|encerrada|retomada|retornada para revisão)",
        r"A tarefa @ foi retomada",
        r"A tarefa foi concluída",
        r"@ devem revisar a tarefa",
        r"@ deve aceitar a tarefa ou retorná-la para revisão",
        r"@ (pausou|retomou|iniciou|adiou) a tarefa",
        r"@ retornou a tarefa para revisão",
        r"@ alterou a tarefa:",
        r"@, uma tarefa foi atribuída a você",
        (
            r"@, o responsável (ainda não visualizou a tarefa|(ainda não )?aceitou seu "
            r"convite para participar do seu Bitrix24)"
        ),
    ),
    together=(
        r"A tarefa está (quase )?atrasada",
        r"Altere o prazo ou feche a tarefa",
        (
            r"Considere encerrar a tarefa ou alterar o prazo"
            r"( em um dia para evitar isso)?"
        ),
        r"Conclua a tarefa ou altere o prazo( para as próximas 24 horas)?",
        r"É necessária revisão",
        r"Tarefa (pausada|iniciada|adiada)",
        r"Você pode enviar o convite novamente",
    ),
    labels=(
        r"Prazo alterado( para)?: <date>",
        r"Autor atribuído: @",
        # Unverified: the wording before "assignee" was introduced.
        r"(Pessoa responsável|Responsável) (atribuíd[ao]|designad[ao]): @",
        r"(Participantes|Observadores) adicionados: @",
        r"Projeto de tarefa alterado para <thing>",
        r"A collab desta tarefa mudou para <thing>",
    ),
    loose=(
        r"<name> (pausou|retomou|iniciou|adiou) a tarefa",
        (
            r"A tarefa \".{1,250}\" foi criada (com base (em|no) .{1,80}"
            r"|numa postagem .{1,40})"
        ),
    ),
)

RUSSIAN = Phrases(
    alone=(
        r"Поставлена задача( для @)?",
        r"Требуется контроль постановщика после завершения",
        r"Задача с контролем после завершения",
        (
            r"Необходимо указать крайний срок"
            r"(, иначе задача не будет выполнена вовремя)?"
        ),
        r"@,? задача (почти )?просрочена(, эффективность снижена)?",
        (
            r"Если не передвинуть срок, через сутки задача будет просрочена и снизит "
            r"эффективность"
        ),
        r"@,? сообщите текущий статус задачи",
        (
            r"@,? вы назначены "
            r"(постановщиком|ответственным|исполнителем|соисполнителем)"
        ),
        r"@,? вы добавлены наблюдателем",
        r"@( и ещё \d+ ?)?, возьмите задачу в работу",
        r"@, назначьте сотрудника, который будет выполнять эту задачу",
        (
            r"@, <bot> не смог определить, кого нужно назначить исполнителем, поэтому "
            r"назначил вас"
        ),
        r"Задача завершена(, требуется контроль постановщика)?",
        r"Задача (отправлена на доработку|возвращена в работу)",
        r"@,? задача возвращена в работу",
        (
            r"@,? необходимо (доделать задачу|принять задачу или отправить на "
            r"доработку)"
        ),
        # "(а)" is how only a machine writes: a plain name before it will do.
        r"(@|<name>) (возобновил|отложил|изменил)\(а\) задачу:?",
        r"(@|<name>) (приостановил|начал)\(а\) выполнение задачи",
        r"@, задача ждёт (вашего внимания|выполнения)",
        (
            r"@, исполнитель (пока не принял приглашение в ваш Битрикс24|"
            r"(присоединился к Битрикс24,|пока не открыл её —) напомните ему о задаче, "
            r"чтобы уложиться в сроки)"
        ),
        (
            r"Напомните ему о приглашении — это поможет быстрее завершить задачу и не "
            r"терять время"
        ),
    ),
    together=(
        r"Задача (почти )?просрочена",
        r"Эффективность снижена",
        r"Необходимо изменить крайний срок или завершить задачу",
        (
            r"Завершите задачу или передвиньте срок"
            r"( в течение суток(, иначе эффективность будет снижена)?)?"
        ),
        r"Задача отложена",
        r"Работа по задаче (начата|приостановлена)",
    ),
    labels=(
        r"(Крайний срок изменен на|Изменен крайний срок): <date>",
        r"(Проект задачи изменен|Коллаба задачи изменена) на: <thing>",
    ),
    loose=(r"Создана задача \".{1,250}\" на основании .{1,80}",),
)

SPANISH = Phrases(
    alone=(
        r"Se creó una tarea( y fue asignada a @)?",
        r"La tarea requiere revisión cuando esté completada",
        r"Tarea con revisión para finalización",
        r"Se necesita una fecha límite",
        r"Se requiere fecha límite",
        (
            r"La fecha límite es obligatoria, de lo contrario, la tarea puede estar "
            r"vencida"
        ),
        r"@, la tarea está (casi )?atrasada",
        r"La tarea de @ está (vencida|a punto de vencer)",
        r"La eficiencia en el Indicador clave del rendimiento \(KPI\) disminuyó",
        r"La eficiencia KPI se reducirá",
        r"Eficiencia KPI reducida",
        (
            r"Dentro de 24 horas se marcará como vencida, lo cual disminuirá la "
            r"eficiencia del KPI a menos que cambie la fecha límite"
        ),
        r"@, por favor informen sobre el estado actual de la tarea",
        r"@, usted fue designado como responsable",
        r"@( y \d+ más ?)?, por favor acepte[n]? esta tarea",
        r"@, seleccione a un responsable para esta tarea",
        (
            r"@, <bot> no pudo seleccionar un responsable para la tarea y lo asignó a "
            r"usted"
        ),
        r"Tarea (cerrada|reanudada)",
        r"La tarea de @ se reanudó",
        r"La tarea se devolvió para revisión",
        r"La tarea fue completada",
        r"@ deben revisar la tarea",
        r"@ debe aceptar la tarea o devolverla para revisión",
        r"@ (pausó|reanudó|inició|pospuso) la tarea",
        r"@ devolvió la tarea para su revisión",
        r"@ cambió la tarea:",
        r"@, se le asignó una tarea",
        (
            r"@, el responsable (aún no ha visto la tarea|(aceptó|aún no acepta) su "
            r"invitación para unirse a su Bitrix24)"
        ),
    ),
    together=(
        r"La tarea está (retrasada|vencida|a punto de (retrasarse|vencer))",
        r"Cambie la fecha límite o cierre la tarea",
        r"Puede cerrar la tarea o cambiar la fecha límite",
        (
            r"Complete la tarea o cambie la fecha límite"
            r"( antes de que transcurran 24 horas)?"
        ),
        r"Se requiere revisión",
        r"Tarea (en pausa|iniciada|diferida)",
        r"Puede enviar la invitación de nuevo",
    ),
    labels=(
        r"La fecha límite (se modificó|cambió al): <date>",
        r"Autor asignado: @",
        # Unverified: the wording before "assignee" was introduced.
        r"(Persona responsable|Responsable) asignad[ao]: @",
        r"(Participantes|Observadores) agregados: @",
        r"El (proyecto de la|collab de esta) tarea cambió a <thing>",
    ),
    loose=(
        r"<name> (pausó|reanudó|inició|pospuso) la tarea",
        (
            r"La tarea \".{1,250}\" ([Ss]e creó|[Ss]e ha creado|(ha sido|fue) creada) "
            r".{1,80}"
        ),
    ),
)

LANGUAGES = (ENGLISH, GERMAN, PORTUGUESE, RUSSIAN, SPANISH)

# What stands for an empty field; the German words are unverified.
NO_VALUE = (
    "Not specified",
    "Nicht angegeben",
    "Nicht festgelegt",
    "Não especificado",
    "Не указан",
    "No especificado",
)
