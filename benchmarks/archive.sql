-- An archive of charters, each in force for a group of its own. The table `n` has a row for each:
-- its number `i`, and `of` how many.

INSERT INTO persons (id, key, name, name_folded, email, email_folded, language)
SELECT i, 'p' || i, 'Person ' || i, 'person ' || i,
       'p' || i || '@sjoviken.example', 'p' || i || '@sjoviken.example', 'sv'
FROM n;

INSERT INTO groups (id, key, name, name_folded, programme_areas, starts_on)
SELECT i, 'g' || i, 'Samordningsråd ' || i, 'samordningsråd ' || i, '[]', '2024-01-01'
FROM n;

INSERT INTO seats (group_id, seat, person_id, from_)
SELECT i, 'coordinator', 1 + i * 7 % of, '2024-01-01' FROM n
UNION ALL
SELECT i, 'chair', 1 + (i * 7 + of / 2) % of, '2024-01-01' FROM n;

INSERT INTO subjects (id, group_id) SELECT i, i FROM n;

INSERT INTO contents (hash, document) SELECT printf('%064x', i), '{}' FROM n;

INSERT INTO charters (
    id, kind, subject_id, group_id, title, content_hash, state, version, handler_id, instead, round,
    decided_on, valid_from, valid_through, ends_on, wake_on, looked_on
)
SELECT i, 'charter', i, i, 'Uppdragshandling för Samordningsråd ' || i, printf('%064x', i),
       'distributed', 1, 1 + i * 13 % of, '{}', 1,
       '2025-01-15', '2025-01-15', '2030-01-15', '2030-01-15',
       date('2026-07-01', '+' || (i % 900) || ' days'), '2026-05-29'
FROM n;

INSERT INTO journal (
    at, day, charter_id, group_id, version, act, name, role, becomes, content_hash, details
)
SELECT '2025-01-15 09:00:00.000000', '2025-01-15', i, i, 1, 'record', 'Oskar Dahl',
       'registry_keeper', 'distributed', printf('%064x', i), '{}'
FROM n;

INSERT INTO outbox (
    dedupe_key, message_id, letter, stage, calendar, charter_id, group_id, round, person_id,
    to_name, to_email, language, facts, papers, day, created_at, priority, due_at,
    state, attempts, sent_at
)
SELECT 'charter ' || i || ':distribution:v2:1:person 1:0',
       '<charter-' || i || '.' || lower(hex(randomblob(16))) || '@mandat.example>', 'distribution', 'v2', 0, i, i, 1, 1,
       'Person 1', 'p1@sjoviken.example', 'sv', '{}', '[]', '2025-01-15',
       '2025-01-15 09:00:00.000000', 5, '2025-01-15 09:00:00.000000',
       'sent', 1, '2025-01-15 09:00:01.000000'
FROM n;
