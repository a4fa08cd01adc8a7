"""What all tests share: no setting of the machine's reaches them."""

from __future__ import annotations

import os

for name in [name for name in os.environ if name.startswith("GUICHET_")]:
    del os.environ[name]
