from .settings import DashboardSettings as DashboardSettings
from .start import start_dashboard as start_dashboard
