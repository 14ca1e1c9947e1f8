"""What the triggers decide without looking anywhere: the course of a sign-in."""

import pytest


def session(*results):
    return [
        {"challengeName": "CUSTOM_CHALLENGE", "challengeResult": each, "challengeMetadata": "c1"} for each in results
    ]


def defined(*results, **request):
    from functions.challenges import define

    event = {"request": {"session": session(*results), **request}, "response": {}}
    answer = define(event, None)["response"]
    return answer.get("challengeName"), answer["issueTokens"], answer["failAuthentication"]


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ((), ("CUSTOM_CHALLENGE", False, False)),
        ((False,), ("CUSTOM_CHALLENGE", False, False)),
        ((False, False), ("CUSTOM_CHALLENGE", False, False)),
        ((False, False, False), (None, False, True)),
        ((True,), (None, True, False)),
        ((False, False, True), (None, True, False)),
        ((True, False), ("CUSTOM_CHALLENGE", False, False)),
    ],
)
def test_there_are_three_tries(results, expected):
    assert defined(*results) == expected


def test_an_unknown_user_gets_the_same_challenges_and_never_tokens():
    assert defined(userNotFound=True) == ("CUSTOM_CHALLENGE", False, False)
    assert defined(False, False, False, userNotFound=True) == (None, False, True)
    assert defined(True, userNotFound=True)[1] is False


def test_a_challenge_of_another_kind_is_the_end():
    from functions.challenges import define

    other = [{"challengeName": "SRP_A", "challengeResult": True, "challengeMetadata": None}]
    answer = define({"request": {"session": other}, "response": {}}, None)["response"]
    assert answer == {"issueTokens": False, "failAuthentication": True}


def test_a_second_try_sends_no_second_code():
    from functions.challenges import create

    event = {"request": {"session": session(False)}, "response": {}}
    response = create(event, None)["response"]
    assert response["privateChallengeParameters"] == {"code": "c1"}
    assert response["challengeMetadata"] == "c1"
