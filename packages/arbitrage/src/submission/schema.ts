import type { SchemaStep } from "@trellis/platform/db";
import type { NonceSlotState } from "./NonceSlot.ts";

export interface SubmissionTables {
  slots: {
    wallet: string;
    nonce: bigint;
    state: NonceSlotState;
    version: bigint;
    attempts: string;
    inclusion: string | null;
  };
  slot_jobs: { wallet: string; job_id: string; nonce: bigint };
}

export const SUBMISSION_STEPS: readonly SchemaStep[] = [
  {
    name: "submission-001-tables",
    sql: (schema) => `
CREATE TABLE ${schema}.slots (
  wallet text NOT NULL,
  nonce bigint NOT NULL CHECK (nonce >= 0),
  state text NOT NULL CHECK (state IN ('sent', 'included', 'final')),
  version bigint NOT NULL,
  attempts text NOT NULL CHECK (attempts <> '[]'),
  inclusion text,
  PRIMARY KEY (wallet, nonce),
  CONSTRAINT slot_inclusion_fits CHECK (state = 'final' OR (state = 'included') = (inclusion IS NOT NULL))
);
CREATE INDEX slots_open ON ${schema}.slots (wallet, nonce) WHERE state <> 'final';
CREATE TABLE ${schema}.slot_jobs (
  wallet text NOT NULL,
  job_id text NOT NULL,
  nonce bigint NOT NULL,
  PRIMARY KEY (wallet, job_id)
);`,
  },
];
