-- # Weekly check-ins
-- Of the pairs whose check-in of that week is over: how many answered, and how many had met. Weeks count from each
-- pair's own beginning.
-- plot: lines x=week y="checked in, %" y="met, %"

WITH weeks AS (
    SELECT program_id, pair_id, mentor_id, mentee_id, week, true AS answered, met FROM programs.CheckInRecorded
    UNION ALL
    SELECT program_id, pair_id, mentor_id, mentee_id, week, false, false FROM programs.CheckInMissed
),

of_pairs AS (
    SELECT program_id, pair_id, mentor_id, mentee_id, week, bool_or(answered) AS answered, bool_or(met) AS met
    FROM weeks
    WHERE week > 0
    GROUP BY ALL
)

SELECT
    program_id AS program,
    week,
    people_of(mentor_id, mentee_id) AS people,
    count(*) AS pairs,
    round(100 * avg(answered::INT), 1) AS "checked in, %",
    round(100 * avg(coalesce(met, false)::INT), 1) AS "met, %"
FROM of_pairs
GROUP BY GROUPING SETS ((week), (program_id, week))
ORDER BY program NULLS FIRST, week;
