import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@trellis/base";
import { captureIo } from "@trellis/kit/captureIo";
import { afterAll, describe, expect, it } from "vitest";
import { createMemoryDedupeStore } from "../notify/createMemoryDedupeStore.ts";
import { openNotifier } from "./openNotifier.ts";

const folder = mkdtempSync(join(tmpdir(), "trellis-notifier-"));
afterAll(() => rmSync(folder, { recursive: true }));

function openAt(file: string) {
  const queue = { enqueue: async () => undefined };
  const { io } = captureIo();
  const ports = { dedupe: createMemoryDedupeStore(), queue, clock: { nowMs: () => 0 }, log: silentLog, io };
  return openNotifier({ file, allowPrivate: false }, ports);
}

describe("notification file", () => {
  it("without it nobody is notified", async () => {
    expect(await openAt("")).toBeUndefined();
  });

  it("CONFIG_FILE_UNREADABLE: an invalid file prevents the start", async () => {
    const none = join(folder, "none.json");
    await expect(openAt(none)).rejects.toMatchObject({
      code: "CONFIG_FILE_UNREADABLE",
      facts: { file: "notification rules", place: none },
    });
    const wrong = join(folder, "wrong.json");
    writeFileSync(wrong, "{}");
    await expect(openAt(wrong)).rejects.toEqual(
      expect.objectContaining({
        code: "CONFIG_FILE_UNREADABLE",
        facts: expect.objectContaining({ file: "notification rules" }),
      }),
    );
  });
});
