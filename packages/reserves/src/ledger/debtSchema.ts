import { ENTRY_KINDS, type EntryKind } from "./kinds.ts";

const KINDS = Object.entries<EntryKind>(ENTRY_KINDS);

function kindsWhere(isWanted: (kind: EntryKind) => boolean): string {
  return KINDS.flatMap(([name, kind]) => (isWanted(kind) ? [`'${name}'`] : [])).join(", ");
}

export const LINES_OF_KIND = `CASE kind ${KINDS.flatMap(([name, { lines }]) =>
  lines === undefined ? [] : [`WHEN '${name}' THEN '${lines}'`],
).join(" ")} END`;

export const SIGNED_AMOUNT = "CASE WHEN is_debt THEN -amount ELSE amount END";

export function debts(schema: string): string {
  const isDebt = `kind IN (${kindsWhere(({ side }) => side === "debt")})`;
  return `
ALTER TABLE ${schema}.entries
  ADD COLUMN is_debt boolean NOT NULL DEFAULT false,
  DROP CONSTRAINT ledger_kind_known,
  DROP CONSTRAINT ledger_kind_sign,
  DROP CONSTRAINT ledger_sequence_once;
ALTER TABLE ${schema}.entries
  ADD CONSTRAINT ledger_kind_known CHECK (kind IN (${kindsWhere(() => true)})),
  ADD CONSTRAINT ledger_kind_sign CHECK (
    (amount > 0 OR kind NOT IN (${kindsWhere(({ sign }) => sign === 1)})) AND
    (amount < 0 OR kind NOT IN (${kindsWhere(({ sign }) => sign === -1)}))
  ),
  ADD CONSTRAINT ledger_kind_side CHECK (is_debt = (${isDebt})),
  ADD CONSTRAINT ledger_sequence_once UNIQUE (customer_id, asset_id, is_debt, sequence);
ALTER TABLE ${schema}.accounts
  ADD COLUMN is_debt boolean NOT NULL DEFAULT false,
  DROP CONSTRAINT accounts_pkey;
ALTER TABLE ${schema}.accounts ADD PRIMARY KEY (customer_id, asset_id, is_debt);
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
      SELECT customer_id, asset_id, is_debt, sequence, amount, balance,
        lag(sequence) OVER account AS sequence_before, lag(balance) OVER account AS balance_before
      FROM added WINDOW account AS (PARTITION BY customer_id, asset_id, is_debt ORDER BY position)
    ) AS line LEFT JOIN ${schema}.accounts AS known USING (customer_id, asset_id, is_debt)
    WHERE line.sequence <> coalesce(sequence_before, known.sequence, 0) + 1
      OR line.balance <> coalesce(balance_before, known.balance, 0) + amount
  ) THEN
    RAISE EXCEPTION 'a balance does not follow' USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_running_balance';
  END IF;
  IF EXISTS (
    SELECT FROM added WHERE ${LINES_OF_KIND} IS NOT NULL GROUP BY ${LINES_OF_KIND}, reference, asset_id
    HAVING sum(${SIGNED_AMOUNT}) <> 0
  ) THEN
    RAISE EXCEPTION 'lines do not balance' USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_lines_balance';
  END IF;
  INSERT INTO ${schema}.accounts AS known (customer_id, asset_id, is_debt, balance, sequence, last_position)
    SELECT DISTINCT ON (customer_id, asset_id, is_debt) customer_id, asset_id, is_debt, balance, sequence, position
    FROM added ORDER BY customer_id, asset_id, is_debt, position DESC
    ON CONFLICT (customer_id, asset_id, is_debt) DO UPDATE
      SET balance = excluded.balance, sequence = excluded.sequence, last_position = excluded.last_position;
  INSERT INTO ${schema}.flows AS known (asset_id, kind, amount, entry_count)
    SELECT asset_id, kind, sum(amount), count(*) FROM added GROUP BY asset_id, kind
    ON CONFLICT (asset_id, kind) DO UPDATE
      SET amount = known.amount + excluded.amount, entry_count = known.entry_count + excluded.entry_count;
  RETURN NULL;
END $$;`;
}
