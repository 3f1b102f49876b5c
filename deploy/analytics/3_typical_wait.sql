-- # Typical wait
-- Of those who were introduced: half waited no longer than the median, nine in ten no longer than the last column.

SELECT
    program_id AS program,
    role,
    count(DISTINCT person_id) AS people,
    median(days) AS "median, days",
    quantile_disc(days, 0.9) AS "nine in ten, days"
FROM waits
GROUP BY GROUPING SETS ((role), (program_id, role))
ORDER BY program NULLS FIRST, role;
