"""Settings, as a form has them and sends them back."""

from dataclasses import replace

from ticket24.domain.settings import state_parts
from ticket24.domain.settings.form import form_of, typed
from ticket24.domain.settings.house_rules.model import Conditions, Deeds, HouseRule
from ticket24.domain.settings.model import (
    AccountSettings,
    Automation,
    Department,
    Ends,
    Gathering,
    OwnWords,
    Ratings,
    Stages,
    State,
    TagLabels,
    Tags,
)
from ticket24.domain.settings.reading.rulebook import read_form
from ticket24.domain.settings.times.week_hours import (
    DepartmentHours,
    WeekHours,
    WorkingHours,
)
from ticket24.domain.tickets.model import Status

SETTINGS = AccountSettings(
    company_name="Acme Support",
    language="de",
    logo="logo.png",
    accent="#0b6e4f",
    departments=(
        Department(
            *(7, "Support", 3, 2, OwnWords("IT", "EDV", ""), OwnWords(de="9-17")),
            stages=Stages(71, 0, 74),
            states=(
                State("in_progress", words=OwnWords("", "In Arbeit", "")),
                State(stage=72, words=OwnWords(de="Wartet"), colour="#0b6e4f"),
                State(stage=74, completed=True),
            ),
        ),
        Department(
            *(12, "Sales", 5, 4),
            working_hours=DepartmentHours(
                *(WeekHours(sat="08:00-12:00"), ("2026-12-23 Stock-taking",), "BR-SP"),
                time_zone="America/Sao_Paulo",
            ),
        ),
    ),
    tags=Tags(("Bugs", "Questions"), ("High", "Low"), ("Europe",)),
    tag_labels=TagLabels(de={"Bugs": "Fehler", "Old": "Alt"}, pt={"High": "Alta"}),
    status_mails=True,
    reply_mails=False,
    sender_name="Acme",
    time_zone="Europe/Berlin",
    greeting=OwnWords(de="Hallo {name},"),
    signature=OwnWords("Yours,\nAcme", "Ihr\n\nAcme-Team", ""),
    shown_messages="marked",
    automation=Automation(
        responsible={"Bugs": 11},
        deadline={"High": 1, "Low": 30, "count": "working"},
        flag=("High",),
        completed_to_stage=True,
        reply_resumes=True,
        push=("responsible", "creator", 11, 12),
        mail=(11,),
        note="#{number} from {customer}:\n{subject} {other words",
    ),
    ends=Ends(3, 7, 14),
    ratings=Ratings(ask=True, every_days=14, mark=False),
    gathering=Gathering(("replied",), "17:30"),
    working_hours=WorkingHours(
        WeekHours(mon="09:00-12:00, 13:00-17:30", sun="00:00-24:00"),
        ("2026-12-24 Heiligabend", "2026-12-31"),
    ),
)
RULED = replace(
    SETTINGS,
    rules=(
        HouseRule(
            *("silent", "Contracts, first", True, "c1", 8),
            Conditions(
                *((7,), ("Bugs",), ("High",), (), (Status.NEW, Status.DEFERRED)),
                *((71, 74), (41,), (9,), ("contract", "Vertrag"), True),
                opened_by="customer",
            ),
            Conditions(
                *((), ("Bugs",), (), (), (Status.DECLINED,)),
                *((73,), (42, 43), (8,), ("spam",)),
                opened_by="staff",
            ),
            Deeds(
                *(11, 2, True, ("vip", "big"), ("trial",), (12, 13), 72, "open"),
                *(("responsible", 11), ("creator",), "#{number}\n{subject}"),
                *({"en": "Dear customer,\nwe…", "pt": "Olá"}, "Handle {subject}!"),
            ),
        ),
        HouseRule("stage", key="c2", on=False, then=Deeds(status="completed")),
    ),
)


def pairs_of(settings=SETTINGS, **changes):
    """Return what a browser sends of the form."""
    form = form_of(settings)
    pairs = dict(form.lines) | dict.fromkeys(form.switches, "on")
    pairs |= {name: "\r\n".join(words) for name, words in form.words.items()}
    pairs |= form.parts
    for row in form.rules:
        pairs |= {f"rules.{row.key}.{name}": text for name, text in row.parts.items()}
    for row in form.rows:
        for part in ("group_id", "name", "responsible_id", "creator_id"):
            pairs[f"departments.{row.key}.{part}"] = getattr(row, part)
        for part in ("about", "opening_hours"):
            for language in ("en", "de", "pt"):
                name = f"{part}.{language}"
                pairs[f"departments.{row.key}.{name}"] = row.part(name)
        for part in ("in_progress", "review", "completed"):
            name = f"stages.{part}"
            pairs[f"departments.{row.key}.{name}"] = row.part(name)
        hours = (one for one in row.parts if one.startswith("working_hours."))
        for name in (*filter(state_parts.is_part, row.parts), *hours):
            pairs[f"departments.{row.key}.{name}"] = row.part(name)
        boxes = ("own_only", "strangers.form", "strangers.mail")
        for name in filter(row.part, boxes):
            pairs[f"departments.{row.key}.{name}"] = "on"
    return list((pairs | changes).items())


def read(pairs, before):
    return read_form(typed(pairs), before)


def faults(**changes):
    return read(pairs_of(**changes), SETTINGS)[1]
