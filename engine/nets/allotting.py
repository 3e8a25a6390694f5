"""Who gets which place: each of several styles where it likes it best, and no more than its share.

Source: the auction of Bertsekas, The Auction Algorithm: A Distributed Relaxation Method for the Assignment Problem,
Annals of Operations Research 14, 1988, with a price for each style instead of each place.
"""

from __future__ import annotations

import torch
from torch import Tensor

SOFT = 0.5
"""How much a place's own amount counts against likeness, in deviations of the likeness: where two styles meet softly,
strokes of either lie among the other's."""
NEVER = -1e3
"""Of a style that has nothing of a place."""
ROUNDS = 12
"""Of prices: two styles need one."""


def allotted(likeness: Tensor, amounts: Tensor) -> Tensor:
    """Which style each place gets: int64 (N,).

    Args:
        likeness: (N, K), how much a place is like the best that a style has for it.
        amounts: (N, K), how much of each style is wanted where; 1 together in each place. A style has no place where
            it has no amount, and about as many places in all as its amounts come to.
    """
    count = likeness.shape[1]
    if count == 1:
        return torch.zeros(len(likeness), dtype=torch.int64, device=likeness.device)
    possible = amounts > 0
    likely = torch.where(possible, likeness, 0.0)
    spread = likely[possible].std(correction=0) + 1e-6
    wishes = torch.where(possible, likely + SOFT * spread * amounts.clamp_min(1e-6).log(), NEVER)
    wanted = amounts.sum(0, dtype=torch.float64).round().long().tolist()
    prices = torch.zeros(count, device=likeness.device)
    for _ in range(ROUNDS):
        for own in range(count):
            bids = wishes - prices
            others = torch.cat([bids[:, :own], bids[:, own + 1 :]], 1).max(1).values
            lead = (wishes[:, own] - others).sort(descending=True).values
            last = min(max(int(wanted[own]), 1), len(lead) - 1)
            prices[own] = (lead[last - 1] + lead[last]) / 2
    return (wishes - prices).argmax(1)
