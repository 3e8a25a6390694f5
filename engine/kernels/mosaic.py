"""Blocks moved about on a torus, each cut out along the seam that shows least.

Source: Xu, Guo, Shum, Chaos Mosaic: Fast and Memory Efficient Texture Synthesis, MSR-TR-2000-32, section 3. There the
edges of moved blocks are filtered; ours are cut as in Efros and Freeman, SIGGRAPH 2001, so that they stay sharp.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.image import Bytes, Floats
from engine.kernels.compiled import kernel
from engine.kernels.seam import least_seam

Ints = NDArray[np.int32]


@kernel
def pasted(quilt: Ints, colours: Floats, block: Ints, top: int, left: int, margin: int, cancel: Bytes) -> None:
    """Lays a block over the quilt, cut along four seams within `margin` of its sides.

    Args:
        quilt: int32 (H, W), places in the sample; a torus; written.
        colours: float32 (pixels, C), of the sample.
        block: int32 (h, w), the places to lay down, at least 2 * margin + 1 a side, at most H, W.
        top, left: where its first pixel goes.
        margin: pixels, 0 for straight edges.
    """
    height, width = quilt.shape
    rows, columns = block.shape
    kept = np.ones((rows, columns), np.uint8)
    error = np.empty((max(rows, columns), margin + 1), np.float64)
    cut = np.empty(max(rows, columns), np.int64)
    for side in range(4):
        if margin == 0:
            break
        length = rows if side < 2 else columns
        depth = margin
        for k in range(length):
            if cancel[0] != 0:
                return
            for d in range(depth):
                if side == 0:
                    y, x = k, d
                elif side == 1:
                    y, x = k, columns - 1 - d
                elif side == 2:
                    y, x = d, k
                else:
                    y, x = rows - 1 - d, k
                there, here = quilt[(top + y) % height, (left + x) % width], block[y, x]
                total = 0.0
                for c in range(colours.shape[1]):
                    difference = np.float64(colours[here, c] - colours[there, c])
                    total += difference * difference
                error[k, d] = total
        least_seam(error, length, depth, cut)
        for k in range(length):
            for d in range(cut[k]):
                if side == 0:
                    kept[k, d] = 0
                elif side == 1:
                    kept[k, columns - 1 - d] = 0
                elif side == 2:
                    kept[d, k] = 0
                else:
                    kept[rows - 1 - d, k] = 0
    for y in range(rows):
        for x in range(columns):
            if kept[y, x] != 0:
                quilt[(top + y) % height, (left + x) % width] = block[y, x]
