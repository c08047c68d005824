# ruff: noqa: E501 - letters of the language; a sentence is a line.
"""Bitrix24's remarks in Italian."""

from ticket24.domain.messages.remark_phrases.phrases import Phrases

ITALIAN = Phrases(
    alone=(
        r"Un incarico è stato creato( e assegnato a @)?",
        r"L['’]incarico richiede una revisione al completamento",
        r"Incarico con revisione di completamento",
        r"Scadenza obbligatoria(, altrimenti l['’]incarico può risultare scaduto)?",
        r"@,? l['’]incarico (è scaduto|sta per scadere)",
        r"Incarico @ (quasi )?scaduto",
        r"(KPI diminuito|(Il )?KPI di efficienza(KPI)? (sarà )?ridotto)",
        r"Sarà contrassegnato come scaduto tra 24 ore riducendo il KPI, a meno che non si modifichi la scadenza",
        r"@,? ti preghiamo di informarci sullo stato attuale dell['’]incarico",
        r"@, ora hai il ruolo di responsabile",
        r"@( e \d+ in più ?)?, accetta(te)? questo incarico",
        r"@, seleziona un responsabile per questo incarico",
        r"@, <bot> non è riuscito a selezionare un responsabile per l['’]incarico, pertanto ti ha assegnato il ruolo di responsabile",
        r"Incarico (chiuso|ripreso|restituito per la revisione)",
        r"Incarico @ ripreso",
        r"L['’]incarico è stato completato",
        r"L['’]incarico deve essere rivisto da @",
        r"@ (deve|devono) accettare l['’]incarico o restituirlo per la revisione",
        r"@ ha (sospeso|ripreso|avviato|posticipato) l['’]incarico",
        r"@ ha rinviato l['’]incarico per la revisione",
        r"@ ha modificato l['’]incarico:",
        r"@, ti è stato assegnato un incarico",
        r"@, il responsabile (deve ancora visualizzarlo|ha accettato il tuo invito in Bitrix24|deve ancora accettare l['’]invito a entrare in Bitrix24)",
    ),
    together=(
        r"(L['’]incarico è|Incarico) (quasi )?scaduto",
        r"Prendi in considerazione l['’]ipotesi di chiudere l['’]incarico o modificare la scadenza( entro un giorno per evitare che accada)?",
        r"Modifica la scadenza o chiudi l['’]incarico",
        r"Completa l['’]incarico o sposta la scadenza( entro 24 ore)?",
        r"Revisione obbligatoria",
        r"Incarico (sospeso|avviato|posticipato)",
        r"Puoi inviarne un altro",
    ),
    labels=(
        r"Scadenza modificata( in)?: <date>",
        r"Autore assegnato: @",
        r"(Partecipanti|Osservatori) aggiunti: @",
        r"(Il progetto dell['’]incarico è stato modificato|Collab dell['’]incarico modificata) in <thing>",
    ),
    loose=(r"<name> ha (sospeso|ripreso|avviato|posticipato) l['’]incarico",),
)
