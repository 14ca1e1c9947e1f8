"""Items of one kind in a single table: conditional writes, partial updates, pages.

A repository knows how items are keyed and turns DynamoDB's refusals into those of :mod:`cumulo.runtime.errors`. Build a
class of your own around it, whose methods are your access patterns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, TypeVar

from cumulo.runtime.errors import ConflictError, NotFoundError, ThrottledError
from cumulo.runtime.keys import Key, Schema
from cumulo.runtime.linked import Table
from cumulo.runtime.values import Expression, from_attributes, to_attributes

T = TypeVar("T")

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
THROTTLING = frozenset(
    {"ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException", "Throttling"}
)


class Page(Generic[T]):
    """One page of a query.

    Parameters
    ----------
    items
        The items.
    next
        Where the next page begins, for :class:`cumulo.runtime.cursors.Cursors`; ``None`` on the last page.
    """

    __slots__ = ("items", "next")

    def __init__(self, items: list[T], next: dict[str, Any] | None) -> None:  # noqa: A002
        self.items: Final = items
        self.next: Final = next


class Repository(Generic[T]):
    """Items of one kind in a single table.

    Parameters
    ----------
    table
        The table: ``linked.table("items")``.
    load
        Makes an item of its stored fields: a pydantic model's ``model_validate``, or ``dict``.
    dump
        Gives an item's fields: a pydantic model's ``model_dump``, or ``dict``.
    schema
        The names of the key attributes.
    entity
        What an item is called when callers are told that there is none.

    Examples
    --------
    >>> shoes = Repository(linked.table("items"), load=Shoe.model_validate, dump=Shoe.model_dump)  # doctest: +SKIP
    >>> shoes.create(Key(key("ITEM", "red"), key("ITEM", "red")), Shoe(name="red"))  # doctest: +SKIP
    """

    def __init__(
        self,
        table: Table,
        *,
        load: Callable[[dict[str, Any]], T],
        dump: Callable[[T], Mapping[str, Any]],
        schema: Schema | None = None,
        entity: str = "item",
    ) -> None:
        self._table = table
        self._load = load
        self._dump = dump
        self._schema = schema or Schema()
        self._missing = f"There is no {entity} of that id"

    def get(self, key: Key, *, consistent: bool = False) -> T:
        """Return the item of a key.

        Parameters
        ----------
        key
            Its primary key.
        consistent
            Read what was written last, at twice the price, instead of a copy that may be a second old.

        Raises
        ------
        NotFoundError
            When there is none.
        """
        answer = self._call(self._table.client.get_item, Key=self._primary(key), ConsistentRead=consistent)
        if "Item" not in answer:
            raise NotFoundError(self._missing)
        return self._loaded(answer["Item"])

    def create(self, key: Key, item: T, *, indexes: Mapping[str, Key] | None = None) -> T:
        """Store a new item and return it.

        Parameters
        ----------
        key
            Its primary key.
        item
            The item.
        indexes
            Its keys in the indexes: ``{"GSI1": Key("CATEGORY#shoes", "2026-03-01#red")}``.

        Raises
        ------
        ConflictError
            When the key is taken. The check and the write are one step, so of two callers only one wins.
        """
        stored = to_attributes({**self._dump(item), **self._key_fields(key, indexes or {})})
        expression = Expression()
        free = f"attribute_not_exists({expression.name(self._schema.partition_key)})"
        try:
            self._call(self._table.client.put_item, Item=stored, ConditionExpression=free, **expression.arguments())
        except _ConditionError:
            raise ConflictError("It exists already") from None
        return item

    def update(
        self,
        key: Key,
        changes: Mapping[str, Any],
        *,
        increase: Mapping[str, int] | None = None,
        indexes: Mapping[str, Key | str] | None = None,
        expect: Mapping[str, Any] | None = None,
    ) -> T:
        """Change some fields of an item and return it as it is then.

        Parameters
        ----------
        key
            Its primary key.
        changes
            Fields and their new values; ``None`` removes a field.
        increase
            Number fields and by how much they grow.
        indexes
            New keys in the indexes; a string moves the item to another partition and leaves its sort key.
        expect
            Fields and the values they must have for the change to be made.

        Raises
        ------
        NotFoundError
            When there is no such item.
        ConflictError
            When a field is not as expected.
        """
        expression = Expression()
        update = expression.update({**changes, **self._index_fields(indexes or {})}, increase or {})
        condition = expression.all_of(self._schema.partition_key, expect or {})
        try:
            answer = self._call(
                self._table.client.update_item,
                Key=self._primary(key),
                UpdateExpression=update,
                ConditionExpression=condition,
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **expression.arguments(),
            )
        except _ConditionError as failure:
            raise self._refused(failure) from None
        return self._loaded(answer["Attributes"])

    def delete(self, key: Key, *, expect: Mapping[str, Any] | None = None) -> None:
        """Delete an item.

        Parameters
        ----------
        key
            Its primary key.
        expect
            Fields and the values they must have for it to be deleted.

        Raises
        ------
        NotFoundError
            When there is no such item.
        ConflictError
            When a field is not as expected.
        """
        expression = Expression()
        condition = expression.all_of(self._schema.partition_key, expect or {})
        try:
            self._call(
                self._table.client.delete_item,
                Key=self._primary(key),
                ConditionExpression=condition,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **expression.arguments(),
            )
        except _ConditionError as failure:
            raise self._refused(failure) from None

    def query(
        self,
        partition: str,
        *,
        index: str | None = None,
        prefix: str | None = None,
        since: str | None = None,
        newest_first: bool = True,
        limit: int = 25,
        start: Mapping[str, Any] | None = None,
    ) -> Page[T]:
        """Return one page of the items of a partition, in the order of their sort keys.

        Parameters
        ----------
        partition
            The partition key.
        index
            The index to look in; the table itself by default.
        prefix
            Only sort keys that begin so.
        since
            Only sort keys from this one on. Not together with ``prefix``.
        newest_first
            Descending order.
        limit
            Most items on the page. It may hold fewer although more follow: DynamoDB reads at most 1 MB at once.
        start
            Where the page begins: ``next`` of the page before.

        Notes
        -----
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
        """
        expression = Expression()
        condition = expression.key(self._schema.attributes(index), partition, prefix=prefix, since=since)
        options: dict[str, Any] = {"IndexName": index} if index else {}
        if start:
            options["ExclusiveStartKey"] = to_attributes(start)
        # One more than asked for tells whether a page follows, so that no page is ever empty but the first.
        answer = self._call(
            self._table.client.query,
            KeyConditionExpression=condition,
            ScanIndexForward=not newest_first,
            Limit=limit + 1,
            **options,
            **expression.arguments(),
        )
        found, last = answer["Items"], answer.get("LastEvaluatedKey")
        if len(found) > limit:
            found = found[:limit]
            names = (*self._schema.attributes(), *(self._schema.attributes(index) if index else ()))
            last = {name: found[-1][name] for name in names}
        return Page([self._loaded(item) for item in found], from_attributes(last) if last else None)

    def _call(self, operation: Callable[..., Any], **arguments: Any) -> Any:
        try:
            return operation(TableName=self._table.name, **arguments)
        except self._table.client.exceptions.ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "ConditionalCheckFailedException":
                raise _ConditionError(exists="Item" in error.response) from error
            if code in THROTTLING:
                raise ThrottledError from error
            raise

    def _refused(self, failure: _ConditionError) -> NotFoundError | ConflictError:
        """Return what an unmet condition means for the caller."""
        return ConflictError("It was changed meanwhile") if failure.exists else NotFoundError(self._missing)

    def _loaded(self, attributes: Mapping[str, Any]) -> T:
        keys = self._schema.all_attributes()
        return self._load({name: value for name, value in from_attributes(attributes).items() if name not in keys})

    def _primary(self, key: Key) -> dict[str, Any]:
        return to_attributes(self._key_fields(key, {}))

    def _key_fields(self, key: Key, indexes: Mapping[str, Key]) -> dict[str, str]:
        partition, sort = self._schema.attributes()
        return {partition: key.partition, sort: key.sort, **self._index_fields(indexes)}

    def _index_fields(self, indexes: Mapping[str, Key] | Mapping[str, Key | str]) -> dict[str, str]:
        fields: dict[str, str] = {}
        for index, key in indexes.items():
            partition, sort = self._schema.attributes(index)
            fields |= {partition: key} if isinstance(key, str) else {partition: key.partition, sort: key.sort}
        return fields


class _ConditionError(Exception):
    """DynamoDB's ``ConditionalCheckFailedException``, which hands over the item when there is one."""

    def __init__(self, *, exists: bool) -> None:
        super().__init__()
        self.exists = exists
