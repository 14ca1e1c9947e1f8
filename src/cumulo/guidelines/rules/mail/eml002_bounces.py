"""EML002: bounces and complaints go somewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value

_IDENTITY = "AWS::SES::EmailIdentity"
_SET = "AWS::SES::ConfigurationSet"
_DESTINATION = "AWS::SES::ConfigurationSetEventDestination"
_FEEDBACK = ("BOUNCE", "COMPLAINT")
_UNKNOWN = "?"


class FeedbackIsHeard(TemplateRule):
    """An identity's configuration set hands bounces and complaints to something that acts on them.

    SES itself does no more than mail them to the sender:
    https://docs.aws.amazon.com/ses/latest/dg/monitor-sending-activity-using-notifications-email.html
    """

    id = "EML002"
    title = "bounces and complaints go somewhere"
    severity = everywhere(Severity.INFO)
    subject = _IDENTITY
    why = "the account gets suspended otherwise"
    fix = (
        "ConfigurationSetAttributes: {ConfigurationSetName: !Ref Set}, and an event destination of the set for "
        "MatchingEventTypes: [BOUNCE, COMPLAINT]"
    )
    documentation = "https://docs.aws.amazon.com/ses/latest/dg/monitor-using-event-publishing.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield identities whose bounces only their sender hears of; code may name another set for each e-mail."""
        names = _sets_by_name(system)
        heard = _heard(system, names)
        if None in heard or any(set(_FEEDBACK) <= events for events in heard.values()):
            return
        for identity in system.of_type(_IDENTITY):
            for named in identity.get("ConfigurationSetAttributes", "ConfigurationSetName"):
                declared = _set_named(system, named, names)
                if named.absent:
                    yield self.found(identity, "bounces and complaints only come as e-mails to the sender", at=named)
                elif declared is not None:
                    missing = [event for event in _FEEDBACK if event not in heard.get(declared, set())]
                    message = f"no event destination of {declared.name} takes {' or '.join(missing)}"
                    yield self.found(identity, message, at=named)


def _heard(system: System, names: Mapping[str, Resource]) -> Mapping[Resource | None, set[str]]:
    """Return what is published, by configuration set; by ``None`` what cannot be known."""
    found: dict[Resource | None, set[str]] = {}
    for destination in system.of_type(_DESTINATION):
        if any(enabled.flag is False for enabled in destination.get("EventDestination", "Enabled")):
            continue
        events = {
            (event.text or _UNKNOWN).upper() for event in destination.listed("EventDestination", "MatchingEventTypes")
        }
        for named in destination.get("ConfigurationSetName"):
            key = None if _UNKNOWN in events else _set_named(system, named, names)
            found.setdefault(key, set()).update(events)
    return found


def _set_named(system: System, value: Value, names: Mapping[str, Resource]) -> Resource | None:
    for reference in value.references:
        return system.resource(reference)
    return names.get(value.text or "")


def _sets_by_name(system: System) -> Mapping[str, Resource]:
    return {name.text: each for each in system.of_type(_SET) for name in each.get("Name") if name.text}
