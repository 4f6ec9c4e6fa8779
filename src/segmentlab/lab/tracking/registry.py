"""The registry of promoted models: numbered versions, and the aliases by which others ask for them.

The alias `champion` decides everything: it moves in one step, and whatever else belongs to a promotion is
written before that step or can be told from it afterwards. So a promotion that is killed has happened or
has not, and the next one clears up after it.

Of promotions at the same time one wins. A store offers no lock, but it gives version numbers out one after
the other, so a number is a ticket: a candidate gives way to every earlier one that is not decided yet.
"""

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from segmentlab.errors import StoreError
from segmentlab.lab.tracking.model import FOLDER_TAG, MODEL_DIGEST_TAG, RECIPE_TAG, StoredModel
from segmentlab.lab.tracking.process import HOST_TAG, PID_TAG, Process
from segmentlab.lab.tracking.release import RELEASE_TAG, read_signing_key, write_release
from segmentlab.lab.tracking.trouble import explain_store_errors
from segmentlab.redaction import redact_text

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion


CHAMPION: Final = "champion"
PREVIOUS: Final = "previous"
CHALLENGER: Final = "challenger"

CANDIDATE_TAG: Final = "segmentlab.candidate"  # the alias that an undecided version is to get
REPLACES_TAG: Final = "segmentlab.replaces"  # the champion that a version took the place of
NUMBERS_TAG: Final = "segmentlab.numbers"  # what the run's segments are called in this version
NEXT_TAG: Final = "segmentlab.next_number"  # the first segment number that was never used
LONGEST_DESCRIPTION: Final = 5_000  # letters that the registry's column takes
REGISTRY_ADVICE: Final = "Look whether the store is still there and may be written."


@dataclass(frozen=True)
class RegisteredModel:
    """One registered model."""

    number: int
    model: StoredModel

    @property
    def run_id(self) -> str:
        """The segmentation that it came from."""
        return self.model.run_id

    @property
    def tags(self) -> Mapping[str, str]:
        """What the registry keeps of it."""
        return self.model.tags

    @property
    def numbers(self) -> dict[int, int]:
        """What the run's own segment numbers became; a version that was registered by hand kept them."""
        return {int(own): number for own, number in json.loads(self.tags.get(NUMBERS_TAG, "{}")).items()}

    @property
    def replaces(self) -> int | None:
        """The champion before this one."""
        return int(self.tags[REPLACES_TAG]) if self.tags.get(REPLACES_TAG) else None

    @property
    def is_abandoned(self) -> bool:
        """Whether nobody will decide on this candidate any more. Only its own host can tell."""
        own_host = self.tags.get(HOST_TAG) == Process.current().host
        return CANDIDATE_TAG in self.tags and own_host and Process.from_tags(self.tags).is_gone()


