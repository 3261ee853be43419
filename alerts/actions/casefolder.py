"""Reading case and campaign folders from disk, bounded in size and number."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from alerts.actions.casefaults import CaseFileFaults, Fault
from alerts.actions.casefile import CampaignFile, CaseFile, parse_campaign, parse_case
from alerts.actions.portraits import LARGEST_FILE

_MOST_FILES = 40
_MOST_CASES = 500
CAMPAIGN = "campaign"


def read_folder(folder: Path, *, now: datetime) -> CampaignFile | CaseFile:
    """A campaign where `folder` has a folder `campaign` inside, else a single case; durations count from `now` (UTC).

    Raises CaseFileFaults with every fault of every file; then nothing of the folder should be used.
    """
    folder = folder.resolve()
    if not folder.is_dir():
        raise CaseFileFaults(
            [Fault(str(folder), 1, "there is no such folder", "name a case folder or a campaign folder")]
        )
    if not (folder / CAMPAIGN).is_dir():
        return parse_case(_files(folder, folder.name), slug=folder.name, now=now)
    return _campaign(folder, now)


def _campaign(folder: Path, now: datetime) -> CampaignFile:
    faults: list[Fault] = []
    campaign: CampaignFile | None = None
    try:
        campaign = parse_campaign(
            _files(folder / CAMPAIGN, f"{folder.name}/{CAMPAIGN}"), slug=folder.name, label=f"{folder.name}/{CAMPAIGN}"
        )
    except CaseFileFaults as error:
        faults += error.found
    cases: list[CaseFile] = []
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith(".") and entry.name != CAMPAIGN)
    if len(entries) > _MOST_CASES:
        raise CaseFileFaults([Fault(folder.name, 1, f"{len(entries)} cases", f"load at most {_MOST_CASES} at once")])
    for entry in entries:
        label = f"{folder.name}/{entry.name}"
        if not entry.is_dir():
            faults.append(
                Fault(label, 1, "a file beside the case folders", "put it into a case's folder, or take it out")
            )
            continue
        try:
            cases.append(parse_case(_files(entry, label), slug=entry.name, now=now, label=label))
        except CaseFileFaults as error:
            faults += error.found
    if faults or campaign is None:
        raise CaseFileFaults(faults)
    return CampaignFile(campaign.slug, campaign.main_language, campaign.home, campaign.texts, tuple(cases))


def _files(folder: Path, label: str) -> dict[str, bytes]:
    """What the folder's files hold, by name; hidden ones are left aside. A folder inside, or too much, is a fault."""
    faults: list[Fault] = []
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    if len(entries) > _MOST_FILES:
        raise CaseFileFaults([Fault(label, 1, f"{len(entries)} files", f"keep at most {_MOST_FILES} in one folder")])
    files: dict[str, bytes] = {}
    for entry in entries:
        if not entry.is_file():
            faults.append(Fault(f"{label}/{entry.name}", 1, "a folder inside a case", "take it out"))
            continue
        try:
            with entry.open("rb") as opened:
                files[entry.name] = opened.read(LARGEST_FILE + 1)
        except OSError as error:
            faults.append(Fault(f"{label}/{entry.name}", 1, f"it cannot be read: {error.strerror}", "make it readable"))
    if faults:
        raise CaseFileFaults(faults)
    return files
