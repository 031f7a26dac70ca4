-- A large organisation around the small one of the proofs, which has every page something to show:
-- people, groups, and ten charters of each group. `settings` says how many; the people named by key
-- are the small one's, and have their share of it all.

INSERT INTO persons (id, key, name, name_folded, email, email_folded, title, administration, language)
SELECT 1000 + i, 'p' || i, 'Person Efternamn' || i, 'person efternamn' || i,
       'p' || i || '@sjoviken.example', 'p' || i || '@sjoviken.example', 'verksamhetschef',
       'Förvaltning ' || (i % 12), 'sv'
FROM n WHERE i <= (SELECT people FROM settings);

INSERT INTO duties (duty, person_id, from_)
SELECT 'handler', 1000 + i, '2020-01-01' FROM n WHERE i <= 50;

INSERT INTO offices (id, key, name, name_folded)
SELECT 1000 + i, 'o' || i, 'Direktör ' || i, 'direktör ' || i FROM n WHERE i <= 20;

INSERT INTO tenures (office_id, person_id, from_)
SELECT 1000 + i, 1100 + i, '2020-01-01' FROM n WHERE i <= 20;

INSERT INTO authorities (office_id, may, area, basis, from_)
SELECT 1000 + i, 'decide', 'Område ' || i, 'Delegation 5', '2020-01-01' FROM n WHERE i <= 20;

INSERT INTO groups (id, key, name, name_folded, level, area, parent_id, programme_areas, starts_on,
                    gap_since)
SELECT 1000 + i, 'g' || i, 'Samordningsråd ' || i, 'samordningsråd ' || i, 'Nivå ' || (i % 3),
       'Område ' || (i % 20), CASE WHEN i > 20 THEN 1000 + i % 20 + 1 END, '[]', '2003-01-01',
       CASE WHEN i % 50 = 49 THEN '2026-01-05' END
FROM n WHERE i <= (SELECT groups FROM settings);

CREATE TEMP TABLE known AS
SELECT (SELECT id FROM persons WHERE key = 'sara') AS sara,
       (SELECT id FROM persons WHERE key = 'bo') AS bo,
       (SELECT id FROM persons WHERE key = 'dag') AS dag,
       (SELECT id FROM offices WHERE key = 'direktor') AS direktor;

INSERT INTO seats (group_id, seat, person_id, from_)
SELECT 1000 + i, seat,
       CASE WHEN seat = 'coordinator' AND i % 100 = 0 THEN bo
            ELSE 1001 + (i * 7 + place * 131) % (SELECT people FROM settings) END, '2024-01-01'
FROM n, known,
     (SELECT 0 AS place, 'chair' AS seat UNION ALL SELECT 1, 'coordinator'
      UNION ALL SELECT 2, 'liaison' UNION ALL SELECT 3, 'member' UNION ALL SELECT 4, 'member'
      UNION ALL SELECT 5, 'member')
WHERE i <= (SELECT groups FROM settings);

INSERT INTO subjects (id, group_id)
SELECT 1000 + i, 1000 + i FROM n WHERE i <= (SELECT groups FROM settings);

-- The charters: of each group eight that have ended and one in force; and the tenth, of one group
-- in ten, still being written. `part` spreads the people over them.
CREATE TEMP TABLE c AS
SELECT 10000 + (i - 1) * 10 + term AS id, i, term, (i / 100 + i) % 5 AS part,
       CASE WHEN term < 9 THEN CASE WHEN (i + term) % 4 = 0 THEN 'expired' ELSE 'superseded' END
            WHEN term = 10 THEN 'draft'
            WHEN i % 50 = 49 THEN 'expired'
            WHEN i * 1823 / (SELECT groups FROM settings) < 150 THEN 'expiring'
            ELSE 'distributed' END AS state,
       CASE WHEN term < 9 THEN printf('%d-01-01', 2002 + 2 * term)
            ELSE date('2021-06-20', '+' || (i * 1823 / (SELECT groups FROM settings)) || ' days')
       END AS begins,
       CASE WHEN term < 9 THEN printf('%d-12-31', 2003 + 2 * term)
            WHEN i % 50 = 49 THEN '2026-01-04'
            ELSE date('2021-06-20', '+' || (i * 1823 / (SELECT groups FROM settings)) || ' days',
                      '+5 years', '-1 day')
       END AS ends,
       hash
FROM n,
     (SELECT 1 AS term UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5
      UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9
      UNION ALL SELECT 10)
