"""A mail that is only an emoji below another is known, whatever language says so."""

import pytest

from ticket24.domain.arrivals.gestures.reactions import reaction_in

NAME = "Jörg Müller"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"👍 {NAME} reacted to your message:", "👍"),
        (f"like {NAME} reagerade på ditt meddelande:", "👍"),
        (f"❤️ {NAME} heeft op uw bericht gereageerd:\n\n________\nVan: Acme", "❤️"),
        (f"heart {NAME} 对你的消息 作出了回应\uff1a", "❤️"),
    ],
)
def test_a_reaction_is_known_in_any_language(text, shown):
    """It begins with a sign of Outlook's and its sender's name, and says no more."""
    assert shown == reaction_in(text, NAME)


@pytest.mark.parametrize(
    "text",
    [
        f"👍 {NAME}",
        f"Hi {NAME} wrote to me yesterday:",
        "👍 Ana Silva reagerade på ditt meddelande:\n> x",
        f"👍 {NAME} reagerade på ditt meddelande:\nand I want my money back.",
        f"👍 {NAME}: please print it again and send me all of what is left over there:",
        "like this:",
    ],
)
def test_what_says_more_is_none(text):
    """Or says it of somebody else."""
    assert reaction_in(text, NAME) is None
