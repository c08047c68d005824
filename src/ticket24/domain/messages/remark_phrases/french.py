# ruff: noqa: E501 - letters of the language; a sentence is a line.
"""Bitrix24's remarks in French."""

from ticket24.domain.messages.remark_phrases.phrases import Phrases

FRENCH = Phrases(
    alone=(
        r"Une tâche a été créée( et assignée à @)?",
        r"La tâche doit être passée en revue une fois terminée",
        r"Tâche avec examen d['’]achèvement",
        r"(Une|La) date limite est requise(, sinon la tâche peut être en retard)?",
        r"@,? la tâche est (presque )?en retard",
        r"La tâche de @ (est|sera bientôt) en retard",
        r"(Le KPI|L['’]ICP|ICP) d['’]efficacité (a diminué|sera baissé|baissé)",
        r"Elle sera marquée comme étant en retard dans 24 heures, diminuant ainsi le KPI d['’]efficacité sauf si vous modifiez la date limite",
        r"@,? veuillez indiquer le statut actuel de la tâche",
        r"@, vous avez (été )?désigné\(e\) comme responsable",
        r"@( et \d+ de plus ?)?, veuillez accepter cette tâche",
        r"@, sélectionnez un\(e\) responsable pour cette tâche",
        r"@, <bot> n['’]a pas pu sélectionner un responsable pour la tâche et vous a assigné à la place",
        r"Tâche (fermée|reprise|redémarrée|renvoyée pour révision)",
        r"La tâche de @ a repris",
        r"La tâche a été terminée",
        r"@ (doit|doivent) (revoir la tâche|accepter la tâche ou la renvoyer pour révision)",
        r"@ a (mis en pause|démarré|différé) la tâche",
        r"@ a renvoyé la tâche pour révision",
        r"@ a recommencé à travailler sur la tâche",
        r"@ a modifié la tâche ?:",
        r"@, une tâche vous a été (attribuée|assignée)",
        r"@, le (ou la )?responsable,? (doit encore consulter la tâche|(a|n['’]a pas encore) accepté votre invitation à rejoindre votre compte Bitrix24)",
    ),
    together=(
        r"La tâche est (presque )?en retard",
        r"Envisagez de (fermer la tâche ou de )?(modifier|changer) la date limite( ou de fermer la tâche)?",
        r"Terminez la tâche ou déplacez la date limite( au cours des prochaines 24 heures)?",
        r"Elle doit être passée en revue",
        r"Tâche (terminée|en pause|démarrée|déférée|différée)",
        r"Vous pouvez renvoyer l['’]invitation",
    ),
    labels=(
        r"Date limite changée( en)? ?: <date>",
        r"Auteur/autrice assigné\(e\) ?: @",
        r"(Participants|Observateurs) ajoutés ?: @",
        r"(Le projet de tâche a été modifié en|La collab de cette tâche a été modifiée pour) <thing>",
    ),
    loose=(r"<name> a (mis en pause|démarré|différé) la tâche",),
)
