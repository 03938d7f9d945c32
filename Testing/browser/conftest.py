"""The study whose every field is hostile, as the other tests have it."""

import importlib.util
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
_shared = Path(__file__).resolve().parents[1] / "Python" / "conftest.py"
_spec = importlib.util.spec_from_file_location("shared_fixtures", _shared)
_module = importlib.util.module_from_spec(_spec)
sys.modules["shared_fixtures"] = _module
_spec.loader.exec_module(_module)
small_cohort = _module.small_cohort
