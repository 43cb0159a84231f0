"""The keys: in a file of their own, away from the data, readable by its owner alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from crmlib.checks import need_frame
from crmlib.i18n import _

_TABLE_FILES = ("", ".parquet", ".csv", ".xlsx")
_BYTES = 32


@dataclass(frozen=True)
class KeyRing:
    """Keys by their ids, the newest of which encrypts; the older ones still read what they wrote.

    Make one with :meth:`create`, once, and open it with :meth:`open` ever after. A ring is a value: `add_key` and `retire` write the file
    and return the new ring. Who holds the file reads everything, so it lies on another disk or account than the data, with a copy in a
    safe: without it nothing that was encrypted can be read again.

    Source: NIST SP 800-57 (a key is for one purpose and has an end); the file's form is ours.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ring = KeyRing.create(Path(folder) / "keys.json")
    ...     ring = ring.add_key()
    ...     KeyRing.open(ring.path).table().active.tolist()
    [False, True]
    """

    path: Path
    keys: dict[str, bytes]
    made_on: dict[str, str]
    root: bytes

    def __repr__(self) -> str:
        return f"KeyRing({self.path.name}, keys={list(self.keys)})"

    @classmethod
    def create(cls, path: str | os.PathLike, *, data: str | os.PathLike | None = None) -> KeyRing:
        """Make a ring with one key in a new file that nobody else may read.

        Parameters
        ----------
        path : the file to make
        data : folder of the data, optional; a folder that holds a firm's tables is known as such without it

        Raises
        ------
        ValueError
            The file is there already, would lie within the data, or its folder is missing.
        """
        path = _outside(path, data)
        if path.exists():
            raise ValueError(_("There is a file {path} already. Open it with KeyRing.open, or choose another name.").format(path=path))
        return cls(path, {}, {}, secrets.token_bytes(_BYTES)).add_key()

    @classmethod
    def open(cls, path: str | os.PathLike, *, data: str | os.PathLike | None = None) -> KeyRing:
        """The ring in a file.

        Raises
        ------
        ValueError
            There is no such file, it lies within the data, others may read it, or it was damaged.
        """
        path = _outside(path, data)
        try:
            text = path.read_text("utf-8")
            rights = path.stat().st_mode & 0o777
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(_("Cannot read the key file {path}: {reason}").format(path=path, reason=error)) from None
        if os.name == "posix" and rights & 0o077:
            raise ValueError(_("Others may read the key file {path}. Take the right away: chmod 600 {path}").format(path=path))
        try:
            found = json.loads(text)
            keys = {each["id"]: base64.b64decode(each["key"], validate=True) for each in found["keys"]}
            made_on = {each["id"]: str(each["made_on"]) for each in found["keys"]}
            root = base64.b64decode(found["root"], validate=True)
            whole = bool(keys) and all(len(key) == _BYTES for key in (*keys.values(), root))
        except (ValueError, KeyError, TypeError):
            whole = False
        if not whole or any(key_id.rpartition("-")[2] != _mark(key) for key_id, key in keys.items()):
            raise ValueError(_("The key file {path} is damaged. Put back the copy from the safe.").format(path=path))
        return cls(path, keys, made_on, root)

    @property
    def active(self) -> str:
        """Id of the key that encrypts."""
        return next(reversed(self.keys))

    def add_key(self) -> KeyRing:
        """The ring with a new key, which encrypts from now on; the older keys stay and still read."""
        key = secrets.token_bytes(_BYTES)
        number = 1 + max((int(each.partition("-")[0][1:]) for each in self.keys), default=0)
        new = f"K{number}-{_mark(key)}"
        today = f"{pd.Timestamp.now():%Y-%m-%d}"
        return KeyRing(self.path, self.keys | {new: key}, self.made_on | {new: today}, self.root)._written()

    def retire(self, key_id: str, *frames: pd.DataFrame) -> KeyRing:
        """The ring without an old key; refused while a value in `frames` still needs it.

        Raises
        ------
        ValueError
            There is no such key, it is the one that encrypts, or values need it.
        """
        for frame in frames:
            need_frame(frame, "frames")
        self.require(key_id)
        if key_id == self.active:
            raise ValueError(_("The key {key_id} is the one that encrypts. Add a new one first: add_key().").format(key_id=key_id))
        held = sum(
            int(frame[name].astype(object).map(lambda value: str(value).startswith(f"enc:{key_id}:")).sum())
            for frame in frames for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name])
        )  # fmt: skip
        if held:
            raise ValueError(
                _("{count} value(s) still need the key {key_id}. Call rotate_columns first.").format(count=held, key_id=key_id)
            )
        keys = {each: key for each, key in self.keys.items() if each != key_id}
        return KeyRing(self.path, keys, {each: self.made_on[each] for each in keys}, self.root)._written()

    def require(self, key_id: str) -> bytes:
        """The key of that id."""
        if key_id not in self.keys:
            raise ValueError(_("The key {key_id} is not on the ring {path}, which has {have}.").format(
                key_id=key_id, path=self.path.name, have=", ".join(self.keys)))  # fmt: skip
        return self.keys[key_id]

    def secret_for(self, purpose: str) -> bytes:
        """A secret for one purpose alone, the same whenever asked; from one purpose's secret nobody gets to another's."""
        return hmac.digest(self.root, f"crmlib/{purpose}".encode(), "sha256")

    def table(self) -> pd.DataFrame:
        """Which keys there are, never the keys themselves: key_id, made_on, active."""
        return pd.DataFrame({"key_id": list(self.keys), "made_on": pd.to_datetime([self.made_on[each] for each in self.keys]),
                             "active": [each == self.active for each in self.keys]})  # fmt: skip

    def _written(self) -> KeyRing:
        entries = [{"id": each, "made_on": self.made_on[each], "key": base64.b64encode(key).decode()} for each, key in self.keys.items()]
        text = json.dumps({"keys": entries, "root": base64.b64encode(self.root).decode()}, indent=1)
        # mkstemp gives the new file to its owner alone from the first moment on.
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=".keys-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, self.path)
        return self


def _mark(key: bytes) -> str:
    """A few characters that tell keys apart and tell nothing of the key."""
    return hashlib.sha256(b"crmlib key mark" + key).hexdigest()[:8]


def _outside(path: str | os.PathLike, data: str | os.PathLike | None) -> Path:
    """`path`, unless it lies in or below a folder with a firm's data."""
    from crmlib.company.company import shipped_folder

    path = Path(path).absolute()
    if not path.parent.is_dir():
        raise ValueError(_("There is no folder {folder} for the key file.").format(folder=path.parent))
    homes = [shipped_folder(), *([] if data is None else [Path(data).parent if Path(data).is_file() else Path(data)])]
    real = {Path(os.path.realpath(folder)) for folder in homes}
    for folder in Path(os.path.realpath(path)).parents:
        if folder in real or any((folder / f"{name}{ending}").exists() for name in ("customers", "客户表") for ending in _TABLE_FILES):
            raise ValueError(
                _(
                    "The key file {path} would lie with the data in {folder}: who takes the data would take the key. Choose a folder elsewhere."
                ).format(path=path.name, folder=folder)
            )
    return path
