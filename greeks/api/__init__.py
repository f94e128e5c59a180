"""JSON of the options app."""

from greeks.api.batches import GreeksApi, ImpliedVolApi
from greeks.api.chains import ChainApi
from greeks.api.exposures import GammaExposureApi
from greeks.api.history import ExposureHistoryApi
from greeks.api.positions import PositionAnalysisApi, PositionDetailApi, PositionListApi
from greeks.api.surfaces import SurfaceApi
from greeks.api.uploads import ChainUploadCommitApi, ChainUploadDetailApi, ChainUploadListApi

__all__ = [
    "ChainApi",
    "ChainUploadCommitApi",
    "ChainUploadDetailApi",
    "ChainUploadListApi",
    "ExposureHistoryApi",
    "GammaExposureApi",
    "GreeksApi",
    "ImpliedVolApi",
    "PositionAnalysisApi",
    "PositionDetailApi",
    "PositionListApi",
    "SurfaceApi",
]
