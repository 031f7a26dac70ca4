from tests.builders import *

def test_distribution_incomplete_wakes(region):
    c = region.approved()
    assert region.charter(c).wake_on == date(2026,6,25), region.charter(c).wake_on  # midsommarafton 06-19 not working

def test_not_begun_charter_cut_to_nothing_is_silent(region):
    p = region.distributed(valid_from=date(2027,1,1))
    s = region.successor(on=date(2026,7,1))
    print(region.in_force(p), region.in_force(s))
    print(region.charter(p).wake_on, region.charter(s).wake_on)
    for d in region.live_through(date(2027,3,1)):
        print(d, region.letters(on=d), region.state(p), region.state(s))
    assert not region.letters(Letter.RENEWAL)
    assert region.state(p) is State.SUPERSEDED

def test_successor_reminders_wake(region):
    p = region.distributed(valid_from=date(2027,1,1))
    s = region.successor(on=date(2026,7,1))
    assert region.charter(s).wake_on <= date(2027,7,1)

def test_future_successor_discontinued_wakes_predecessor(region):
    p = region.distributed()
    s = region.successor(on=date(2027,2,1), valid_from=date(2028,1,1))
    region.sweep(date(2027,2,2))
    assert region.in_force(p)[1] == date(2027,12,31)
    region.discontinued(s, on=date(2027,3,1), effective_day=date(2027,3,1))
    region.sweep(date(2027,3,2))
    print(region.charter(p).wake_on, region.state(s), region.state(p))
    got=[]
    for d in region.live_through(date(2028,3,1)): got+=region.letters(Letter.RENEWAL, charter=p, on=d)
    print(got)
    assert [l for l in got if l.to=='bo'], got
    print(region.letters(Letter.GAP,Letter.EXPIRED))

def test_stand_in_appointed_today_gets_the_request(region):
    c = region.in_review()
    region.sweep(BEGUN)
    region.stands_in("mikael", on=BEGUN, from_=BEGUN)
    region.sweep(BEGUN)
    region.sweep(BEGUN+DAY)
    assert ("mikael" in [l.to for l in region.letters(Letter.DECISION_REQUEST)])

def test_stand_in_appointed_later_from_today(region):
    c = region.in_review()
    day = BEGUN+DAY
    region.sweep(day)
    region.stands_in("mikael", on=day, from_=day)
    region.sweep(day)
    assert ("mikael" in [l.to for l in region.letters(Letter.DECISION_REQUEST)])

def test_stand_in_backdated(region):
    c = region.in_review()
    day = BEGUN+DAY
    region.sweep(day)
    region.stands_in("mikael", on=day, from_=BEGUN-WEEK)
    region.sweep(day)
    assert ("mikael" in [l.to for l in region.letters(Letter.DECISION_REQUEST)])

def test_nobody_today(region):
    c = region.in_review()
    day = BEGUN+DAY
    region.sweep(day)
    region.leaves("helena", on=day)
    region.sweep(day)
    assert sorted(l.to for l in region.letters(Letter.NOBODY_CAN_DECIDE)) == ["oskar","sara"]

def test_draft_with_impossible_dates(region):
    region.refuses("sara", Act.DRAFT, on=BEGUN, group="rorelse", document=a_charter(valid_from=date(2027,1,1), valid_through=date(2026,12,1)))

def test_edit_other_kind(region):
    c = region.draft()
    region.refuses("sara", Act.EDIT, c, on=BEGUN, document=an_executive_decision())

def test_record_ends_after_its_term(region):
    with pytest.raises(Refusal):
        region.recorded(decided_on=date(2022,1,1), valid_from=date(2022,1,1), valid_through=date(2025,1,1), ends_on=date(2025,6,1))

def test_record_ends_before_it_begins(region):
    with pytest.raises(Refusal):
        region.recorded(decided_on=date(2022,1,1), valid_from=date(2022,1,1), valid_through=date(2025,1,1), ends_on=date(2021,6,1))

