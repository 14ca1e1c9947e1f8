"""What happens later: one schedule for each reminder, and the function that sends its mail."""

from cumulo import App, Function, Queue, ScheduleGroup, Stack, days, hours, seconds
from infra.auth import Auth
from infra.data import Data


class Scheduler(Stack):
    """The group of the reminders' schedules, their target, and where those go that fail for good."""

    def __init__(self, app: App, *, data: Data, auth: Auth) -> None:
        super().__init__(app, "scheduler")
        self.send_reminder = Function(
            self,
            "send-reminder",
            handler="functions.send_reminder.handler",
            links=[data.table.get(), data.table.update(), auth.sender.send()],
            memory=512,
            timeout=seconds(30),
            environment={"LOG_LEVEL": self.stage.settings["LOG_LEVEL"]},
        )
        self.dead_letters = Queue(self, "dead-reminders", tries=None, retention=days(14))
        self.reminders = ScheduleGroup(self, "reminders")
        self.scheduling = self.reminders.schedule(
            self.send_reminder, retries=2, max_age=hours(6), dead_letters=self.dead_letters
        )
