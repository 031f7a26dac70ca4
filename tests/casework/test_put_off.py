"""One charter that cannot be looked at keeps none of the others waiting."""

from datetime import timedelta

from sqlalchemy import insert, update

from models.session import transaction
from models.tables import Charter, Content
from tests.builders import BEGUN, DAY, Region

NEW_HOLDER = BEGUN + timedelta(days=2)


def spoiled(region: Region, charter: int) -> None:
    """Its text can no longer be read, which only a letter to a new decider finds out."""
    with transaction(region.engine) as connection:
        connection.execute(insert(Content).values(hash="0" * 64, document="{"))
        connection.execute(
            update(Charter).where(Charter.id == charter).values(content_hash="0" * 64)
        )


def test_a_charter_that_cannot_be_looked_at_is_put_off_and_the_others_get_their_letters(
    region: Region,
) -> None:
    region.with_a_neighbour()
    sound = region.in_review()
    broken = region.in_review("narvard")
    spoiled(region, broken)
    region.holds_office("gun", on=BEGUN, from_=NEW_HOLDER)
    swept = region.sweep(NEW_HOLDER)
    assert swept.put_off == 1
    assert [letter.to for letter in region.letters(charter=sound, on=NEW_HOLDER)] == ["gun"]
    [row] = region.journal(broken, "put-off")
    assert "JSON" in row.reason
    assert region.charter(broken).wake_on == NEW_HOLDER + DAY
    assert region.charter(broken).looked_on < NEW_HOLDER, "nothing is held to be dealt with"
