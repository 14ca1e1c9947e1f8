"""A stack: what is deployed together, and what it hands to other stacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from troposphere import AWSHelperFn, GetAtt, ImportValue, Join, Ref, Sub

from cumulo.errors import CumuloError
from cumulo.model.app import App
from cumulo.model.names import check_id, physical
from cumulo.model.references import Arn, Reference

if TYPE_CHECKING:
    from cumulo.model.construct import Construct


class Stack:
    """Resources that are deployed together. Subclass it; its attributes are its outputs to other stacks.

    Parameters
    ----------
    app
        The app it belongs to.
    id
        Its name within the app, kebab case.
    termination_protection
        Whether CloudFormation refuses to delete it; by default in production.

    Examples
    --------
    >>> from cumulo import App, Stage, Table
    >>> class Data(Stack):
    ...     def __init__(self, app: App) -> None:
    ...         super().__init__(app, "data")
    ...         self.table = Table(self, "table", partition_key="PK")
    >>> Data(App("items", Stage("dev"))).name
    'items-dev-data'

    Notes
    -----
    Handing a construct of one stack to another creates the export, the import and the deployment order.
    """

    def __init__(self, app: App, id: str, *, termination_protection: bool | None = None) -> None:  # noqa: A002
        self.app = app
        self.id = check_id("stack", id)
        self.stage = app.stage
        self.name = physical(app.name, app.stage.name, id, limit=128)
        self.termination_protection = app.stage.production if termination_protection is None else termination_protection
        self.constructs: list[Construct] = []
        self.dependencies: set[str] = set()
        self.exports: dict[str, Reference] = {}
        self.outputs: dict[str, Any] = {}
        app.add_stack(self)

    def output(self, name: str, value: object) -> None:
        """Show a value among the stack's outputs.

        Parameters
        ----------
        name
            Its name, letters and digits only.
        value
            A string or a reference.

        Raises
        ------
        CumuloError
            When the name has other characters or is taken.
        """
        if not name.isalnum() or not name.isascii():
            raise CumuloError("an output's name is letters and digits", where=f"output {name!r} of {self.name}")
        if name in self.outputs:
            raise CumuloError("there is an output of that name already", where=f"output {name!r} of {self.name}")
        self.outputs[name] = self.value(value)

    def value(self, value: Any) -> Any:
        """Turn references, also nested ones, into what a template of this stack says for them."""
        if isinstance(value, Reference):
            return self._resolve(value)
        if isinstance(value, Arn):
            return Sub(value.pattern)
        if isinstance(value, Mapping):
            return {key: self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        return value

    def _resolve(self, reference: Reference) -> AWSHelperFn:
        plain: AWSHelperFn
        if reference.stack is self:
            plain = (
                Ref(reference.logical_id)
                if reference.attribute is None
                else GetAtt(reference.logical_id, reference.attribute)
            )
        else:
            plain = ImportValue(self._import(reference))
        return Join("", [plain, reference.suffix]) if reference.suffix else plain

    def _import(self, reference: Reference) -> str:
        if reference.stack.app is not self.app:
            raise CumuloError(
                f"{reference.logical_id} belongs to another app",
                where=f"stack {self.id!r}",
                hint="pass its ARN as text",
            )
        exported = Reference(reference.stack, reference.logical_id, reference.attribute)
        reference.stack.exports[exported.output_name] = exported
        self.dependencies.add(reference.stack.id)
        return exported.export_name
