-- # How long reports take
-- Cases by severity (S0 is the most urgent): the median of the hours until somebody took them and until they were
-- closed, and how many of the closed ones were closed in time. Where only the day is known, an hour counts from
-- midnight. `people` are those who reported and who were reported.
-- plot: bars x=severity y="hours until taken" y="hours until closed"

WITH reports AS (
    SELECT case_id, list(reporter_id) || list(subject_id) AS people
    FROM trust_safety.ReportFiled
    GROUP BY case_id
),

taken AS (SELECT case_id, min(recorded) AS happened FROM trust_safety.CaseAssigned GROUP BY case_id),

closed AS (SELECT case_id, min(recorded) AS happened FROM trust_safety.CaseClosed GROUP BY case_id),

cases AS (
    SELECT
        opened.program_id,
        coalesce(opened.severity, 'not told') AS severity,
        reports.people,
        date_diff('hour', opened.recorded, taken.happened) AS until_taken,
        date_diff('hour', opened.recorded, closed.happened) AS until_closed,
        closed.happened <= moment(opened.due_at) AS in_time
    FROM trust_safety.CaseOpened AS opened
    LEFT JOIN reports USING (case_id)
    LEFT JOIN taken USING (case_id)
    LEFT JOIN closed USING (case_id)
)

SELECT
    program_id AS program,
    severity,
    coalesce(len(list_distinct(flatten(list(people)))), 0) AS people,
    count(*) AS cases,
    median(until_taken) AS "hours until taken",
    median(until_closed) AS "hours until closed",
    round(100 * avg(in_time::INT), 1) AS "closed in time, %"
FROM cases
GROUP BY GROUPING SETS ((severity), (program_id, severity))
HAVING grouping(program_id) = 1 OR program_id IS NOT NULL
ORDER BY program NULLS FIRST, severity;
