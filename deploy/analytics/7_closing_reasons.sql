-- # Why pairs ended
-- A pair that was blocked has ended, and no more is said of it; nor is a reason that too few people share.
-- plot: bars x=why y=pairs

SELECT
    program_id AS program,
    CASE WHEN reason = 'blocked' THEN 'not told' ELSE coalesce(reason, 'not told') END AS why,
    people_of(mentor_id, mentee_id) AS people,
    count(*) AS pairs
FROM matching.PairEnded
GROUP BY GROUPING SETS ((why), (program_id, why))
ORDER BY program NULLS FIRST, pairs DESC, why;
