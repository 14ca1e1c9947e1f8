"""What there is to see, and in production who is told when something is wrong."""

from collections.abc import Sequence

from cumulo import Alarm, App, Dashboard, Expression, Function, Metric, Stack, Topic, hours, minutes
from infra.api import Api
from infra.auth import Auth
from infra.scheduler import Scheduler

Cell = Metric | Sequence[Metric | Expression] | Sequence[Alarm]


class Monitoring(Stack):
    """A dashboard; in production a topic, and the alarms that speak to it."""

    def __init__(self, app: App, *, auth: Auth, scheduler: Scheduler, api: Api) -> None:
        super().__init__(app, "monitoring")
        functions = [*auth.functions, *api.functions, scheduler.send_reminder]
        front = api.api
        errors = sum(function.errors() for function in functions).labelled("Errors of functions")
        throttles = sum(function.throttles() for function in functions).labelled("Throttles of functions")
        durations = [function.duration("p99").labelled(function.id) for function in functions]
        reminders = scheduler.send_reminder.invocations().labelled("Reminders")
        dead = scheduler.dead_letters.depth().labelled("Dead reminders")
        rows: list[list[Cell]] = [
            [front.count(), [front.errors_4xx(), front.errors_5xx()], front.latency("p99")],
            [[errors, throttles], durations, [reminders, dead]],
        ]
        if self.stage.production:
            rows.append([self._alarms(functions, scheduler, api)])
        Dashboard(self, "overview", rows=rows)

    def _alarms(self, functions: list[Function], scheduler: Scheduler, api: Api) -> list[Alarm]:
        alerts = Topic(self, "alerts", emails=(self.stage.settings["ALERTS"],))
        front = api.api
        share = 100 * front.errors_5xx() / front.count()
        alarms = [
            share.alarm(self, "api-errors", above=1, per=minutes(5), datapoints=(2, 3), notify=alerts),
            front.latency("p99").alarm(
                self, "api-latency", above=3000, per=minutes(5), datapoints=(2, 3), notify=alerts
            ),
            scheduler.dead_letters.depth().alarm(self, "dead-reminders", above=0, per=hours(1), notify=alerts),
        ]
        for function in functions:
            slow = function.timeout.total_seconds() * 1000 / 2
            alarms += [
                function.errors().alarm(self, f"{function.id}-errors", above=10, per=minutes(5), notify=alerts),
                function.throttles().alarm(self, f"{function.id}-throttles", above=0, per=minutes(5), notify=alerts),
                function.duration("p99").alarm(
                    self, f"{function.id}-slow", above=slow, per=minutes(5), datapoints=(2, 3), notify=alerts
                ),
            ]
        return alarms
