/** `sealLedger` fills the encrypted columns. Removes staged lines: their files must be imported again. */
export function sealed(schema: string): string {
  return `
DROP TRIGGER append_only ON ${schema}.entries;
DROP TRIGGER follow ON ${schema}.entries;
DROP TRIGGER keys ON ${schema}.entries;
DROP TRIGGER derived ON ${schema}.accounts;
DROP TRIGGER derived ON ${schema}.flows;
DROP TABLE ${schema}.entry_keys;
ALTER TABLE ${schema}.customers ADD COLUMN reference_index bytea, ADD COLUMN sealed_reference bytea;
ALTER TABLE ${schema}.entries ADD COLUMN key_index bytea, ADD COLUMN content bytea, ADD COLUMN sealed_balance bytea;
ALTER TABLE ${schema}.accounts ADD COLUMN sealed_balance bytea;
ALTER TABLE ${schema}.flows ADD COLUMN sealed_amount bytea;
DROP TABLE ${schema}.import_lines;
DELETE FROM ${schema}.imports WHERE state IN ('reading', 'read');
CREATE TABLE ${schema}.import_chunks (
  import_name text COLLATE "C" NOT NULL REFERENCES ${schema}.imports ON DELETE CASCADE,
  last_line bigint NOT NULL,
  sealed bytea NOT NULL,
  PRIMARY KEY (import_name, last_line)
);
CREATE TABLE ${schema}.sealing (
  is_single boolean PRIMARY KEY DEFAULT true CHECK (is_single),
  state text NOT NULL CHECK (state IN ('plain', 'sealed', 'done'))
);
INSERT INTO ${schema}.sealing (state) VALUES ('plain');`;
}

const isCiphertext = (column: string): string => `octet_length(${column}) > 37`;
/** Ciphertext prefix that identifies the master key. */
const PREFIX_BYTES = 9;

/** Rules that need no keys. Ciphertexts may change only by re-encryption. */
export function sealedRules(schema: string): string {
  return [columns(schema), functions(schema), triggers(schema)].join("\n");
}

function columns(schema: string): string {
  return `
ALTER TABLE ${schema}.customers DROP COLUMN reference,
  ALTER COLUMN reference_index SET NOT NULL, ALTER COLUMN sealed_reference SET NOT NULL,
  ADD CONSTRAINT ledger_customer_once UNIQUE (reference_index),
  ADD CONSTRAINT ledger_index_size CHECK (octet_length(reference_index) = 32);
ALTER TABLE ${schema}.entries DROP COLUMN amount, DROP COLUMN balance, DROP COLUMN key, DROP COLUMN reference,
  ALTER COLUMN key_index SET NOT NULL, ALTER COLUMN content SET NOT NULL, ALTER COLUMN sealed_balance SET NOT NULL,
  ADD CONSTRAINT ledger_index_size CHECK (octet_length(key_index) = 32),
  ADD CONSTRAINT ledger_ciphertext CHECK (${isCiphertext("content")} AND ${isCiphertext("sealed_balance")});
ALTER TABLE ${schema}.accounts DROP COLUMN balance, ALTER COLUMN sealed_balance SET NOT NULL;
ALTER TABLE ${schema}.flows DROP COLUMN amount;
CREATE TABLE ${schema}.entry_keys (
  key_index bytea NOT NULL, position bigint NOT NULL, CONSTRAINT ledger_key_once PRIMARY KEY (key_index)
);
INSERT INTO ${schema}.entry_keys (key_index, position) SELECT key_index, position FROM ${schema}.entries;`;
}

