-- Who handles psychology, rights and reports of a child: shown to the case
-- manager alone, because the very fact would tell why.

-- +goose Up
CREATE VIEW discreet_worker AS
SELECT row_number() OVER (PARTITION BY w.child_id ORDER BY w.role, w.staff_id) AS id,
       w.child_id, a.name AS agency_name, w.role, s.work_phone, w.since
FROM (
    SELECT r.child_id, r.assignee_id AS staff_id, 'PSY' AS role, min(r.opened_on) AS since
    FROM psych_referral r WHERE r.closed_on IS NULL AND r.assignee_id IS NOT NULL GROUP BY 1, 2
    UNION ALL
    SELECT c.child_id, c.assignee_id, 'RP', min(c.opened_on)
    FROM rights_case c WHERE c.closed_on IS NULL AND c.assignee_id IS NOT NULL GROUP BY 1, 2
    UNION ALL
    SELECT m.child_id, m.handler_id, 'CM', min(m.received_on)
    FROM mandatory_report m WHERE m.closed_on IS NULL AND m.handler_id IS NOT NULL GROUP BY 1, 2
) w
JOIN staff s ON s.id = w.staff_id
JOIN agency a ON a.id = s.agency_id;
