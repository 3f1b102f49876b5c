-- # How long pairs last
-- Of the pairs that were introduced at least so many weeks ago: how many were still going after that time, and how
-- many had ended before they were done. Whoever closed as planned is neither.
-- plot: lines x=week y="still going, %" y="ended early, %"

WITH known AS (
    SELECT *, completed OR coalesce(reason IN ('goals-reached', 'planned-end'), false) AS as_planned
    FROM pairs
    WHERE introduced IS NOT NULL AND NOT (over AND ended IS NULL)
),

then_and_there AS (
    SELECT known.*, week, coalesce(ended < introduced + week * INTERVAL 7 DAY, false) AS gone
    FROM known, range(0, 53) AS weeks (week), last_moment
    WHERE introduced + week * INTERVAL 7 DAY <= last_moment.ends
)

SELECT
    program_id AS program,
    week,
    people_of(mentor_id, mentee_id) AS people,
    count(*) AS pairs,
    round(100 * avg((NOT gone)::INT), 1) AS "still going, %",
    round(100 * avg((gone AND NOT as_planned)::INT), 1) AS "ended early, %"
FROM then_and_there
GROUP BY GROUPING SETS ((week), (program_id, week))
ORDER BY program NULLS FIRST, week;
