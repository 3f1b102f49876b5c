-- # From sign-up to closing
-- How many people came how far. Whoever is in several programs counts once in all of them together.
-- plot: bars x=step y=people

WITH told AS (
    SELECT program_id, 1 AS nr, 'signed up' AS step, person_id AS person FROM matching.SignedUp
    UNION ALL
    SELECT program_id, 2, 'paired', unnest([mentor_id, mentee_id]) FROM matching.PairCreated
    UNION ALL
    SELECT program_id, 3, 'introduced', unnest([mentor_id, mentee_id]) FROM matching.PairIntroduced
    UNION ALL
    SELECT program_id, 4, 'both agreed', unnest([mentor_id, mentee_id]) FROM programs.CommitmentAgreed WHERE "both"
    UNION ALL
    SELECT program_id, 5, 'met', unnest([mentor_id, mentee_id]) FROM programs.CheckInRecorded WHERE met
    UNION ALL
    SELECT program_id, 6, 'closed', unnest([mentor_id, mentee_id]) FROM programs.JourneyCompleted
)

SELECT
    program_id AS program,
    step,
    count(DISTINCT person) AS people
FROM told
GROUP BY GROUPING SETS ((nr, step), (program_id, nr, step))
ORDER BY program NULLS FIRST, nr;
