import pytest

from cumulo.cli.shipping import confirm_deploy, confirm_remove, talking
from cumulo.delivery.events import StackEvent
from cumulo.delivery.plan import Action, Change, Plan, StackAction, StackPlan
from cumulo.errors import CumuloError


def plan_of(*changes: Change, action: StackAction = StackAction.UPDATE) -> Plan:
    return Plan((StackPlan("data", "shop-dev-data", action, changes),))


def deleted(name: str) -> Change:
    return Change(name, "AWS::DynamoDB::Table", Action.DELETE, f"shop-dev-{name}")


def test_without_a_terminal_a_harmless_plan_goes_ahead(capsys: pytest.CaptureFixture[str]) -> None:
    assert confirm_deploy(yes=False)(plan_of(Change("F", "AWS::Lambda::Function", Action.MODIFY)))
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == ["shop-dev-data: update", "  ~ F AWS::Lambda::Function: modified"]


def test_without_a_terminal_a_loss_is_refused_and_named() -> None:
    with pytest.raises(CumuloError) as error:
        confirm_deploy(yes=False)(plan_of(*(deleted(name) for name in "abcdef")))
    assert error.value.what == (
        "the plan loses the data of a in shop-dev-data, b in shop-dev-data, c in shop-dev-data, d in shop-dev-data"
        " and 2 more"
    )
    assert "--yes" in (error.value.hint or "")


def test_without_a_terminal_a_stack_that_goes_is_refused() -> None:
    gone = plan_of(Change("F", "AWS::Lambda::Function", Action.DELETE), action=StackAction.REMOVE)
    with pytest.raises(CumuloError, match="the plan deletes shop-dev-data"):
        confirm_deploy(yes=False)(gone)


def test_yes_confirms_a_loss() -> None:
    assert confirm_deploy(yes=True)(plan_of(deleted("a")))
    assert confirm_remove("dev", yes=True)(plan_of(deleted("a"), action=StackAction.REMOVE))


def test_without_a_terminal_a_removal_is_refused() -> None:
    with pytest.raises(CumuloError, match="deleting the stage 'dev' needs to be confirmed"):
        confirm_remove("dev", yes=False)(plan_of(action=StackAction.REMOVE))


def test_without_a_terminal_each_event_is_a_line_and_a_beginning_is_told_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    events = [
        ("CREATE_IN_PROGRESS", ""),
        ("CREATE_IN_PROGRESS", "Resource creation Initiated"),
        ("CREATE_FAILED", "no\nrole"),
    ]
    with talking(confirm_deploy(yes=True)) as talk:
        for status, reason in events:
            talk.event(StackEvent("1", "shop-dev-api", "F", "f", "AWS::Lambda::Function", status, reason))
    assert capsys.readouterr().err.splitlines() == [
        "  CREATE_IN_PROGRESS   F AWS::Lambda::Function",
        "  CREATE_FAILED        F AWS::Lambda::Function: no role",
    ]
