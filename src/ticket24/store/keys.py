"""Every Redis key, in one place.

All keys of one account carry the hash tag `{account}`, so a script or a
transaction of that account stays on one node of a cluster. Global keys are
single-key structures.
"""

from typing import Literal

from ticket24.domain.tickets.model import TicketRef

# The stream of events as they were accepted, and its one consumer group.
JOURNAL = "t24:journal"
WORKERS = "workers"

# Accounts with due tickets, with outgoing mail, and those to ask what changed: sorted
# sets of accounts by the instant (milliseconds) at which they need attention.
DUE_ACCOUNTS = "t24:due"
MAIL_ACCOUNTS = "t24:mail"
SWEEPS = "t24:sweeps"

# What the mail server does with us: since when it refuses us; who was refused since it
# accepted a mail, and who is known to be refused individually; whether a mail is
# asking. Scripts read them together.
RELAY = "t24:{relay}"
RELAY_REFUSED = "t24:{relay}:refused"
RELAY_KNOWN = "t24:{relay}:known"
RELAY_ASKED = "t24:{relay}:asked"

# Accounts with commands of customers to carry out, by the same kind of instant.
COMMAND_ACCOUNTS = "t24:commands"

# Accounts with letters that customers want together, by the same kind of instant.
GATHERED_ACCOUNTS = "t24:gathered"

# Which processes there are: what each last said about itself, and when each role was
# last there.
PRESENCE = "t24:presence"

# What all processes counted, by the name and labels of each sample.
COUNTED = "t24:counted"

# Nothing is ever kept here: it serves to ask whether Redis would keep something.
NOTHING = "t24:nothing"

# How an account is found: by its slug, its member_id, or a token's digest.
SLUGS = "t24:slugs"
MEMBER_IDS = "t24:members"
TOKENS = "t24:tokens"

# The sealed keys that digests were made with, by a name that reveals nothing of them:
# written when the secret key changes.
DIGEST_KEYS = "t24:digest-keys"

# Accounts that were uninstalled, by when their data is removed (milliseconds).
GONE = "t24:gone"

# Installations that Bitrix24 reported and nobody has verified yet: sealed, by digest;
# and by when they are looked at next.
INSTALLATIONS = "t24:{installations}"
INSTALLATION_TIMES = "t24:{installations}:times"


def tombstone(member_id: str) -> str:
    """Name the mark of an account that was uninstalled: late events are dropped."""
    return f"t24:tombstone:{member_id}"


def installing(member_id: str) -> str:
    """Name the lock of the process that is installing this account."""
    return f"t24:installing:{member_id}"


def opened_frame(digest: str) -> str:
    """Name the mark of a frame's post that was used, by its digest."""
    return f"t24:frame:{digest}"


def _of(account: str, *parts: str) -> str:
    return ":".join(("t24", f"{{{account}}}", *parts))


def account(account: str) -> str:
    """Name the account's own record: settings, address, sealed secrets."""
    return _of(account, "account")


def former(account: str) -> str:
    """Name the record of an account that was uninstalled and may come back."""
    return _of(account, "former")


def lease(account: str) -> str:
    """Name the lease of the worker that looks at an account's tickets."""
    return _of(account, "lease", "look")


def renewal(account: str) -> str:
    """Name the lock of the process that renews an account's tokens."""
    return _of(account, "lease", "tokens")


def rest(account: str) -> str:
    """Name the mark that an account's commands wait: Bitrix24 does not answer."""
    return _of(account, "lease", "commands")


def pairs(account: str) -> str:
    """Name the hash of sealed pairs of tokens, by the Bitrix24 user they belong to."""
    return _of(account, "pairs")


def visit(account: str, digest: str) -> str:
    """Name one look at a page inside Bitrix24, by the digest of its token."""
    return _of(account, "visit", digest)


def visits(account: str) -> str:
    """Name the pattern of all looks at an account's pages inside Bitrix24."""
    return _of(account, "visit", "*")


def onlookers(account: str, contact_id: int) -> str:
    """Name the list of the staff who saw the portal as this customer, and when."""
    return _of(account, "views", str(contact_id))


