"""Stand-ins for what is slow, far away, or not ours."""

from ticket24.bitrix.rest.batch import Batch, split
from ticket24.bitrix.rest.errors import BitrixError


class FakeDue:
    """A due set that remembers every mark, in order."""

    def __init__(self):
        self.marked = []

    async def mark(self, ref):
        self.marked.append(ref)


class FakeCaller:
    """A REST client; `answers` makes a result, or a BitrixError, of a call."""

    def __init__(self, answers, server_time=None):
        self.answers = answers
        self.server_time = server_time
        self.asked = []
        self.requests = 0

    async def batch(self, calls, *, urgent=False):
        self.requests += len(split(calls))
        batch = Batch({}, {}, self.server_time)
        for key, call in calls.items():
            self.asked.append(call)
            answer = self.answers(call)
            kind = batch.errors if isinstance(answer, BitrixError) else batch.results
            kind[key] = answer
        return batch

    def methods(self):
        return [call.method for call in self.asked]
