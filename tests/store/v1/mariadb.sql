CREATE TABLE IF NOT EXISTS xf_case (
	id VARCHAR(64) NOT NULL, 
	flow VARCHAR(64) NOT NULL, 
	flow_version INTEGER NOT NULL, 
	digest VARCHAR(128) NOT NULL, 
	org VARCHAR(64), 
	state VARCHAR(64) NOT NULL, 
	stage VARCHAR(64), 
	version INTEGER NOT NULL, 
	done BOOL NOT NULL, 
	outcome VARCHAR(200), 
	overdue_at VARCHAR(27), 
	opened_at VARCHAR(27) NOT NULL, 
	changed_at VARCHAR(27) NOT NULL, 
	head VARCHAR(128) NOT NULL, 
	snapshot LONGTEXT NOT NULL, 
	CONSTRAINT pk_xf_case PRIMARY KEY (id)
)ENGINE=InnoDB CHARSET=utf8mb4 COLLATE utf8mb4_bin
-- next
CREATE INDEX IF NOT EXISTS ix_xf_case_org ON xf_case (org, id)
-- next
CREATE INDEX IF NOT EXISTS ix_xf_case_overdue ON xf_case (overdue_at)
-- next
CREATE INDEX IF NOT EXISTS ix_xf_case_place ON xf_case (flow, flow_version, stage, state)
-- next
CREATE INDEX IF NOT EXISTS ix_xf_case_state ON xf_case (state, id)
-- next
CREATE TABLE IF NOT EXISTS xf_event (
	case_id VARCHAR(64) NOT NULL, 
	seq INTEGER NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	`key` VARCHAR(160) NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	`body` LONGTEXT NOT NULL, 
	hash VARCHAR(128) NOT NULL, 
	private LONGTEXT, 
	CONSTRAINT pk_xf_event PRIMARY KEY (case_id, seq), 
	CONSTRAINT uq_xf_event_key UNIQUE (kind, `key`)
)ENGINE=InnoDB CHARSET=utf8mb4 COLLATE utf8mb4_bin
-- next
CREATE TABLE IF NOT EXISTS xf_timer (
	case_id VARCHAR(64) NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	due_at VARCHAR(27) NOT NULL, 
	CONSTRAINT pk_xf_timer PRIMARY KEY (case_id, name)
)ENGINE=InnoDB CHARSET=utf8mb4 COLLATE utf8mb4_bin
-- next
CREATE INDEX IF NOT EXISTS ix_xf_timer_due ON xf_timer (due_at, case_id, name)
-- next
CREATE TABLE IF NOT EXISTS xf_outbox (
	nr BIGINT NOT NULL AUTO_INCREMENT, 
	case_id VARCHAR(64) NOT NULL, 
	seq INTEGER NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	tries INTEGER NOT NULL, 
	error VARCHAR(200), 
	retry_at VARCHAR(27), 
	CONSTRAINT pk_xf_outbox PRIMARY KEY (nr), 
	CONSTRAINT uq_xf_outbox_effect UNIQUE (case_id, seq, name)
)ENGINE=InnoDB CHARSET=utf8mb4 COLLATE utf8mb4_bin
-- next
CREATE INDEX IF NOT EXISTS ix_xf_outbox_waiting ON xf_outbox (state, nr)
-- next
CREATE TABLE IF NOT EXISTS xf_slot (
	case_id VARCHAR(64) NOT NULL, 
	task VARCHAR(64) NOT NULL, 
	nr INTEGER NOT NULL, 
	slot VARCHAR(200) NOT NULL, 
	holder VARCHAR(64), 
	role VARCHAR(64), 
	state VARCHAR(16) NOT NULL, 
	CONSTRAINT pk_xf_slot PRIMARY KEY (case_id, task, nr)
)ENGINE=InnoDB CHARSET=utf8mb4 COLLATE utf8mb4_bin
-- next
CREATE INDEX IF NOT EXISTS ix_xf_slot_holder ON xf_slot (holder, state, case_id)
-- next
CREATE INDEX IF NOT EXISTS ix_xf_slot_role ON xf_slot (role, state, case_id)
-- next
CREATE TABLE IF NOT EXISTS xf_signal (
	nr BIGINT NOT NULL AUTO_INCREMENT, 
	case_id VARCHAR(64) NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	sender VARCHAR(64) NOT NULL, 
	state VARCHAR(64) NOT NULL, 
	outcome VARCHAR(200), 
	CONSTRAINT pk_xf_signal PRIMARY KEY (nr), 
	CONSTRAINT uq_xf_signal_sender UNIQUE (case_id, kind, sender)
)ENGINE=InnoDB CHARSET=utf8mb4 COLLATE utf8mb4_bin
-- next
CREATE TABLE IF NOT EXISTS xf_flow (
	id VARCHAR(64) NOT NULL, 
	version INTEGER NOT NULL, 
	digest VARCHAR(128) NOT NULL, 
	text LONGTEXT NOT NULL, 
	CONSTRAINT pk_xf_flow PRIMARY KEY (id, version)
)ENGINE=InnoDB CHARSET=utf8mb4 COLLATE utf8mb4_bin
-- next
CREATE TABLE IF NOT EXISTS xf_meta (
	name VARCHAR(64) NOT NULL, 
	value VARCHAR(200) NOT NULL, 
	CONSTRAINT pk_xf_meta PRIMARY KEY (name)
)ENGINE=InnoDB CHARSET=utf8mb4 COLLATE utf8mb4_bin
-- next
INSERT IGNORE INTO xf_meta (name, value) VALUES ('schema', '1')
