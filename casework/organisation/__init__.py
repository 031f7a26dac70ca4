"""Who is who: the organisation read from a file, loaded, and changed one thing at a time."""

from casework.organisation.change import (
    add_person,
    end_duty,
    end_stand_in,
    give_duty,
    leave,
    set_office_holder,
    set_person,
    set_seat,
    set_stand_in,
    vacate_seat,
)
from casework.organisation.difference import Change, Difference, How
from casework.organisation.load import load, plan
from casework.organisation.read import (
    Fault,
    OrganisationFaults,
    read_organisation,
    read_organisation_file,
)
from casework.organisation.show import as_it_stands, person_as_they_stand
from casework.organisation.things import Organisation

__all__ = [
    "Change",
    "Difference",
    "Fault",
    "How",
    "Organisation",
    "OrganisationFaults",
    "add_person",
    "as_it_stands",
    "end_duty",
    "end_stand_in",
    "give_duty",
    "leave",
    "load",
    "person_as_they_stand",
    "plan",
    "read_organisation",
    "read_organisation_file",
    "set_office_holder",
    "set_person",
    "set_seat",
    "set_stand_in",
    "vacate_seat",
]
