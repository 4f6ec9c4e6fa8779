"""The marketer's story: who the customers are, what changed, whom to write to, and what to offer them."""

from segmentlab.lab.dashboard.pages import DashboardPage

PAGES = (
    DashboardPage("segments", "Segments", "marketer.segments", ":material/groups:"),
    DashboardPage("changes", "What changed", "marketer.changes", ":material/trending_up:"),
    DashboardPage("customers", "Customers", "marketer.customers", ":material/person_search:"),
    DashboardPage("campaign", "Campaign", "marketer.campaign", ":material/campaign:"),
    DashboardPage("products", "Products", "marketer.products", ":material/shopping_basket:"),
)
