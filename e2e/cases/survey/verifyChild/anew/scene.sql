UPDATE registration SET status = 'REGISTERED', left_behind = true, kinds = '{LEFT_BEHIND}', exit_reason = NULL, exited_on = NULL, claimed_by = NULL, version = 1 WHERE child_id IN (1, 10, 351);
