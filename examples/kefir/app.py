"""What this system is made of, for a stage."""

from infra.api import Api
from infra.auth import Auth
from infra.data import Data
from infra.monitoring import Monitoring
from infra.scheduler import Scheduler

from cumulo import App, Stage


def app(stage: Stage) -> App:
    """Declare the system for a stage."""
    app = App("kefir", stage)
    data = Data(app)
    auth = Auth(app, data=data)
    scheduler = Scheduler(app, data=data, auth=auth)
    api = Api(app, auth=auth, data=data, scheduler=scheduler)
    Monitoring(app, auth=auth, scheduler=scheduler, api=api)
    return app
