"""How many mails reached us, and what became of them, as Prometheus' format has it."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from ticket24.domain.arrivals.fates import Came, MailFate


def of_arrivals(came: Came | None) -> Iterator[Metric]:
    """Yield the counts of all processes; a mail that is released is held no more."""
    if came is None:
        return
    received = CounterMetricFamily(
        "ticket24_mails_received",
        "Mails that reached us, by what became of each: exactly one of these.",
        labels=["fate"],
    )
    for fate in MailFate:
        received.add_metric([fate], came.fates[fate])
    yield received
    yield GaugeMetricFamily(
        "ticket24_mails_unjudged",
        "Mails that reached us and wait to be judged.",
        value=came.waiting,
    )
