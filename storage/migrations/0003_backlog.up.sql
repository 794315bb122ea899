-- How much each server sent that is not digested yet is counted now and then.

CREATE INDEX jobs_inbox ON jobs (host) WHERE kind = 'inbox';
