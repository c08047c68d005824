"""From the bytes of a form to a checked event."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import CASES, GOOD, REFUSED, SECRETS, sample

from ticket24.bitrix.events.event import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_KEYS,
    BadEvent,
    BitrixEvent,
    from_json,
    number,
    parse,
    to_json,
)

PROOF = b"auth[member_id]=m&auth[application_token]=t"
COMMENT = b"event=ONTASKCOMMENTADD&data[FIELDS_AFTER][TASK_ID]=51&" + PROOF


def other(data=b"", name=b"ONSOMETHING"):
    """An event with any data."""
    return b"&".join(part for part in (b"event=" + name, data, PROOF) if part)


def data_of(data):
    return parse(other(data)).data


@pytest.mark.parametrize("case", GOOD)
def test_samples_are_events(case):
    """What Bitrix24 sends is read, whoever caused it and whichever card it is on."""
    posted = parse(sample(case))

    assert case.partition("/")[0].upper() == posted.name
    assert "da45a03b265edd8787f8a258d793cc5d" == posted.member_id
    assert posted.token in SECRETS
    assert 1795276913 <= posted.sent_at <= 1795276914


@pytest.mark.parametrize("case", REFUSED)
def test_events_about_nothing_are_refused(case):
    """An event without its subject or its proof is not accepted and then lost."""
    with pytest.raises(BadEvent):
        parse(sample(case))


@pytest.mark.parametrize("case", GOOD)
def test_no_token_leaves_the_receiver(case):
    """Neither the event nor what is printed or kept of it contains a token."""
    posted = parse(sample(case))
    event = posted.of("acme")
    texts = (repr(posted), repr(event), to_json(event))

    assert [] == [secret for secret in SECRETS for text in texts if secret in text]


@pytest.mark.parametrize("case", GOOD)
def test_an_event_survives_the_journal(case):
    """An event is the same after it was kept."""
    event = parse(sample(case)).of("acme")

    assert event == from_json(to_json(event))


def test_other_parts_of_auth_are_not_kept():
    """OAuth tokens are dropped wherever they are in `auth`."""
    posted = parse(COMMENT + b"&auth[access_token]=hush&auth[x][refresh_token]=hush")

    assert parse(COMMENT) == posted


def test_the_new_card_names_a_message():
    """A chat message comes as comment 0 with the id of the message."""
    event = parse(sample("ontaskcommentadd/new_card_webhook")).of("acme")

    assert {"ID": "0", "TASK_ID": "8017", "MESSAGE_ID": "38655"} == event.after
    assert {} == event.before


def test_undefined_is_nothing():
    """The word `undefined` where a map should be reads as an empty map."""
    event = parse(sample("ontaskdelete/webhook")).of("acme")

    assert {} == event.after
    assert {"ID": "8017"} == event.before


def test_raw_and_encoded_brackets_are_the_same():
    """Brackets may come as they are or percent-encoded."""
    raw = parse(sample("ontaskcommentadd/new_card_raw_brackets"))

    assert parse(sample("ontaskcommentadd/new_card_webhook")) == raw


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", {}),
        (b"data=", {}),
        (b"data[a]=1", {"a": "1"}),
        (b"data[a][b]=1&data[a][c]=2", {"a": {"b": "1", "c": "2"}}),
        (b"data[a]=1&data[a]=2", {"a": "2"}),
        (b"data[a]=undefined&data[a][b]=1", {"a": {"b": "1"}}),
        (b"data[a][b]=1&data[a]=undefined", {"a": "undefined"}),
        (b"data[]=x&data[]=y", {"0": "x", "1": "y"}),
        (b"data[a][][b]=x&data[a][][b]=y", {"a": {"0": {"b": "x"}, "1": {"b": "y"}}}),
        (b"data[a]=", {"a": ""}),
        (b"data[a]=b=c", {"a": "b=c"}),
        (b"data[a]=x+y%2Bz%20%26", {"a": "x y+z &"}),
        (b"data%5Ba+b%5D=1", {"a b": "1"}),
        (b"data%5ba%5d%5bb%5d=1", {"a": {"b": "1"}}),
        (b"data[a]=Gr%C3%BC%C3%9Fe", {"a": "Grüße"}),
        ("data[a]=Grüße".encode(), {"a": "Grüße"}),
        (b"data[a]=100%&data[b]=%zz", {"a": "100%", "b": "%zz"}),
        (b"data[Id]=x&data[id]=y", {"Id": "x", "id": "y"}),
        (b"data[a.b]=1", {"a.b": "1"}),
        (b"&&data[a]=1&", {"a": "1"}),
    ],
)
def test_brackets_nest_as_in_php(data, expected):
    """Keys nest, the last of two wins, `[]` counts, and + is a space."""
    assert expected == data_of(data)


def test_a_list_as_data_is_read_as_a_map():
    """A value without a key of its own gets its number."""
    assert {"0": "x"} == parse(b"event=X&data[]=x&" + PROOF).data


@pytest.mark.parametrize(
    "name", [b"ontaskcommentadd", b"OnTaskCommentAdd", b"ONTASKCOMMENTADD"]
)
def test_names_are_upper_case(name):
    """An event's name has one spelling, however it came."""
    body = COMMENT.replace(b"ONTASKCOMMENTADD", name)

    assert "ONTASKCOMMENTADD" == parse(body).name


