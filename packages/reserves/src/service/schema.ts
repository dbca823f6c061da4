import { type AtRest, sealedTexts, type TextCipher } from "@trellis/platform/atRest";
import type { Database, SchemaDatabase, SchemaStep } from "@trellis/platform/db";
import { type DedupeTables, dedupeTable } from "@trellis/platform/notify";

export interface ServiceTables extends DedupeTables {
  identity: { name: string; value: string };
  log_head: { size: bigint };
  log_entries: { place: bigint; bytes: Uint8Array; hash: Uint8Array };
  log_tiles: { level: number; place: bigint; hashes: Uint8Array };
  heads: { size: bigint; note: string; time_ms: bigint };
  snapshot_jobs: { job_id: string; number: bigint; is_told: boolean };
  challenges: { nonce: string; text: string; is_used: boolean };
  claims: {
    chain: string;
    address: string;
    custodian: string;
    snapshot_id: string;
    method: string;
    claimed_at_ms: bigint;
  };
  incidents: {
    number: bigint;
    key: string;
    kind: string;
    severity: string;
    asset: string | null;
    expected: string;
    got: string;
    difference: string;
    opened_at_ms: bigint;
    closed_at_ms: bigint | null;
    acknowledged_by: string | null;
    note: string | null;
    version: number;
  };
  relay: { position: bigint };
  claim_evidence: {
    snapshot_id: string;
    chain: string;
    address: string;
    method: string;
    challenge: string;
    signature: string;
    claimed_at_ms: bigint;
    is_released: boolean;
  };
  price_sets: { hash: string; prices: string };
  baselines: {
    place: string;
    claims: string;
    taken_at_ms: bigint;
    ledger: string;
    chain: string;
    flows: string;
  };
  anchors_told: { number: bigint };
  attestations: {
    number: bigint;
    job_id: string;
    snapshot_id: string;
    time_ms: bigint;
    is_covered: boolean;
    signed: string;
    log_index: bigint | null;
  };
}

export const SERVICE_STEPS: readonly SchemaStep[] = [
  {
    name: "service-001-tables",
    sql: (schema) => `
CREATE TABLE ${schema}.identity (name text PRIMARY KEY, value text NOT NULL);
CREATE TABLE ${schema}.log_head (is_single boolean PRIMARY KEY DEFAULT true CHECK (is_single), size bigint NOT NULL);
INSERT INTO ${schema}.log_head (size) VALUES (0);
CREATE TABLE ${schema}.log_entries (place bigint PRIMARY KEY, bytes bytea NOT NULL, hash bytea NOT NULL);
CREATE INDEX log_entry_by_hash ON ${schema}.log_entries (hash);
CREATE TABLE ${schema}.log_tiles (
  level integer NOT NULL, place bigint NOT NULL, hashes bytea NOT NULL, PRIMARY KEY (level, place)
);
CREATE TABLE ${schema}.heads (size bigint PRIMARY KEY, note text NOT NULL, time_ms bigint NOT NULL);
CREATE TABLE ${schema}.snapshot_jobs (
  job_id text PRIMARY KEY, number bigint NOT NULL, is_told boolean NOT NULL DEFAULT false
);
CREATE TABLE ${schema}.challenges (nonce text PRIMARY KEY, text text NOT NULL, is_used boolean NOT NULL);
CREATE TABLE ${schema}.claims (
  chain text COLLATE "C" NOT NULL,
  address text COLLATE "C" NOT NULL,
  custodian text NOT NULL,
  snapshot_id text NOT NULL,
  method text NOT NULL,
  claimed_at_ms bigint NOT NULL,
  PRIMARY KEY (chain, address)
);
CREATE TABLE ${schema}.incidents (
  number bigint PRIMARY KEY,
  key text NOT NULL,
  kind text NOT NULL,
  severity text NOT NULL,
  asset text,
  expected text NOT NULL,
  got text NOT NULL,
  difference text NOT NULL,
  opened_at_ms bigint NOT NULL,
  closed_at_ms bigint,
  acknowledged_by text,
  note text,
  version integer NOT NULL
);
CREATE UNIQUE INDEX one_open_incident ON ${schema}.incidents (key) WHERE closed_at_ms IS NULL;
CREATE TABLE ${schema}.relay (is_single boolean PRIMARY KEY DEFAULT true CHECK (is_single), position bigint NOT NULL);
INSERT INTO ${schema}.relay (position) VALUES (0);`,
  },
  {
    name: "service-002-attestations",
    sql: (schema) => `
CREATE TABLE ${schema}.claim_evidence (
  snapshot_id text NOT NULL,
  chain text COLLATE "C" NOT NULL,
  address text COLLATE "C" NOT NULL,
  method text NOT NULL,
  challenge text NOT NULL,
  signature text NOT NULL,
  claimed_at_ms bigint NOT NULL,
  is_released boolean NOT NULL DEFAULT false,
  PRIMARY KEY (snapshot_id, chain, address)
);
CREATE TABLE ${schema}.price_sets (hash text PRIMARY KEY, prices text NOT NULL);
CREATE TABLE ${schema}.attestations (
  number bigint PRIMARY KEY,
  job_id text NOT NULL UNIQUE,
  snapshot_id text NOT NULL,
  time_ms bigint NOT NULL,
  is_covered boolean NOT NULL,
  signed text NOT NULL,
  log_index bigint
);`,
  },
  {
    name: "service-003-reconciliation",
    sql: (schema) => `
CREATE TABLE ${schema}.baselines (
  place text PRIMARY KEY,
  claims text NOT NULL,
  taken_at_ms bigint NOT NULL,
  ledger text NOT NULL,
  chain text NOT NULL,
  flows text NOT NULL
);
CREATE TABLE ${schema}.anchors_told (
  is_single boolean PRIMARY KEY DEFAULT true CHECK (is_single), number bigint NOT NULL
);
INSERT INTO ${schema}.anchors_told (number) VALUES (0);
${dedupeTable(schema)}`,
  },
  {
    // Earlier versions marked only the last snapshot's evidence.
    name: "service-004-given-up",
    sql: (schema) => `
UPDATE ${schema}.claim_evidence AS evidence SET is_released = true
WHERE NOT is_released AND NOT EXISTS (
  SELECT 1 FROM ${schema}.claims WHERE claims.chain = evidence.chain AND claims.address = evidence.address
);`,
  },
];

const SEALED_INCIDENT = ["expected", "got", "difference", "acknowledged_by", "note"] as const;
const SEALED_BASELINE = ["ledger", "chain", "flows"] as const;
type SealedColumn = (typeof SEALED_INCIDENT)[number] | (typeof SEALED_BASELINE)[number];

export interface ServiceStore extends SchemaDatabase<ServiceTables> {
  readonly ciphers: Readonly<Record<SealedColumn, TextCipher>>;
}

export async function openServiceStore(
  database: Database,
  schema: string,
  atRest?: AtRest,
): Promise<ServiceStore> {
  const tables = await database.openSchema<ServiceTables>(schema, SERVICE_STEPS);
  const columns = {
    ...Object.fromEntries(SEALED_INCIDENT.map((name) => [name, { table: "incidents", row: "number::text" }])),
    ...Object.fromEntries(SEALED_BASELINE.map((name) => [name, { table: "baselines", row: "place" }])),
  } as Record<SealedColumn, { readonly table: string; readonly row: string }>;
  return { ...tables, ciphers: await sealedTexts(atRest, tables, columns) };
}
