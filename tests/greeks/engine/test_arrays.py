import numpy as np
import pytest

from greeks.engine.arrays import as_kind, broadcast_columns, input_status
from greeks.engine.status import Status


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (1, 1.0),
        (-1, -1.0),
        ("call", 1.0),
        ("P", -1.0),
        ([1, -1], [1.0, -1.0]),
        (["Call", "put", "c", "P"], [1.0, -1.0, 1.0, -1.0]),
        (np.array(["call", "put"], dtype=object), [1.0, -1.0]),
        (np.array([1, -1], dtype=object), [1.0, -1.0]),
    ],
)
def test_as_kind_known_spellings_give_signs(kind, expected):
    signs = as_kind(kind)

    assert signs.dtype == np.float64
    assert signs.tolist() == expected


@pytest.mark.parametrize(
    "kind", ["straddle", 0, 2, np.nan, [1, 0], True, [None], ["call", 1, None]]
)
def test_as_kind_unknown_kind_raises(kind):
    with pytest.raises(ValueError, match="kind must be"):
        as_kind(kind)


def test_broadcast_columns_scalar_and_rows_share_one_shape():
    shape, (kind, spot, strike) = broadcast_columns("put", [[100.0], [110.0]], [90, 95, 100])

    assert shape == (2, 3)
    assert kind.tolist() == [-1.0] * 6
    assert spot.tolist() == [100.0, 100.0, 100.0, 110.0, 110.0, 110.0]
    assert strike.tolist() == [90.0, 95.0, 100.0, 90.0, 95.0, 100.0]


def test_broadcast_columns_shapes_that_do_not_match_raise():
    with pytest.raises(ValueError, match="shape mismatch"):
        broadcast_columns(1, [1.0, 2.0], [1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        #  spot   strike  years  rate  yield  vol
        ((100.0, 100.0, 1.0, -0.01, -0.02, 0.0), Status.OK),
        ((0.0, 0.0, 1.0, 0.0, 0.0, 0.0), Status.OK),
        ((100.0, 100.0, 0.0, 0.0, 0.0, 0.2), Status.EXPIRED),
        ((100.0, 100.0, -1.0, 0.0, 0.0, 0.2), Status.EXPIRED),
        ((-1.0, 100.0, 1.0, 0.0, 0.0, 0.2), Status.BAD_INPUT),
        ((100.0, -1.0, 1.0, 0.0, 0.0, 0.2), Status.BAD_INPUT),
        ((100.0, 100.0, 1.0, 0.0, 0.0, -0.2), Status.BAD_INPUT),
        ((100.0, np.inf, 1.0, 0.0, 0.0, 0.2), Status.BAD_INPUT),
        ((100.0, 100.0, np.inf, 0.0, 0.0, 0.2), Status.BAD_INPUT),
        ((np.nan, -1.0, 0.0, 0.0, 0.0, 0.2), Status.NAN_INPUT),
        ((100.0, 100.0, 1.0, np.nan, 0.0, 0.2), Status.NAN_INPUT),
        ((100.0, 100.0, 1.0, 0.0, 0.0, np.nan), Status.NAN_INPUT),
    ],
)
def test_input_status_first_reason_is_told(row, expected):
    columns = [np.array([100.0, value]) for value in row]

    assert input_status(*columns)[1] == expected
