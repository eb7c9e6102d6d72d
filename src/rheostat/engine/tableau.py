"""Coefficients of Rodas5P, the Rosenbrock method of the batch engine.

An L-stable, stiffly accurate method of 8 stages and order 5 with an embedded result of order 4 and a dense
output of order 4. The numbers are those of the form without products of the Jacobian J and a vector. With
f_t the partial derivative of f by time, a step of length h from (t, y) solves for each stage i

    (I / (h GAMMA) - J) U_i = f(t + STAGE_TIMES_i h, y + sum_j A_ij U_j)
                              + sum_j C_ij U_j / h + h TIME_WEIGHTS_i f_t(t, y)

and gives

    new value          y1 = y + sum_i WEIGHTS_i U_i
    error              sum_i ERROR_WEIGHTS_i U_i, that is y1 less the embedded result
    dense output       y(t + s h) = (1 - s) y + s (y1 + (1 - s) (q_1 + s (q_2 + s q_3))),
                       q_r = sum_i DENSE_WEIGHTS_ri U_i, 0 <= s <= 1

Stages 6, 7 and 8 share one row but for a 1: the point of stage 7 is that of stage 6 plus U_6, that of stage 8
(the embedded result) is that of stage 7 plus U_7, and y1 is that of stage 8 plus U_8. Hence U_8 is the error.

The arrays are read-only.

References
----------
Steinebach G, Construction of Rosenbrock-Wanner method Rodas5P and numerical benchmarks within the Julia
Differential Equations package, BIT Numer. Math. 63, 27 (2023), doi:10.1007/s10543-023-00967-x: the method.
Hairer E, Wanner G, Solving Ordinary Differential Equations II, 2nd ed. (1996), section IV.7: the form
without products and the order conditions that the tests check.
"""

from __future__ import annotations

import numpy as np

from rheostat.engine.kernel import Floats

STAGES = 8
ORDER = 5
EMBEDDED_ORDER = 4
DENSE_ORDER = 4


def _frozen(values: Floats) -> Floats:
    """The same array, made read-only."""
    values.setflags(write=False)
    return values


def _strictly_lower(rows: list[list[float]]) -> Floats:
    """Square matrix, (stage, stage), with row i of ``rows`` below the diagonal of its row i + 1."""
    matrix = np.zeros((STAGES, STAGES))
    for stage, row in enumerate(rows, start=1):
        matrix[stage, : len(row)] = row
    return _frozen(matrix)


GAMMA = 0.21193756319429014

# Row sums of the untransformed alpha_ij: times of the stages within the step.
STAGE_TIMES = _frozen(
    np.array([0.0, 0.6358126895828704, 0.4095798393397535, 0.9769306725060716, 0.4288403609558664, 1, 1, 1])
)
# Row sums of the untransformed gamma_ij, the diagonal included: factors of h f_t.
TIME_WEIGHTS = _frozen(
    np.array(
        [GAMMA, -0.42387512638858027, -0.3384627126235924, 1.8046452872882734, 2.325825639765069, 0, 0, 0]
    )
)

_STAGE_SIX = [
    -7.502846399306121, 2.561846144803919, -11.627539656261098, -0.18268767659942256, 0.030198172008377946,
]  # fmt: skip

A = _strictly_lower(
    [
        [3.0],
        [2.849394379747939, 0.45842242204463923],
        [-6.954028509809101, 2.489845061869568, -10.358996098473584],
        [2.8029986275628964, 0.5072464736228206, -0.3988312541770524, -0.04721187230404641],
        _STAGE_SIX,
        [*_STAGE_SIX, 1.0],
        [*_STAGE_SIX, 1.0, 1.0],
    ]
)
C = _strictly_lower(
    [
        [-14.155112264123755],
        [-17.97296035885952, -2.859693295451294],
        [147.12150275711716, -1.41221402718213, 71.68940251302358],
        [165.43517024871676, -0.4592823456491126, 42.90938336958603, -5.961986721573306],
        [24.854864614690072, -3.0009227002832186, 47.4931110020768, 5.5814197821558125, -0.6610691825249471],
        [
            30.91273214028599, -3.1208243349937974, 77.79954646070892, 34.28646028294783, -19.097331116725623,
            -28.087943162872662,
        ],
        [
            37.80277123390563, -3.2571969029072276, 112.26918849496327, 66.9347231244047, -40.06618937091002,
            -54.66780262877968, -9.48861652309627,
        ],
    ]
)  # fmt: skip

WEIGHTS = _frozen(np.array([*_STAGE_SIX, 1.0, 1.0, 1.0]))
ERROR_WEIGHTS = _frozen(np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]))

# (3, stage)
DENSE_WEIGHTS = _frozen(
    np.array(
        [
            [
                25.948786856663858, -2.5579724845846235, 10.433815404888879, -2.3679251022685204,
                0.524948541321073, 1.1241088310450404, 0.4272876194431874, -0.17202221070155493,
            ],
            [
                -9.91568850695171, -0.9689944594115154, 3.0438037242978453, -24.495224566215796,
                20.176138334709044, 15.98066361424651, -6.789040303419874, -6.710236069923372,
            ],
            [
                11.419903575922262, 2.8879645146136994, 72.92137995996029, 80.12511834622643,
                -52.072871366152654, -59.78993625266729, -0.15582684282751913, 4.883087185713722,
            ],
        ]
    )
)  # fmt: skip
