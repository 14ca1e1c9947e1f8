"""What a rule is: metadata as class attributes and one method."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from cumulo.guidelines.edits import Path_, Plain, Put, Replace
from cumulo.guidelines.finding import Finding, RuleInfo, Severity
from cumulo.guidelines.source.code import Code, Spot
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value


@dataclass(frozen=True)
class OnStage:
    """How severe a rule is, by stage.

    Parameters
    ----------
    production
        On a stage that is marked as production; ``None`` when the rule is silent there.
    elsewhere
        On the others, likewise.
    """

    production: Severity | None
    elsewhere: Severity | None

    def on(self, production: bool) -> Severity | None:
        """Return the severity on a stage."""
        return self.production if production else self.elsewhere


def everywhere(severity: Severity) -> OnStage:
    """Judge every stage alike."""
    return OnStage(severity, severity)


class Rule(ABC):
    """A guideline that can be judged.

    Parameters
    ----------
    settings
        The rule's settings where they differ from their defaults.
    production
        Whether the stage is marked as production.

    Attributes
    ----------
    id
        What it is called for ever: ``"SQS002"``.
    title
        What has to be so, in half a sentence.
    severity
        How much it matters, by stage.
    subject
        What it looks at: a resource type, ``"Python"``.
    why
        The reason, in half a sentence.
    fix
        What to write instead, as code where that is possible.
    fix_python
        The same for a resource that is declared with Cumulo: ``"visibility_timeout=minutes(3)"``; empty where `fix`
        serves both.
    fix_sam
        The same for a resource that SAM makes: ``"AutoPublishAlias: live"``; empty likewise.
    fix_cdk
        The same for a construct of the CDK, in Python: ``"enforce_ssl=True"``; empty likewise.
    documentation
        The page that the rule follows.
    settings
        Numbers and lists that a team may want to change: name → default.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    severity: ClassVar[OnStage]
    subject: ClassVar[str]
    why: ClassVar[str]
    fix: ClassVar[str]
    fix_python: ClassVar[str] = ""
    fix_sam: ClassVar[str] = ""
    fix_cdk: ClassVar[str] = ""
    documentation: ClassVar[str]
    settings: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, settings: Mapping[str, Any], production: bool) -> None:
        self.set = {**self.settings, **settings}
        self.production = production

    @classmethod
    def info(cls) -> RuleInfo:
        """Return what reports say about the rule."""
        severity = cls.severity.production or cls.severity.elsewhere or Severity.INFO
        return RuleInfo(cls.id, cls.title, cls.why, cls.fix, severity, cls.documentation)

    def severity_here(self, severity: Severity | None = None) -> Severity:
        """Return a finding's severity; one that the stage does not set wins."""
        return severity or self.severity.on(self.production) or Severity.INFO


class TemplateRule(Rule):
    """A rule over CloudFormation resources."""

    @abstractmethod
    def check(self, system: System) -> Iterator[Finding]:
        """Yield what is wrong in the system."""

    def found(
        self,
        resource: Resource,
        message: str,
        *,
        at: Value | None = None,
        fix: str | None = None,
        severity: Severity | None = None,
        put: Mapping[Path_, Plain] | None = None,
    ) -> Finding:
        """Make a finding about a resource.

        Parameters
        ----------
        resource
            The resource that has to change.
        message
            What is wrong, in one sentence.
        at
            The value that is wrong: gives the line.
        fix
            What to do, when it is more exact than the rule's own.
        severity
            When it is not the rule's own.
        put
            What mends it without judgement: values by their path in the resource, as
            ``{("Properties", "VisibilityTimeout"): 180}``. Left alone where the resource is declared in Python.
        """
        path = at.path if at else ("Resources", resource.id)
        file, line = resource.stack.place(path)
        declared = resource.id in resource.stack.sources
        if fix is None:
            fix = self._fix_of(resource) or self.fix
        places = {p: resource.stack.mended_at(("Resources", resource.id, *p)) for p in put or {}}
        # Half a mend is none: a property that SAM names otherwise has no place in the file.
        can_mend = not declared and None not in places.values()
        edits = [Put(resource.stack.file, place, (put or {})[p]) for p, place in places.items() if place]
        return Finding(
            rule=self.id,
            severity=self.severity_here(severity),
            subject=resource.subject,
            message=message,
            fix=fix,
            file=file,
            line=line,
            edits=tuple(edits) if can_mend else (),
        )

    def _fix_of(self, resource: Resource) -> str:
        """Return the fix in the words of what the resource was made with."""
        if resource.id in resource.stack.sources:
            return self.fix_python
        if resource.by_sam:
            return self.fix_sam
        return self.fix_cdk if resource.stack.constructs else ""


class SourceRule(Rule):
    """A rule over the Python code that functions run."""

    @abstractmethod
    def check(self, code: Code) -> Iterator[Finding]:
        """Yield what is wrong in the code."""

    def found(self, spot: Spot, message: str, *, fix: str | None = None, replace: Replace | None = None) -> Finding:
        """Make a finding about a place in the code.

        Parameters
        ----------
        spot
            The place: `Function.spot`.
        message
            What is wrong, in one sentence.
        fix
            What to do, when it is more exact than the rule's own.
        replace
            What mends it without judgement.
        """
        return Finding(
            rule=self.id,
            severity=self.severity_here(),
            subject=spot.subject,
            message=message,
            fix=self.fix if fix is None else fix,
            file=spot.file,
            line=spot.line,
            edits=(replace,) if replace else (),
        )
