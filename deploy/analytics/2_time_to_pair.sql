-- # Time to pair
-- How many days people waited from their sign-up until they were introduced to somebody.
-- plot: bars x=waited y=people by=role

WITH sorted AS (
    SELECT
        *,
        CASE
            WHEN days <= 1 THEN '1 day or less'
            WHEN days <= 3 THEN '2 to 3 days'
            WHEN days <= 7 THEN '4 to 7 days'
            WHEN days <= 14 THEN '8 to 14 days'
            WHEN days <= 28 THEN '15 to 28 days'
            ELSE 'more than 28 days'
        END AS waited
    FROM waits
)

SELECT
    program_id AS program,
    role,
    waited,
    count(DISTINCT person_id) AS people
FROM sorted
GROUP BY GROUPING SETS ((waited, role), (program_id, waited, role))
ORDER BY program NULLS FIRST, min(days), role;
