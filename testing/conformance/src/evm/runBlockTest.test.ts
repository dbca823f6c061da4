import { existsSync } from "node:fs";
import { createEvm, ethereumPrecompiles } from "@trellis/evm";
import { describe, expect, it } from "vitest";
import { jsonFiles } from "../jsonFiles.ts";
import { forkOf } from "./forkOf.ts";
import { type BlockTest, runBlockTest, skipOfBlockTest } from "./runBlockTest.ts";

const VECTORS =
  process.env.TRELLIS_VECTORS ?? new URL("../../../../../shared/vectors", import.meta.url).pathname;
const FOLDER = `${VECTORS}/ethereum/BlockchainTests-Osaka`;
const isThere = existsSync(FOLDER);
if (!isThere) console.log(`skipped: no vectors in ${FOLDER}`);

const evm = createEvm({
  precompiles: ethereumPrecompiles,
  random: { bytes: (count) => new Uint8Array(count) },
});
const NONCE = "TransactionException.NONCE_MISMATCH_TOO_LOW";

async function firstTest(): Promise<BlockTest> {
  for await (const { content } of jsonFiles(FOLDER)) {
    for (const test of Object.values(content as Record<string, BlockTest>)) {
      if (test.blocks.at(-1)!.transactions?.length) return test;
    }
  }
  throw new Error(`no test with transactions in ${FOLDER}`);
}

describe.skipIf(!isThere)("block tests with invalid blocks", async () => {
  const test = await firstTest();
  const run = (blocks: BlockTest["blocks"]) =>
    runBlockTest(evm, { ...test, blocks }, forkOf(test.network)!)?.replace(/^block \d+: /, "");
  const last = test.blocks.at(-1)!;
  const { rlp, ...decoded } = last;

  it("refuse transactions, and continue with the state before", () => {
    const again = { rlp, rlp_decoded: decoded, expectException: NONCE };
    expect(run([...test.blocks, again])).toBeUndefined();
    expect(run([...test.blocks, last])).toContain("NONCE");
    const broken = { ...again, rlp: `${rlp.slice(0, -2)}ff`, rlp_decoded: decoded };
    expect(run([...test.blocks.slice(0, -1), broken, last])).toBeUndefined();
  });

  it("fail if the block is valid", () => {
    const accepted = `accepted, expected ${NONCE}`;
    expect(run([...test.blocks.slice(0, -1), { ...last, expectException: NONCE }])).toBe(accepted);
  });

  it("do not apply if only Ethereum's header is wrong", () => {
    const withException = (expectException: string): BlockTest => ({
      ...test,
      blocks: [...test.blocks, { ...last, expectException }],
    });
    expect(skipOfBlockTest(test)).toBeUndefined();
    expect(skipOfBlockTest(withException(NONCE))).toBeUndefined();
    expect(skipOfBlockTest(withException(`BlockException.INVALID_GASLIMIT|${NONCE}`))).toBeUndefined();
    expect(skipOfBlockTest(withException("BlockException.INVALID_GASLIMIT"))).toContain("GASLIMIT");
  });
});
