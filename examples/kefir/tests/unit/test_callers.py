import pytest
from aws_lambda_powertools.event_handler.exceptions import UnauthorizedError
from kefir.callers import Caller, caller, require_id_token


def event(**claims):
    return {"requestContext": {"authorizer": {"jwt": {"claims": claims, "scopes": None}}}}


def test_an_id_token_says_who_calls():
    given = event(token_use="id", sub="u1", email="ada@example.org")
    require_id_token(given)
    assert caller(given) == Caller("u1", "ada@example.org")


@pytest.mark.parametrize("claims", [{"token_use": "access", "sub": "u1"}, {"sub": "u1"}])
def test_other_tokens_are_refused(claims):
    with pytest.raises(UnauthorizedError, match="id token"):
        require_id_token(event(**claims))
