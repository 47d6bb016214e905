ALTER TABLE movements ADD COLUMN closed INTEGER;
ALTER TABLE movements ADD COLUMN erased INTEGER;

-- Closed movements count as closed since they were saved last.
UPDATE movements SET closed = COALESCE(
	(SELECT max(at) FROM audit WHERE what = 'save-movement' AND subject = movements.id),
	(SELECT max(at) FROM audit), 0) WHERE state = 'closed';

CREATE INDEX movements_closed ON movements (closed);
CREATE INDEX audit_at ON audit (at);
