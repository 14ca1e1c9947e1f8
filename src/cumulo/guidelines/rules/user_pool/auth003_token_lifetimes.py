"""AUTH003: tokens of a user pool do not live long."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System

_MINUTES = {"seconds": 1 / 60, "minutes": 1.0, "hours": 60.0, "days": 1440.0}


class TokensExpireSoon(TemplateRule):
    """Access and id tokens live an hour at most, refresh tokens 30 days.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-cognito-userpoolclient-tokenvalidityunits.html:
    without a unit, access and id tokens are counted in hours and refresh tokens in days. The defaults, an hour and 30
    days, are what is asked for here.
    """

    id = "AUTH003"
    title = "access and id tokens live at most 1 hour, refresh tokens 30 days"
    severity = everywhere(Severity.WARNING)
    subject = "AWS::Cognito::UserPoolClient"
    why = "a stolen token works until it expires"
    fix = "AccessTokenValidity: 1, IdTokenValidity: 1, RefreshTokenValidity: 30"
    fix_python = "access_token=hours(1), id_token=hours(1), refresh_token=days(30)"
    fix_cdk = "access_token_validity=Duration.hours(1), id_token_validity=Duration.hours(1)"
    documentation = "https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-with-identity-providers.html"
    settings = {"access_minutes": 60, "refresh_days": 30}

    def check(self, system: System) -> Iterator[Finding]:
        """Yield clients whose tokens outlive their use."""
        short, long = float(self.set["access_minutes"]), self.set["refresh_days"] * _MINUTES["days"]
        for client in system.of_type(self.subject):
            yield from self._judge(client, "AccessToken", "hours", short)
            yield from self._judge(client, "IdToken", "hours", short)
            yield from self._judge(client, "RefreshToken", "days", long)

    def _judge(self, client: Resource, token: str, usual: str, most: float) -> Iterator[Finding]:
        for validity, unit in product(client.get(f"{token}Validity"), client.get("TokenValidityUnits", token)):
            word = usual if unit.absent else unit.text or ""
            if validity.number is None or word not in _MINUTES or not validity.agrees_with(unit):
                continue
            if validity.number * _MINUTES[word] > most:
                name = token.removesuffix("Token").lower()
                message = f"{name} tokens live for {validity.number:g} {word}; {_said(most)} is the most"
                declared = client.id in client.stack.sources or client.stack.constructs
                fix = None if declared else f"{token}Validity: {_in(most, word)}"
                yield self.found(client, message, at=validity, fix=fix)


def _in(minutes: float, unit: str) -> str:
    """Return a length of time in a unit, or with another unit where it is no whole number of that.

    Examples
    --------
    >>> _in(60, "minutes"), _in(60, "days")
    ('60', '1, in TokenValidityUnits hours')
    """
    if minutes % _MINUTES[unit] == 0:
        return f"{minutes / _MINUTES[unit]:g}"
    count, other = _said(minutes).split()
    return f"{count}, in TokenValidityUnits {other.removesuffix('s')}s"


def _said(minutes: float) -> str:
    """Return a length of time in the largest unit that divides it.

    Examples
    --------
    >>> _said(60), _said(43200), _said(15)
    ('1 hour', '30 days', '15 minutes')
    """
    unit = next((unit for unit in ("days", "hours") if minutes % _MINUTES[unit] == 0), "minutes")
    count = minutes / _MINUTES[unit]
    return f"{count:g} {unit.removesuffix('s') if count == 1 else unit}"
