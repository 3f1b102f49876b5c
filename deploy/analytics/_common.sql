-- What several queries share. It runs before them; a file of yours with this name takes its place.
--
-- Every event type is a view of the name `service.Type` with the columns of docs/events.md, and two more:
-- `day`, the folder it lies in, and `recorded`, the moment, as far as it is known: to the hour, the day or not at all.
-- `moment(text)` makes a timestamp of any other time in an event.

-- How many people these mentors and mentees are. It is an aggregate.
CREATE MACRO people_of(mentor, mentee) AS len(list_distinct(list(mentor) || list(mentee)));

-- Each pair that was introduced, once, with what became of it.
CREATE TABLE pairs AS
SELECT
    introduced.pair_id,
    introduced.program_id,
    introduced.mentor_id,
    introduced.mentee_id,
    introduced.recorded AS introduced,
    ended.pair_id IS NOT NULL AS over,
    ended.recorded AS ended,
    ended.reason,
    completed.pair_id IS NOT NULL AS completed,
    completed.recorded AS completed_at
FROM matching.PairIntroduced AS introduced
LEFT JOIN matching.PairEnded AS ended USING (pair_id)
LEFT JOIN programs.JourneyCompleted AS completed USING (pair_id);

-- How many days people waited from their sign-up to a program until they were introduced to somebody in it.
CREATE TABLE waits AS
WITH sides AS (SELECT program_id, unnest([mentor_id, mentee_id]) AS person_id, introduced FROM pairs)

SELECT
    program_id,
    role,
    person_id,
    date_diff('day', min(signed_up.recorded), min(sides.introduced)) AS days
FROM matching.SignedUp AS signed_up
INNER JOIN sides USING (program_id, person_id)
GROUP BY ALL
HAVING days >= 0;

-- How far the export goes.
CREATE TABLE last_moment AS
SELECT max(recorded) AS ends
FROM (
    SELECT recorded FROM matching.SignedUp
    UNION ALL SELECT recorded FROM matching.PairIntroduced
    UNION ALL SELECT recorded FROM matching.PairEnded
    UNION ALL SELECT recorded FROM programs.CheckInDue
    UNION ALL SELECT recorded FROM programs.CheckInRecorded
);
