"""One word for one thing, in every language: locales/words.toml."""

import re
import tomllib
from itertools import chain

import pytest
from babel.messages.pofile import read_po

from ticket24 import i18n

GLOSSARY = tomllib.loads((i18n.LOCALES / "words.toml").read_text())
EXCEPTIONS = {one["sentence"]: one["why"] for one in GLOSSARY.pop("but")}
LANGUAGES = pytest.mark.parametrize("language", ["en", "de", "pt"])


def forms(words):
    return (words,) if isinstance(words, str) else words


def sentences(language):
    """Yield pairs of an English sentence and how it is said in the language."""
    spoken = "de" if language == "en" else language
    for path in sorted((i18n.LOCALES / spoken / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                said = message.id if language == "en" else message.string
                for form in forms(said):
                    if message.id:
                        yield forms(message.id)[0], form


def strangers(sentence, language):
    """Return the words of a sentence that the glossary has others for."""
    plain = re.sub(r"%\(\w+\)[sd]|</?\w[^>]*>", "·", sentence)
    return [
        found[0]
        for entry in GLOSSARY.values()
        for word in entry["not"][language]
        for found in re.finditer(
            rf"(?<![\w-])(?:{word})(?![\w-])", plain, re.IGNORECASE
        )
    ]


@LANGUAGES
def test_every_thing_is_called_by_its_one_word(language):
    """No page, mail or setting has another word for what the glossary names."""
    found = {
        said: words
        for sentence, said in sentences(language)
        if sentence not in EXCEPTIONS and (words := strangers(said, language))
    }

    assert {} == found


@LANGUAGES
def test_the_glossary_has_the_words_that_are_used(language):
    """Each of its words stands in a sentence: none is left over from before."""
    said = " ".join(form for _, form in sentences(language)).lower()

    assert [] == [
        name for name, entry in GLOSSARY.items() if entry[language].lower() not in said
    ]


def test_exceptions_are_still_needed():
    """Each has its reason, and is a sentence with such a word in some language."""
    needed = {
        sentence
        for language in ("en", "de", "pt")
        for sentence, said in sentences(language)
        if strangers(said, language)
    }

    assert set() == set(EXCEPTIONS) - needed
    assert all(EXCEPTIONS.values())


@pytest.mark.parametrize(
    ("language", "sentence", "words"),
    [
        ("en", "Your e-mail about a closed ticket", ["closed", "e-mail"]),
        ("en", "The mail server has your email.", []),
        ("de", "Den Tag gibt es schon", ["Den Tag"]),
        ("de", "Guten Tag %(name)s, einen Tag lang", []),
        ("pt", "Seu ticket do Ticket24 foi fechado", ["ticket", "fechado"]),
    ],
)
def test_other_words_are_seen(language, sentence, words):
    """In any capitals and as whole words only, so the test above can fail."""
    assert words == strangers(sentence, language)


def test_quotation_marks_and_dots_are_those_of_the_language():
    """English and Portuguese “so”, German „so“ with a space before its ellipsis."""
    wrong = [
        said
        for language in ("en", "de", "pt")
        for said in chain.from_iterable((form,) for _, form in sentences(language))
        if re.search(r"(?<!=)\"|\w'\w|\.\.\.", re.sub(r"<[^>]*>", "", said))
        or ((language == "de") == bool(re.search(r"\w…", said)) and "…" in said)
        or ("„" in said) != (language == "de" and ("“" in said or "„" in said))
    ]

    assert [] == wrong
