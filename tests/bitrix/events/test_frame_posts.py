"""What Bitrix24 posts into a frame, read without trust."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticket24.bitrix.events.frame_posts import BadFrame, host_of, language_of, parse

QUERY = {
    "DOMAIN": "acme.bitrix24.com",
    "PROTOCOL": "1",
    "LANG": "de",
    "APP_SID": "0123456789abcdef0123456789abcdef",
}
FORM = {
    "AUTH_ID": "a" * 70,
    "AUTH_EXPIRES": "1800",
    "REFRESH_ID": "r" * 70,
    "SERVER_ENDPOINT": "https://oauth.bitrix.info/rest/",
    "APPLICATION_TOKEN": "t" * 32,
    "member_id": "m" * 32,
    "status": "L",
    "PLACEMENT": "CRM_CONTACT_DETAIL_TAB",
    "PLACEMENT_OPTIONS": '{"ID":"43","URI":"\\/crm\\/contact\\/details\\/43\\/"}',
}


def test_a_post_is_read_from_its_address_and_its_body():
    """Address and body say who looks, where, and with which tokens."""
    post = parse(QUERY, FORM)

    assert ("acme.bitrix24.com", "de") == (post.domain, post.language)
    assert ("a" * 70, 1800, "r" * 70) == (
        post.auth_id,
        post.auth_seconds,
        post.refresh_id,
    )
    assert ("m" * 32, "t" * 32) == (post.member_id, post.application_token)
    assert "CRM_CONTACT_DETAIL_TAB" == post.placement
    assert {"ID": "43", "URI": "/crm/contact/details/43/"} == post.options


def test_old_accounts_leave_fields_out():
    """Application token, placement and refresh token are all optional."""
    post = parse(QUERY, {"AUTH_ID": "a" * 32, "member_id": "m" * 32})

    assert ("DEFAULT", {}, "", "") == (
        post.placement,
        post.options,
        post.refresh_id,
        post.application_token,
    )


def test_no_token_is_in_the_repr():
    """A log that shows a post shows no secret of it."""
    shown = repr(parse(QUERY, FORM))

    assert not [secret for secret in ("aaaa", "rrrr", "tttt") if secret in shown]


@pytest.mark.parametrize("name", ["AUTH_ID", "member_id"])
def test_what_proves_nothing_is_refused(name):
    """Without a token, or without an account's name, there is nothing to ask."""
    with pytest.raises(BadFrame):
        parse(QUERY, FORM | {name: ""})


@pytest.mark.parametrize(
    "domain",
    [
        "",
        "acme.bitrix24.com/../evil",
        "acme.bitrix24.com\r\nX-Evil: 1",
        "acme.bitrix24.com; script-src *",
        "acme.bitrix24.com evil.example",
        "*",
        "*.bitrix24.com",
        "user@evil.example",
        "evil.example#",
        "'none'",
        "-acme.bitrix24.com",
        "a" * 300,
        "acme.bitrix24.com:999999",
        "\u0430cme.bitrix24.com",
    ],
)
def test_only_a_host_is_a_domain(domain):
    """What could say more than a host in a header is refused."""
    with pytest.raises(BadFrame):
        parse(QUERY | {"DOMAIN": domain}, FORM)
    assert "" == host_of(domain)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("AUTH_ID", "a b"),
        ("AUTH_ID", "a\nb"),
        ("AUTH_ID", "a" * 3_000),
        ("REFRESH_ID", "\x00"),
        ("member_id", "../x"),
        ("member_id", "{x}"),
        ("PLACEMENT", "A B"),
        ("APPLICATION_TOKEN", "ü"),
        ("PLACEMENT_OPTIONS", "[" * 20_000),
    ],
)
def test_odd_fields_are_refused(field, value):
    """Tokens and names are plain and short."""
    with pytest.raises(BadFrame):
        parse(QUERY, FORM | {field: value})


@pytest.mark.parametrize(
    "raw",
    ["", "[]", '""', "null", "7", "undefined", "{", "[" * 9_000, '{"ID":{"a":1}}'],
)
def test_options_that_say_nothing_are_none(raw):
    """PHP writes nothing in many ways; nonsense counts as nothing too."""
    assert {} == parse(QUERY, FORM | {"PLACEMENT_OPTIONS": raw}).options


def test_options_are_short_texts():
    """Numbers become texts; what is long or nested is left out."""
    raw = '{"ID":43,"long":"' + "x" * 3_000 + '","list":[1],"yes":true}'

    assert {"ID": "43"} == parse(QUERY, FORM | {"PLACEMENT_OPTIONS": raw}).options


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("300", 300), ("0", 0), ("", 3600), ("999999", 3600), ("-1", 3600), ("²", 3600)],
)
def test_a_token_lives_an_hour_at_most(said, seconds):
    """A life that nobody would give is not believed."""
    assert seconds == parse(QUERY, FORM | {"AUTH_EXPIRES": said}).auth_seconds


@pytest.mark.parametrize(
    ("code", "language"),
    [
        *(("de", "de"), ("br", "pt"), ("pt", "pt"), ("pt-BR", "pt"), ("DE_at", "de")),
        *(("en", "en"), ("la", "en"), ("", "en"), ("x" * 50, "en")),
    ],
)
def test_bitrix24_has_codes_of_its_own_for_languages(code, language):
    """Portuguese is `br`; what we do not speak is English."""
    assert language == language_of(code)


@given(st.dictionaries(st.sampled_from(sorted(QUERY)), st.text(max_size=50)))
def test_any_address_is_read_or_refused(query):
    """A strange address raises nothing but BadFrame."""
    try:
        post = parse(QUERY | query, FORM)
    except BadFrame:
        return
    assert host_of(post.domain)


@given(st.dictionaries(st.sampled_from(sorted(FORM)), st.text(max_size=80)))
def test_any_body_is_read_or_refused(form):
    """A strange body raises nothing but BadFrame."""
    try:
        post = parse(QUERY, FORM | form)
    except BadFrame:
        return
    assert post.auth_id.isascii()
    assert post.member_id