@dataclass(frozen=True)
class ModelCandidate:
    """What is to be registered: a model of the store, and what has to be known of it."""

    run_id: str  # the segmentation
    promotion: str  # the run that holds the model
    numbers: Mapping[int, int]
    next_number: int
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Registry:
    """The versions of one registered model."""

    client: "MlflowClient"
    name: str

    def aliases(self) -> dict[str, int]:
        """Which version each alias names; nothing where nothing was ever promoted."""
        with explain_store_errors(f"The registered model '{self.name}' can't be read", REGISTRY_ADVICE):
            found = self.client.search_registered_models(f"name = '{self.name}'")
        return {alias: int(number) for model in found for alias, number in model.aliases.items()}

    def versions(self) -> list[RegisteredModel]:
        """Every version, in order."""
        found, token = [], None
        with explain_store_errors(f"The versions of '{self.name}' can't be read", REGISTRY_ADVICE):
            while token is None or token:
                page = self.client.search_model_versions(f"name = '{self.name}'", page_token=token)
                found += [_make_version(one) for one in page]
                token = page.token or ""
        return sorted(found, key=lambda version: version.number)

    def version(self, number: int) -> RegisteredModel:
        """The version of that number."""
        with explain_store_errors(f"Version {number} of '{self.name}' can't be read", REGISTRY_ADVICE):
            return _make_version(self.client.get_model_version(self.name, str(number)))

    def champion(self) -> RegisteredModel | None:
        """The version that scoring uses, if there is one."""
        number = self.aliases().get(CHAMPION)
        return None if number is None else self.version(number)

    def next_number(self) -> int:
        """The first segment number that no version ever answered with."""
        return max((int(version.tags.get(NEXT_TAG, 0)) for version in self.versions()), default=0)

    def settle(self) -> None:
        """Finish what a killed promotion left: its champion gets what belongs to it, other candidates go."""
        champion = self.champion()
        if champion is not None:
            self._complete(champion)
        for version in self.versions():
            if version.is_abandoned and (champion is None or version.number != champion.number):
                self._delete(version.number)

    @contextmanager
    def candidate(self, wanted: ModelCandidate, alias: str) -> Iterator[RegisteredModel]:
        """A new version that is still to be decided on. An error before that takes it back."""
        version = self._register(wanted, alias)
        try:
            yield version
        except BaseException:
            # Once it is decided it stays: an error after that is no reason to leave campaigns without one.
            undecided = CANDIDATE_TAG in self.version(version.number).tags
            if undecided and self.aliases().get(CHAMPION) != version.number:
                self._delete(version.number)
            raise

    def describe(self, version: RegisteredModel, markdown: str) -> None:
        """What the registry's page says of a version."""
        text = redact_text(markdown)[:LONGEST_DESCRIPTION]
        with explain_store_errors(f"Version {version.number} could not be described", REGISTRY_ADVICE):
            self.client.update_model_version(self.name, str(version.number), text)

    def release(self, version: RegisteredModel) -> bool:
        """Sign the version, if there is a key to sign with; whether it was."""
        key = read_signing_key()
        if key is None:
            return False
        with explain_store_errors(f"Version {version.number} could not be signed", REGISTRY_ADVICE):
            signed = write_release(version.model, key)
            self.client.set_model_version_tag(self.name, str(version.number), RELEASE_TAG, signed)
        return True

    def crown(self, version: RegisteredModel, replaces: RegisteredModel | None) -> None:
        """Make the version champion, if the champion is still the one it was judged against.

        It is champion in the moment that its alias is set; all else follows from its tags.
        """
        self._move(version, replaces, ticket=version.number)

    def before(self, champion: RegisteredModel) -> RegisteredModel:
        """The champion whose place this one took."""
        if champion.replaces is None:
            raise StoreError(
                f"Version {champion.number} of '{self.name}' took the place of no other, so there is none to "
                "go back to. Promote another run instead: run_id=<run>."
            )
        return self.version(champion.replaces)

    def roll_back(self, champion: RegisteredModel, before: RegisteredModel) -> None:
        """Champion and the version before it change places, unless anybody is promoting."""
        self._move(before, champion, ticket=math.inf)

    def challenge(self, version: RegisteredModel) -> None:
        """Put the version beside the champion, for whoever wants to try it."""
        with explain_store_errors(f"Version {version.number} could not be made challenger", REGISTRY_ADVICE):
            self.client.set_registered_model_alias(self.name, CHALLENGER, str(version.number))
            self.client.delete_model_version_tag(self.name, str(version.number), CANDIDATE_TAG)

    def _register(self, wanted: ModelCandidate, alias: str) -> RegisteredModel:
        from mlflow.exceptions import MlflowException

        with explain_store_errors("The model could not be registered", REGISTRY_ADVICE):
            try:
                self.client.create_registered_model(self.name)
            except MlflowException:
                self.client.get_registered_model(self.name)  # it was there already, or something is wrong
            promotion = self.client.get_run(wanted.promotion)
            assert promotion.outputs is not None, "a promotion logs the model that it registers"
            logged = self.client.get_logged_model(promotion.outputs.model_outputs[-1].model_id)
            tags = {
                **wanted.tags,
                **Process.current().tags(),
                **{tag: promotion.data.tags[tag] for tag in (MODEL_DIGEST_TAG, RECIPE_TAG, FOLDER_TAG)},
                CANDIDATE_TAG: alias,
                NUMBERS_TAG: json.dumps(dict(wanted.numbers)),
                NEXT_TAG: str(wanted.next_number),
            }
            return _make_version(
                self.client.create_model_version(
                    self.name,
                    logged.artifact_location,
                    wanted.run_id,
                    tags={key: redact_text(value) for key, value in tags.items()},
                    model_id=logged.model_id,
                    await_creation_for=0,
                )
            )

    def _move(self, version: RegisteredModel, replaces: RegisteredModel | None, ticket: float) -> None:
        before = None if replaces is None else replaces.number
        self._give_way(ticket, before)
        with explain_store_errors(f"Version {version.number} could not be made champion", REGISTRY_ADVICE):
            told = "" if before is None else str(before)
            self.client.set_model_version_tag(self.name, str(version.number), REPLACES_TAG, told)
            self.client.set_registered_model_alias(self.name, CHAMPION, str(version.number))
        self._complete(self.version(version.number))

    def _give_way(self, ticket: float, before: int | None) -> None:
        """Of two that would both find the champion as it was, and then both move it, the later stands back.

        The champion is looked at last: an earlier candidate that is decided by now has moved it before.
        """
        for other in self.versions():
            if other.number >= ticket or other.tags.get(CANDIDATE_TAG) != CHAMPION or other.is_abandoned:
                continue
            owner = f"process {other.tags.get(PID_TAG)} on {other.tags.get(HOST_TAG)}"
            raise StoreError(
                f"Version {other.number} of '{self.name}' is being promoted by {owner}, which came first. "
                "Promote again when it is done; if that process is dead, delete the version."
            )
        champion = self.aliases().get(CHAMPION)
        if champion != before:
            raise StoreError(
                f"Meanwhile version {champion} of '{self.name}' became champion, which this promotion was "
                "not compared with. The alias is as it was found. Promote again to compare with it."
            )

    def _complete(self, champion: RegisteredModel) -> None:
        """All that follows from a champion's tags: what was before it, and that it is decided."""
        aliases, number = self.aliases(), str(champion.number)
        with explain_store_errors(
            f"The promotion of version {number} could not be completed", REGISTRY_ADVICE
        ):
            if champion.replaces is not None and aliases.get(PREVIOUS) != champion.replaces:
                self.client.set_registered_model_alias(self.name, PREVIOUS, str(champion.replaces))
            challenger = aliases.get(CHALLENGER)
            if challenger is not None and self.version(challenger).run_id == champion.run_id:
                self.client.delete_registered_model_alias(self.name, CHALLENGER)
            if CANDIDATE_TAG in champion.tags:
                self.client.delete_model_version_tag(self.name, number, CANDIDATE_TAG)

    def _delete(self, number: int) -> None:
        with explain_store_errors(f"Version {number} could not be taken back", REGISTRY_ADVICE):
            self.client.delete_model_version(self.name, str(number))


def _make_version(found: "ModelVersion") -> RegisteredModel:
    tags, run_id = dict(found.tags), str(found.run_id)
    model = StoredModel(f"models:/{found.name}/{found.version}", run_id, str(found.source), tags)
    return RegisteredModel(int(found.version), model)
