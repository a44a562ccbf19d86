DELETE FROM correction_request;
