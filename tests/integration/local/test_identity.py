"""Sign-in and e-mail of the local cloud, through SDKs, under the IAM policies that will be shipped."""

import asyncio
import base64
import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import pytest_asyncio
from botocore.exceptions import ClientError

from cumulo.local import cloud as local_cloud
from cumulo.local.place import Place
from cumulo.synth import synthesize_project

from ._identity import PASSWORD, REGION, aws, cognito, root, write_project

ACCOUNT = "200000000031"
CODE = "123321"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return write_project(tmp_path_factory.mktemp("house"))


class House:
    """The running system, and what an app does with it, on threads as SDKs block."""

    def __init__(self, cloud):
        self.cloud = cloud
        (self.outputs,) = cloud.outputs.values()
        self.phone = self.outputs["PhoneClientId"]
        self.sdk = cognito(cloud)
        self.after = cloud.journal.last_id()

    async def call(self, operation, **arguments):
        return await asyncio.to_thread(getattr(self.sdk, operation), **arguments)

    async def sign_up(self, name="ann@example.com", **more):
        return await self.call("sign_up", ClientId=self.phone, Username=name, Password=PASSWORD, **more)

    async def begin(self, name="ann@example.com", **more):
        arguments = {"ClientId": self.phone, "AuthFlow": "CUSTOM_AUTH", "AuthParameters": {"USERNAME": name}}
        return await self.call("initiate_auth", **{**arguments, **more})

    async def answer(self, session, code=CODE, name="ann@example.com", **more):
        arguments = {
            "ClientId": self.phone,
            "ChallengeName": "CUSTOM_CHALLENGE",
            "Session": session,
            "ChallengeResponses": {"USERNAME": name, "ANSWER": code},
        }
        return await self.call("respond_to_auth_challenge", **{**arguments, **more})

    async def tokens(self, name="ann@example.com"):
        await self.sign_up(name)
        begun = await self.begin(name)
        return (await self.answer(begun["Session"], name=name))["AuthenticationResult"]

    def events(self, trigger):
        lines = [entry.text for entry in self.cloud.journal.entries(kind="log", after_id=self.after)]
        events = [json.loads(line.removeprefix("EVENT ")) for line in lines if line.startswith("EVENT ")]
        return [event for event in events if event["triggerSource"].startswith(f"{trigger}_")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cloud(project):
    place = Place(project, account=ACCOUNT, region=REGION)
    made = await local_cloud.start(lambda: synthesize_project(project, "dev"), place)
    await made.remember()
    yield made
    await made.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def house(cloud):
    await cloud.reset()
    made = House(cloud)
    yield made
    made.sdk.close()


async def refusal(work):
    with pytest.raises(ClientError) as caught:
        await work
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def claims(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


async def test_signing_in_by_a_code_end_to_end(house):
    """https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-challenge.html."""
    signed_up = await house.sign_up()
    assert signed_up["UserConfirmed"] is True
    begun = await house.begin("Ann@Example.com")
    assert begun["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert begun["ChallengeParameters"] == {"hint": "mail", "USERNAME": signed_up["UserSub"]}
    (mail,) = await house.cloud.mail()
    assert (mail.to, mail.sender, mail.subject) == (("ann@example.com",), "door@example.com", "Your code")
    assert (mail.text, mail.html) == (CODE, f"<b>{CODE}</b>")
    result = (await house.answer(begun["Session"], mail.text))["AuthenticationResult"]
    access, identity = claims(result["AccessToken"]), claims(result["IdToken"])
    assert (access["exp"] - access["iat"], identity["exp"] - identity["iat"]) == (7200, 3600)
    assert (result["ExpiresIn"], access["token_use"], identity["token_use"]) == (7200, "access", "id")
    assert (access["client_id"], identity["aud"], identity["email"]) == (house.phone, house.phone, "ann@example.com")
    assert identity["house"] == "red"  # said by the trigger before token generation
    async with httpx.AsyncClient(base_url=house.cloud.urls["Api"], trust_env=False) as client:
        assert (await client.get("/open")).status_code == 200
        assert (await client.get("/me")).status_code == 401
        for token in (result["IdToken"], f"Bearer {result['AccessToken']}"):
            answer = await client.get("/me", headers={"authorization": token})
            assert (answer.status_code, answer.json()["sub"]) == (200, signed_up["UserSub"])
        wrong = f"{result['IdToken'][:-6]}AAAAAA"
        assert (await client.get("/me", headers={"authorization": wrong})).status_code == 401


async def test_a_token_of_another_client_is_refused(house):
    await house.sign_up()
    other = house.outputs["OtherClientId"]
    arguments = {"USERNAME": "ann@example.com", "PASSWORD": PASSWORD}
    begun = await house.begin(ClientId=other, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=arguments)
    token = begun["AuthenticationResult"]["IdToken"]
    async with httpx.AsyncClient(base_url=house.cloud.urls["Api"], trust_env=False) as client:
        answer = await client.get("/me", headers={"authorization": token})
    assert answer.status_code == 401
    assert "the token does not have a valid audience" in answer.headers["www-authenticate"]


async def test_a_moved_clock_makes_tokens_expire(house):
    result = await house.tokens()
    async with httpx.AsyncClient(base_url=house.cloud.urls["Api"], trust_env=False) as client:
        headers = {"authorization": result["IdToken"]}
        assert (await client.get("/me", headers=headers)).status_code == 200
        await house.cloud.advance(3601)
        assert (await client.get("/me", headers=headers)).status_code == 401
        refreshed = await house.begin(
            AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": result["RefreshToken"]}
        )
        headers = {"authorization": refreshed["AuthenticationResult"]["IdToken"]}
        assert (await client.get("/me", headers=headers)).status_code == 200


async def test_the_events_of_the_challenges(house):
    """https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-define-auth-challenge.html."""
    user = (await house.sign_up())["UserSub"]
    begun = await house.begin(ClientMetadata={"begin": "yes"})
    again = await house.answer(begun["Session"], "000000", ClientMetadata={"page": "one"})
    await house.answer(again["Session"])
    common = {
        "version": "1",
        "region": REGION,
        "userPoolId": house.outputs["UsersPoolId"],
        "userName": user,
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": house.phone},
    }
    attributes = {
        "sub": user,
        "email": "ann@example.com",
        "email_verified": "true",
        "cognito:user_status": "CONFIRMED",
    }
    wrong = {"challengeName": "CUSTOM_CHALLENGE", "challengeResult": False, "challengeMetadata": "CODE"}
    right = {**wrong, "challengeResult": True}
    first, second, third = house.events("DefineAuthChallenge")
    assert first == {
        **common,
        "triggerSource": "DefineAuthChallenge_Authentication",
        "request": {"userAttributes": attributes, "session": [], "userNotFound": False},
        "response": {"challengeName": None, "issueTokens": None, "failAuthentication": None},
    }
    assert (second["request"]["session"], third["request"]["session"]) == ([wrong], [wrong, right])
    assert second["request"]["clientMetadata"] == {"page": "one"}
    one, two = house.events("CreateAuthChallenge")
    assert one["request"] == {
        "userAttributes": attributes,
        "challengeName": "CUSTOM_CHALLENGE",
        "session": [],
        "userNotFound": False,
    }
    assert two["request"]["session"] == [wrong]
    assert house.events("VerifyAuthChallengeResponse")[0]["request"] == {
        "userAttributes": attributes,
        "privateChallengeParameters": {"code": CODE},
        "challengeAnswer": "000000",
        "clientMetadata": {"page": "one"},
        "userNotFound": False,
    }


async def test_the_events_of_sign_up_and_sign_in(house):
    """https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-sign-up.html."""
    data = [{"Name": "invite", "Value": "7"}]
    user = (await house.sign_up(ValidationData=data, ClientMetadata={"from": "page"}))["UserSub"]
    (before,) = house.events("PreSignUp")
    assert (before["triggerSource"], before["userName"]) == ("PreSignUp_SignUp", user)
    assert before["request"] == {
        "userAttributes": {"email": "ann@example.com"},
        "validationData": {"invite": "7"},
        "clientMetadata": {"from": "page"},
    }
    (after,) = house.events("PostConfirmation")
    assert after["triggerSource"] == "PostConfirmation_ConfirmSignUp"
    assert after["request"]["userAttributes"]["cognito:user_status"] == "CONFIRMED"
    begun = await house.begin(ClientMetadata={"wifi": "home"})
    await house.answer(begun["Session"])
    (authenticating,) = house.events("PreAuthentication")
    assert authenticating["request"]["validationData"] == {"wifi": "home"}
    assert [event["userName"] for event in house.events("PostAuthentication")] == [user]
    (token,) = house.events("TokenGeneration")
    assert token["triggerSource"] == "TokenGeneration_Authentication"


async def test_three_wrong_codes_end_the_attempt(house):
    await house.sign_up()
    session = (await house.begin())["Session"]
    for _ in range(2):
        session = (await house.answer(session, "000000"))["Session"]
    code, _ = await refusal(house.answer(session, "000000"))
    assert code == "NotAuthorizedException"
    assert (await refusal(house.answer(session)))[0] == "NotAuthorizedException"


async def test_a_session_is_good_for_one_answer(house):
    await house.sign_up()
    session = (await house.begin())["Session"]
    again = await house.answer(session, "000000")
    assert again["Session"] != session
    assert await refusal(house.answer(session)) == ("NotAuthorizedException", "Invalid session for the user.")
    assert "AuthenticationResult" in await house.answer(again["Session"])
    with pytest.raises(ClientError):
        await house.answer(again["Session"])


async def test_of_many_answers_at_once_one_counts(house):
    """Brute force at the same time gains nothing."""
    await house.sign_up()
    session = (await house.begin())["Session"]
    with ThreadPoolExecutor(8):
        answers = [house.answer(session, f"{number:06}") for number in range(8)]
        results = await asyncio.gather(*answers, return_exceptions=True)
    assert sum(not isinstance(result, Exception) for result in results) == 1
    assert len(house.events("VerifyAuthChallengeResponse")) == 1


async def test_a_session_is_for_its_client_and_user(house):
    await house.sign_up()
    await house.sign_up("bob@example.com")
    session = (await house.begin())["Session"]
    refused = ("NotAuthorizedException", "Invalid session for the user.")
    assert await refusal(house.answer(session, ClientId=house.outputs["OtherClientId"])) == refused
    assert await refusal(house.answer(session, name="bob@example.com")) == refused
    assert await refusal(house.answer("x" * 40)) == refused
    session = (await house.begin())["Session"]
    missing = ("InvalidParameterException", "Missing required parameter ANSWER")
    assert await refusal(house.answer(session, ChallengeResponses={"USERNAME": "ann@example.com"})) == missing
    assert (await refusal(house.answer(session, ClientId="x" * 26)))[0] == "ResourceNotFoundException"
    assert "AuthenticationResult" in await house.answer(session)


async def test_a_session_expires(house):
    await house.sign_up()
    session = (await house.begin())["Session"]
    await house.cloud.advance(181)
    assert (await refusal(house.answer(session)))[1] == "Invalid session for the user, session is expired."


async def test_whether_a_user_exists_is_not_revealed(house):
    """https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html."""
    await house.sign_up()
    known, unknown = await house.begin(), await house.begin("nobody@example.com")
    for answer in (known, unknown):
        del answer["ResponseMetadata"], answer["Session"]
        name = answer["ChallengeParameters"].pop("USERNAME")
        assert len(name.split("-")) == 5
    assert known == unknown
    assert [event["request"]["userNotFound"] for event in house.events("CreateAuthChallenge")] == [False, True]
    assert house.events("CreateAuthChallenge")[1]["request"]["userAttributes"] == {}
    again = await house.begin("Nobody@example.com")
    assert again["ChallengeParameters"]["USERNAME"] == name
    # The right answer opens nothing: there is nobody to issue tokens to.
    refused = await refusal(house.answer(again["Session"], name="nobody@example.com"))
    assert refused[0] == "NotAuthorizedException"
    session = (await house.begin())["Session"]
    for _ in range(2):
        session = (await house.answer(session, "0"))["Session"]
    assert await refusal(house.answer(session, "0")) == refused


async def test_a_trigger_that_raises_is_the_callers_error(house):
    """https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html."""
    code, message = await refusal(house.sign_up("eve@example.com"))
    assert (code, message) == ("UserLambdaValidationException", "PreSignUp failed with error not you.")
    await house.sign_up()
    code, message = await refusal(house.begin(ClientMetadata={"banned": "yes"}))
    assert (code, message) == ("UserLambdaValidationException", "PreAuthentication failed with error banned.")
    session = (await house.begin())["Session"]
    code, message = await refusal(house.answer(session, "0", ClientMetadata={"fail": "yes"}))
    assert message == "DefineAuthChallenge failed with error defining failed."


async def test_a_trigger_that_answers_nonsense_is_refused(house):
    refused = await refusal(house.sign_up("odd@example.com"))
    assert refused == ("InvalidLambdaResponseException", "Unrecognizable lambda output")


async def test_a_user_who_is_not_confirmed_cannot_begin(house):
    await house.sign_up("slow@example.com")
    assert (await refusal(house.begin("slow@example.com")))[0] == "UserNotConfirmedException"
    mails = await house.cloud.mail()
    assert [mail.to for mail in mails] == [("slow@example.com",)]  # Cognito's own


async def test_signing_out_ends_what_was_issued(house):
    result = await house.tokens()
    refresh = {"AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": {"REFRESH_TOKEN": result["RefreshToken"]}}
    assert "RefreshToken" not in (await house.begin(**refresh))["AuthenticationResult"]
    await house.call("global_sign_out", AccessToken=result["AccessToken"])
    assert (await refusal(house.begin(**refresh)))[0] == "NotAuthorizedException"
    assert (await refusal(house.call("get_user", AccessToken=result["AccessToken"])))[0] == "NotAuthorizedException"


async def test_a_refresh_token_can_be_revoked(house):
    result = await house.tokens()
    await house.call("revoke_token", Token=result["RefreshToken"], ClientId=house.phone)
    refresh = {"AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": {"REFRESH_TOKEN": result["RefreshToken"]}}
    assert (await refusal(house.begin(**refresh)))[0] == "NotAuthorizedException"


async def test_the_aws_cli_signs_in_without_credentials(house):
    arguments = ("cognito-idp", "--no-sign-request")
    phone = ("--client-id", house.phone)
    account = ("--username", "ann@example.com", "--password", PASSWORD)
    await asyncio.to_thread(aws, house.cloud, arguments[0], "sign-up", arguments[1], *phone, *account)
    flow = ("--auth-flow", "CUSTOM_AUTH", "--auth-parameters", "USERNAME=ann@example.com")
    begun = json.loads(await asyncio.to_thread(aws, house.cloud, arguments[0], "initiate-auth", *phone, *flow))
    answer = ("--challenge-name", "CUSTOM_CHALLENGE", "--session", begun["Session"])
    responses = ("--challenge-responses", f"USERNAME=ann@example.com,ANSWER={CODE}")
    command = ("respond-to-auth-challenge", *phone, *answer, *responses)
    result = json.loads(await asyncio.to_thread(aws, house.cloud, arguments[0], *command))
    assert claims(result["AuthenticationResult"]["IdToken"])["email"] == "ann@example.com"


async def test_administration_needs_permission(house):
    await house.sign_up()
    done = await house.cloud.invoke("admin", b'{"name": "ann@example.com"}')
    assert (done.error, json.loads(done.payload)) == (None, "CONFIRMED")
    denied = await house.cloud.invoke("admin", b'{"name": "ann@example.com", "list": true}')
    assert "not authorized to perform: cognito-idp:ListUsers" in json.loads(denied.payload)["errorMessage"]


@pytest.mark.parametrize("version", [1, 2])
async def test_sending_is_allowed_on_one_identity(house, version):
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonses.html."""
    sent = await house.cloud.invoke("post", json.dumps({"version": version}).encode())
    assert sent.error is None
    request = {"version": version, "from": "boss@example.com"}
    denied = await house.cloud.invoke("post", json.dumps(request).encode())
    assert "not authorized to perform: ses:SendEmail" in json.loads(denied.payload)["errorMessage"]
    (mail,) = await house.cloud.mail()
    expected = {1: (("ann@example.com",), "1", ""), 2: (("ann@example.com", "bob@example.com"), "", "<i>2</i>")}
    assert (mail.to, mail.text, mail.html) == expected[version]


async def test_an_identity_that_is_not_declared_sends_nothing(house):
    ses = root(house.cloud, "sesv2")
    content = {"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}}
    to = {"ToAddresses": ["ann@example.com"]}
    with pytest.raises(ClientError, match="not verified"):
        await asyncio.to_thread(ses.send_email, FromEmailAddress="boss@example.com", Destination=to, Content=content)
    ses.close()


async def test_the_journal_tells_of_an_e_mail_but_not_what_it_says(house):
    await house.cloud.invoke("post", b'{"version": 2}')
    (entry,) = house.cloud.journal.entries(kind="mail", after_id=house.after)
    assert (entry.subject, entry.text) == ("door@example.com", "e-mail to ann@example.com, bob@example.com")
    assert "two" not in json.dumps(dict(entry.data))


async def test_a_reset_forgets_users_and_e_mails_but_tokens_are_signed_as_before(house):
    before = claims((await house.tokens())["IdToken"])["sub"]
    await house.cloud.reset()
    assert await house.cloud.mail() == []
    result = await house.tokens()  # nobody has signed up yet, as far as the pool knows
    assert claims(result["IdToken"])["sub"] != before
    async with httpx.AsyncClient(base_url=house.cloud.urls["Api"], trust_env=False) as client:
        assert (await client.get("/me", headers={"authorization": result["IdToken"]})).status_code == 200


async def test_users_tokens_and_e_mails_survive_a_restart(project, tmp_path):
    place = Place(project, account=ACCOUNT, region=REGION, state=tmp_path / "state")
    cloud = await local_cloud.start(lambda: synthesize_project(project, "dev"), place)
    house = House(cloud)
    token = (await house.tokens())["IdToken"]
    house.sdk.close()
    await cloud.stop()
    cloud = await local_cloud.start(lambda: synthesize_project(project, "dev"), place)
    try:
        async with httpx.AsyncClient(base_url=cloud.urls["Api"], trust_env=False) as client:
            assert (await client.get("/me", headers={"authorization": token})).status_code == 200
        assert [mail.text for mail in await cloud.mail()] == [CODE]
        house = House(cloud)
        assert "Session" in await house.begin()
        house.sdk.close()
    finally:
        await cloud.stop()
