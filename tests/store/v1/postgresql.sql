CREATE TABLE IF NOT EXISTS xf_case (
	id VARCHAR(64) COLLATE "C" NOT NULL, 
	flow VARCHAR(64) COLLATE "C" NOT NULL, 
	flow_version INTEGER NOT NULL, 
	digest VARCHAR(128) COLLATE "C" NOT NULL, 
	org VARCHAR(64) COLLATE "C", 
	state VARCHAR(64) COLLATE "C" NOT NULL, 
	stage VARCHAR(64) COLLATE "C", 
	version INTEGER NOT NULL, 
	done BOOLEAN NOT NULL, 
	outcome VARCHAR(200) COLLATE "C", 
	overdue_at VARCHAR(27) COLLATE "C", 
	opened_at VARCHAR(27) COLLATE "C" NOT NULL, 
	changed_at VARCHAR(27) COLLATE "C" NOT NULL, 
	head VARCHAR(128) COLLATE "C" NOT NULL, 
	snapshot TEXT NOT NULL, 
	CONSTRAINT pk_xf_case PRIMARY KEY (id)
)
-- next
CREATE INDEX IF NOT EXISTS ix_xf_case_org ON xf_case (org, id)
-- next
CREATE INDEX IF NOT EXISTS ix_xf_case_overdue ON xf_case (overdue_at) WHERE overdue_at IS NOT NULL
-- next
CREATE INDEX IF NOT EXISTS ix_xf_case_place ON xf_case (flow, flow_version, stage, state)
-- next
CREATE INDEX IF NOT EXISTS ix_xf_case_state ON xf_case (state, id)
-- next
CREATE TABLE IF NOT EXISTS xf_event (
	case_id VARCHAR(64) COLLATE "C" NOT NULL, 
	seq INTEGER NOT NULL, 
	kind VARCHAR(64) COLLATE "C" NOT NULL, 
	key VARCHAR(160) COLLATE "C" NOT NULL, 
	at VARCHAR(27) COLLATE "C" NOT NULL, 
	body TEXT NOT NULL, 
	hash VARCHAR(128) COLLATE "C" NOT NULL, 
	private TEXT, 
	CONSTRAINT pk_xf_event PRIMARY KEY (case_id, seq), 
	CONSTRAINT uq_xf_event_key UNIQUE (kind, key)
)
-- next
CREATE TABLE IF NOT EXISTS xf_timer (
	case_id VARCHAR(64) COLLATE "C" NOT NULL, 
	name VARCHAR(64) COLLATE "C" NOT NULL, 
	due_at VARCHAR(27) COLLATE "C" NOT NULL, 
	CONSTRAINT pk_xf_timer PRIMARY KEY (case_id, name)
)
-- next
CREATE INDEX IF NOT EXISTS ix_xf_timer_due ON xf_timer (due_at, case_id, name)
-- next
CREATE TABLE IF NOT EXISTS xf_outbox (
	nr BIGSERIAL NOT NULL, 
	case_id VARCHAR(64) COLLATE "C" NOT NULL, 
	seq INTEGER NOT NULL, 
	name VARCHAR(64) COLLATE "C" NOT NULL, 
	state VARCHAR(16) COLLATE "C" NOT NULL, 
	tries INTEGER NOT NULL, 
	error VARCHAR(200) COLLATE "C", 
	retry_at VARCHAR(27) COLLATE "C", 
	CONSTRAINT pk_xf_outbox PRIMARY KEY (nr), 
	CONSTRAINT uq_xf_outbox_effect UNIQUE (case_id, seq, name)
)
-- next
CREATE INDEX IF NOT EXISTS ix_xf_outbox_waiting ON xf_outbox (state, nr) WHERE state <> 'delivered'
-- next
CREATE TABLE IF NOT EXISTS xf_slot (
	case_id VARCHAR(64) COLLATE "C" NOT NULL, 
	task VARCHAR(64) COLLATE "C" NOT NULL, 
	nr INTEGER NOT NULL, 
	slot VARCHAR(200) COLLATE "C" NOT NULL, 
	holder VARCHAR(64) COLLATE "C", 
	role VARCHAR(64) COLLATE "C", 
	state VARCHAR(16) COLLATE "C" NOT NULL, 
	CONSTRAINT pk_xf_slot PRIMARY KEY (case_id, task, nr)
)
-- next
CREATE INDEX IF NOT EXISTS ix_xf_slot_holder ON xf_slot (holder, state, case_id)
-- next
CREATE INDEX IF NOT EXISTS ix_xf_slot_role ON xf_slot (role, state, case_id)
-- next
CREATE TABLE IF NOT EXISTS xf_signal (
	nr BIGSERIAL NOT NULL, 
	case_id VARCHAR(64) COLLATE "C" NOT NULL, 
	kind VARCHAR(64) COLLATE "C" NOT NULL, 
	sender VARCHAR(64) COLLATE "C" NOT NULL, 
	state VARCHAR(64) COLLATE "C" NOT NULL, 
	outcome VARCHAR(200) COLLATE "C", 
	CONSTRAINT pk_xf_signal PRIMARY KEY (nr), 
	CONSTRAINT uq_xf_signal_sender UNIQUE (case_id, kind, sender)
)
-- next
CREATE TABLE IF NOT EXISTS xf_flow (
	id VARCHAR(64) COLLATE "C" NOT NULL, 
	version INTEGER NOT NULL, 
	digest VARCHAR(128) COLLATE "C" NOT NULL, 
	text TEXT NOT NULL, 
	CONSTRAINT pk_xf_flow PRIMARY KEY (id, version)
)
-- next
CREATE TABLE IF NOT EXISTS xf_meta (
	name VARCHAR(64) COLLATE "C" NOT NULL, 
	value VARCHAR(200) COLLATE "C" NOT NULL, 
	CONSTRAINT pk_xf_meta PRIMARY KEY (name)
)
-- next
INSERT INTO xf_meta (name, value) VALUES ('schema', '1') ON CONFLICT DO NOTHING
