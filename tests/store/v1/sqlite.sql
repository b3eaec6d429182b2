CREATE TABLE IF NOT EXISTS xf_case (
	id VARCHAR(64) NOT NULL, 
	flow VARCHAR(64) NOT NULL, 
	flow_version INTEGER NOT NULL, 
	digest VARCHAR(128) NOT NULL, 
	org VARCHAR(64), 
	state VARCHAR(64) NOT NULL, 
	stage VARCHAR(64), 
	version INTEGER NOT NULL, 
	done BOOLEAN NOT NULL, 
	outcome VARCHAR(200), 
	overdue_at VARCHAR(27), 
	opened_at VARCHAR(27) NOT NULL, 
	changed_at VARCHAR(27) NOT NULL, 
	head VARCHAR(128) NOT NULL, 
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
	case_id VARCHAR(64) NOT NULL, 
	seq INTEGER NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	"key" VARCHAR(160) NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	body TEXT NOT NULL, 
	hash VARCHAR(128) NOT NULL, 
	private TEXT, 
	CONSTRAINT pk_xf_event PRIMARY KEY (case_id, seq), 
	CONSTRAINT uq_xf_event_key UNIQUE (kind, "key")
)
-- next
CREATE TABLE IF NOT EXISTS xf_timer (
	case_id VARCHAR(64) NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	due_at VARCHAR(27) NOT NULL, 
	CONSTRAINT pk_xf_timer PRIMARY KEY (case_id, name)
)
 WITHOUT ROWID
-- next
CREATE INDEX IF NOT EXISTS ix_xf_timer_due ON xf_timer (due_at, case_id, name)
-- next
CREATE TABLE IF NOT EXISTS xf_outbox (
	nr INTEGER NOT NULL, 
	case_id VARCHAR(64) NOT NULL, 
	seq INTEGER NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	tries INTEGER NOT NULL, 
	error VARCHAR(200), 
	retry_at VARCHAR(27), 
	CONSTRAINT pk_xf_outbox PRIMARY KEY (nr), 
	CONSTRAINT uq_xf_outbox_effect UNIQUE (case_id, seq, name)
)
-- next
CREATE INDEX IF NOT EXISTS ix_xf_outbox_waiting ON xf_outbox (state, nr) WHERE state <> 'delivered'
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
)
 WITHOUT ROWID
-- next
CREATE INDEX IF NOT EXISTS ix_xf_slot_holder ON xf_slot (holder, state, case_id)
-- next
CREATE INDEX IF NOT EXISTS ix_xf_slot_role ON xf_slot (role, state, case_id)
-- next
CREATE TABLE IF NOT EXISTS xf_signal (
	nr INTEGER NOT NULL, 
	case_id VARCHAR(64) NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	sender VARCHAR(64) NOT NULL, 
	state VARCHAR(64) NOT NULL, 
	outcome VARCHAR(200), 
	CONSTRAINT pk_xf_signal PRIMARY KEY (nr), 
	CONSTRAINT uq_xf_signal_sender UNIQUE (case_id, kind, sender)
)
-- next
CREATE TABLE IF NOT EXISTS xf_flow (
	id VARCHAR(64) NOT NULL, 
	version INTEGER NOT NULL, 
	digest VARCHAR(128) NOT NULL, 
	text TEXT NOT NULL, 
	CONSTRAINT pk_xf_flow PRIMARY KEY (id, version)
)
-- next
CREATE TABLE IF NOT EXISTS xf_meta (
	name VARCHAR(64) NOT NULL, 
	value VARCHAR(200) NOT NULL, 
	CONSTRAINT pk_xf_meta PRIMARY KEY (name)
)
 WITHOUT ROWID
-- next
CREATE TRIGGER IF NOT EXISTS xf_event_unchanged BEFORE UPDATE OF "case_id", "seq", "kind", "key", "at", "body", "hash" ON xf_event BEGIN SELECT RAISE(ABORT, 'xf_event: an event is never changed'); END
-- next
CREATE TRIGGER IF NOT EXISTS xf_event_kept BEFORE DELETE ON xf_event BEGIN SELECT RAISE(ABORT, 'xf_event: an event is never deleted'); END
-- next
CREATE TRIGGER IF NOT EXISTS xf_event_single BEFORE INSERT ON xf_event WHEN EXISTS (SELECT 1 FROM xf_event WHERE case_id = NEW.case_id AND seq = NEW.seq OR kind = NEW.kind AND "key" = NEW."key") BEGIN SELECT RAISE(ABORT, 'xf_event: an event is never replaced'); END
-- next
INSERT OR IGNORE INTO xf_meta (name, value) VALUES ('schema', '1')
