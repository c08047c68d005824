"""An account's settings as TOML."""

from typing import get_args

import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as checks
from hypothesis import strategies as st

from ticket24.cli.surroundings import Failure
from ticket24.cli.toml import account as account_toml
from ticket24.domain.lines import one_line, pasted
from ticket24.domain.settings.house_rules.model import (
    Conditions,
    Deeds,
    HouseRule,
    Opener,
    When,
)
from ticket24.domain.settings.model import (
    AccountSettings,
    Automation,
    Department,
    Ends,
    Gathering,
    OwnWords,
    Ratings,
    Tags,
)
from ticket24.domain.settings.reading.fields import line_of
from ticket24.domain.settings.reading.rulebook import judged
from ticket24.domain.settings.sharing import CompanyView, RoleName
from ticket24.domain.settings.times.promised_hours import PromisedHours
from ticket24.domain.settings.times.week_hours import (
    DepartmentHours,
    WeekHours,
    WorkingHours,
)

# The example of the contract.
EXAMPLE = """
company_name = "Acme Support"
language = "de"                     # en, de, pt
logo = "acme.png"                   # shown at 444 x 110
accent = "#0B6e4f"
password_field = "UF_CRM_TICKET24_PASSWORD"

[[departments]]
name = "Support"                    # what customers choose
group_id = 7                        # Bitrix24 workgroup
responsible_id = 11                 # Bitrix24 user
creator_id = 1                      # Bitrix24 user

[tags]
message_type = ["bugs", "development"]
priority = ["high", "medium", "low"]
sector = ["USA", "Europe"]
"""

WITH_WORDS = """[[departments]]
group_id = 7
[departments.about]
en = 'A'
"""

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20).map(pasted)
WORDS = st.lists(TEXTS, max_size=3).map(tuple)
DEPARTMENTS = st.lists(
    st.builds(
        Department,
        group_id=st.integers(1, 10**9),
        name=TEXTS,
        responsible_id=st.integers(0, 10**9),
        creator_id=st.integers(0, 10**9),
        about=st.builds(OwnWords, en=TEXTS.map(one_line), pt=TEXTS.map(one_line)),
        opening_hours=st.builds(OwnWords, de=TEXTS.map(one_line)),
        working_hours=st.builds(
            DepartmentHours,
            days=st.builds(WeekHours, sun=st.sampled_from(["", "09:00-12:00"])),
            holidays=st.sampled_from(["", "none", "DE-BE"]),
            time_zone=st.sampled_from(["", "Europe/Berlin"]),
        ),
    ),
    max_size=3,
    unique_by=lambda one: one.group_id,
).map(tuple)
SETTINGS = st.builds(
    AccountSettings,
    company_name=TEXTS,
    language=st.sampled_from(["en", "de", "pt"]),
    logo=TEXTS,
    dark_logo=TEXTS,
    task_fields=st.dictionaries(
        st.from_regex(r"UF_AUTO_[0-9]{1,12}", fullmatch=True),
        TEXTS.map(one_line).filter(bool),
        max_size=2,
    ),
    accent=st.from_regex(r"(#[0-9A-Fa-f]{6})?", fullmatch=True),
    password_field=TEXTS,
    departments=DEPARTMENTS,
    tags=st.builds(Tags, message_type=WORDS, priority=WORDS, sector=WORDS),
    created_mails=st.booleans(),
    reply_mails=st.booleans(),
    status_mails=st.booleans(),
    completed_mails=st.booleans(),
    followers=st.booleans(),
    sender_name=TEXTS.map(one_line),
    internal_marks=WORDS,
    public_marks=WORDS,
    automation=st.builds(
        Automation,
        deadline=st.dictionaries(TEXTS, st.integers(1, 365), max_size=2),
        flag=WORDS,
        push=st.lists(
            st.sampled_from(["responsible", "creator", 1, 7]), unique=True
        ).map(tuple),
        note=TEXTS.map(one_line),
    ),
    promises=st.lists(
        st.builds(
            PromisedHours,
            level=TEXTS.map(line_of),
            answer_hours=st.sampled_from([0, 1, 1.5, 1000, 0.02, 33.33]),
            solve_hours=st.just(1000),
        ),
        max_size=3,
    ).map(tuple),
    promise_field=st.sampled_from(["", "UF_CRM_LEVEL"]),
    ends=st.builds(
        Ends, remind_after=st.integers(0, 3), close_after=st.sampled_from([0, 4, 365])
    ),
    gathering=st.sampled_from([Gathering(), Gathering((), "17:30")]),
    ratings=st.builds(Ratings, every_days=st.integers(1, 365)),
    company_view=st.builds(
        CompanyView,
        st.sampled_from(get_args(RoleName)),
        st.sampled_from(["", "UF_CRM_ROLE"]),
        manager=st.sampled_from([(), ("Boss", "yes")]),
    ),
    rules=st.lists(
        st.builds(
            HouseRule,
            st.sampled_from(get_args(When)),
            TEXTS.map(one_line),
            st.booleans(),
            st.uuids().map(lambda one: one.hex[:20]),
            st.integers(1, 9),
            st.builds(
                Conditions,
                first_contact=st.booleans(),
                customer=st.just((3,)),
                opened_by=st.sampled_from(get_args(Opener)),
            ),
            st.builds(Conditions, company=st.just((4,)), words=st.just(("spam",))),
            st.builds(Deeds, st.integers(1, 3), important=st.booleans()),
        ),
        max_size=3,
        unique_by=lambda one: one.key,
    ).map(tuple),
    working_hours=st.builds(
        WorkingHours,
        st.builds(WeekHours, fri=st.sampled_from(["", "09:00-12:00, 13:00-15:30"])),
        st.sampled_from([(), ("2026-12-24 Heiligabend", "2027-01-01")]),
        st.sampled_from(["", "DE-BE", "BR", "FR-Zone A"]),
    ),
)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("toml") / "acme.toml"


