"""JSON packed for Redis: compressed with a dictionary that knows our words already.

Half a million pictures and rows take a third of the memory this way. What earlier
versions wrote is read as it is: plain JSON, which begins with a brace, or deflated
JSON.

A dictionary can never be changed: what was packed with it could not be read any more.
A better one gets a mark of its own beside it.
"""

import zlib
from pathlib import Path
from typing import Generic, TypeVar

import zstandard
from pydantic import TypeAdapter

Stored = TypeVar("Stored")

_DEFLATED = b"\x01"
_MARK = b"\x02"

# Shorter JSON gains nothing.
_LEAST = 120

# Twice the time makes it two hundredths smaller.
_LEVEL = 12

# Each frame begins with it.
_MAGIC = zstandard.FRAME_HEADER

# How frequent letters and words are in three languages and in our JSON, and what people
# write to a help desk (docs/decisions/069).
_KNOWN = zstandard.ZstdCompressionDict(
    Path(__file__).with_name("packing.zdict").read_bytes()
)
_PRESS = zstandard.ZstdCompressor(_LEVEL, dict_data=_KNOWN, write_dict_id=False)
_UNPRESS = zstandard.ZstdDecompressor(dict_data=_KNOWN)

_RAW = -zlib.MAX_WBITS

# Of what is deflated: frequent words of three languages, then what pictures and rows
# consist of.
_WORDS = """\
 would could should which their there about because before after again please thank you
 thanks for your message reply regards best kind hello dear we have it is that this with
 not the and you are can will our your from they been has was but all any what when how
 need help problem error issue working work works does not start open close account
 password login sign email address file attached screenshot printer invoice order
 delivery payment customer support ticket team update version server system page website
 button click window phone number please let us know as soon as possible looking forward
 to hearing from you Sehr geehrte Damen und Herren, Guten Tag Hallo Vielen Dank für Ihre
 Nachricht Mit freundlichen Grüßen Liebe Grüße bitte danke nicht funktioniert Fehler
 Rechnung Bestellung Lieferung Kunde Anmeldung Passwort Drucker Konto Problem haben wir
 wurde werden können noch auch eine einen einem einer der die das und ist mit auf für
 von den dem des sich dass wenn aber oder nach bei aus durch über unter zwischen schon
 mehr sehr wieder heute Olá Bom dia Obrigado Obrigada pela sua mensagem Atenciosamente
 por favor não funciona erro problema pedido entrega fatura conta senha cliente sistema
 para com uma que mais como mas foi quando muito também está você pelo pela isso ainda
 [URL=https:// [/URL] [B] [/B] [QUOTE] [/QUOTE] http://www. .com .de .pdf .png .jpg"""
_SHAPES = """\
"promise":{"answer":{"hours":,"by":"","done_at":"","solution":{"hours":,"waits_since":
"moves":[{"old":"in_progress","new":"completed","at":"","after":{"by":"","contact_id":
"files":[{"id":,"name":".png","size":,"object_id":}],"original":"","matter":"empty":true
"named_stage":,"stage_id":,"status_at":"","status_by":,"closed_at":"","deadline":"",
"task_status":"in_review","important":true,"followers":["@example.com"],"opened_by":"",
{"task_id":1,"subject":"","status":"in_progress","group_id":7,"responsible":"","tags":[
"created_at":"2026-11-30T13:45:35Z","updated_at":"2026-11-30T13:46:35Z","messages":6,
"forum":[],"chat":[],"whose":"yours","ours","solved","words":
{"ref":{"account":"","task_id":1},"subject":"","description":"","status":"completed",
"group_id":7,"responsible":"","contact_ids":[5],"created_at":"2026-11-30T13:45:35Z",
"changed_at":"2026-11-30T13:46:35Z","active_at":"2026-11-30T13:46:35Z",
"looked_at":"2026-11-30T13:46:35.699812Z","tags":["bugs","high"],"chat_id":,
"service_comments":,"remarks":,"messages":[
{"key":{"source":"forum","id":10},"voice":"staff","author":"","text":"","at":"2026-1
{"key":{"source":"chat","id":10},"voice":"customer","author":"","text":"",
"at":"2026-11-30T13:46:35Z"},{"key":{"source":"chat","id":11},"voice":"staff","author":"
","text":"","at":"2026-11-30T13:46:35Z","told":true},{"key":{"source":"chat","id":1"""
_DICTIONARY = f"{_WORDS}{_SHAPES}".replace("\n", "").encode()


def packed(json: bytes) -> bytes:
    """Return JSON as it is stored."""
    if len(json) < _LEAST:
        return json
    return _MARK + _PRESS.compress(json).removeprefix(_MAGIC)


def unpacked(stored: bytes) -> bytes:
    """Return the JSON that was stored."""
    if stored.startswith(_MARK):
        return _UNPRESS.decompress(_MAGIC + stored[1:])
    if stored.startswith(_DEFLATED):
        return zlib.decompressobj(_RAW, _DICTIONARY).decompress(stored[1:])
    return stored


class Packed(Generic[Stored]):
    """Stores things of a kind as packed JSON, without what is as its type has it."""

    def __init__(self, kind: type[Stored]) -> None:
        self._adapter = TypeAdapter(kind)

    def json(self, thing: Stored) -> bytes:
        """Return a thing as JSON."""
        return self._adapter.dump_json(thing, exclude_defaults=True)

    def dump(self, thing: Stored) -> bytes:
        """Return a thing as it is stored."""
        return packed(self.json(thing))

    def read(self, stored: bytes) -> Stored:
        """Return what was stored; raises ValidationError if it is no such thing."""
        return self._adapter.validate_json(unpacked(stored))