def due(account: str) -> str:
    """Name the sorted set of things to look at, by when (milliseconds)."""
    return _of(account, "due")


def marks(account: str) -> str:
    """Name the hash of how often each due thing was marked since it was done."""
    return _of(account, "marks")


def tries(account: str) -> str:
    """Name the hash of how often a look at a due thing failed in a row."""
    return _of(account, "tries")


def ticket(ref: TicketRef) -> str:
    """Name the hash of a ticket: `picture` and its revision `rev`.

    `said` is what was said about people in copy.

    A long one has the `latest` part of its page, too, and of which revision that is.
    """
    return _of(ref.account, "ticket", str(ref.task_id))


def tickets(account: str) -> str:
    """Name the sorted set of known tickets, by last activity (seconds)."""
    return _of(account, "tickets")


def bystanders(account: str) -> str:
    """Name the sorted set of tasks that are not tickets, by last look (seconds)."""
    return _of(account, "bystanders")


def customers(account: str) -> str:
    """Name the hash of customers by contact id."""
    return _of(account, "customers")


def readings(account: str) -> str:
    """Name the sorted set of contacts kept lately, by the number of when."""
    return _of(account, "readings")


def lost(account: str) -> str:
    """Name the hash of customers whose contacts are gone, as we last knew them."""
    return _of(account, "lost")


def levels(account: str) -> str:
    """Name the hash of companies' levels, and of what elements of lists are called."""
    return _of(account, "levels")


def memberships(account: str) -> str:
    """Name the hash of which companies contacts belong to, by contact id."""
    return _of(account, "members")


def company_people(account: str) -> str:
    """Name the hash of the contacts and names of companies, by company id."""
    return _of(account, "company-people")


def roles(account: str) -> str:
    """Name the hash of the roles that staff chose for contacts."""
    return _of(account, "roles")


def lookers(account: str) -> str:
    """Name the sorted set of contacts who look at a company's tickets (seconds)."""
    return _of(account, "lookers")


def private(account: str) -> str:
    """Name the hash of tickets that are shown to their owners alone."""
    return _of(account, "private")


def successors(account: str) -> str:
    """Name the hash of the contacts that took over from those merged into them."""
    return _of(account, "successors")


def languages(account: str) -> str:
    """Name the hash of the languages that customers chose, by contact id.

    Its fields that end with `READ` say in which the portal spoke at the last sign-in.
    """
    return _of(account, "languages")


def preferences(account: str) -> str:
    """Name the hash of how often customers want mail, by contact id."""
    return _of(account, "preferences")


def company_watchers(account: str) -> str:
    """Name the set of contacts who want mail about all tickets of their company."""
    return _of(account, "company-watchers")


def muted_tickets(account: str, contact_id: int) -> str:
    """Name the set of tickets about which a customer wants no mail."""
    return _of(account, "muted-tickets", str(contact_id))


def gathered(account: str, contact_id: int) -> str:
    """Name the hash of letters that wait to be told together, by id."""
    return _of(account, "gathered", str(contact_id))


def gathered_of_any(account: str) -> str:
    """Name how the keys of an account's gathered letters begin."""
    return _of(account, "gathered", "")


def gathered_times(account: str) -> str:
    """Name the sorted set of contacts with such letters, by when (milliseconds)."""
    return _of(account, "gathered")


def gathered_begun(account: str, contact_id: int) -> str:
    """Name the mark of a contact whose letters go as soon as tickets were looked at."""
    return _of(account, "gathered-begun", str(contact_id))


def rows(account: str, contact_id: int) -> str:
    """Name the hash of a customer's tickets: their rows, by task id."""
    return _of(account, "rows", str(contact_id))


def seen(account: str, contact_id: int) -> str:
    """Name the hash of how far a customer has read, by task id."""
    return _of(account, "seen", str(contact_id))


def searched(account: str, contact_id: int) -> str:
    """Name the list of what searches read of a contact's many tickets, in parts."""
    return _of(account, "searched", str(contact_id))


MOVES = " moves"


