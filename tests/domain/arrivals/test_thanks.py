"""Mere thanks are recognised in six languages, and nothing else is."""

import pytest

from ticket24.domain.arrivals.gestures.thanks import asks, only_thanks


@pytest.mark.parametrize(
    "text",
    [
        "Thanks!",
        "Thank you so much for your quick help",
        "Perfect, it works now. Thanks, Ana!",
        "THX",
        "Vielen Dank!",
        "Danke, jetzt klappt es wieder. Schönes Wochenende!",
        "Hallo Ana,\n\nherzlichen Dank für die Hilfe.\n\nViele Grüße\nJörg Müller",
        "Super, danke 👍🏽",
        "Muito obrigada!",
        "Obrigado pela ajuda, tudo certo.",
        "Valeu :)",
        "¡Muchas gracias por su ayuda!",
        "Perfecto, ya funciona. Gracias.",
        "Merci beaucoup !",
        "C’est parfait, merci pour votre aide.\n\nCordialement",
        "Dziękuję bardzo za pomoc!",
        "Dzięki, wszystko działa.",
        "👍",
        "🙏🙏 ❤️",
        ":-)",
        "Thanks\n\nBest regards\nMary Stone\nExample Ltd",
        "Danke!\n\nVon meinem iPhone gesendet",
        "Got it, thanks!",
        "Thanks for letting me know.",
        "Noted with thanks",
        "Thank you, you too!",
        "Alles klar, danke.",
        "Danke, hat geklappt!",
        "Danke, Ihnen auch!",
        "C’est noté, merci.",
        "Recibido, gracias.",
        "Ciente, obrigado!",
        "Jasne, dzięki za informację",
    ],
)
def test_mere_thanks_are_recognised(text):
    """Thanks, with greetings and names or as an emoji, want nothing."""
    assert only_thanks(text, ["Ana Silva", "Jörg Müller"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Yes.",
        "Everything works?",
        "Thanks, but it does not work.",
        "Thanks for nothing",
        "Thanks. Can you call me?",
        "Thanks!\nPlease send 5 more.",
        "Thanks, Carl!",
        "Got it again, thanks",
        "Got it",
        "Hat geklappt?",
        "Danke, hat nicht geklappt",
        "Thanks, let us know",
        "Danke, geht nicht.",
        "Danke, leider noch immer nicht",
        "Danke, und der zweite Drucker",
        "Obrigada, mas não funcionou.",
        "Gracias, pero no funciona",
        "Merci, ça ne marche pas.",
        "Dziękuję, ale nie działa.",
        "👎",
        "😡",
        "❓",
        "Thanks 😡",
        "Thanks\n\nBest regards\nMary\nPS: it still fails",
        "Thanks\n\nBest regards\nIt still fails.",
        "Works again",
        "Danke " * 100,
        "ok",
    ],
)
def test_whatever_else_is_said_is_heard(text):
    """One word more, a question or an angry face, and it is not mere thanks."""
    assert not only_thanks(text, ["Ana Silva", "Jörg Müller"])


AGREED = """
Ok|OK.|Okay 👍|Passt!|Passt so für mich|Alles klar|In Ordnung|Verstanden, Ana|Noted
Einverstanden.|Understood.|All good, ok|Sounds good, ok|Beleza|Tudo certo|Combinado!
Vale|De acuerdo|Entendido|Todo bien, ok|D’accord|Bien compris|Noté|Dobrze|W porządku
"""
SIGNED = (
    "Ok\n\nMit freundlichen Grüßen\nJörg Müller",
    "Ok.\nLG Jörg",
    "Ok\n\nSent from my iPhone",
)
HEARD = """
Yes|Ja|Nein|ok?|Passt das?|Passt nicht|Ok, but no|Not ok|ok 😡|Ok, again|Ok, do it|Ok 5
Alles klar, und der Drucker|Ok, help|In Ordnung ist es nicht|Ok nein|Vale, pero no|Gut
Entendu, mais non|Dobrze, ale nie|Ok ok passt klar gut fine noted so all|Fine|Ok, Carl
"""


def each(words):
    """Return the texts of a table."""
    return words.strip().replace("\n", "|").split("|")


@pytest.mark.parametrize("text", [*each(AGREED), *SIGNED])
def test_a_mere_ok_wants_nothing_where_nothing_was_asked(text):
    """Where something was, it is the answer."""
    names = ["Ana Silva", "Jörg Müller"]

    assert only_thanks(text, names, unasked=True)
    assert not only_thanks(text, names)


@pytest.mark.parametrize("text", each(HEARD))
def test_who_says_more_than_ok_is_heard(text):
    """A word that is none of agreement, a number, a sign of doubt."""
    assert not only_thanks(text, ["Ana Silva"], unasked=True)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("We have repaired it.", False),
        ("Der Drucker geht wieder.", False),
        ("Shall we delete it?", True),
        ("Please confirm that we may delete it.", True),
        ("Bitte um Freigabe.", True),
        ("Geben Sie uns Bescheid.", True),
        ("削除しますか\uff1f", True),
        ("Prosimy o potwierdzenie.", True),
        ("Aguardamos a sua autorização.", True),
    ],
)
def test_what_asks_is_known_by_its_signs(text, asked):
    """In doubt, something was asked."""
    assert asked == asks(text)
