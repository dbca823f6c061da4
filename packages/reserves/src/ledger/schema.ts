import type { SchemaStep } from "@trellis/platform/db";
import { debts } from "./debtSchema.ts";
import { AMOUNT_LIMIT, DECIMALS_MAX, TEXT_SIZE_MAX } from "./limits.ts";
import { partitions } from "./partitions.ts";
import { sealed } from "./sealedSchema.ts";

export const LEDGER_STEPS: readonly SchemaStep[] = [
  { name: "ledger-001-tables", sql: tables },
  { name: "ledger-002-rules", sql: rules },
  { name: "ledger-003-imports", sql: imports },
  { name: "ledger-004-debts", sql: debts },
  {
    name: "ledger-005-import-times",
    sql: (schema) => `ALTER TABLE ${schema}.imports ADD COLUMN changed_at_ms bigint NOT NULL DEFAULT 0;`,
  },
  { name: "ledger-006-erasures", sql: erasures },
  { name: "ledger-007-partitions", sql: partitions },
  { name: "ledger-008-sealed", sql: sealed },
];

const LIMIT = `${AMOUNT_LIMIT}::numeric`;
const isText = (column: string): string => `octet_length(${column}) BETWEEN 1 AND ${TEXT_SIZE_MAX}`;

/** Bytewise collation, because equal-looking texts may be different customers. */
function tables(schema: string): string {
  return `
CREATE TABLE ${schema}.customers (
  customer_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  reference text COLLATE "C" NOT NULL UNIQUE CHECK (${isText("reference")}),
  sealed_key bytea,
  added_at_ms bigint NOT NULL
);
CREATE TABLE ${schema}.assets (
  asset_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  symbol text COLLATE "C" NOT NULL UNIQUE,
  decimals integer NOT NULL CHECK (decimals BETWEEN 0 AND ${DECIMALS_MAX})
);
CREATE TABLE ${schema}.head (
  is_single boolean PRIMARY KEY DEFAULT true CHECK (is_single),
  position bigint NOT NULL
);
INSERT INTO ${schema}.head (position) VALUES (0);
CREATE TABLE ${schema}.entries (
  position bigint PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES ${schema}.customers,
  asset_id integer NOT NULL REFERENCES ${schema}.assets,
  sequence bigint NOT NULL,
  kind text COLLATE "C" NOT NULL,
  amount numeric(39, 0) NOT NULL,
  balance numeric(39, 0) NOT NULL,
  key text COLLATE "C" NOT NULL,
  reference text COLLATE "C" NOT NULL CHECK (${isText("reference")}),
  happened_at_ms bigint NOT NULL,
  recorded_at_ms bigint NOT NULL,
  CONSTRAINT ledger_key_once UNIQUE (key),
  CONSTRAINT ledger_sequence_once UNIQUE (customer_id, asset_id, sequence),
  CONSTRAINT ledger_key_text CHECK (${isText("key")}),
  CONSTRAINT ledger_amount_range CHECK (amount <> 0 AND abs(amount) < ${LIMIT}),
  CONSTRAINT ledger_balance_range CHECK (balance >= 0 AND balance < ${LIMIT}),
  CONSTRAINT ledger_kind_known CHECK (
    kind IN ('deposit', 'withdrawal', 'fee', 'reward', 'adjustment', 'transfer', 'trade')
  ),
  CONSTRAINT ledger_kind_sign CHECK (
    (amount > 0 OR kind NOT IN ('deposit', 'reward')) AND (amount < 0 OR kind NOT IN ('withdrawal', 'fee'))
  )
);
CREATE TABLE ${schema}.accounts (
  customer_id bigint NOT NULL REFERENCES ${schema}.customers,
  asset_id integer NOT NULL REFERENCES ${schema}.assets,
  balance numeric(39, 0) NOT NULL CONSTRAINT ledger_balance_range CHECK (balance >= 0 AND balance < ${LIMIT}),
  sequence bigint NOT NULL,
  last_position bigint NOT NULL,
  PRIMARY KEY (customer_id, asset_id)
) WITH (fillfactor = 70);
CREATE TABLE ${schema}.flows (
  asset_id integer NOT NULL REFERENCES ${schema}.assets,
  kind text COLLATE "C" NOT NULL,
  amount numeric NOT NULL,
  entry_count bigint NOT NULL,
  PRIMARY KEY (asset_id, kind)
);`;
}

