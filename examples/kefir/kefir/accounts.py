"""Accounts: made when someone asks for one, whether there is one already is for nobody to find out."""

import contextlib
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp.client import CognitoIdentityProviderClient


class Accounts:
    """The accounts of a user pool."""

    def __init__(self, client: "CognitoIdentityProviderClient", pool: str) -> None:
        self._client = client
        self._pool = pool

    def ensure(self, address: str) -> None:
        """Make an account for an address, unless it has one.

        Both calls are made either way, and repeating them does no harm: nothing differs for an address that has an
        account, and what a failure left half done is finished by the next try.
        """
        with contextlib.suppress(self._client.exceptions.UsernameExistsException):
            self._client.admin_create_user(
                UserPoolId=self._pool,
                Username=address,
                # Nobody gets in without a code that was sent there: who has a token has shown that it is theirs.
                UserAttributes=[{"Name": "email", "Value": address}, {"Name": "email_verified", "Value": "true"}],
                MessageAction="SUPPRESS",
            )
        # A password that nobody knows, and no way to sign in with one: it only confirms the account.
        password = f"{secrets.token_urlsafe(32)}Aa1-"
        self._client.admin_set_user_password(UserPoolId=self._pool, Username=address, Password=password, Permanent=True)

    def id_of(self, address: str) -> str:
        """Return the id of the user of an address, which tokens name in ``sub``."""
        found = self._client.admin_get_user(UserPoolId=self._pool, Username=address)
        return next(each["Value"] for each in found["UserAttributes"] if each["Name"] == "sub")