JOIN texts ON texts.place = (i + term) % (SELECT count(*) FROM texts)
WHERE i <= (SELECT groups FROM settings) AND (term < 10 OR i % 10 = 0)
  AND NOT (term = 9 AND i % 50 = 49 AND
           date('2021-06-20', '+' || (i * 1823 / (SELECT groups FROM settings)) || ' days')
           > '2025-06-01')
ORDER BY term, i;

INSERT INTO charters (
    id, kind, subject_id, group_id, title, registry_number, content_hash, state, version,
    handler_id, predecessor_id, office_id, instead, round, touched_on, submitted_on,
    decided_on, valid_from, valid_through, ends_on, wake_on, looked_on
)
SELECT id, 'charter', 1000 + i, 1000 + i, 'Uppdragshandling för Samordningsråd ' || i,
       'RS ' || substr(begins, 1, 4) || '-' || printf('%05d', i), hash, state,
       CASE WHEN state = 'draft' THEN 1 WHEN state = 'distributed' THEN 4 ELSE 5 END,
       CASE WHEN part = 0 THEN sara ELSE 1001 + i % 50 END,
       CASE WHEN term > 1 AND NOT (term = 10 AND i % 50 = 49) THEN id - 1 END,
       CASE WHEN part = 1 THEN direktor ELSE 1001 + i % 20 END,
       '{}', CASE WHEN state = 'draft' THEN 0 ELSE 1 END,
       CASE WHEN state = 'draft' THEN '2026-06-10' ELSE begins END, NULL,
       CASE WHEN state <> 'draft' THEN begins END, CASE WHEN state <> 'draft' THEN begins END,
       CASE WHEN state <> 'draft' THEN ends END, CASE WHEN state <> 'draft' THEN ends END,
       CASE WHEN state IN ('distributed', 'expiring') THEN date(ends, '-30 days') END, '2026-06-16'
FROM c, known ORDER BY id;

-- What has been done to each.
CREATE TEMP TABLE done AS
SELECT 1 AS version, 'draft' AS act, 'handler' AS role, NULL AS stood, 'draft' AS becomes
UNION ALL SELECT 2, 'submit', 'handler', 'draft', 'review'
UNION ALL SELECT 3, 'approve', 'director', 'review', 'approved'
UNION ALL SELECT 4, 'distribute', 'calendar', 'approved', 'distributed';

INSERT INTO journal (at, day, charter_id, group_id, version, act, person_id, name, role, stood,
                     becomes, content_hash, details)
SELECT begins || ' 09:00:00.000000', begins, id, 1000 + i, version, act, 1001, 'Person Efternamn1',
       role, stood, becomes, hash, '{}'
FROM c JOIN done ON version = 1 OR state <> 'draft';

INSERT INTO journal (at, day, charter_id, group_id, version, act, name, role, stood, becomes,
                     content_hash, details)
SELECT ends || ' 05:00:00.000000', ends, id, 1000 + i, 5,
       CASE state WHEN 'expired' THEN 'expire' WHEN 'superseded' THEN 'supersede'
                  ELSE 'enter-renewal' END,
       'Kalendern', 'calendar', 'distributed', state, hash, '{}'
FROM c WHERE state IN ('expired', 'superseded', 'expiring');

-- Of those being written, one in five has been submitted and one in ten sent back after that.
INSERT INTO journal (at, day, charter_id, group_id, version, act, person_id, name, role, stood,
                     becomes, content_hash, details)
SELECT '2026-06-11 09:00:00.000000', '2026-06-11', id, 1000 + i, 2, 'submit', 1001,
       'Person Efternamn1', 'handler', 'draft', 'review', hash, '{}'
FROM c WHERE term = 10 AND i % 100 >= 70;

UPDATE charters SET state = 'review', version = 2, round = 1, submitted_on = '2026-06-11',
                    submitted_hash = content_hash
WHERE state = 'draft' AND id IN (SELECT id FROM c WHERE term = 10 AND i % 100 >= 70);

INSERT INTO journal (at, day, charter_id, group_id, version, act, person_id, name, role, stood,
                     becomes, content_hash, reason, details)
SELECT '2026-06-12 09:00:00.000000', '2026-06-12', id, 1000 + i, 3, 'send-back', 1002,
       'Person Efternamn2', 'director', 'review', 'draft', hash, 'Skriv tydligare.', '{}'