def versions(account: str) -> str:
    """Name the hash of when each customer's pages last changed.

    Its fields that end with `MOVES` say by which tickets.
    """
    return _of(account, "versions")


def outbox(account: str) -> str:
    """Name the hash of letters that are decided and not yet delivered."""
    return _of(account, "outbox")


def outbox_times(account: str) -> str:
    """Name the sorted set of outbox letters, by next attempt (milliseconds)."""
    return _of(account, "outbox", "times")


def outbox_tries(account: str) -> str:
    """Name the hash of how often each letter was tried in vain."""
    return _of(account, "outbox", "tries")


def alarms(account: str) -> str:
    """Name the sorted set of tickets to look at, by when (milliseconds)."""
    return _of(account, "alarms")


def written(account: str, letter_id: str) -> str:
    """Name the mark of a letter to staff that was written: it is not written twice."""
    return _of(account, "written", letter_id)


def rulings(account: str) -> str:
    """Name the hash of what a person decided about doubtful messages."""
    return _of(account, "rulings")


def everything(account: str) -> str:
    """Name the pattern of all keys of an account."""
    return _of(account, "*")


def parked(account: str) -> str:
    """Name the hash of what is set aside for a person, by its id."""
    return _of(account, "parked")


def parked_for(account: str, digest: str) -> str:
    """Name the sorted set of set-aside letters to an address (milliseconds)."""
    return _of(account, "parked-for", digest)


def untold(account: str) -> str:
    """Name the hash of parked news nobody was told: since when, ticket, contacts."""
    return _of(account, "untold")


def state(account: str) -> str:
    """Name the hash of facts that change by themselves: cursors, last event."""
    return _of(account, "state")


def bucket(account: str, egress: str) -> str:
    """Name the leaky bucket of requests from one source address."""
    return _of(account, "bucket", egress)


def urgent(account: str, egress: str) -> str:
    """Name the leaky bucket of the urgent ones among these requests."""
    return _of(account, "urgent", egress)


def files(account: str, egress: str) -> str:
    """Name the leaky bucket of those that fetch files for people."""
    return _of(account, "files", egress)


def blocked(account: str) -> str:
    """Name the hash of methods that are out of run time, by when they return."""
    return _of(account, "blocked")


def logo(account: str) -> str:
    """Name the hash of an account's logo: `type`, `content`, `digest`."""
    return _of(account, "logo")


def dark_logo(account: str) -> str:
    """Name the hash of an account's logo for dark pages; like `logo`."""
    return _of(account, "dark-logo")


def draft(account: str, owner: int, form: str) -> str:
    """Name what a customer has typed into a form and not sent yet."""
    return _of(account, "draft", str(owner), form)


def draft_space(account: str) -> tuple[str, str, str]:
    """Name the space drafts take: sizes, times, and who has how much (`shares`)."""
    return (
        _of(account, "drafts"),
        _of(account, "drafts", "times"),
        _of(account, "drafts", "loose"),
    )


def kept_draft(account: str, digest: str) -> str:
    """Name what was sent without a session, by the digest of its token."""
    return _of(account, "kept", digest)


def kept_drafts(account: str) -> str:
    """Name the sorted set of those digests, by their end (milliseconds)."""
    return _of(account, "kept")


# The channel on which changes of what customers see are announced.
CHANGED = "t24:changed"

# Accounts with sign-in links to send, by the instant (milliseconds).
LINK_ACCOUNTS = "t24:links"

# Accounts in which strangers have asked for such links.
LINK_STRANGERS = "t24:links:strangers"


# Accounts with mails to people who are not in the CRM, by the instant (milliseconds).
INTRODUCTION_ACCOUNTS = "t24:introductions"


def introductions(account: str) -> str:
    """Name the hash of what waits for its address to be confirmed, by id; sealed.

    Its field `bytes` says how much room all take.
    """
    return _of(account, "introductions")


def introduction_times(account: str) -> str:
    """Name the sorted set of their ids, by when they are forgotten (milliseconds)."""
    return _of(account, "introductions", "times")


def introduced(account: str, tag: str) -> str:
    """Name the set of the ids of one address."""
    return _of(account, "introduced", tag)