def test_leaver_on_list_gets_no_discontinued(region):
    c = region.distributed()
    region.leaves("bo", on=date(2027,1,4))
    region.discontinued(c, on=date(2027,2,1), effective_day=date(2027,3,1))
    print(region.letters(Letter.DISCONTINUED))
    assert "bo" not in [l.to for l in region.letters(Letter.DISCONTINUED)]

def test_skipped_stages_are_journalled_when_it_expired_in_downtime(region):
    c = region.distributed()
    region.sweep(date(2031,8,1))
    print(region.skipped(c), region.letters(since=date(2027,1,1)))
    assert ("renewal","12m") in [s[:2] for s in region.skipped(c)]

def test_expired_and_gap_not_same_day(region):
    c = region.distributed(valid_through=date(2026,9,4))  # a Friday
    region.sweep(date(2026,9,5))
    assert region.state(c) is State.EXPIRED
    region.sweep(date(2026,12,14))
    l = region.letters(on=date(2026,12,14))
    print(l)
    assert len({x.to for x in l}) == len(l)

def test_charter_approved_between_group_decision_and_day(region):
    c = region.in_review(on=date(2027,1,11))
    region.discontinues_group("helena","rorelse",on=date(2027,1,12),effective_day=date(2027,3,1))
    try:
        region.decided(c,on=date(2027,2,1))
    except Refusal as r: print(r)
    list(region.live_through(date(2027,3,5)))
    print(region.state(c), region.in_force(c), region.group())
    assert region.state(c) not in (State.APPROVED, State.DISTRIBUTED)

def test_review_returned_stays_draft(region):
    c = region.in_review(on=date(2027,1,11))
    region.discontinues_group("helena","rorelse",on=date(2027,1,12),effective_day=date(2027,1,12))
    assert region.state(c) is State.DRAFT
    region.sweep(date(2027,1,12)); region.sweep(date(2027,1,13))
    assert region.state(c) is State.DRAFT

def test_gap_letters_before_group_ends(region):
    region.discontinues_group("helena","rorelse",on=date(2026,1,12),effective_day=date(2026,6,1))
    list(region.live_through(date(2026,12,1)))
    print(region.letters(), region.group())
    assert len({l.day for l in region.letters(Letter.GAP)})==4

def test_group_closed_on_its_day_though_gap_opened_before(region):
    c = region.distributed(valid_through=date(2026,9,4))
    region.discontinues_group("helena","rorelse",on=date(2026,9,1),effective_day=date(2026,9,20))
    list(region.live_through(date(2026,9,19)))
    assert region.group().wake_on == date(2026,9,20), region.group()

def test_handed_over_survives_decision(region):
    c = region.in_review()
    region.does("sara", Act.HAND_OVER, c, on=BEGUN, to="elin")
    region.decided(c, on=BEGUN)
    print([(o.letter,o.state,o.to_email) for o in region.outbox(c)])
    assert all(o.state=='pending' for o in region.outbox(c) if o.letter=='handed_over')

def test_renew_copies_the_one_in_force(region):
    p = region.distributed(valid_from=date(2027,1,1))
    s = region.successor(on=date(2026,7,1))
    new = region.does("sara", Act.RENEW, on=date(2026,8,1), group="rorelse").charter_id
    assert region.charter(new).predecessor_id == s

def test_instead_a_leaver(region):
    c = region.draft()
    region.vacates("coordinator", on=BEGUN)
    region.leaves("bo", on=BEGUN)
    r = region.refuses("sara", Act.SUBMIT, c, on=BEGUN, conflict=False, instead={2:"bo@sjoviken.example"})
    print(r)

def test_short_filler_before_a_charter_to_come(region):
    p = region.distributed(valid_from=date(2027,1,1))
    s = region.does("sara", Act.RENEW, on=date(2026,7,1), group="rorelse", valid_through=date(2026,12,31)).charter_id
    region.submitted(s,on=date(2026,7,1)); region.decided(s,on=date(2026,7,1))
    print(region.in_force(p), region.in_force(s))
    assert region.in_force(p)[0] == date(2027,1,1) and region.in_force(p)[1] == date(2032,1,1)