@pytest.mark.parametrize(
    ("ts", "sent_at"),
    [
        (b"ts=1795276913", 1795276913),
        (b"", 0),
        (b"ts=", 0),
        (b"ts=-5", 0),
        (b"ts=soon", 0),
        (b"ts[a]=1", 0),
        (b"ts=" + b"9" * 400, 0),
    ],
)
def test_the_time_of_sending_is_a_hint(ts, sent_at):
    """An event without a usable time is an event all the same."""
    assert sent_at == parse(COMMENT + b"&" + ts).sent_at


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "no event name"),
        (b"&&&", "no event name"),
        (PROOF, "no event name"),
        (b"event=&" + PROOF, "no event name"),
        (b"event[a]=ONTASKADD&" + PROOF, "no event name"),
        (b"event=ON TASK&" + PROOF, "no event name"),
        (b"event=" + b"A" * 101 + b"&" + PROOF, "no event name"),
        (b"event=ONTASK\xc3\x84DD&" + PROOF, "no event name"),
        (b"hello", "not a form"),
        (b'{"event": "ONTASKADD"}', "not a form"),
        (b'{"event": "ONTASKADD", "a": "b=c"}', "no event name"),
        (b"<html>", "not a form"),
        (other(b"data=words"), "not a map"),
        (b"event=ONSOMETHING", "no auth"),
        (b"event=ONSOMETHING&auth=x", "no auth"),
        (b"event=ONSOMETHING&auth[member_id]=m", "no application_token"),
        (b"event=ONSOMETHING&auth[application_token]=t", "no member_id"),
        (b"event=ONSOMETHING&auth[member_id][a]=m&auth[application_token]=t", "no me"),
        (other(b"data[a=1"), "not closed"),
        (other(b"data[a]b=1"), "not closed"),
        (other(b"data[[a]]=1"), "not closed"),
        (other(b"data[a]]=1"), "not closed"),
        (other(b"[a]=1"), "no name"),
        (other(b"=1"), "no name"),
        (other(b"data[a]=%FF"), "not UTF-8"),
        (other(b"data[%C3]=1"), "not UTF-8"),
        (other(b"data[a]=\xed\xa0\x80"), "not UTF-8"),
    ],
)
def test_what_is_no_event_is_refused(body, reason):
    """The sender learns in a few words what was wrong."""
    with pytest.raises(BadEvent, match=reason):
        parse(body)


@pytest.mark.parametrize(
    "value",
    [
        b"-51",
        b"5.1",
        b"0x51",
        b" 51",
        b"51a",
        b"\xd9\xa5\xd9\xa1",
        b"9" * 19,
        b"9" * 5_000,
    ],
)
@pytest.mark.parametrize("key", [b"TASK_ID", b"ID", b"MESSAGE_ID"])
def test_odd_ids_are_refused(key, value):
    """An id is a whole number that Redis and every log can hold."""
    with pytest.raises(BadEvent):
        parse(COMMENT + b"&data[FIELDS_AFTER][" + key + b"]=" + value)


