-- # What became of e-mails
-- Notifications that were to go out by e-mail. Not sent are those that had become needless: read before, taken back,
-- switched off, or without an address.
-- plot: bars x=outcome y=notifications

WITH outcomes AS (
    SELECT notification_id, 4 AS nr, 'delivered' AS outcome FROM notifications.NotificationDelivered
    WHERE channel = 'email'
    UNION ALL
    SELECT notification_id, 3, 'not sent' FROM notifications.NotificationDropped WHERE channel = 'email'
    UNION ALL
    SELECT notification_id, 2, 'failed so far' FROM notifications.NotificationFailed WHERE channel = 'email'
),

raised AS (
    SELECT about ->> 'program_id' AS program_id, notification_id, person_id, coalesce(max(nr), 1) AS nr
    FROM notifications.NotificationRaised
    LEFT JOIN outcomes USING (notification_id)
    WHERE channels IS NULL OR list_contains(channels::JSON::VARCHAR[], 'email')
    GROUP BY ALL
)

SELECT
    program_id AS program,
    CASE nr WHEN 4 THEN 'delivered' WHEN 3 THEN 'not sent' WHEN 2 THEN 'failed so far' ELSE 'waiting' END AS outcome,
    count(DISTINCT person_id) AS people,
    count(*) AS notifications
FROM raised
GROUP BY GROUPING SETS ((nr), (program_id, nr))
HAVING grouping(program_id) = 1 OR program_id IS NOT NULL
ORDER BY program NULLS FIRST, nr DESC;
