"""The settings page while somebody is at it: what was typed, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from ticket24.domain.accounts.model import Person
from ticket24.domain.accounts.persons import WrongPerson
from ticket24.domain.settings.faults import SettingFault
from ticket24.domain.settings.form import SettingsForm
from ticket24.domain.settings.model import AccountSettings
from ticket24.flows.settings.logos import BadReason
from ticket24.flows.settings.rights import Lack
from ticket24.flows.settings.saving import WantedLogo
from ticket24.flows.settings.trial_mails import Tested
from ticket24.flows.tickets.rehearsing import Rehearsal
from ticket24.store.accounts.logos import Logo


@dataclass(frozen=True, slots=True)
class LogoChoice:
    """What became of a logo: `new` was chosen now or in an earlier attempt.

    `none` says that none is wanted, `bad` why the chosen file is not accepted.
    """

    new: Logo | None = None
    none: bool = False
    bad: BadReason | None = None

    @property
    def wanted(self) -> WantedLogo:
        """The logo to be saved, as `saving.save` takes it."""
        return self.new or (None if self.none else "keep")


@dataclass(frozen=True, slots=True)
class SettingsState:
    """A form, and what became of it.

    `before` are the settings from which the page was made. What somebody else has saved
    since then, `theirs`, is not overwritten; `mine` is what was to be saved.

    `logos` are by their settings' names. `unfit` are workgroups where we cannot work.
    `mail_kind` and `mail_language` are of the mail to be shown or sent as a test, to
    `test_to`. `checked` says that somebody asked whether all is ready, `lost` that
    Bitrix24 kept us from saving, `hours_said` what came of copying its hours.

    `rehearsed` is the row of a rule that was tried, and what came of it.

    `person` is the contact person as typed, if the form had its fields, `person_seen`
    the one from which the page was made, `person_meanwhile` whom somebody else saved.
    """

    form: SettingsForm
    before: AccountSettings
    faults: Sequence[SettingFault] = ()
    unfit: Mapping[int, Sequence[Lack]] = field(default_factory=dict)
    logos: Mapping[str, LogoChoice] = field(default_factory=dict)
    theirs: AccountSettings | None = None
    mine: AccountSettings | None = None
    unsaved: bool = False
    saved: bool = False
    importing: bool = False
    lost: bool = False
    tab: str = ""
    mail_kind: str = ""
    mail_language: str = ""
    test_to: str = ""
    tested: Tested | None = None
    checked: bool = False
    hours_said: str = ""
    person: Person | None = None
    person_seen: Person = field(default_factory=Person)
    person_faults: Mapping[str, WrongPerson] = field(default_factory=dict)
    person_meanwhile: Person | None = None
    find: str = ""
    rehearsed: tuple[str, Rehearsal] | None = None
    status: int = HTTPStatus.OK

    def logo(self, name: str) -> LogoChoice:
        """Return what became of a logo."""
        return self.logos.get(name, LogoChoice())

    @property
    def person_changed(self) -> bool:
        """Whether somebody typed another contact person."""
        return self.person is not None and self.person != self.person_seen