@pytest.mark.parametrize("value", [b"", b"undefined", b"0"])
def test_ids_that_nobody_needs_may_be_missing(value):
    """Null has no form: an empty message or comment id loses no event."""
    posted = parse(
        COMMENT
        + b"&data[FIELDS_AFTER][MESSAGE_ID]="
        + value
        + b"&data[FIELDS_BEFORE][ID]="
        + value
    )

    assert 51 == number(posted.of("acme").after, "TASK_ID")


@pytest.mark.parametrize("value", [b"", b"undefined", b"0"])
@pytest.mark.parametrize(
    ("name", "path"),
    [
        (b"ONTASKADD", b"data[FIELDS_AFTER][ID]"),
        (b"ONTASKCOMMENTADD", b"data[FIELDS_AFTER][TASK_ID]"),
        (b"ONCRMCONTACTUPDATE", b"data[FIELDS][ID]"),
    ],
)
def test_an_event_names_its_subject(name, path, value):
    """An event that names no task or contact points to nothing."""
    with pytest.raises(BadEvent, match=r"there is no (TASK_)?ID"):
        parse(other(path + b"=" + value, name))


def test_a_number_is_read_or_refused():
    """A handler gets an id, or the reason why there is none."""
    assert 51 == number({"ID": "51"}, "ID")
    for fields in ({}, {"ID": {"0": "51"}}, {"ID": "0"}, {"ID": ""}, {"ID": "x"}):
        with pytest.raises(BadEvent, match="there is no ID"):
            number(fields, "ID")


def test_size_is_limited():
    """A body of 256 KiB is read, one more byte is not."""
    body = COMMENT + b"&x="
    full = body + b"a" * (MAX_BYTES - len(body))

    assert 262_144 == len(full)
    assert "ONTASKCOMMENTADD" == parse(full).name
    with pytest.raises(BadEvent, match="too long"):
        parse(full + b"a")


def test_keys_are_limited():
    """A thousand keys are read, one more is not."""
    ours = COMMENT.count(b"&") + 1
    full = COMMENT + b"".join(b"&data[a%d]=1" % n for n in range(MAX_KEYS - ours))

    assert 1_000 == full.count(b"&") + 1
    assert 1_000 - ours + 1 == len(parse(full).data)
    with pytest.raises(BadEvent, match="too many keys"):
        parse(full + b"&x=1")


def test_depth_is_limited():
    """Brackets nest as deep as an event needs, and no deeper."""
    deepest = b"data" + b"[a]" * (MAX_DEPTH - 1)

    assert "a" in data_of(deepest + b"=1")
    with pytest.raises(BadEvent, match="too deep"):
        data_of(deepest + b"[a]=1")
    with pytest.raises(BadEvent, match="too"):
        data_of(b"data" + b"[a]" * 50_000 + b"=1")


def test_long_keys_are_refused():
    """Nobody fills our memory with keys that are remembered."""
    with pytest.raises(BadEvent, match="key is too long"):
        data_of(b"data[" + b"a" * 600 + b"]=1")


def test_an_event_has_no_maps_by_itself():
    """Whatever is missing from the data is empty, not an error."""
    event = BitrixEvent("ONSOMETHING", "acme")

    assert ({}, {}, {}) == (event.fields, event.before, event.after)


def read(body):
    """Return whether it is an event; any error but BadEvent is a bug."""
    try:
        parse(body)
    except BadEvent:
        return False
    return True


pieces = st.one_of(
    st.sampled_from([b"event", b"data", b"auth", b"ts", b"member_id", PROOF]),
    st.sampled_from([b"=", b"&", b"[", b"]", b"[]", b"%5B", b"%", b"+", b"\x00"]),
    st.sampled_from([b"ONTASKADD", b"FIELDS_AFTER", b"ID", b"51", b"-1", b"undefined"]),
    st.sampled_from([b"\xff", b"%FF", b"\xd9\xa5"]),
)


@given(st.one_of(st.binary(), st.lists(pieces, max_size=40).map(b"".join)))
def test_no_bytes_break_the_parser(body):
    """Whatever comes is an event or a BadEvent."""
    assert read(body) in {True, False}


@given(st.data(), st.sampled_from(CASES))
def test_no_damage_breaks_the_parser(data, case):
    """A sample with bytes changed on the way is an event or a BadEvent."""
    body = bytearray(sample(case))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))

    assert read(bytes(body)) in {True, False}
