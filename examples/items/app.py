"""What this system is made of, for a stage."""

from infra.api import Api
from infra.data import Data
from infra.monitoring import Monitoring

from cumulo import App, Stage


def app(stage: Stage) -> App:
    """Declare the system for a stage."""
    app = App("items", stage)
    data = Data(app)
    api = Api(app, data=data)
    if stage.production:
        Monitoring(app, api=api)
    return app
