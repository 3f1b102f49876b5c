-- # Health of pairs over time
-- The state of every running pair at the end of each week, by the rules of docs/requirements.md (P-20): from signs of
-- life, check-ins and pulses, never from words. The first two weeks are too early to tell; four weeks without a sign
-- are stalled; four points or more need a check-in.
-- plot: lines x=week y=pairs by=state

WITH signs AS (
    SELECT pair_id, recorded AS happened, 'act' AS kind, NULL AS value FROM programs.CommitmentAgreed
    UNION ALL SELECT pair_id, recorded, 'act', NULL FROM programs.StepMarked
    UNION ALL SELECT pair_id, recorded, 'act', NULL FROM programs.StepCompleted
    UNION ALL SELECT pair_id, recorded, 'act', NULL FROM programs.StepSkipped
    UNION ALL SELECT pair_id, recorded, 'act', NULL FROM programs.GoalSet
    UNION ALL SELECT pair_id, recorded, 'check-in', week FROM programs.CheckInRecorded
    UNION ALL SELECT pair_id, recorded, 'met', week FROM programs.CheckInRecorded WHERE met
    UNION ALL SELECT pair_id, recorded, 'missed', week FROM programs.CheckInMissed
    UNION ALL SELECT pair_id, recorded, 'pulse', rating FROM programs.PulseRecorded
    UNION ALL SELECT pair_id, recorded, 'pause', 1 FROM programs.JourneyPaused
    UNION ALL SELECT pair_id, recorded, 'pause', -1 FROM programs.JourneyResumed
),

weeks AS (
    SELECT unnest(generate_series(date_trunc('week', min(introduced)), last_moment.ends, INTERVAL 7 DAY)) AS week
    FROM pairs, last_moment
    GROUP BY last_moment.ends
),

running AS (
    SELECT pair_id, program_id, mentor_id, mentee_id, introduced, week, week + INTERVAL 7 DAY AS now
    FROM pairs, weeks
    WHERE introduced < now
        AND NOT (over AND coalesce(ended < now, true))
        AND NOT (completed AND coalesce(completed_at < now, true))
),

so_far AS (
    SELECT
        running.*,
        max(happened) FILTER (kind IN ('act', 'check-in', 'pulse')) AS active,
        coalesce(bool_or(kind = 'met'), false) AS met,
        coalesce(max(value) FILTER (kind = 'check-in'), 0) AS answered,
        list(DISTINCT value) FILTER (kind = 'missed') AS missed,
        list(value ORDER BY happened DESC) FILTER (kind = 'pulse') AS pulses,
        coalesce(sum(value) FILTER (kind = 'pause'), 0) > 0 AS paused
    FROM running
    LEFT JOIN signs ON running.pair_id = signs.pair_id AND signs.happened < now
    GROUP BY ALL
),

points AS (
    SELECT
        *,
        CASE WHEN active IS NULL AND now > introduced + INTERVAL 3 DAY THEN 2 ELSE 0 END
        + CASE WHEN NOT met AND now > introduced + INTERVAL 14 DAY THEN 3 ELSE 0 END
        + CASE WHEN len(list_filter(missed, lambda missed_week: missed_week > answered)) >= 2 THEN 3 ELSE 0 END
        + CASE WHEN pulses[1] <= 4 OR pulses[2] - pulses[1] >= 3 THEN 4 ELSE 0 END AS score
    FROM so_far
)

SELECT
    program_id AS program,
    week::DATE AS week,
    CASE
        WHEN paused THEN 'paused'
        WHEN now < introduced + INTERVAL 14 DAY THEN 'too early'
        WHEN now >= coalesce(active, introduced) + INTERVAL 28 DAY THEN 'stalled'
        WHEN score >= 4 THEN 'needs a check-in'
        ELSE 'on track'
    END AS state,
    people_of(mentor_id, mentee_id) AS people,
    count(*) AS pairs
FROM points
GROUP BY GROUPING SETS ((week, state), (program_id, week, state))
ORDER BY program NULLS FIRST, week, state;
