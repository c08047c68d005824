"""How the doctor asks our own web from outside, and knows who answers.

A question is signed with a key that only our processes have, and is valid for a minute.
So is the answer. A stranger can neither ask nor answer in our place. A stranger who
repeats a question within its minute only learns what the stranger sent.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable

HEADER = "X-Ticket24-Question"
GOOD_SECONDS = 60

_QUESTION = re.compile(r"(\d{1,12})\.([0-9a-f]{32})\.([0-9a-f]{64})")


def question(secret_key: str, now: float) -> str:
    """Return a new question: until when it is good, a number of its own, its proof."""
    said = f"{int(now) + GOOD_SECONDS}.{secrets.token_hex(16)}"
    return f"{said}.{_sealed(secret_key, 'question', said)}"


def answer(secret_keys: Iterable[str], asked: str, now: float) -> str:
    """Return the proof that we were asked; "" if this is not a question of ours."""
    match = _QUESTION.fullmatch(asked)
    if match is None or not 0 <= int(match[1]) - now <= GOOD_SECONDS * 2:
        return ""
    said = f"{match[1]}.{match[2]}"
    for key in secret_keys:
        if hmac.compare_digest(match[3], _sealed(key, "question", said)):
            return _sealed(key, "answer", said)
    return ""


def is_answer(secret_key: str, asked: str, answered: str) -> bool:
    """Whether somebody with our key answered this question."""
    expected = _sealed(secret_key, "answer", asked.rpartition(".")[0])
    return hmac.compare_digest(expected.encode(), answered.encode())


def _sealed(secret_key: str, what: str, said: str) -> str:
    key = hashlib.sha256(f"doctor:{secret_key}".encode()).digest()
    return hmac.digest(key, f"{what}:{said}".encode(), "sha256").hex()
