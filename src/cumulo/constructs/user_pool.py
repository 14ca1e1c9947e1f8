"""UserPool: the users of an app, and how they sign in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from troposphere import Ref, awslambda, cognito

from cumulo.constructs.authorizer import JwtAuthorizer
from cumulo.constructs.function import Function
from cumulo.model.checks import check_duration, check_list, check_mapping, check_type
from cumulo.model.construct import Construct
from cumulo.model.links import Grant, Link
from cumulo.model.names import variable
from cumulo.model.references import Reference
from cumulo.model.stack import Stack
from cumulo.model.units import days, hours, minutes, seconds

# https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
TRIGGERS: Mapping[str, str] = {
    "create_auth_challenge": "CreateAuthChallenge",
    "custom_message": "CustomMessage",
    "define_auth_challenge": "DefineAuthChallenge",
    "post_authentication": "PostAuthentication",
    "post_confirmation": "PostConfirmation",
    "pre_authentication": "PreAuthentication",
    "pre_sign_up": "PreSignUp",
    "pre_token_generation": "PreTokenGeneration",
    "verify_auth_challenge_response": "VerifyAuthChallengeResponse",
}
"""The triggers, by what a declaration calls them."""

TRIGGER_TIMEOUT = seconds(5)
"""How long Cognito waits for a trigger."""

FLOWS = ("CUSTOM_AUTH", "REFRESH_TOKEN_AUTH", "USER_AUTH", "USER_PASSWORD_AUTH", "USER_SRP_AUTH")


class UserPool(Construct):
    """A Cognito user pool whose users sign in with their e-mail address; in production protected from deletion.

    Parameters
    ----------
    scope, id
        The stack and the pool's name in it.
    triggers
        The functions that it calls, by the trigger's name: ``define_auth_challenge``, ``pre_sign_up`` and so on. It
        waits five seconds for each, so none may take longer.
    sign_up
        Whether people may sign up by themselves; otherwise an administrator makes users.
    password_length
        The least length of a password, 6 to 99 characters.

    Notes
    -----
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpool.html

    Examples
    --------
    >>> from cumulo import App, Stage
    >>> stack = Stack(App("kefir", Stage("dev")), "auth")
    >>> create = Function(stack, "create", handler="functions.challenges.create", timeout=seconds(5))
    >>> users = UserPool(stack, "users", triggers={"create_auth_challenge": create})
    >>> app = users.client("app", flows=("CUSTOM_AUTH", "REFRESH_TOKEN_AUTH"))
    >>> users.authorizer(app).name
    'users'
    """

    kind: ClassVar[str] = "pool"
    name_limit: ClassVar[int] = 128

    def __init__(
        self,
        scope: Stack,
        id: str,  # noqa: A002
        *,
        triggers: Mapping[str, Function] | None = None,
        sign_up: bool = True,
        password_length: int = 12,
        override: Mapping[str, Any] | None = None,
        accept: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id, override=override, accept=accept)
        check_mapping(self.where, "triggers", triggers or {}, '"pre_sign_up": function')
        self.triggers = dict(triggers or {})
        for name, function in self.triggers.items():
            self._check_trigger(name, function)
        if not 6 <= password_length <= 99:
            raise self.error(f"a password length of {password_length} is not possible", hint="use 6 to 99 characters")
        keep: dict[str, Any] = (
            {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"} if self.stage.production else {}
        )
        self.pool = self.add(
            cognito.UserPool(
                self.logical_id(),
                UserPoolName=self.name,
                UsernameAttributes=["email"],
                UsernameConfiguration=cognito.UsernameConfiguration(CaseSensitive=False),
                AutoVerifiedAttributes=["email"],
                AccountRecoverySetting=cognito.AccountRecoverySetting(
                    RecoveryMechanisms=[cognito.RecoveryOption(Name="verified_email", Priority=1)]
                ),
                AdminCreateUserConfig=cognito.AdminCreateUserConfig(AllowAdminCreateUserOnly=not sign_up),
                Policies=cognito.Policies(
                    PasswordPolicy=cognito.PasswordPolicy(
                        MinimumLength=password_length,
                        RequireLowercase=True,
                        RequireNumbers=True,
                        RequireSymbols=True,
                        RequireUppercase=True,
                    )
                ),
                DeletionProtection="ACTIVE" if self.stage.production else "INACTIVE",
                UserPoolTags=dict(sorted(scope.app.tags.items())),
                **self._trigger_settings(),
                **keep,
            )
        )
        for name, function in self.triggers.items():
            self._permit(name, function)
        scope.output(self.logical_id("pool-id"), self.pool_id)

    @property
    def arn(self) -> Reference:
        """The pool's ARN."""
        return self.reference("Arn")

    @property
    def pool_id(self) -> Reference:
        """The pool's id: ``eu-central-1_Ab1cDe2fG``."""
        return self.reference()

    @property
    def issuer(self) -> Reference:
        """What tokens of the pool say in ``iss``: ``https://cognito-idp.…amazonaws.com/…``."""
        return self.reference("ProviderURL")

    def client(
        self,
        id: str,  # noqa: A002
        *,
        flows: Sequence[str] = ("USER_SRP_AUTH", "REFRESH_TOKEN_AUTH"),
        access_token: timedelta = hours(1),  # noqa: B008
        id_token: timedelta = hours(1),  # noqa: B008
        refresh_token: timedelta = days(30),  # noqa: B008
        session: timedelta = minutes(3),  # noqa: B008
        override: Mapping[str, Any] | None = None,
        accept: Mapping[str, str] | None = None,
    ) -> UserPoolClient:
        """Return a new app client of the pool; :class:`UserPoolClient` says what the parameters mean."""
        return UserPoolClient(
            self.stack,
            id,
            pool=self,
            flows=flows,
            access_token=access_token,
            id_token=id_token,
            refresh_token=refresh_token,
            session=session,
            override=override,
            accept=accept,
        )

    def authorizer(
        self, *clients: UserPoolClient, name: str | None = None, scopes: Sequence[str] = ()
    ) -> JwtAuthorizer:
        """Return an authorizer of HTTP APIs that lets pass who has a token of the pool, given to one of the clients.

        Id tokens pass as well as access tokens, as API Gateway does not tell them apart. A function that takes only
        one of them looks at the claim ``token_use``; scopes, which id tokens do not have, keep id tokens out.

        Parameters
        ----------
        clients
            The app clients, one at least.
        name
            The authorizer's name in the API; by default the pool's.
        scopes
            Scopes of which a token needs one.
        """
        return JwtAuthorizer(
            name or self.id,
            issuer=self.issuer,
            audience=[client.client_id for client in clients],
            scopes=scopes,
        )

    def admin(self, *actions: str) -> Link:
        """Return a link that may call administrators' actions on this pool: ``"AdminCreateUser"``, ``"ListUsers"``.

        A function that the pool calls cannot have it: each would need the other to be made first.
        """
        if not actions:
            raise self.error("a link without actions", hint='write pool.admin("AdminCreateUser")')
        grant = Grant(tuple(f"cognito-idp:{action}" for action in actions), (self.arn,))
        return Link((grant,), {variable(self.id, self.kind, "id"): self.pool_id})

    def _check_trigger(self, name: str, function: object) -> None:
        if name not in TRIGGERS:
            raise self.error(f"there is no trigger {name!r}", hint=f"there are: {', '.join(TRIGGERS)}")
        check_type(self.where, f"trigger {name}", function, Function, "a Function", "pass the Function that it calls")
        if isinstance(function, Function) and function.timeout > TRIGGER_TIMEOUT:
            raise self.error(
                f"function {function.id!r} may take {function.timeout.total_seconds():g} s, but Cognito waits "
                f"{TRIGGER_TIMEOUT.total_seconds():g} s for a trigger",
                hint="write timeout=seconds(5)",
            )

    def _trigger_settings(self) -> dict[str, Any]:
        config = {TRIGGERS[name]: self.value(function.arn) for name, function in sorted(self.triggers.items())}
        return {"LambdaConfig": cognito.LambdaConfig(**config)} if config else {}

    def _permit(self, name: str, function: Function) -> None:
        self.add(
            awslambda.Permission(
                self.logical_id(name.replace("_", "-"), "permission"),
                Action="lambda:InvokeFunction",
                FunctionName=self.value(function.arn),
                Principal="cognito-idp.amazonaws.com",
                SourceArn=self.value(self.arn),
            )
        )


