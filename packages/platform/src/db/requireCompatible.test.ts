import { describe, expect, it } from "vitest";
import { requireCompatible } from "./requireCompatible.ts";

const RELEASE = "0.10.0";
const REFUSAL = expect.objectContaining({ code: "ARGUMENT_INVALID" });
const check = (name: string, sql: string, replacedIn?: string): void =>
  requireCompatible(
    "s",
    [{ name, sql: () => sql, ...(replacedIn === undefined ? {} : { replacedIn }) }],
    RELEASE,
  );

describe("ARGUMENT_INVALID", () => {
  it.each([
    "DROP TABLE s.old;",
    "ALTER TABLE s.t DROP COLUMN a;",
    "ALTER TABLE s.t RENAME TO u;",
    "ALTER TABLE s.t RENAME COLUMN a TO b;",
    "ALTER TABLE s.t ALTER COLUMN a TYPE bigint;",
    "ALTER TABLE s.t ALTER COLUMN a SET NOT NULL;",
    "ALTER TABLE s.t ADD COLUMN a text NOT NULL;",
  ])("a step that the previous release does not survive says so in its name: %s", (sql) => {
    expect(() => check("t-002", sql)).toThrow(REFUSAL);
    expect(() => check("t-002-contract", sql, "0.9.1")).not.toThrow();
  });

  it.each([
    "CREATE TABLE s.t (a text NOT NULL);",
    "ALTER TABLE s.t ADD COLUMN a text, ADD COLUMN b text NOT NULL DEFAULT '';",
    "ALTER TABLE s.t DROP CONSTRAINT c;",
    "DROP INDEX s.i;",
  ])("a step that expands does not: %s", (sql) => {
    expect(() => check("t-002", sql)).not.toThrow();
    expect(() => check("t-002-contract", sql, "0.9.1")).toThrow(REFUSAL);
  });

  it.each([undefined, RELEASE, "0.11.0", "1.0.0"])(
    "dropped in the release of its replacement: %s",
    (replacedIn) => {
      expect(() => check("t-002-contract", "DROP TABLE s.old;", replacedIn)).toThrow(REFUSAL);
    },
  );
});
