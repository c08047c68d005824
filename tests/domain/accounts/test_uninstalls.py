"""What the news of an uninstallation is worth."""

import pytest

from ticket24.domain.accounts.uninstalls import ApplicationState, News, is_timely

NOW = 1_800_000_000.0
VISITED = NOW - 1_000.5
DAY = 86_400


@pytest.mark.parametrize(
    ("sent_at", "timely"),
    [
        (0, False),
        (-1, False),
        (int(VISITED) - 1, False),
        (int(VISITED), True),
        (int(NOW), True),
        (int(NOW) + 299, True),
        (int(NOW) + 301, False),
        (10**17, False),
    ],
)
def test_the_time_has_to_fit(sent_at, timely):
    """A report without a time, before the last visit, or from the future is ignored."""
    assert timely == is_timely(sent_at, VISITED, NOW)


def test_without_a_visit_a_time_is_needed_all_the_same():
    """An account that nobody visited is not removed by news of no time."""
    assert (False, True) == (is_timely(0, 0.0, NOW), is_timely(1, 0.0, NOW))


@pytest.mark.parametrize("refused", [True, False])
def test_news_reads_as_it_was_written(refused):
    """Nothing of it is lost in Redis."""
    news = News(clean=True, sent_at=17, told_at=NOW + 0.1, refused=refused)

    assert news == News.read(str(news))


@pytest.mark.parametrize(
    ("standing", "refused", "unsent", "days"),
    [
        (ApplicationState.GONE, False, False, 0),
        (ApplicationState.GONE, False, True, 1),
        (ApplicationState.GONE, True, False, 1),
        (ApplicationState.DOUBTFUL, False, False, 1),
    ],
)
def test_data_goes_at_once_when_all_is_sure(standing, refused, unsent, days):
    """Doubt, a refusal before, or what Bitrix24 has not got: a day's time."""
    news = News(clean=True, sent_at=1, told_at=NOW, refused=refused)

    assert days * DAY == news.keep_seconds(standing, unsent=unsent)


def test_data_that_may_stay_stays_for_30_days():
    """Whatever else is known."""
    news = News(clean=False, sent_at=1, told_at=NOW)

    assert {30 * DAY} == {
        news.keep_seconds(standing, unsent=unsent)
        for standing in ApplicationState
        for unsent in (True, False)
    }