def test_the_contracts_example_is_read(tmp_path):
    """Every key of the documented format arrives."""
    file = tmp_path / "acme.toml"
    file.write_text(EXAMPLE)

    assert account_toml.read(file) == AccountSettings(
        company_name="Acme Support",
        language="de",
        logo="acme.png",
        accent="#0b6e4f",
        password_field="UF_CRM_TICKET24_PASSWORD",
        departments=(Department(7, "Support", 11, 1),),
        tags=Tags(
            ("bugs", "development"), ("high", "medium", "low"), ("USA", "Europe")
        ),
    )


def test_the_contracts_automation_is_read(file):
    """By tags as they are offered, hours as people write them."""
    file.write_text(
        f"""{EXAMPLE}
[automation.responsible]                 # message type -> Bitrix24 user
bugs = 11
[automation.deadline]                    # priority -> days after opening
High = 1
low = 5
count = "working"
[automation]
flag = ["high"]
push = ["responsible", 1]
mail = ["responsible"]
answer_starts = true
[working_hours]
days = {{ mon = "09:00-18:00", fri = "9-16" }}
holidays = "DE-BE"                       # a country or region
closed = ["2026-12-24"]
[ends]
remind_after = 3                         # working days of waiting for the customer
close_after = 7
reopen_within = 7
[[rules]]
name = "Big customers first"
when = "opened"
if = {{ priority = ["high"], words = ["contract"] }}
then = {{ responsible = 12, add_tags = ["vip"] }}
[[promises]]
department = 7
priority = "high"
level = "Gold"
answer_hours = 1.5
[[promises]]
solve_hours = 16
""".replace("password_field", 'promise_field = "UF_CRM_LEVEL"\npassword_field')
    )
    read = account_toml.read(file)

    assert read.automation == Automation(
        *({"bugs": 11}, {"high": 1, "low": 5, "count": "working"}, ("high",)),
        push=("responsible", 1),
        mail=("responsible",),
        answer_starts=True,
    )
    assert read.ends == Ends(3, 7, 7)
    (rule,) = read.rules
    assert ("Big customers first", "opened", True) == (rule.name, rule.when, rule.on)
    assert Conditions(priority=("high",), words=("contract",)) == rule.if_
    assert Deeds(12, add_tags=("vip",)) == rule.then
    assert read.promise_field == "UF_CRM_LEVEL"
    assert read.promises == (
        PromisedHours(7, "high", "Gold", 1.5),
        PromisedHours(solve_hours=16),
    )
    assert read.working_hours == WorkingHours(
        WeekHours(mon="09:00-18:00", fri="09:00-16:00"), ("2026-12-24",), "DE-BE"
    )