class UserPoolClient(Construct):
    """An app client of a user pool: public, without a secret, and telling nobody who has an account.

    Parameters
    ----------
    scope, id
        The stack and the client's name in it.
    pool
        The pool, of the same stack.
    flows
        How users may sign in: ``"CUSTOM_AUTH"``, ``"USER_SRP_AUTH"``, ``"REFRESH_TOKEN_AUTH"`` and so on.
    access_token, id_token
        How long these tokens are valid, 5 minutes to a day.
    refresh_token
        How long sign-in lasts, an hour to ten years.
    session
        How long a user may take to answer a challenge, 3 to 15 minutes.

    Notes
    -----
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpoolclient.html
    """

    kind: ClassVar[str] = "client"
    name_limit: ClassVar[int] = 128

    def __init__(
        self,
        scope: Stack,
        id: str,  # noqa: A002
        *,
        pool: UserPool,
        flows: Sequence[str],
        access_token: timedelta,
        id_token: timedelta,
        refresh_token: timedelta,
        session: timedelta,
        override: Mapping[str, Any] | None = None,
        accept: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id, override=override, accept=accept)
        check_list(self.where, "flows", flows, '"CUSTOM_AUTH"')
        for flow in flows:
            if flow not in FLOWS:
                raise self.error(f"there is no flow {flow!r}", hint=f"there are: {', '.join(FLOWS)}")
        self._check_between("access_token", access_token, minutes(5), hours(24))
        self._check_between("id_token", id_token, minutes(5), hours(24))
        self._check_between("refresh_token", refresh_token, hours(1), days(3650))
        self._check_between("session", session, minutes(3), minutes(15))
        self.pool = pool
        self.add(
            cognito.UserPoolClient(
                self.logical_id(),
                UserPoolId=Ref(pool.pool),
                ClientName=self.name,
                GenerateSecret=False,
                ExplicitAuthFlows=[f"ALLOW_{flow}" for flow in flows],
                PreventUserExistenceErrors="ENABLED",
                EnableTokenRevocation=True,
                AccessTokenValidity=_minutes(access_token),
                IdTokenValidity=_minutes(id_token),
                RefreshTokenValidity=_minutes(refresh_token),
                TokenValidityUnits=cognito.TokenValidityUnits(
                    AccessToken="minutes",
                    IdToken="minutes",
                    RefreshToken="minutes",
                ),
                AuthSessionValidity=_minutes(session),
            )
        )
        scope.output(self.logical_id("client-id"), self.client_id)

    @property
    def client_id(self) -> Reference:
        """The client's id, which apps need to sign in."""
        return self.reference()

    def link(self) -> Link:
        """Return a link that hands over the client's id; signing in needs no permission."""
        return Link((), {variable(self.id, self.kind, "id"): self.client_id})

    def _check_between(self, name: str, value: timedelta, least: timedelta, most: timedelta) -> None:
        check_duration(self.where, name, value, unit="hours")
        if not least <= value <= most:
            raise self.error(f"{name} is {value}; it can be {least} to {most}")


def _minutes(duration: timedelta) -> int:
    return round(duration.total_seconds() / 60)