/** Enforced for every writer: only the entry trigger may write balances, flows and head. */
function rules(schema: string): string {
  const guarded = ["accounts", "flows", "head"];
  return `
CREATE FUNCTION ${schema}.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'history does not change' USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_append_only';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${schema}.entries
  FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.refuse();
CREATE FUNCTION ${schema}.guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() < 2 THEN
    RAISE EXCEPTION 'follows from entries' USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_derived';
  END IF;
  RETURN NULL;
END $$;
${guarded
  .map(
    (table) => `CREATE TRIGGER derived BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${schema}.${table}
  FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.guard();`,
  )
  .join("\n")}
CREATE FUNCTION ${schema}.follow_entries() RETURNS trigger LANGUAGE plpgsql AS $$
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
      SELECT customer_id, asset_id, sequence, amount, balance,
        lag(sequence) OVER account AS sequence_before, lag(balance) OVER account AS balance_before
      FROM added WINDOW account AS (PARTITION BY customer_id, asset_id ORDER BY position)
    ) AS line LEFT JOIN ${schema}.accounts AS known USING (customer_id, asset_id)
    WHERE line.sequence <> coalesce(sequence_before, known.sequence, 0) + 1
      OR line.balance <> coalesce(balance_before, known.balance, 0) + amount
  ) THEN
    RAISE EXCEPTION 'a balance does not follow' USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_running_balance';
  END IF;
  IF EXISTS (
    SELECT FROM added WHERE kind IN ('transfer', 'trade') GROUP BY kind, reference, asset_id HAVING sum(amount) <> 0
  ) THEN
    RAISE EXCEPTION 'lines do not balance' USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_lines_balance';
  END IF;
  INSERT INTO ${schema}.accounts AS known (customer_id, asset_id, balance, sequence, last_position)
    SELECT DISTINCT ON (customer_id, asset_id) customer_id, asset_id, balance, sequence, position
    FROM added ORDER BY customer_id, asset_id, position DESC
    ON CONFLICT (customer_id, asset_id) DO UPDATE
      SET balance = excluded.balance, sequence = excluded.sequence, last_position = excluded.last_position;
  INSERT INTO ${schema}.flows AS known (asset_id, kind, amount, entry_count)
    SELECT asset_id, kind, sum(amount), count(*) FROM added GROUP BY asset_id, kind
    ON CONFLICT (asset_id, kind) DO UPDATE
      SET amount = known.amount + excluded.amount, entry_count = known.entry_count + excluded.entry_count;
  RETURN NULL;
END $$;
CREATE TRIGGER follow AFTER INSERT ON ${schema}.entries
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.follow_entries();`;
}

/** Other stores record the last erasure that they have processed. */
function erasures(schema: string): string {
  return `
ALTER TABLE ${schema}.customers ADD COLUMN erasure bigint UNIQUE;
UPDATE ${schema}.customers AS customer SET erasure = n FROM (
  SELECT customer_id, row_number() OVER (ORDER BY customer_id) AS n
  FROM ${schema}.customers WHERE sealed_key IS NULL
) AS erased WHERE customer.customer_id = erased.customer_id;
ALTER TABLE ${schema}.customers
  ADD CONSTRAINT ledger_erasure_numbered CHECK ((sealed_key IS NULL) = (erasure IS NOT NULL));`;
}

function imports(schema: string): string {
  return `
CREATE TABLE ${schema}.imports (
  name text COLLATE "C" PRIMARY KEY CHECK (${isText("name")}),
  state text NOT NULL CHECK (state IN ('reading', 'read', 'refused', 'entered')),
  header text NOT NULL,
  byte_offset bigint NOT NULL,
  line_count bigint NOT NULL,
  digest bytea NOT NULL,
  bad_lines text NOT NULL,
  bad_counts text NOT NULL,
  entered_count bigint NOT NULL,
  replayed_count bigint NOT NULL
);
CREATE TABLE ${schema}.import_lines (
  import_name text COLLATE "C" NOT NULL REFERENCES ${schema}.imports ON DELETE CASCADE,
  line bigint NOT NULL,
  customer text COLLATE "C" NOT NULL,
  asset text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  amount text NOT NULL,
  key text COLLATE "C" NOT NULL,
  reference text COLLATE "C" NOT NULL,
  happened_at_ms bigint NOT NULL,
  PRIMARY KEY (import_name, line)
);`;
}
