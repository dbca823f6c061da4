import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@trellis/base";
import { captureIo } from "@trellis/kit/captureIo";
import { afterAll, describe, expect, it } from "vitest";
import { createMemoryDedupeStore } from "../notify/index.ts";
import { openNotifier } from "./openNotifier.ts";

const folder = mkdtempSync(join(tmpdir(), "trellis-notifier-"));
afterAll(() => rmSync(folder, { recursive: true }));
const code = (name: string) => expect.objectContaining({ code: name });

function openAt(file: string) {
  const queue = { enqueue: async () => undefined };
  const { io } = captureIo();
  const parts = { dedupe: createMemoryDedupeStore(), queue, clock: { nowMs: () => 0 }, log: silentLog, io };
  return openNotifier({ file, allowPrivate: false }, parts);
}

describe("the file that says who is told", () => {
  it("nobody without one", async () => {
    expect(await openAt("")).toBeUndefined();
  });

  it("NOTIFICATION_RULE_INVALID: what is not understood does not start", async () => {
    const none = join(folder, "none.json");
    await expect(openAt(none)).rejects.toMatchObject({
      code: "NOTIFICATION_RULE_INVALID",
      facts: { place: none },
    });
    const wrong = join(folder, "wrong.json");
    writeFileSync(wrong, "{}");
    await expect(openAt(wrong)).rejects.toEqual(code("NOTIFICATION_RULE_INVALID"));
  });
});
