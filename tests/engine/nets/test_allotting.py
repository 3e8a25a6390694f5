"""Who gets which place."""

from __future__ import annotations

import pytest
import torch

from engine.nets.allotting import allotted


def likeness(count: int, styles: int) -> torch.Tensor:
    return torch.randn(count, styles, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.8, 0.2), (0.6, 0.3, 0.1), (0.4, 0.3, 0.2, 0.1)])
def test_each_style_has_its_share(shares: tuple[float, ...]) -> None:
    amounts = torch.tensor(shares).expand(2000, len(shares))
    found = allotted(likeness(2000, len(shares)) + torch.arange(len(shares)), amounts)
    counts = found.bincount(minlength=len(shares)) / 2000
    torch.testing.assert_close(counts, torch.tensor(shares), atol=0.03, rtol=0)


def test_it_is_the_places_that_are_most_like_it() -> None:
    alike = likeness(1000, 2)
    found = allotted(alike, torch.full((1000, 2), 0.5))
    lead = alike[:, 0] - alike[:, 1]
    assert float(lead[found == 0].min()) >= float(lead[found == 1].max())


def test_none_where_it_has_no_amount() -> None:
    amounts = torch.zeros(300, 2)
    amounts[:100, 0] = amounts[100:, 1] = 1
    alike = torch.tensor([[-9.0, 9.0]]).repeat(300, 1)
    alike[100:] = torch.tensor([9.0, -9.0])
    assert torch.equal(allotted(alike, amounts), amounts.argmax(1))


def test_between_two_styles_either_becomes_rarer() -> None:
    right = torch.linspace(0, 1, 1200)
    found = allotted(likeness(1200, 2), torch.stack([1 - right, right], 1))
    parts = [float(part.float().mean()) for part in found.chunk(4)]
    assert parts == sorted(parts) and parts[0] < 0.3 and parts[3] > 0.7


def test_one_style_has_all() -> None:
    assert allotted(likeness(7, 1), torch.ones(7, 1)).tolist() == [0] * 7
