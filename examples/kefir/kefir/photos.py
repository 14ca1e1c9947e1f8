"""Photos: they go from the app to the bucket and back by presigned URLs, never through a function.

The bucket alone knows which photos there are. So a photo is listed when it has arrived, and no longer when it has
expired; nothing can say otherwise.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cumulo.runtime.bucket import Bucket
from cumulo.runtime.errors import ConflictError
from kefir.ids import new_id
from kefir.models import NewPhoto, Photo, PhotoType, Upload

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef, ObjectTypeDef

MOST = 20
HOUR = 3600
SUFFIXES: Mapping[str, str] = {PhotoType.JPEG: "jpg", PhotoType.PNG: "png", PhotoType.WEBP: "webp"}


class Photos:
    """The photos of batches."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def upload(self, batch_id: str, new: NewPhoto) -> Upload:
        """Return where a new photo goes; a conflict when the batch has enough of them."""
        if len(self._listed(batch_id)) >= MOST:
            raise ConflictError(f"A batch has at most {MOST} photos")
        key = key_of(batch_id, new.content_type)
        url, headers = self._bucket.presigned_put(key, content_type=new.content_type, size=new.size, expires=HOUR)
        return Upload(id=_id_of(key), url=url, headers=headers)

    def of(self, batch_id: str) -> list[Photo]:
        """Return the photos of a batch, the newest first."""
        return [
            Photo(
                id=_id_of(found["Key"]),
                url=self._bucket.presigned_get(found["Key"], expires=HOUR),
                size=found["Size"],
                uploaded_at=found["LastModified"],
            )
            for found in reversed(self._listed(batch_id))
        ]

    def newest(self, batch_id: str) -> str | None:
        """Return where the newest photo of a batch can be seen."""
        listed = self._listed(batch_id)
        return self._bucket.presigned_get(listed[-1]["Key"], expires=HOUR) if listed else None

    def delete_all(self, batch_id: str) -> None:
        """Delete the photos of a batch."""
        while listed := self._listed(batch_id):
            gone: list[ObjectIdentifierTypeDef] = [{"Key": found["Key"]} for found in listed]
            self._bucket.client.delete_objects(Bucket=self._bucket.name, Delete={"Objects": gone, "Quiet": True})

    def _listed(self, batch_id: str) -> list["ObjectTypeDef"]:
        """Return what the bucket has of a batch; ids sort by time, so the oldest come first."""
        # cumulo: accept SRC007 because a batch has at most 20 photos, and a page has room for 1,000
        answer = self._bucket.client.list_objects_v2(Bucket=self._bucket.name, Prefix=_folder(batch_id))
        return answer.get("Contents", [])


def key_of(batch_id: str, content_type: str) -> str:
    """Return the key of a new photo of a batch."""
    return f"{_folder(batch_id)}{new_id()}.{SUFFIXES[content_type]}"


def _id_of(key: str) -> str:
    return key.rpartition("/")[2].partition(".")[0]


def _folder(batch_id: str) -> str:
    return f"photos/{batch_id}/"