function functions(schema: string): string {
  return `
CREATE OR REPLACE FUNCTION ${schema}.keep_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ${schema}.entry_keys (key_index, position) SELECT key_index, position FROM added;
  RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION ${schema}.follow_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  first_position bigint;
  last_position bigint;
  added_count bigint;
  head_position bigint;
BEGIN
  SELECT min(position), max(position), count(*) INTO first_position, last_position, added_count FROM added;
  IF added_count = 0 THEN RETURN NULL; END IF;
  SELECT position INTO head_position FROM ${schema}.head FOR UPDATE;
  IF first_position <> head_position + 1 OR last_position - first_position + 1 <> added_count THEN
    RAISE EXCEPTION 'positions have a gap' USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_position_gap';
  END IF;
  UPDATE ${schema}.head SET position = last_position;
  IF EXISTS (
    SELECT FROM (
      SELECT customer_id, asset_id, is_debt, sequence, lag(sequence) OVER account AS sequence_before
      FROM added WINDOW account AS (PARTITION BY customer_id, asset_id, is_debt ORDER BY position)
    ) AS line LEFT JOIN ${schema}.accounts AS known USING (customer_id, asset_id, is_debt)
    WHERE line.sequence <> coalesce(sequence_before, known.sequence, 0) + 1
  ) THEN
    RAISE EXCEPTION 'a sequence has a gap' USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_sequence_gap';
  END IF;
  INSERT INTO ${schema}.accounts AS known (customer_id, asset_id, is_debt, sealed_balance, sequence, last_position)
    SELECT DISTINCT ON (customer_id, asset_id, is_debt) customer_id, asset_id, is_debt, sealed_balance, sequence, position
    FROM added ORDER BY customer_id, asset_id, is_debt, position DESC
    ON CONFLICT (customer_id, asset_id, is_debt) DO UPDATE SET sealed_balance = excluded.sealed_balance,
      sequence = excluded.sequence, last_position = excluded.last_position;
  INSERT INTO ${schema}.flows AS known (asset_id, kind, entry_count)
    SELECT asset_id, kind, count(*) FROM added GROUP BY asset_id, kind
    ON CONFLICT (asset_id, kind) DO UPDATE SET entry_count = known.entry_count + excluded.entry_count;
  RETURN NULL;
END $$;
CREATE FUNCTION ${schema}.follow_reseal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE ${schema}.accounts SET sealed_balance = NEW.sealed_balance
    WHERE customer_id = NEW.customer_id AND asset_id = NEW.asset_id AND is_debt = NEW.is_debt
      AND last_position = NEW.position;
  RETURN NULL;
END $$;`;
}

function triggers(schema: string): string {
  const kept = [
    "position",
    "customer_id",
    "asset_id",
    "sequence",
    "kind",
    "happened_at_ms",
    "recorded_at_ms",
    "is_debt",
    "key_index",
  ];
  const isResealed = ["content", "sealed_balance"].map(
    (column) => `(NEW.${column} = OLD.${column} OR substring(NEW.${column} FROM 1 FOR ${PREFIX_BYTES})
      <> substring(OLD.${column} FROM 1 FOR ${PREFIX_BYTES}))`,
  );
  return `
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON ${schema}.entries
  FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.refuse();
CREATE TRIGGER same_content BEFORE UPDATE ON ${schema}.entries FOR EACH ROW
  WHEN (NOT (${[...kept.map((column) => `NEW.${column} = OLD.${column}`), ...isResealed].join(" AND ")}))
  EXECUTE FUNCTION ${schema}.refuse();
CREATE TRIGGER reseal AFTER UPDATE ON ${schema}.entries FOR EACH ROW
  EXECUTE FUNCTION ${schema}.follow_reseal();
CREATE TRIGGER derived BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${schema}.entry_keys
  FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.guard();
CREATE TRIGGER derived BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${schema}.accounts
  FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.guard();
CREATE TRIGGER derived BEFORE INSERT OR UPDATE OF asset_id, kind, entry_count OR DELETE OR TRUNCATE ON ${schema}.flows
  FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.guard();
CREATE TRIGGER follow AFTER INSERT ON ${schema}.entries
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.follow_entries();
CREATE TRIGGER keys AFTER INSERT ON ${schema}.entries
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.keep_keys();`;
}
