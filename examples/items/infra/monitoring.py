"""Who is told when something is wrong, in production."""

from cumulo import Alarm, App, Stack, Topic, minutes
from infra.api import Api


class Monitoring(Stack):
    """A topic to subscribe to, and the alarms that speak to it."""

    def __init__(self, app: App, *, api: Api) -> None:
        super().__init__(app, "monitoring")
        self.alerts = Topic(self, "alerts")
        front = api.api
        Alarm(self, "api-errors", metric=front.errors_5xx(), above=5, per=minutes(5), notify=self.alerts)
        Alarm(
            self,
            "api-latency",
            metric=front.latency("p99"),
            above=3000,
            per=minutes(5),
            datapoints=(2, 3),
            notify=self.alerts,
        )
        for function in api.functions:
            Alarm(self, f"{function.id}-errors", metric=function.errors(), above=0, per=minutes(5), notify=self.alerts)
            Alarm(
                self,
                f"{function.id}-throttles",
                metric=function.throttles(),
                above=0,
                per=minutes(5),
                notify=self.alerts,
            )
