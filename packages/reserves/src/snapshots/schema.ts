import type { SchemaStep } from "@trellis/platform/db";

export interface SnapshotTables {
  snapshots: {
    number: bigint;
    state: "building" | "built" | "signed";
    snapshot_id: Uint8Array;
    position: bigint;
    /** JSON. */
    terms: string;
    time_ms: bigint;
    /** Unique across snapshots; 0 before the first attempt. */
    attempt: bigint;
    record: Uint8Array | null;
    signature: Uint8Array | null;
  };
  removed_trees: { number: bigint; removed_at_ms: bigint };
  /** Last erasure applied to the stored tree. */
  forgotten_leaves: { number: bigint; erasure: bigint };
  tree_chunks: { number: bigint; attempt: bigint; chunk: number; bytes: Uint8Array; is_sealed: boolean };
}

export const SNAPSHOT_STEPS: readonly SchemaStep[] = [
  {
    name: "snapshots-001-tables",
    sql: (schema) => `
CREATE TABLE ${schema}.snapshots (
  number bigint PRIMARY KEY,
  state text NOT NULL CHECK (state IN ('building', 'built', 'signed')),
  snapshot_id bytea NOT NULL UNIQUE CHECK (octet_length(snapshot_id) = 32),
  position bigint NOT NULL,
  terms text NOT NULL,
  time_ms bigint NOT NULL,
  attempt bigint NOT NULL,
  record bytea,
  signature bytea,
  CONSTRAINT snapshot_is_complete CHECK (
    (state = 'building') = (record IS NULL) AND (state = 'signed') = (signature IS NOT NULL)
  )
);
CREATE TABLE ${schema}.tree_chunks (
  number bigint NOT NULL REFERENCES ${schema}.snapshots,
  attempt bigint NOT NULL,
  chunk integer NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (number, attempt, chunk)
);
CREATE FUNCTION ${schema}.keep_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = 'signed' THEN
    RAISE EXCEPTION 'a signed snapshot does not change'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'snapshot_signed_for_ever';
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_signed BEFORE UPDATE OR DELETE ON ${schema}.snapshots
  FOR EACH ROW EXECUTE FUNCTION ${schema}.keep_signed();`,
  },
  {
    name: "snapshots-002-removed-trees",
    sql: (schema) => `
CREATE TABLE ${schema}.removed_trees (
  number bigint PRIMARY KEY REFERENCES ${schema}.snapshots,
  removed_at_ms bigint NOT NULL
);`,
  },
  {
    name: "snapshots-003-forgotten-leaves",
    sql: (schema) => `
CREATE TABLE ${schema}.forgotten_leaves (
  number bigint PRIMARY KEY REFERENCES ${schema}.snapshots,
  erasure bigint NOT NULL
);`,
  },
  {
    name: "snapshots-004-attempts",
    sql: (schema) => `
CREATE SEQUENCE ${schema}.attempts;
SELECT setval('${schema}.attempts', (SELECT coalesce(max(attempt), 0) + 1 FROM ${schema}.snapshots));`,
  },
  {
    name: "snapshots-005-encrypted",
    sql: (schema) => `
ALTER TABLE ${schema}.tree_chunks ADD COLUMN is_sealed boolean NOT NULL DEFAULT false;`,
  },
];
