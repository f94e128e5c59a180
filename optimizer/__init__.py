"""Studies and trials: parameter search, walk-forward and overfitting checks."""
