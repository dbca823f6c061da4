import { describe, expect, it } from "vitest";
import { type AuditEntryJson, ChainCheck, entryHash } from "./verifyChain.ts";

const GENESIS = `0x${"00".repeat(32)}` as const;

function chain(): AuditEntryJson[] {
  const entries: AuditEntryJson[] = [];
  for (const [sequence, actor] of ["user:ann", "key:\ud800 ☃", "user:<script>"].entries()) {
    const unhashed = {
      sequence,
      timeMs: 1_000 + sequence,
      actor,
      action: "apiKey.create",
      subject: "key:1",
      outcome: "done" as const,
      correlationId: "c",
      facts: { b: "2", a: "1" },
      previousHash: entries.at(-1)?.hash ?? GENESIS,
    };
    entries.push({ ...unhashed, hash: entryHash(unhashed) });
  }
  return entries;
}

function checked(entries: readonly AuditEntryJson[]): ChainCheck {
  const check = new ChainCheck();
  for (const entry of entries) check.add(entry);
  return check;
}

describe("the hash chain of the audit log", () => {
  it("holds link by link, in a known encoding", () => {
    const check = checked(chain());
    expect(check).toMatchObject({ count: 3, broken: undefined });
    expect(check.head).toBe(chain()[2]!.hash);
    // SHA-256 of ["trellis audit entry 1",0,1000,"user:ann","apiKey.create","key:1","done","c",[["a","1"],["b","2"]],"00…"]
    expect(chain()[0]!.hash).toBe("0xeef25e1d97c01f554337831af9127010042134e2427ada27ee4cb0fad37398ca");
  });

  it.each([
    [
      "its hash does not match its content",
      (entries) => entries.with(1, { ...entries[1]!, actor: "user:eve" }),
    ],
    [
      "its hash does not match its content",
      (entries) => entries.with(1, { ...entries[1]!, facts: { a: "1" } }),
    ],
    [
      "it does not follow the previous entry",
      (entries) => {
        const forged = { ...entries[1]!, previousHash: `0x${"11".repeat(32)}` as const };
        return entries.with(1, { ...forged, hash: entryHash(forged) });
      },
    ],
    ["entry 1 is missing", (entries) => entries.toSpliced(1, 1)],
  ] satisfies [string, (entries: AuditEntryJson[]) => AuditEntryJson[]][])("%s", (reason, tamper) => {
    const check = checked(tamper(chain()));
    expect(check.broken).toMatchObject({ reason });
    expect(check.count).toBe(1);
  });
});
