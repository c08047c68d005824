"""Words of six languages with which people thank, and those that go with them."""

# Without one of these, nobody thanks: "all well" may be a question.
THANKS = """
thanks thank thankyou thx ty tks cheers danke dank dankeschön dankend merci
bedankt appreciated grateful awesome perfect great excellent wonderful brilliant super
prima perfekt klasse toll spitze wunderbar hervorragend ausgezeichnet top obrigado
obrigada obg valeu vlw agradeço agradecido agradecida agradecemos grato grata perfeito
ótimo excelente maravilha gracias grax agradezco perfecto genial estupendo fantástico
parfait génial formidable impeccable nickel dzięki dziekuje dziękuję dziękujemy
dziekujemy dzieki świetnie doskonale ekstra
"""

BESIDES = """
you so very much many a lot ton million again for the your all of this that it is
its it's s help support reply answer response quick fast prompt kind works working
now fine good well ok okay everything fixed solved done hi hello dear team guys
everyone with have nice lovely day weekend evening week best regards greetings wishes
sincerely bye and to i we really indeed yes yep wow noted understood sorted info
information update clear
vielen vielmals herzlichen herzlich lieben besten schönen recht tausend sehr ganz für
die das den der ihre ihr eure euer schnelle schnellen rasche rückmeldung hilfe
unterstützung antwort bearbeitung mühe es alles geht läuft klappt funktioniert wieder
jetzt nun gut bestens erledigt gelöst hallo liebe lieber guten tag morgen abend moin
servus grüße gruß grüßen grüsse mit freundlichen freundliche freundlicher mfg lg vg
schöne schönes wochenende woche einen ein noch euch ihnen dir und ich wir ja passt
team zusammen nochmal nochmals klar info information auskunft nachricht gleichfalls
ebenfalls verstanden notiert
muito muita pela pelo a o ajuda resposta atenção rapidez retorno tudo certo deu
funcionou funcionando funciona agora está resolvido bom boa dia tarde noite olá oi
caro cara prezados equipe abraço abraços att atenciosamente um uma e de mais vez sim
beleza pronto fim semana tenha ciente entendido recebido combinado informação
igualmente
muchas muchísimas mil por la el su tu ayuda respuesta atención rapidez todo bien ya
funciona funcionó resuelto solucionado ahora buenos buenas días tardes noches hola
estimado estimada equipo saludo saludos cordiales cordial un una buen fin de semana y
sí vale listo gran entendido recibido enterado información igualmente perfectamente
beaucoup bien mille infiniment pour votre vos ton aide réponse rapidité retour tout
marche fonctionne est ça c'est c maintenant résolu réglé bonjour bonsoir cher chère
équipe cordialement bonne bon journée soirée fin week end à vous vôtre amicalement
salutations et oui d'accord d accord le la les l de du noté reçu compris info
information pareillement rapide
bardzo serdecznie piękne pięknie wielkie za pomoc odpowiedź szybką szybka wsparcie
wszystko działa teraz już dobrze rozwiązane gotowe dzień dobry cześć witam państwu
pani panu pozdrawiam pozdrowienia miłego dnia weekendu wieczoru tak jest i z jeszcze
raz zrozumiano przyjęte jasne informację informacje wzajemnie
"""

# Words that say something else, except in these rows.
ROWS = (
    *("got it", "you too", "same to you", "for letting me know", "for letting us know"),
    *("for getting back to me", "for getting back to us"),
    *("sounds good", "works like a charm", "all set"),
    *("hat geklappt", "hat alles geklappt", "hat super geklappt"),
    *("hat funktioniert", "hat es funktioniert", "hat geholfen", "hat sehr geholfen"),
    *("ihnen auch", "dir auch", "euch auch", "passt so", "vous aussi", "a vous aussi"),
    *("ça a marché", "ha funcionado", "a usted también", "para você também"),
    *("pomogło", "zadziałało", "nawzajem"),
)

# Somebody agrees with one of the first of these, and perhaps some of the others.
AGREED = """
ok okay okey oki okidoki passt klar noted understood agreed verstanden einverstanden
ordnung combinado entendido certo beleza vale acuerdo recibido d'accord entendu compris
noté dobrze zrozumiano jasne porządku
"""

BESIDES_AGREED = """
all alles in so sehr very für mich for me fine good gut sounds tudo todo bem bien de w
wszystko hi hello hallo lg vg mfg gruß grüße viele beste
"""

# Who says such a thing waits for an answer, with a question mark or without.
ASKING = (
    *("confirm", "let me know", "let us know", "agree", "approv", "permission"),
    *("bestätig", "bescheid", "rückmeld", "einverstanden", "zustimm", "genehmig"),
    *("freigabe", "freigeb", "avis", "autoriz", "aprov", "aceit", "acept", "acuerdo"),
    *("approuv", "accord", "accept", "potwier", "zgod", "akcept"),
)
