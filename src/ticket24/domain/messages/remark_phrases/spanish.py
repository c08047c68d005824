"""Bitrix24's remarks in Spanish."""

from ticket24.domain.messages.remark_phrases.phrases import Phrases

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
