-- # Transparency
-- In each month that is over: reports by reason, cases that were closed by the gravest action, appeals that were decided
-- (overturned: reduced or withdrawn), and blocks. Where fewer than five people are on either side there is no row: they
-- are left out, or in "the rest", with the smallest other row where they alone would be too few. Days are the median
-- from the case to the first action on it.

WITH actions AS (
    SELECT
        case_id,
        bool_or(action IS NULL) AS unclear,
        min(list_position(['ban', 'suspend', 'remove-from-program', 'restrict', 'warn'], action)) AS gravest,
        CASE WHEN bool_and(recorded IS NOT NULL) THEN min(recorded) END AS recorded,
        min(greatest(len(recorded_hour), len(day))) AS precise
    FROM trust_safety.ActionTaken
    GROUP BY case_id
),

facts AS (
    SELECT
        recorded,
        'reports' AS what,
        reason AS which,
        reporter_id AS person,
        coalesce(subject_id, target_id) AS about,
        NULL AS days
    FROM trust_safety.ReportFiled

    UNION ALL

    SELECT
        closed.recorded,
        'cases closed',
        CASE
            WHEN closed.outcome = 'no-action' THEN 'no action'
            WHEN NOT actions.unclear
                THEN ['banned', 'suspended', 'removed from program', 'restricted', 'warned'][actions.gravest]
        END,
        coalesce(opened.subject_id, opened.target_id, closed.case_id),
        coalesce(opened.subject_id, opened.target_id, closed.case_id),
        CASE
            WHEN least(greatest(len(opened.recorded_hour), len(opened.day)), actions.precise) >= len('2026-03-01')
                THEN date_diff('day', opened.recorded, actions.recorded)
        END
    FROM trust_safety.CaseClosed AS closed
    LEFT JOIN trust_safety.CaseOpened AS opened USING (case_id)
    LEFT JOIN actions USING (case_id)

    UNION ALL

    SELECT
        recorded,
        'appeals decided',
        CASE WHEN result = 'uphold' THEN 'upheld' WHEN result IS NOT NULL THEN 'overturned' END,
        subject_id,
        subject_id,
        NULL
    FROM trust_safety.AppealDecided

    UNION ALL

    SELECT recorded, 'blocks', 'all', blocker_id, blocked_id, NULL FROM trust_safety.PersonBlocked
),

over AS (
    SELECT facts.* REPLACE (coalesce(which, 'the rest') AS which), strftime(recorded, '%Y-%m') AS month
    FROM facts, last_moment
    WHERE recorded < date_trunc('month', ends)
),

cells AS (
    SELECT
        month,
        what,
        which,
        least(count(DISTINCT person), count(DISTINCT about)) AS people,
        which = 'the rest' OR people < 5 AS few
    FROM over
    GROUP BY month, what, which
),

together AS (
    SELECT month, what, least(count(DISTINCT person), count(DISTINCT about)) AS people
    FROM over
    INNER JOIN cells USING (month, what, which)
    WHERE few
    GROUP BY month, what
),

-- The smallest of the others comes right behind those that are too few.
parts AS (
    SELECT
        month,
        what,
        which,
        CASE
            WHEN few THEN 'the rest'
            WHEN
                lag(few) OVER (PARTITION BY month, what ORDER BY few DESC, cells.people, which)
                AND together.people < 5
                THEN 'the rest'
            ELSE which
        END AS shown
    FROM cells
    LEFT JOIN together USING (month, what)
)

SELECT
    NULL AS program,
    month,
    what,
    shown AS which,
    least(count(DISTINCT person), count(DISTINCT about)) AS people,
    count(*) AS number,
    CASE WHEN count(DISTINCT about) FILTER (days IS NOT NULL) >= 5 THEN median(days) END AS "days until action"
FROM over
INNER JOIN parts USING (month, what, which)
GROUP BY month, what, shown
ORDER BY month, what, shown = 'the rest', number DESC, shown;
