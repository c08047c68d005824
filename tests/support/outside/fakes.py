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
    """A REST client; `answers` makes a result, or a BitrixError, of a command."""

    def __init__(self, answers, server_time=None):
        self.answers = answers
        self.server_time = server_time
        self.asked = []
        self.requests = 0

    async def batch(self, commands, *, urgent=False):
        self.requests += len(split(commands))
        batch = Batch({}, {}, self.server_time)
        for key, command in commands.items():
            self.asked.append(command)
            answer = self.answers(command)
            kind = batch.errors if isinstance(answer, BitrixError) else batch.results
            kind[key] = answer
        return batch

    def methods(self):
        return [command.method for command in self.asked]
