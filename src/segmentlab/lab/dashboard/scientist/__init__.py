"""The data scientist's story: runs side by side, a laboratory, what-if, studies, and promotion."""

from segmentlab.lab.dashboard.pages import DashboardPage

PAGES = (
    DashboardPage("runs", "Runs side by side", "scientist.runs", ":material/compare:"),
    DashboardPage("explore", "Explore", "scientist.explore", ":material/science:"),
    DashboardPage("what-if", "What if", "scientist.what_if", ":material/person_search:"),
    DashboardPage("studies", "Studies", "scientist.studies", ":material/scatter_plot:"),
    DashboardPage("promote", "Promote and run again", "scientist.promotion", ":material/trophy:"),
)
