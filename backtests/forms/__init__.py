from backtests.forms.runs import RunForm, initial_of

__all__ = ["RunForm", "initial_of"]
