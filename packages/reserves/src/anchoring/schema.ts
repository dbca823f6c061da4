import type { SchemaStep } from "@trellis/platform/db";
import type { AnchorState } from "./Anchor.ts";

export interface AnchorTables {
  anchors: {
    target: string;
    sequence: bigint;
    /** JSON of AnchorContent. */
    content: string;
    state: AnchorState;
    version: bigint;
    attempts: string;
    inclusion: string | null;
  };
}

export const ANCHOR_STEPS: readonly SchemaStep[] = [
  {
    name: "anchors-001-tables",
    sql: (schema) => `
CREATE TABLE ${schema}.anchors (
  target text NOT NULL,
  sequence bigint NOT NULL CHECK (sequence > 0),
  content text NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'sent', 'included', 'final')),
  version bigint NOT NULL,
  attempts text NOT NULL,
  inclusion text,
  PRIMARY KEY (target, sequence),
  CONSTRAINT anchor_inclusion_fits CHECK ((state IN ('included', 'final')) = (inclusion IS NOT NULL)),
  CONSTRAINT anchor_attempt_written CHECK (state <> 'sent' OR attempts <> '[]')
);
CREATE INDEX anchors_open ON ${schema}.anchors (target, sequence) WHERE state <> 'final';
CREATE FUNCTION ${schema}.keep_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = 'final' THEN
    RAISE EXCEPTION 'an anchor that is final does not change'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'anchor_final_for_ever';
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_final BEFORE UPDATE OR DELETE ON ${schema}.anchors
  FOR EACH ROW EXECUTE FUNCTION ${schema}.keep_final();`,
  },
];
