"""Session credentials of a role, as Lambda gives them to a function.

The role's trust policy names the Lambda service, which the emulator's AssumeRole has no way to be; so the session is
registered as the emulator's STS registers one.
"""

from __future__ import annotations

import time
from typing import Any

from ministack.services import iam, sts

SECONDS = 7 * 24 * 3600


def open_session(role_arn: str, account: str, name: str) -> dict[str, Any] | None:
    """Return credentials of a role, good for seven days, or ``None`` when there is no such role.

    Requests signed with them are held to the role's policies.

    Parameters
    ----------
    role_arn
        The role.
    account
        The account that it belongs to.
    name
        The session's name: Lambda takes the function's.
    """
    role_name = role_arn.rpartition("/")[2]
    role = iam._roles.get_scoped(account, None, role_name)
    if role is None:
        return None
    expires = time.time() + SECONDS
    key, secret, token = sts._gen_session_access_key(), sts._gen_secret(), sts._gen_session_token()
    # Not through register_session: it forgets sessions that are over, and for tests the clock is set back.
    sts._sessions[key] = {
        "Arn": f"arn:aws:sts::{account}:assumed-role/{role_name}/{name}",
        "UserId": f"{role['RoleId']}:{name}",
        "SecretAccessKey": secret,
        "SessionToken": token,
        "IssuedAt": time.time(),
        "Expiration": expires,
        "AccountId": account,
        "PrincipalType": "AssumedRole",
        "SourceAccessKeyId": account,
        "SourcePrincipalArn": f"arn:aws:iam::{account}:root",
        "SessionTags": [],
        "SessionPolicies": None,
    }
    return {"access_key": key, "secret_key": secret, "session_token": token, "expires": expires}