def introduction_asks(account: str) -> str:
    """Name the sorted set of folded addresses that want a mail (milliseconds)."""
    return _of(account, "introductions", "asks")


def introduced_mail(account: str, tag: str) -> str:
    """Name the mark of a mailbox that had such a mail within the last hour."""
    return _of(account, "introduced", tag, "mail")


def introduced_mails(account: str, tag: str) -> str:
    """Name the counter of such mails to a mailbox within a day."""
    return _of(account, "introduced", tag, "mails")


def introduction_link(account: str, digest: str) -> str:
    """Name the address that a link confirms, by the digest of its token."""
    return _of(account, "introduction-link", digest)


def newcomer(account: str, contact_id: int) -> str:
    """Name what staff are told of a new contact, in the contact's first ticket."""
    return _of(account, "newcomer", str(contact_id))


def addresses(account: str) -> str:
    """Name the hash of contact ids by folded address, and of these by contact id."""
    return _of(account, "addresses")


def passwords(account: str) -> str:
    """Name the hash of password hashes by contact id; empty if there is none."""
    return _of(account, "passwords")


def generations(account: str) -> str:
    """Name the hash of counters that end sessions.

    Its fields: a contact id, or a contact id, a space and a folded address.
    """
    return _of(account, "generations")


def session(account: str, digest: str) -> str:
    """Name the hash of one session, by the digest of its cookie."""
    return _of(account, "session", digest)


def signed_in(account: str, contact_id: int) -> str:
    """Name the sorted set of digests of a customer's sessions, by when they began."""
    return _of(account, "signed-in", str(contact_id))


def attempts(account: str, about: str) -> str:
    """Name the counter of tries; `about` says of what and from where."""
    return _of(account, "attempts", about)


def budget(account: str, name: str, who: str) -> str:
    """Name what is spent of a budget, by a contact or, without one, by the account."""
    return _of(account, "budget", name, who)


def copied(account: str) -> str:
    """Name the sorted set of digests of addresses written to in copy (seconds)."""
    return _of(account, "copied")


def muted(account: str) -> str:
    """Name the sorted set of digests of addresses that want no mail (seconds)."""
    return _of(account, "muted")


def link(account: str, digest: str) -> str:
    """Name what a sign-in link leads to, by the digest of its token."""
    return _of(account, "link", digest)


def deed(account: str, digest: str) -> str:
    """Name the mark of what a sitting or visit did within the last minute."""
    return _of(account, "deed", digest)


def invitation(account: str, contact_id: int) -> str:
    """Name the hash of the latest invitation of a customer, and what became of it."""
    return _of(account, "invitation", str(contact_id))


def link_requests(account: str) -> str:
    """Name the sorted set of links to send, by next attempt (milliseconds)."""
    return _of(account, "links")


def link_invitations(account: str) -> str:
    """Name the sorted set of invitations to send, by next attempt (milliseconds)."""
    return _of(account, "links", "invitations")


def link_strangers(account: str) -> str:
    """Name the sorted set of links that strangers asked for, by next attempt."""
    return _of(account, "links", "strangers")


def link_turns(account: str) -> str:
    """Name the hash of how many turns strangers of a network have recently had."""
    return _of(account, "links", "turns")


def command(account: str, command_id: str) -> str:
    """Name the hash of one command: the order, how far it has got, what was done."""
    return _of(account, "command", command_id)


def lanes(account: str) -> str:
    """Name the sorted set of lanes with commands, by next attempt (milliseconds)."""
    return _of(account, "lanes")


def lane(account: str, name: str) -> str:
    """Name the list of commands that wait one behind the other, by id."""
    return _of(account, "lane", name)


def asked(account: str, contact_id: int | Literal[""]) -> str:
    """Name the sorted set of a customer's commands, by when they were put."""
    return _of(account, "asked", str(contact_id))


def posted(account: str, lane: str, source: str) -> str:
    """Name the id of the message that was posted last in a lane's ticket."""
    return _of(account, "posted", lane, source)


