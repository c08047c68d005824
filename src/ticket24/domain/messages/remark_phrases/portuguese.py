"""Bitrix24's remarks in Portuguese (Brazil)."""

from ticket24.domain.messages.remark_phrases.phrases import Phrases

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