def test_an_empty_file_is_the_defaults(tmp_path):
    """Nothing is required."""
    file = tmp_path / "empty.toml"
    file.write_text("")

    assert AccountSettings() == account_toml.read(file)


# Much is no setting; each example is many.
@checks(
    max_examples=20,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(settings=SETTINGS)
def test_what_is_written_is_read_again(file, settings):
    """Umlauts, quotes, and nothing at all survive, as the settings page keeps them."""
    settings, faults = judged(settings, settings)
    assume(not faults)
    account_toml.save(account_toml.write(settings), file)

    assert settings == account_toml.read(file, before=settings)


@pytest.mark.parametrize(
    ("toml", "fault"),
    [
        ("x = [", "is not TOML"),
        ("language = 'fr'", "language should be 'en', 'de' or 'pt'"),
        ("company_name = 3", "company_name should be a valid string"),
        ("company = 'Acme'", "company is not a setting"),
        ("status_mails = 'yes'", "status_mails should be a valid boolean"),
        ("reply_mails = 1", "reply_mails should be a valid boolean"),
        ("shown_messages = 'some'", "shown_messages should be 'all' or 'marked'"),
        ("public_marks = '#public'", "public_marks should be a valid array"),
        (
            f"sender_name = '{'x' * 101}'",
            "line 1: sender_name: Shorten this to 100 characters",
        ),
        (
            f"\n company_name = '{'x' * 101}'",
            "line 2: company_name: Shorten this to 100 characters",
        ),
        (
            "shown_messages = 'marked'\npublic_marks = []",
            "line 2: public_marks: Enter at least one mark",
        ),
        (
            "shown_messages = 'marked'\npublic_marks = [' ']",
            "line 2: public_marks: Enter at least one mark",
        ),
        (
            "shown_messages = 'marked'\npublic_marks = ['//Public', '#INTERNAL!']",
            "“//Public” starts with an internal mark",
        ),
        (
            "shown_messages = 'marked'\npublic_marks = ['//Public', '#INTERNAL!']",
            "; and 1 more",
        ),
        (f"internal_marks = ['{'x' * 31}']", "internal_marks: Shorten the mark"),
        (
            f"internal_marks = {[f'#{n}' for n in range(21)]}",
            "internal_marks: Enter no more than 20 marks",
        ),
        (
            "password_field = 'NAME'",
            "line 1: password_field: Choose a password field",
        ),
        ("departments = 3", "departments should be a valid array"),
        ("accent = 'green'", "line 1: accent: Enter a colour like #0b6e4f"),
        ("accent = '#0b6e4f;}'", "accent: Enter a colour"),
        (
            "accent = '#\u0660\u0660\u0660\u0660\u0660\u0660'",
            "accent: Enter a colour",
        ),
        ("[[departments]]\nname = 'A'", "departments #1.group_id is missing"),
        ("[[departments]]\ngroup_id = '7'", "departments #1.group_id should be"),
        ("[[departments]]\ngroup_id = true", "departments #1.group_id should be"),
        ("[[departments]]\ngroup_id = 0", "departments #1.group_id: Choose"),
        (
            "[[departments]]\ngroup_id = 7\n[[departments]]\ngroup_id = 7",
            "line 4: departments #2.group_id: Another department already uses",
        ),
        (
            "departments = [{group_id = 7}, {group_id = 7}]",
            "line 1: departments #2.group_id: Another department already uses",
        ),
        (
            "departments = [{group_id = 7}]\n[tags]\nsector = ['a', 'A']",
            "line 3: tags.sector: The tag “A” appears twice",
        ),
        (
            "[[departments]]\ngroup_id=7\nname='A'\n[[departments]]\ngroup_id=8\nname='a'",
            "line 6: departments #2.name: Another department is already called “a”",
        ),
        (
            "[[departments]]\ngroup_id = 7\nresponsible_id = -1",
            "line 3: departments #1.responsible_id: Choose a person",
        ),
        (
            f"departments = {[{'group_id': n} for n in range(1, 42)]}".replace(
                ":", " ="
            ).replace("'", ""),
            "line 1: departments: You can have up to 40 departments: remove some",
        ),
        (
            "[[departments]]\ngroup_id = 7\nresponsble_id = 3",
            "departments #1.responsble_id is not a setting",
        ),
        (
            f"{WITH_WORDS}[[departments]]\ngroup_id = 8\nabout.de = '{'x' * 201}'",
            "line 7: departments #2.about.de: Shorten the description to 200",
        ),
        (
            f"{WITH_WORDS}[ departments.'opening_hours' ]\nde = ''\nen = '{'x' * 101}'",
            "line 7: departments #1.opening_hours.en: Shorten the opening",
        ),
        (
            f"[[departments]]\ngroup_id = 7\nopening_hours = {{en = '{'x' * 101}'}}",
            "line 3: departments #1.opening_hours.en: Shorten the opening",
        ),
        (
            "[[departments]]\ngroup_id = 7\nabout = 'Hardware'",
            "line 3: departments #1.about should be a table with keys of its own",
        ),
        (
            "[[departments]]\ngroup_id = 7\nabout = {fr = 'Matériel'}",
            "line 3: departments #1.about.fr is not a setting",
        ),
        (
            "[tag_labels.en]\na = 'b'\n[tag_labels.de]\na = 3",
            "line 4: tag_labels.de.a should be a valid string",
        ),
        (
            "[tags]\npriority = ['high']\n[automation.deadline]\nhihg = 1",
            "line 4: automation.deadline.hihg: There’s no tag “hihg”",
        ),
        (
            "[tags]\npriority = ['v.i.p']\n[automation]\nflag = ['v.i.p', 'x.y']",
            "line 4: automation.flag.x.y: There’s no tag “x.y”",
        ),
        (
            "[tags]\npriority = ['high']\n[automation]\ndeadline = {high = 0}",
            "line 4: automation.deadline.high: Enter a number of days from 1 to 365",
        ),
        (
            "[tags]\npriority = ['high']\n[automation.deadline]\nhigh = 'soon'",
            "line 4: automation.deadline.high",
        ),
        (
            "[automation.deadline]\ncount = 'working'",
            "working_hours.days.mon: Enter your working hours",
        ),
        (
            "[[promises]]\nanswer_hours = 4",
            "working_hours.days.mon: Enter your working hours: what you promise",
        ),
        (
            "[[promises]]\nanswer_hours = 4\n[[promises]]\nsolve_hours = -1",
            "line 4: promises #2.solve_hours: Enter a number of working hours",
        ),
        (
            f"[[promises]]\nanswer_hours = {'9' * 400}",
            "line 2: promises #1.answer_hours: Enter a number of working hours",
        ),
        (
            """
[[rules]]
when = 'opened'
then = {important = true}
[rules.if]
words = ['ok', '\N{ACUTE ACCENT}']""",
            "line 6: rules #1.if.words: “\N{ACUTE ACCENT}” is only an accent",
        ),
        (
            "[[rules]]\nwhen = 'opened'\nif = {opened_by = 'robot'}",
            "rules #1.if.opened_by should be",
        ),
        ("[[promises]]\nanswer_hours = nan", "promises #1.answer_hours"),
        ("[[promises]]\nanswer_hours = '4'", "line 2: promises #1.answer_hours"),
        (
            "[[promises]]\npriority = 'hihg'",
            "line 1: promises #1.answer_hours: Enter hours for the first reply",
        ),
        (
            "[[promises]]\npriority = 'hihg'\nsolve_hours = 1",
            "line 2: promises #1.priority: There’s no tag “hihg”",
        ),
        (
            "[[promises]]\ndepartment = 8\nsolve_hours = 1",
            "line 2: promises #1.department: No department has the workgroup 8",
        ),
        (
            "promise_field = ''\n[[promises]]\nlevel = 'Gold'\nsolve_hours = 1",
            "line 1: promise_field: Choose the field that holds the level",
        ),
        (
            "promise_field = 'COMPANY'",
            "line 1: promise_field: Neither contacts nor companies",
        ),
        (
            "[working_hours]\ndays = {mon = '9-17', tue = 'always'}",
            "line 2: working_hours.days.tue: “always” isn’t a time span",
        ),
        ("[working_hours.days]\nmonday = '9-17'", "days.monday is not a setting"),
        (
            "[working_hours]\n\nclosed = ['24 Dec']",
            "line 3: working_hours.closed: “24 Dec” isn’t a date",
        ),
        (
            "[working_hours]\nclosed = []\nholidays = 'DE-XX'",
            "line 3: working_hours.holidays: Choose a country or region from the list",
        ),
        (
            "[working_hours]\nholidays = 49",
            "line 2: working_hours.holidays should be a valid string",
        ),
        ("[tags]\nsector = [1]", "tags.sector #1 should be a valid string"),
        ("[tags]\nsectors = []", "tags.sectors is not a setting"),
        (
            f"[tags]\nsector = ['{'x' * 61}']",
            "line 2: tags.sector: Shorten the tag",
        ),
        (
            f"[[departments]]\ngroup_id = {'9' * 5_000}",
            "has a number with far too many digits",
        ),
        (f"x = {'[' * 300}{']' * 300}", "nested too deeply"),
        (f"x = {'[' * 9_000}{']' * 9_000}", "nested too deeply"),
        (f"{'a.' * 900}a = 1", "nested too deeply"),
        (f"{'a.' * 3_000}a = 1", "nested too deeply"),
        ("company_name = 2026-11-29", "line 1: company_name should be a valid string"),
        ("logo = 07:32:00", "line 1: logo should be a valid string"),
        ("[task_fields]\nUF_A = 2026-11-29T07:32:00Z", "UF_A should be a valid string"),
        ("reply_mails = 2026-11-29", "line 1: reply_mails should be a valid boolean"),
        ('"" = 1', '"" is not a setting'),
        ('"a\\u001b[2J\\nb\\u202e" = 1', "a [2J b is not a setting"),
        (f"{'a' * 500} = 1", f"{'a' * 59}… is not a setting"),
        (
            "[tags]\nsector = ['EU']\n priority=['eu']",
            "line 2: tags.sector: The tag “EU” appears twice",
        ),
        (
            f"[tags]\nsector = {[f't{n}' for n in range(101)]}",
            "line 2: tags.sector: Enter no more than 100 tags",
        ),
    ],
)
def test_a_wrong_line_is_named(file, toml, fault):
    """The one line says which file, which key, and what is wrong."""
    file.write_text(toml)

    with pytest.raises(Failure) as failure:
        account_toml.read(file)

    assert failure.value.message.startswith(str(file))
    assert fault in failure.value.message


def test_a_file_that_cannot_be_read_says_why(tmp_path):
    """Missing, a folder, or no text."""
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b'logo = "\xff"')
    faults = []
    for file in (tmp_path / "missing.toml", tmp_path, binary):
        with pytest.raises(Failure) as failure:
            account_toml.read(file)
        faults.append(failure.value.message)

    assert "cannot be read: No such file or directory" in faults[0]
    assert "cannot be read: Is a directory" in faults[1]
    assert "is not UTF-8 text" in faults[2]


