"""Signing in by a code: who guesses, repeats or asks too often gets nowhere, and learns nothing."""

import json

import pytest
from tests.system.helpers import EMAIL, other_than

NOBODY = "success@simulator.amazonses.com"


@pytest.fixture
def account(identity):
    """Ada's account."""
    identity.sign_up(EMAIL)
    return EMAIL


@pytest.fixture
def refused(identity):
    return identity.cognito.exceptions.NotAuthorizedException


def table_items(cloud):
    """All that the table holds, as text."""
    (name,) = [name for name in cloud.aws("dynamodb").list_tables()["TableNames"] if name.startswith("kefir")]
    return json.dumps(cloud.aws("dynamodb").scan(TableName=name)["Items"])


def test_the_code_gives_tokens(identity, account):
    tokens = identity.sign_in(account)
    assert {"IdToken", "AccessToken", "RefreshToken"} <= tokens.keys()
    assert tokens["ExpiresIn"] == 3600


def test_tokens_are_renewed(identity, account, client):
    tokens = identity.sign_in(account)
    renewed = identity.cognito.initiate_auth(
        ClientId=identity.client_id,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
    )["AuthenticationResult"]
    assert client(headers={"authorization": renewed["IdToken"]}).get("/batches").status_code == 200


def test_case_does_not_count_in_an_address(identity, client):
    identity.sign_up("Ada@Example.org")
    identity.sign_up("ada@example.org")
    assert identity.sign_in("ada@example.org")
    users = identity.cognito.list_users(UserPoolId=pool_id(identity))["Users"]
    assert len(users) == 1


def pool_id(identity):
    (pool,) = identity.cognito.list_user_pools(MaxResults=10)["UserPools"]
    return pool["Id"]


def test_the_right_code_still_counts_after_two_wrong_ones(identity, account):
    challenge = identity.begin(account)
    code = identity.code(account)
    for _ in range(2):
        challenge = identity.answer(challenge, account, other_than(code))
        assert challenge["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert identity.answer(challenge, account, code)["AuthenticationResult"]
    assert len(identity.mail) == 1


def test_there_are_three_tries(identity, account, refused):
    challenge = identity.begin(account)
    code = identity.code(account)
    for _ in range(2):
        challenge = identity.answer(challenge, account, other_than(code))
    with pytest.raises(refused):
        identity.answer(challenge, account, other_than(code))


def test_a_code_is_good_for_five_minutes(identity, account, clock, refused):
    challenge = identity.begin(account)
    clock.advance(minutes=5, seconds=1)
    with pytest.raises(refused):
        identity.answer(challenge, account, identity.code(account))


def test_a_code_is_good_for_its_own_sign_in_only(identity, account):
    """Neither the code of another user, nor one that was sent for another try to sign in."""
    first = identity.begin(account)
    code = identity.code(account)
    identity.sign_up("eve@example.org")
    other = identity.begin("eve@example.org")
    assert "AuthenticationResult" not in identity.answer(other, "eve@example.org", code)
    second = identity.begin(account)
    if identity.code(account) != code:
        assert "AuthenticationResult" not in identity.answer(second, account, code)
    assert identity.answer(first, account, code)["AuthenticationResult"]


def test_a_code_is_good_once(cloud, identity, account, invoke):
    """Cognito ends the session; and the trigger itself, asked again, knows the code no more."""
    challenge = identity.begin(account)
    code = identity.code(account)
    assert identity.answer(challenge, account, code)["AuthenticationResult"]
    with pytest.raises(identity.cognito.exceptions.ClientError):
        identity.answer(challenge, account, code)


def test_who_opens_many_sessions_gets_no_more_tries(identity, account, refused, mail):
    """Five codes an hour, so at most fifteen guesses of a million."""
    challenges = [identity.begin(account) for _ in range(7)]
    assert [sent.to[0] for sent in mail] == [account] * 5 + [NOBODY] * 2
    assert identity.answer(challenges[4], account, identity.code(account))["AuthenticationResult"]
    late = challenges[6]
    for _ in range(2):
        late = identity.answer(late, account, identity.code(NOBODY))
        assert "AuthenticationResult" not in late
    with pytest.raises(refused):
        identity.answer(late, account, identity.code(NOBODY))


def test_an_hour_later_there_are_codes_again(identity, account, clock, mail):
    for _ in range(6):
        identity.begin(account)
    clock.advance(hours=1)
    assert identity.sign_in(account)
    assert [sent.to[0] for sent in mail[4:]] == [account, NOBODY, account]


@pytest.mark.parametrize("answer", ["1", "1234567", "١٢٣٤٥٦", "a" * 5000, "${code}"])
def test_an_answer_of_another_form_is_wrong(identity, account, answer):
    challenge = identity.begin(account)
    assert "AuthenticationResult" not in identity.answer(challenge, account, answer)


def test_who_has_no_account_is_treated_the_same(identity, account, refused, mail):
    known, unknown = identity.begin(account), identity.begin("nobody@example.org")
    assert known.keys() == unknown.keys()
    assert known["ChallengeName"] == unknown["ChallengeName"]
    names = [dict(challenge["ChallengeParameters"]) for challenge in (known, unknown)]
    assert len({names[0].pop("USERNAME"), names[1].pop("USERNAME")}) == 2
    assert names[0] == names[1]
    # Who has no account is sent no mail: it goes to SES's mailbox simulator.
    assert [sent.to[0] for sent in mail] == [account, NOBODY]
    for address, challenge in ((account, known), ("nobody@example.org", unknown)):
        for _ in range(2):
            challenge = identity.answer(challenge, address, "no code")
        with pytest.raises(refused, match=r"^An error occurred \(NotAuthorizedException\)"):
            identity.answer(challenge, address, "no code")


def test_signing_up_tells_nothing(client, identity):
    api = client()
    first, second = (api.post("/sign-up", json={"email": EMAIL}) for _ in range(2))
    assert (first.status_code, first.content) == (second.status_code, second.content) == (202, b"")
    with pytest.raises(identity.cognito.exceptions.NotAuthorizedException):
        identity.cognito.sign_up(ClientId=identity.client_id, Username=EMAIL, Password="Long enough 1!")


@pytest.mark.parametrize("wrong", [{"email": "ada"}, {"email": None}, {}, {"email": EMAIL, "admin": True}, []])
def test_what_is_no_address_cannot_sign_up(client, wrong):
    assert client().post("/sign-up", json=wrong).status_code == 400


def test_codes_are_neither_logged_nor_kept(cloud, identity, account):
    challenge = identity.begin(account)
    code = identity.code(account)
    assert code not in table_items(cloud)
    identity.answer(challenge, account, other_than(code))
    assert code not in table_items(cloud)
    happened = cloud.entries()
    assert {"kefir-test-create-challenge", "kefir-test-verify-challenge"} <= {entry.subject for entry in happened}
    assert all(code not in f"{entry.text} {entry.data}" for entry in happened)


def test_the_code_of_a_challenge_is_not_among_what_the_app_gets(identity, account):
    challenge = identity.begin(account)
    assert identity.code(account) not in json.dumps(challenge, default=str)
