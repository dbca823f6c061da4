import type { SchemaStep } from "@trellis/platform/db";
import type { Generated } from "kysely";
import { seriesTable } from "./series.ts";

/** PostgreSQL's numeric is read as text, 64-bit integers as bigint. */
export interface LedgerTables {
  opportunities: {
    id: string;
    series_ms: bigint;
    chain_id: bigint;
    block_height: bigint;
    block_hash: string;
    token: string;
    amount_in: string;
    expected_profit: string;
    route: string;
    found_at_ms: bigint;
    outcome: OpportunityOutcome;
  };
  simulations: {
    opportunity_id: string;
    series_ms: bigint;
    sequence: number;
    simulator: string;
    is_success: boolean;
    profit: string;
    gas_used: string;
    failure: string | null;
    simulated_at_ms: bigint;
  };
  decisions: {
    opportunity_id: string;
    series_ms: bigint;
    sequence: number;
    stage: DecisionStage;
    is_go: boolean;
    code: string;
    reason: string;
    figures: string;
    decided_at_ms: bigint;
  };
  executions: {
    opportunity_id: string;
    wallet: string;
    nonce: bigint;
    outcome: ExecutionOutcome;
    transaction_hash: string | null;
    block_height: bigint | null;
    block_hash: string | null;
    gas_used: string | null;
    gas_price_wei: string | null;
    l1_fee_wei: string | null;
    changed_at_ms: bigint;
  };
  fills: {
    opportunity_id: string;
    place: number;
    pool: string;
    token_in: string;
    amount_in: string;
    token_out: string;
    amount_out: string;
  };
  scans: {
    chain_id: bigint;
    block_hash: string;
    series_ms: bigint;
    block_height: bigint;
    found: number;
    examined: number;
    sized: number;
    trades: number;
    truncated: string;
    dropped: string;
    scanned_at_ms: bigint;
  };
  slots: {
    chain_id: bigint;
    wallet: string;
    nonce: bigint;
    version: bigint;
  };
  movements: {
    position: Generated<bigint>;
    chain_id: bigint;
    account: string;
    asset: string;
    kind: MovementKind;
    amount: string;
    reference: string | null;
    opportunity_id: string | null;
    transaction_hash: string;
    block_height: bigint;
    block_hash: string;
    recorded_at_ms: bigint;
  };
}

/** In processing order. */
export const DECISION_STAGES = ["choice", "compliance", "worth", "risk", "submission"] as const;
export type DecisionStage = (typeof DECISION_STAGES)[number];
export const EXECUTION_OUTCOMES = ["open", "executed", "reverted", "expired"] as const;
export type ExecutionOutcome = (typeof EXECUTION_OUTCOMES)[number];
/** `found`: undecided; `recorded`: live mode would have sent the trade. */
export const OPPORTUNITY_OUTCOMES = ["found", "refused", "recorded", ...EXECUTION_OUTCOMES] as const;
export type OpportunityOutcome = (typeof OPPORTUNITY_OUTCOMES)[number];
/** `opening`: initial balance; `transfer`: transaction not sent by the engine. */
export const MOVEMENT_KINDS = ["opening", "profit", "gas", "transfer"] as const;
export type MovementKind = (typeof MOVEMENT_KINDS)[number];

const oneOf = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(", ");

/** Tables partitioned by the trade's deadline or the block's time. */
export const SERIES_TABLES = ["opportunities", "simulations", "decisions", "scans"] as const;

const SERIES_COLUMNS: Readonly<Record<(typeof SERIES_TABLES)[number], string>> = {
  opportunities: `
  id text COLLATE "C" NOT NULL,
  series_ms bigint NOT NULL,
  chain_id bigint NOT NULL,
  block_height bigint NOT NULL,
  block_hash text NOT NULL,
  token text NOT NULL,
  amount_in numeric(78, 0) NOT NULL CHECK (amount_in > 0),
  expected_profit numeric(78, 0) NOT NULL,
  route text NOT NULL,
  found_at_ms bigint NOT NULL,
  outcome text NOT NULL DEFAULT 'found' CHECK (outcome IN (${oneOf(OPPORTUNITY_OUTCOMES)})),
  PRIMARY KEY (id, series_ms)`,
  simulations: `
  opportunity_id text COLLATE "C" NOT NULL,
  series_ms bigint NOT NULL,
  sequence integer NOT NULL,
  simulator text NOT NULL,
  is_success boolean NOT NULL,
  profit numeric(78, 0) NOT NULL,
  gas_used numeric(78, 0) NOT NULL,
  failure text,
  simulated_at_ms bigint NOT NULL,
  PRIMARY KEY (opportunity_id, sequence, series_ms),
  CONSTRAINT simulation_failure_told CHECK (is_success = (failure IS NULL))`,
  decisions: `
  opportunity_id text COLLATE "C" NOT NULL,
  series_ms bigint NOT NULL,
  sequence integer NOT NULL,
  stage text NOT NULL CHECK (stage IN (${oneOf(DECISION_STAGES)})),
  is_go boolean NOT NULL,
  code text NOT NULL CHECK (code <> ''),
  reason text NOT NULL CHECK (reason <> ''),
  figures text NOT NULL,
  decided_at_ms bigint NOT NULL,
  PRIMARY KEY (opportunity_id, sequence, series_ms)`,
  scans: `
  chain_id bigint NOT NULL,
  block_hash text COLLATE "C" NOT NULL,
  series_ms bigint NOT NULL,
  block_height bigint NOT NULL,
  found integer NOT NULL,
  examined integer NOT NULL,
  sized integer NOT NULL,
  trades integer NOT NULL,
  truncated text NOT NULL,
  dropped text NOT NULL,
  scanned_at_ms bigint NOT NULL,
  PRIMARY KEY (block_hash, chain_id, series_ms)`,
};

