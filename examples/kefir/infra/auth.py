"""Who may come in: accounts by e-mail address, and codes that are sent to it."""

from cumulo import App, EmailSender, Function, Link, Secret, Stack, UserPool, days, hours, minutes, seconds
from infra.data import Data


class Auth(Stack):
    """The user pool with its client and triggers, and what mails are sent from."""

    def __init__(self, app: App, *, data: Data) -> None:
        super().__init__(app, "auth")
        self.sender = EmailSender(self, "sender", address=self.stage.settings["SENDER"])
        # Of its own, so that no other function can find out codes that it reads in the table.
        pepper = Secret(self, "pepper", description="What one-time codes are hashed with").read()
        table = data.table
        self.functions: list[Function] = []
        self.users = UserPool(
            self,
            "users",
            # Cognito's own sign-up tells whether an address has an account; POST /sign-up does not.
            sign_up=False,
            triggers={
                "define_auth_challenge": self._trigger("define"),
                "create_auth_challenge": self._trigger(
                    "create", table.put(), table.update(), pepper, self.sender.send()
                ),
                "verify_auth_challenge_response": self._trigger("verify", table.update(), table.delete(), pepper),
            },
        )
        self.app_client = self.users.client(
            "app",
            flows=("CUSTOM_AUTH", "REFRESH_TOKEN_AUTH"),
            access_token=hours(1),
            id_token=hours(1),
            refresh_token=days(30),
            session=minutes(5),
        )

    def _trigger(self, step: str, *links: Link) -> Function:
        # Cognito waits five seconds for a trigger:
        # https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
        function = Function(
            self,
            f"{step}-challenge",
            handler=f"functions.challenges.{step}",
            links=links,
            memory=512,
            timeout=seconds(5),
            environment={"LOG_LEVEL": self.stage.settings["LOG_LEVEL"]},
        )
        self.functions.append(function)
        return function