FROM c WHERE term = 10 AND i % 100 = 70;

UPDATE charters SET state = 'draft', version = 3
WHERE state = 'review' AND id IN (SELECT id FROM c WHERE term = 10 AND i % 100 = 70);

INSERT INTO opinions (charter_id, round, reviewer_id, asked_by_id, asked_at)
SELECT id, 1, dag, sara, '2026-06-12 09:00:00.000000'
FROM c, known WHERE term = 10 AND i % 100 >= 80 AND part < 2;

INSERT INTO decisions (id, charter_id, what, decided_at, decided_on, person_id, decided_by, office,
                       content_hash, conflict, registry_number)
SELECT id, id, 'approve', begins || ' 09:00:00.000000', begins,
       CASE WHEN part = 1 THEN (SELECT id FROM persons WHERE key = 'helena') ELSE 1001 END,
       'Person Efternamn1', 'Direktör 1', hash, 'no', 'RS 2025-00001'
FROM c WHERE state <> 'draft' ORDER BY begins, id;

INSERT INTO papers (charter_id, round, decision_id, paper, media_type, filename, sha256, body,
                    written_at)
SELECT id, 1, id, 'decision', 'application/pdf', 'Uppdragshandling.pdf', hash, zeroblob(200),
       begins || ' 09:00:00.000000'
FROM c WHERE state <> 'draft';

-- Three on each list. Of those distributed lately some wait for a relay, or came back.
INSERT INTO recipients (id, charter_id, place, who, purpose, person_id, name, email, language,
                        outcome, outcome_at)
SELECT id * 3 + place, id, place, 'Person Efternamn' || (i % 1000 + place), 'för kännedom',
       1000 + i % 1000 + place, 'Person Efternamn' || (i % 1000 + place),
       'p' || (i % 1000 + place) || '@sjoviken.example', 'sv',
       CASE WHEN state = 'distributed' AND i % 50 = 1 THEN CASE WHEN i % 100 = 1 THEN 'bounced' END
            ELSE 'accepted' END,
       begins || ' 09:00:10.000000'
FROM c, (SELECT 1 AS place UNION ALL SELECT 2 UNION ALL SELECT 3) WHERE state <> 'draft';

INSERT INTO outbox (
    dedupe_key, message_id, letter, stage, calendar, charter_id, group_id, round, person_id,
    recipient_id, to_name, to_email, language, facts, papers, day, created_at, priority, due_at,
    state, attempts, sent_at, code
)
SELECT 'charter ' || charter_id || ':distribution:' || place, '<' || r.id || '@mandat.example>',
       'distribution', '', 0, charter_id, 1000 + i, 1, person_id, r.id, name, email, 'sv', '{}', '[]',
       begins, begins || ' 09:00:00.000000', 5, begins || ' 09:00:00.000000',
       CASE WHEN outcome IS NULL THEN 'pending' WHEN outcome = 'bounced' THEN 'bounced'
            ELSE 'sent' END,
       1, begins || ' 09:00:10.000000', 250
FROM recipients AS r JOIN c ON c.id = r.charter_id;

INSERT INTO sweeps (flow, day, started_at, finished_at, looked_at, acts, letters, skipped, put_off)
SELECT CASE i % 3 WHEN 0 THEN 'daily' WHEN 1 THEN 'delivery' ELSE 'returns' END, '2026-01-01',
       '2026-01-01 05:00:00.000000', '2026-01-01 05:00:01.000000', 0, 0, 0, 0, 0
FROM n WHERE i <= (SELECT groups FROM settings);

INSERT INTO imported_files (import_id, place, name, sha256, reading, document, content_hash, remarks,
                            group_id, matched, left_out)
SELECT (SELECT max(id) FROM imports WHERE state = 'ready'), 10 + i, 'uppdrag-' || i || '.docx',
       printf('%064x', i), 'read', text,
       hash, '[]', 1000 + i, 'exact', 0
FROM n JOIN texts ON texts.place = i % (SELECT count(*) FROM texts)
WHERE i <= (SELECT files FROM settings);

-- Every login and code there has been lately.
INSERT INTO logins (token_hash, person_id, method, authenticated_at, began_at)
SELECT printf('%064x', i), 1000 + i, 'e-mailed one-time code', '2026-06-17 06:00:00.000000',
       '2026-06-17 06:00:00.000000'
FROM n WHERE i <= (SELECT people FROM settings);
