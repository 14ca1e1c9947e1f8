from cumulo.delivery.events import STACK, StackEvent, failure, from_answer, in_progress, is_end

ID = "arn:aws:cloudformation:eu-central-1:123456789012:stack/items-dev-api/1"


def event(logical_id: str, status: str, reason: str = "", type_: str = "AWS::Lambda::Function") -> StackEvent:
    return StackEvent("1", "items-dev-api", logical_id, logical_id.lower(), type_, status, reason)


def own(status: str, reason: str = "") -> StackEvent:
    return StackEvent("2", "items-dev-api", "items-dev-api", ID, STACK, status, reason)


def test_an_event_of_an_answer() -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackEvent.html"""
    answer = {
        "StackId": ID,
        "EventId": "Create-CREATE_FAILED-2026-11-21T12:00:00.000Z",
        "StackName": "items-dev-api",
        "LogicalResourceId": "Create",
        "ResourceType": "AWS::Lambda::Function",
        "ResourceStatus": "CREATE_FAILED",
        "ResourceStatusReason": "no",
    }
    found = from_answer(answer)
    assert (found.logical_id, found.physical_id, found.reason) == ("Create", "", "no")


def test_the_error_names_the_first_failed_resource_and_not_the_cancelled_ones() -> None:
    error = failure(
        [
            own("CREATE_IN_PROGRESS"),
            event("Early", "CREATE_FAILED", "Resource creation cancelled"),
            event("Create", "CREATE_FAILED", "The role defined for the function\ncannot be assumed"),
            event("Late", "CREATE_FAILED", "another"),
            own("ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [Create]."),
            own("ROLLBACK_COMPLETE"),
        ]
    )
    assert error.where == "stack items-dev-api, Create (AWS::Lambda::Function)"
    assert error.what == "The role defined for the function cannot be assumed"
    assert error.hint == "nothing of the new stack was kept; mend the cause and run the command again"


def test_a_failure_of_a_nested_stack_is_a_cause() -> None:
    nested = event("Nested", "CREATE_FAILED", "Embedded stack was not created", STACK)
    assert failure([nested, own("ROLLBACK_COMPLETE")]).where == f"stack items-dev-api, Nested ({STACK})"


def test_a_failure_of_the_stack_itself() -> None:
    error = failure(
        [
            own("UPDATE_ROLLBACK_IN_PROGRESS", "Export X cannot be deleted as it is in use by b"),
            own("UPDATE_ROLLBACK_FAILED"),
        ]
    )
    assert error.where == "stack items-dev-api"
    assert error.what == "ended as UPDATE_ROLLBACK_FAILED"
    assert "the stack is now UPDATE_ROLLBACK_FAILED, and the next deployment goes on with the rollback" in error.hint
    assert "continue-update-rollback --stack-name items-dev-api --resources-to-skip" in error.hint


def test_a_known_reason_has_a_hint_of_its_own() -> None:
    """https://repost.aws/knowledge-center/cloudformation-custom-name"""
    reason = "CloudFormation cannot update a stack when a custom-named resource requires replacing."
    error = failure([event("Table", "UPDATE_FAILED", reason), own("UPDATE_ROLLBACK_COMPLETE")])
    assert error.hint is not None
    assert "give it another id or name" in error.hint
    assert error.hint.endswith("the stack is as it was before")


def test_the_end_is_the_stacks_own() -> None:
    assert is_end(own("UPDATE_COMPLETE"), ID)
    assert not is_end(own("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"), ID)
    assert not is_end(event("Nested", "CREATE_COMPLETE", type_=STACK), ID)


def test_what_is_being_worked_on() -> None:
    events = [event("A", "CREATE_IN_PROGRESS"), event("B", "CREATE_IN_PROGRESS"), event("A", "CREATE_COMPLETE")]
    assert [each.logical_id for each in in_progress(events)] == ["B"]