export const LEDGER_STEPS: readonly SchemaStep[] = [
  { name: "ledger-001-opportunities", sql: opportunities },
  { name: "ledger-002-books", sql: books },
  { name: "ledger-003-sent", sql: sent },
  { name: "ledger-004-slots", sql: slots },
  { name: "ledger-005-l1-fee", sql: l1Fee },
];

function opportunities(schema: string): string {
  return [
    ...Object.entries(SERIES_COLUMNS).map(([name, columns]) => seriesTable(schema, name, columns)),
    `CREATE INDEX opportunities_found ON ${schema}.opportunities (found_at_ms DESC, id DESC);`,
    `CREATE INDEX scans_scanned ON ${schema}.scans (scanned_at_ms DESC, block_hash DESC);`,
    executions(schema),
  ].join("\n");
}

function executions(schema: string): string {
  return `
CREATE TABLE ${schema}.executions (
  opportunity_id text COLLATE "C" PRIMARY KEY,
  wallet text NOT NULL,
  nonce bigint NOT NULL,
  outcome text NOT NULL CHECK (outcome IN (${oneOf(EXECUTION_OUTCOMES)})),
  transaction_hash text,
  block_height bigint,
  block_hash text,
  gas_used numeric(78, 0),
  gas_price_wei numeric(78, 0),
  changed_at_ms bigint NOT NULL,
  CONSTRAINT execution_included CHECK ((outcome IN ('executed', 'reverted')) = (transaction_hash IS NOT NULL))
);
CREATE TABLE ${schema}.fills (
  opportunity_id text COLLATE "C" NOT NULL REFERENCES ${schema}.executions,
  place integer NOT NULL,
  pool text NOT NULL,
  token_in text NOT NULL,
  amount_in numeric(78, 0) NOT NULL,
  token_out text NOT NULL,
  amount_out numeric(78, 0) NOT NULL,
  PRIMARY KEY (opportunity_id, place)
);`;
}

function sent(schema: string): string {
  return `
CREATE INDEX opportunities_sent ON ${schema}.opportunities (found_at_ms DESC, id DESC)
  WHERE outcome IN (${oneOf(EXECUTION_OUTCOMES)});`;
}

function slots(schema: string): string {
  return `
CREATE TABLE ${schema}.slots (
  chain_id bigint NOT NULL,
  wallet text NOT NULL,
  nonce bigint NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (chain_id, wallet, nonce)
);`;
}

function l1Fee(schema: string): string {
  return `
ALTER TABLE ${schema}.executions ADD COLUMN l1_fee_wei numeric(78, 0);`;
}

function books(schema: string): string {
  return `
CREATE TABLE ${schema}.movements (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  chain_id bigint NOT NULL,
  account text NOT NULL,
  asset text NOT NULL,
  kind text NOT NULL CHECK (kind IN (${oneOf(MOVEMENT_KINDS)})),
  amount numeric(78, 0) NOT NULL CHECK (amount <> 0 OR kind = 'opening'),
  reference numeric(78, 0),
  opportunity_id text COLLATE "C",
  transaction_hash text NOT NULL,
  block_height bigint NOT NULL,
  block_hash text NOT NULL,
  recorded_at_ms bigint NOT NULL
);
CREATE INDEX movements_transaction ON ${schema}.movements (chain_id, transaction_hash);
CREATE INDEX movements_account ON ${schema}.movements (chain_id, account, asset, block_height);
CREATE INDEX movements_time ON ${schema}.movements (recorded_at_ms);
CREATE FUNCTION ${schema}.keep_movements() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'movements stay' USING ERRCODE = 'check_violation', CONSTRAINT = 'movements_stay';
END;
$$;
CREATE TRIGGER movements_stay BEFORE UPDATE OR DELETE ON ${schema}.movements
  FOR EACH ROW EXECUTE FUNCTION ${schema}.keep_movements();`;
}
