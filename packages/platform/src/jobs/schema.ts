import type { SchemaStep } from "../db/index.ts";

/** What stands beside the queue's own tables. */
export interface JobTables {
  progress: { job_id: string; done: number; total: number | null; phase: string | null };
  /** Which job has a key: until it has ended, or has not come within a while. */
  keys: { kind: string; key: string; job_id: string; taken_at: Date };
}

/** `leases` is retired: nothing reads it. */
export const JOB_STEPS: readonly SchemaStep[] = [
  {
    name: "jobs-001-progress-leases",
    sql: (schema) => `
CREATE TABLE ${schema}.progress (
  job_id uuid PRIMARY KEY,
  done double precision NOT NULL,
  total double precision,
  phase text
);
CREATE TABLE ${schema}.leases (
  name text PRIMARY KEY,
  holder text NOT NULL,
  token bigint NOT NULL,
  expires_at timestamptz NOT NULL
);`,
  },
  {
    name: "jobs-002-keys",
    sql: (schema) => `
CREATE TABLE ${schema}.keys (
  kind text NOT NULL,
  key text NOT NULL,
  job_id uuid NOT NULL,
  taken_at timestamptz NOT NULL,
  PRIMARY KEY (kind, key)
);`,
  },
];
