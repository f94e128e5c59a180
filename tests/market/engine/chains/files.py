"""Option files as vendors write them; two or three contracts each, figures made up."""

from datetime import UTC, datetime

from pulse.common.time import to_ns

NOW_NS = to_ns(datetime(2026, 11, 20, 18, tzinfo=UTC))
CLOSE_NS = to_ns(datetime(2026, 11, 20, 21, tzinfo=UTC))  # 16:00 in New York

GENERIC = """underlying,quote_time,expiration,strike,type,bid,ask,volume,open_interest,underlying_price
SPY,2026-11-20 11:30,2026-12-18,650,C,12.10,12.20,120,4500,655.25
SPY,2026-11-20 11:30,2026-12-18,650,P,8.30,8.45,90,7300,655.25
SPY,2026-11-20 11:30,2027-01-15,700,put,52.10,52.60,0,15,655.25
"""  # noqa: E501 -- as vendors write it
CBOE = """
S&P 500 INDEX,Last: 6550.25,Change: -18.34
"Date: November 20, 2026 at 1:00 PM EST",Bid: 6549.1,Ask: 6551.2,Size: 1*1,Volume: 0
Expiration Date,Calls,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest,Strike,Puts,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest
Fri Dec 18 2026,SPX261218C06500000,120.5,1.2,119.8,120.9,12,0.15,0.55,0.002,2310,6500.00,SPX261218P06500000,80.1,-1,79.8,80.6,55,0.16,-0.44,0.002,8120
Fri Dec 18 2026,SPXW261218C06500000,121.5,1.2,120.8,121.9,2,0.15,0.55,0.002,310,6500.00,SPXW261218P06500000,81.1,-1,80.8,81.6,5,0.16,-0.44,0.002,812
"""  # noqa: E501 -- as the vendor writes it
YAHOO = """contractSymbol,lastTradeDate,strike,lastPrice,bid,ask,change,percentChange,volume,openInterest,impliedVolatility,inTheMoney,contractSize,currency
AAPL261218C00230000,2026-11-19 20:59:58+00:00,230.0,9.35,9.3,9.45,0.1,1.1,1523,20110,0.27,True,REGULAR,USD
AAPL261218P00230000,2026-11-19 20:59:58+00:00,230.0,6.1,6.05,6.2,0.1,1.1,,18040,0.26,False,REGULAR,USD
"""  # noqa: E501 -- as the vendor writes it
OPTION_METRICS = """secid,date,symbol,exdate,cp_flag,strike_price,best_bid,best_offer,volume,open_interest,impl_volatility
109820,2026-11-20,SPY 261218C650000,2026-12-18,C,650000,12.10,12.20,120,4500,0.15
109820,2026-11-20,SPY 261218P650000,2026-12-18,P,650000,8.30,8.45,90,7300,0.16
"""  # noqa: E501 -- as the vendor writes it
DATASHOP = """underlying_symbol,quote_date,root,expiration,strike,option_type,open,high,low,close,trade_volume,bid_eod,ask_eod,underlying_bid_eod,underlying_ask_eod,open_interest
^SPX,2026-11-20,SPXW,2026-12-18,6500.000,C,0,0,0,0,12,119.80,120.90,6549,6551,2310
^SPX,2026-11-20,SPXW,2026-12-18,6500.000,P,0,0,0,0,55,79.80,80.60,6549,6551,8120
"""  # noqa: E501 -- as the vendor writes it
OPTIONSDX = """[QUOTE_UNIXTIME], [QUOTE_READTIME], [QUOTE_DATE], [UNDERLYING_LAST], [EXPIRE_DATE], [C_DELTA], [C_VOLUME], [C_LAST], [C_BID], [C_ASK], [STRIKE], [P_BID], [P_ASK], [P_LAST], [P_VOLUME]
1795208400, 2026-11-20 16:00, 2026-11-20, 655.250000, 2026-12-18, 0.6, 120, 12.15, 12.10, 12.20, 650.000000, 8.30, 8.45, 8.4, 90
"""  # noqa: E501 -- as the vendor writes it
POLYGON = """ticker;bid;ask;oi
O:SPY261218C00650000;12,10;12,20;4.500
O:SPY261218P00650000;8,30;8,45;7300
"""
