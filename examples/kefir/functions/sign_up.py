"""``POST /sign-up``: an account for an e-mail address. The answer is the same whether there was one already."""

import os

from aws_lambda_powertools.event_handler import Response
from kefir.accounts import Accounts
from kefir.models import NewAccount

from cumulo.runtime import http, linked

app = http.resolver()
handler = http.handler(app)
accounts = Accounts(linked.client("cognito-idp"), os.environ["USERS_POOL_ID"])


@app.post("/sign-up", status_code=202, summary="Sign up", tags=["account"])
def sign_up(new: NewAccount) -> Response[None]:
    """Make an account, if the address has none; then sign in."""
    accounts.ensure(new.email)
    return Response(202)
