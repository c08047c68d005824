"""Mere thanks are recognised in six languages, and nothing else is."""

import pytest

from ticket24.domain.arrivals.gestures.thanks import only_thanks


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
