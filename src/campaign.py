"""Plan a campaign with a control group, or measure one: `python src/campaign.py name=spring budget=500`."""

from segmentlab.lab.cli import run_command

if __name__ == "__main__":
    run_command("campaign")