def mover(account: str, task_id: int) -> str:
    """Name the note about the customer for whom we move a ticket just now."""
    return _of(account, "mover", str(task_id))


def ratings(account: str) -> str:
    """Name the hash of what customers said of how tickets were solved, by task id."""
    return _of(account, "ratings")


def heard(ref: TicketRef) -> str:
    """Name the hash of who has a ticket's newest messages, by the messages' marks."""
    return _of(ref.account, "heard", str(ref.task_id))


def told(ref: TicketRef) -> str:
    """Name the hash of which status each reader of a ticket was told last."""
    return _of(ref.account, "told", str(ref.task_id))


def quoted(ref: TicketRef) -> str:
    """Name the hash of what the mails of a ticket quoted, by the messages' marks."""
    return _of(ref.account, "quoted", str(ref.task_id))


def ratings_asked(account: str) -> str:
    """Name the hash of when each contact was asked for a rating, and by which mail."""
    return _of(account, "ratings", "asked")


def filled(ref: TicketRef) -> str:
    """Name what was filled in in a new ticket, until its picture has it."""
    return _of(ref.account, "filled", str(ref.task_id))


def rule_notes(ref: TicketRef) -> str:
    """Name the list of what the company's rules decided about a ticket."""
    return _of(ref.account, "rule-notes", str(ref.task_id))


def placed(account: str, task_id: int) -> str:
    """Name the note about the column to which we moved a ticket's card just now."""
    return _of(account, "placed", str(task_id))


def upload(account: str, upload_id: str) -> str:
    """Name the hash that says whose a waiting file is, its name, type and size."""
    return _of(account, "upload", upload_id)


def chunks(account: str, upload_id: str) -> str:
    """Name the list of the parts of a waiting file."""
    return _of(account, "upload", upload_id, "chunks")


# The space that the waiting files of all accounts take (`shares`): sizes in bytes by
# file, by owner, by account and in total; when each file's claim to its space ends
# (milliseconds); and who has how much that may have to go. Scripts read them together,
# so they share a hash tag of their own.
SPOOL_SIZES = "t24:{spool}:sizes"
SPOOL_TIMES = "t24:{spool}:times"
SPOOL_LOOSE = "t24:{spool}:loose"

# Mails that reached us, before anybody knows whose account they are about: those that
# wait to be judged, by when (milliseconds); how much room they and the held ones take;
# and how many came, by what became of them. Scripts change them together.
ARRIVALS = "t24:{arrivals}:waiting"
ARRIVALS_SPACE = "t24:{arrivals}:space"
FATES = "t24:{arrivals}:fates"

# What is told of each mail that waits for a person; and the places where they wait.
HELD = "t24:{arrivals}:held"

# The mail that the doctor sent last and that was read.
PROBED = "t24:{arrivals}:probed"


def arrival(arrival_id: str) -> str:
    """Name the hash of a mail that reached us: where its bytes are, and for whom."""
    return f"t24:{{arrivals}}:mail:{arrival_id}"


def raw_arrival(name: str) -> str:
    """Name the list of the parts of a mail as it came."""
    return f"t24:{{arrivals}}:raw:{name}"


def held_at(place: str) -> str:
    """Name the sorted set of mails held for an account, or "-" (milliseconds)."""
    return f"t24:{{arrivals}}:held:{place}"


def met(digest: str) -> str:
    """Name the note about the words that a mail of this Message-ID had."""
    return f"t24:{{arrivals}}:met:{digest}"


def remembered(account: str) -> str:
    """Name the hash of contacts by addresses that staff said are theirs."""
    return _of(account, "remembered")


def returned(account: str) -> str:
    """Name the hash of folded addresses from which mail came back, and why."""
    return _of(account, "returned")


def conversations(account: str, digest: str) -> str:
    """Name the set of conversations of somebody beside a ticket's customers."""
    return _of(account, "conversations", digest)


def opened(account: str, command: str) -> str:
    """Name the number of the ticket that a mail's command has opened, 0 before."""
    return _of(account, "opened", command)


def habits(account: str, digest: str) -> str:
    """Name the list of what the last mails of a sender had in common."""
    return _of(account, "habits", digest)
