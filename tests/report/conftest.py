"""The shop and its pictures, once per session."""

import pytest

from segmentlab.flow.items import Picture
from tests.report.shop import Shop, draw_all, make_shop


@pytest.fixture(scope="session")
def shop() -> Shop:
    return make_shop()


@pytest.fixture(scope="session")
def pictures(shop: Shop) -> list[Picture]:
    return draw_all(shop)