def test_a_file_that_cannot_be_written_says_why(tmp_path):
    """An export into nowhere fails with a reason."""
    with pytest.raises(Failure, match="cannot be written: No such file or directory"):
        account_toml.save("", tmp_path / "missing" / "acme.toml")


def test_what_the_page_mends_is_mended(file):
    """Colours however people write them, one line where one is meant, tags plain."""
    file.write_text("accent = '0B6'\nsender_name = \"a\\nb\"\n[tags]\nsector = ['#EU']")
    read = account_toml.read(file)

    assert ("#00bb66", "a b", ("EU",)) == (
        *(read.accent, read.sender_name),
        read.tags.sector,
    )


def test_what_an_account_had_before_it_may_keep(file):
    """A field of passwords that was chosen before there were rules."""
    file.write_text("password_field = 'UF_crm_old'")
    before = AccountSettings(password_field="UF_crm_old")

    assert before == account_toml.read(file, before)


@pytest.mark.parametrize("line", ['UF_CRM_TASK = "C_1"', 'PRODUCT = "x"', 'UF_A = ""'])
def test_a_value_for_a_field_of_tasks_is_for_one_of_the_company(file, line):
    """Ours are filled by us; an empty value would change nothing."""
    file.write_text(f"language = 'de'\n[task_fields]\n{line}\n")

    with pytest.raises(Failure, match=r"line 2: task_fields: “.*” isn’t a task field"):
        account_toml.read(file)
