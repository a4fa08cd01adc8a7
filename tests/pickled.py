"""What lies in a file that joblib wrote."""

from __future__ import annotations

import io
from typing import Any

from joblib.numpy_pickle import NumpyUnpickler


def pickled_modules(content: bytes) -> set[str]:
    """The modules whose objects are pickled in `content`."""
    found = _Noting(content)
    found.load()
    return found.modules


class _Noting(NumpyUnpickler):
    def __init__(self, content: bytes) -> None:
        super().__init__("", io.BytesIO(content), ensure_native_byte_order=True)
        self.modules: set[str] = set()

    def find_class(self, module: str, name: str) -> Any:
        self.modules.add(module)
        return super().find_class(module, name)
