import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PowerLoss } from "@trellis/kit/powerLoss";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AuditStore } from "./AuditEntry.ts";
import { createAuditLog } from "./createAuditLog.ts";
import { type AuditFile, openAuditFile } from "./systemAuditFile.ts";

const EVENT = {
  actor: "a",
  action: "b",
  subject: "",
  outcome: "done",
  correlationId: "",
  facts: {},
} as const;
const refused = (code: string) => expect.objectContaining({ code });

let path: string;
let opened: AuditFile[];
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), "trellis-audit-")), "audit.jsonl");
  opened = [];
});
afterEach(() => {
  for (const file of opened) file.close();
  rmSync(join(path, ".."), { recursive: true });
});

async function open(): Promise<AuditFile> {
  const file = await openAuditFile(path);
  opened.push(file);
  return file;
}
const append = (store: AuditStore, facts: Record<string, string> = {}) =>
  createAuditLog({ store, clock: { nowMs: () => 5 } }).append({ ...EVENT, facts });

describe("audit file", () => {
  it("SIGN-4: entries survive the process, in any language", async () => {
    const file = await open();
    for (const text of ["a", "Straße\n", "🦀"]) await append(file, { text });
    const again = await open();
    expect((await again.read(0, 10)).map(({ facts }) => facts.text)).toEqual(["a", "Straße\n", "🦀"]);
    expect(await again.read(1, 1)).toMatchObject([{ sequence: 1 }]);
    expect(await again.head()).toMatchObject({ sequence: 2 });
  });

  it("SIGN-4: cuts off a half-written last line, at any byte", async () => {
    const file = await open();
    await append(file, { text: "whole" });
    const { length: whole } = readFileSync(path);
    await append(file, { text: "half" });
    const { length } = readFileSync(path);
    for (let size = length - 1; size > whole; size -= 37) {
      truncateSync(path, size);
      const again = await open();
      expect(await again.head()).toMatchObject({ sequence: 0 });
      await append(again, { text: "half" });
    }
  });

  it("SIGN-4: appended entries survive a power loss, also in a new file", async () => {
    const disk = await PowerLoss.watch(dirname(path));
    try {
      for (const sequence of [0, 1, 2]) {
        await append(await open(), { text: String(sequence) });
        disk.cut();
        expect(await (await open()).head()).toMatchObject({ sequence });
      }
    } finally {
      disk.end();
    }
  });

  it("SIGNER_AUDIT_BROKEN: a changed, a missing and a foreign line", async () => {
    const file = await open();
    for (const text of ["one", "two", "six"]) await append(file, { text });
    const text = readFileSync(path, "utf8");
    const [first, , third] = text.split("\n");
    for (const changed of [text.replace("two", "ten"), `${first}\n${third}\n`, `${first}\n{}\n`, "\n"]) {
      writeFileSync(path, changed);
      await expect(open()).rejects.toEqual(refused("SIGNER_AUDIT_BROKEN"));
    }
  });

  it("SIGNER_AUDIT_BROKEN: two processes cannot write one file", async () => {
    const file = await open();
    await append(file);
    appendFileSync(path, "another\n");
    await expect(append(file)).rejects.toEqual(refused("SIGNER_AUDIT_BROKEN"));
  });
});

it("SIGNER_AUDIT_UNWRITABLE: an entry counts only once it is on disk", async () => {
  const file = await open();
  file.close();
  await expect(append(file)).rejects.toEqual(refused("SIGNER_AUDIT_UNWRITABLE"));
  opened.pop();
});
