"""Bitrix24's remarks in English."""

from ticket24.domain.messages.remark_phrases.phrases import Phrases

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
