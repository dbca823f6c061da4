import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog, silentMetrics } from "@trellis/base";
import type { Chain } from "@trellis/chain";
import { createLifecycle } from "@trellis/platform/lifecycle";
import type { ServiceIo } from "@trellis/platform/service";
import { afterEach, beforeEach, expect, it } from "vitest";
import { indexDirectory } from "./dataDirectory.ts";
import { openIndex } from "./openIndex.ts";

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "trellis-index-"));
});

afterEach(() => rm(dataDir, { recursive: true }));

it("INDEX_UNUSABLE: names the directory to delete", async () => {
  const directory = indexDirectory(dataDir);
  await mkdir(directory);
  await writeFile(join(directory, "store.lmdb"), "x".repeat(20_000));
  const lifecycle = createLifecycle({ log: silentLog });
  const io = { lifecycle, log: silentLog, metrics: silentMetrics } as unknown as ServiceIo;
  await expect(openIndex({ dataDir, storeKind: "lmdb" }, {} as Chain, io)).rejects.toMatchObject({
    code: "INDEX_UNUSABLE",
    facts: { directory },
    hint: expect.stringContaining("delete the index directory"),
  });
});
