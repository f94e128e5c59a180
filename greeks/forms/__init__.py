"""Shapes of page input of the options app."""

from greeks.forms.calculator import CalculatorForm
from greeks.forms.chains import ChainTermsForm, ChainUploadForm
from greeks.forms.positions import LegForm, PositionForm, ScenarioForm

__all__ = [
    "CalculatorForm",
    "ChainTermsForm",
    "ChainUploadForm",
    "LegForm",
    "PositionForm",
    "ScenarioForm",
]
