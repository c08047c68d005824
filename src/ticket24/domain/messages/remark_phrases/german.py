"""Bitrix24's remarks in German."""

from ticket24.domain.messages.remark_phrases.phrases import Phrases

# The status verbs and the names of the fields are Bitrix24's own (from its German tasks
# interface and older notifications). How its remarks join them is unverified: every
# entry except the last loose one is modelled on the English original, in its likely
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
            r"(Status( der Aufgabe)?|Stand der Aufgabe|Aufgabenstatus) (an|mit)"
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
            r"(abgeschlossen|geschlossen|erledigt|wieder ?aufgenommen|fortgesetzt)"
        ),
        r"@,? bitte nehmen Sie die Aufgabe (ab|an)",
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
            r"(Autor|Ersteller|Aufgabenersteller|Aufgabensteller|Auftraggeber"
            r"|Auftragnehmer|Verantwortliche Person|Verantwortlicher?) (wurde )?"
            r"(zugewiesen|festgelegt|ernannt|bestimmt|geändert( auf| zu)?): @"
        ),
        r"(Mitwirkender?|Teilnehmer|Beobachter) (wurden? )?(hinzugefügt|zugewiesen): @",
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
