"""Words the catalogues share: sources, and reasons why a figure is not defined."""

TWO_RETURNS = "fewer than three days, or equity fell to zero"
WEEK = "a series shorter than a week"
FLAT = "returns that never vary"
BACON = "Bacon (2008), Practical portfolio performance measurement and attribution, ch. 4"
GEOMETRIC = "backtesting.py 0.6.6; compounding after SSRN 3054517"
