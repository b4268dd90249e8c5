"""Cut points that R prints (type 7, its default), to judge others by."""

MTCARS_WT = (
    "2.620 2.875 2.320 3.215 3.440 3.460 3.570 3.190 3.150 3.440 3.440 4.070 3.730 3.780 5.250 "
    "5.424 5.345 2.200 1.615 1.835 2.465 3.520 3.435 3.840 3.845 1.935 2.140 1.513 3.170 2.770 "
    "3.570 2.780"
)
MTCARS_MPG = (
    "21.0 21.0 22.8 21.4 18.7 18.1 14.3 24.4 22.8 19.2 17.8 16.4 17.3 15.2 10.4 10.4 14.7 32.4 "
    "30.4 33.9 21.5 15.5 15.2 13.3 19.2 27.3 26.0 30.4 15.8 19.7 15.0 21.4"
)

QUANTILES: list[tuple[str, int, list[float]]] = [
    # quantile(1:9, probs = seq(0, 1, .1)), from the reference of TIBCO's R
    ("1 2 3 4 5 6 7 8 9", 10, [1.8, 2.6, 3.4, 4.2, 5.0, 5.8, 6.6, 7.4, 8.2]),
    # quantile(1:10), quantile(mtcars$wt) and quantile(mtcars$mpg)
    ("1 2 3 4 5 6 7 8 9 10", 4, [3.25, 5.5, 7.75]),
    (MTCARS_WT, 4, [2.58125, 3.325, 3.61]),
    (MTCARS_MPG, 4, [15.425, 19.2, 22.8]),
]
"""Values, into how many parts, and the points between them."""
