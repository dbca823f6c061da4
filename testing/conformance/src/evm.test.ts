import { existsSync } from "node:fs";
import { createEngine, ethereumPrecompiles } from "@trellis/evm";
import { describe, expect, it } from "vitest";
import { runStateTest, type StateTest } from "./evm/runStateTest.ts";
import { jsonFiles } from "./jsonFiles.ts";

const VECTORS =
  process.env.TRELLIS_VECTORS ?? new URL("../../../../shared/vectors", import.meta.url).pathname;
const FOLDER = `${VECTORS}/ethereum/GeneralStateTests`;
const isThere = existsSync(FOLDER);
if (!isThere) console.log(`skipped: no vectors in ${FOLDER}`);

const FOLDERS = ["Cancun", "stCreate2", "stRevertTest", "stSStoreTest", "stReturnDataTest"];

describe.skipIf(!isThere)("ethereum/tests, Cancun", () => {
  const engine = createEngine({
    precompiles: ethereumPrecompiles,
    random: { bytes: (count) => new Uint8Array(count) },
  });
  it.each(FOLDERS)("%s", async (folder) => {
    const failures: string[] = [];
    for await (const { path, content } of jsonFiles(`${FOLDER}/${folder}`)) {
      for (const test of Object.values(content as Record<string, StateTest>)) {
        for (const one of test.post.Cancun ?? []) {
          const failure = runStateTest(engine, test, one, "cancun");
          if (failure !== undefined) failures.push(`${path}: ${failure}`);
        }
      }
    }
    expect(failures).toEqual([]);
  });
});
