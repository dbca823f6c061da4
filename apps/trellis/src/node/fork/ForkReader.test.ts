import { silentMetrics } from "@trellis/base";
import { openRpcEndpoint } from "@trellis/client";
import { keccak256Hex } from "@trellis/crypto";
import { type Address, EMPTY_CODE_HASH, EMPTY_TRIE_ROOT, type Hash } from "@trellis/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ForkReader } from "./ForkReader.ts";
import { BLOCK_NUMBER, CHAIN_ID, type FakeNode, HASH, openFakeNode } from "./testing/openFakeNode.ts";

const RICH: Address = `0x${"11".repeat(20)}`;
const TOKEN: Address = `0x${"22".repeat(20)}`;
const NOBODY: Address = `0x${"33".repeat(20)}`;
const CODE = Uint8Array.of(0x60, 0x07);
const slotOf = (slot: number): Hash => `0x${slot.toString(16).padStart(64, "0")}`;
const STATE = new Map([
  [RICH, { nonce: 3n, balance: 5n }],
  [TOKEN, { nonce: 1n, balance: 0n, code: CODE, slots: new Map([[slotOf(1), 77n]]) }],
]);

let node: FakeNode;
let reader: ForkReader;
beforeEach(async () => {
  node = await openFakeNode(STATE);
  reader = open();
});
afterEach(() => node.close());

function open(timeoutMs = 5_000, answerBytesMax = 100_000): ForkReader {
  const options = { name: "fork", url: node.url, timeoutMs, retriesMax: 1, retryPauseMs: 1, answerBytesMax };
  return new ForkReader(openRpcEndpoint(options, { metrics: silentMetrics }), new URL(node.url).host);
}

const refusal = (code: string, facts: object) =>
  expect.objectContaining({ code, facts: expect.objectContaining(facts) });
const failure = (reason: unknown) =>
  refusal("FORK_READ_FAILED", { reason, host: expect.stringMatching(/^127\.0\.0\.1:\d+$/) });

async function readAll() {
  const block = await reader.findBlock("latest");
  const token = await reader.account(block, TOKEN);
  return {
    block,
    rich: await reader.account(block, RICH),
    token,
    nobody: await reader.account(block, NOBODY),
    slots: [
      await reader.slot(block, TOKEN, slotOf(1), token.storageRoot),
      await reader.slot(block, TOKEN, slotOf(2), token.storageRoot),
    ],
  };
}

const EXPECTED = {
  block: {
    chainId: CHAIN_ID,
    number: BLOCK_NUMBER,
    hash: HASH,
    stateRoot: expect.any(String),
    timestampMs: 0x60000000 * 1_000,
    baseFee: 7n,
  },
  rich: { account: { nonce: 3n, balance: 5n, codeHash: EMPTY_CODE_HASH }, code: new Uint8Array(0) },
  token: { account: { nonce: 1n, balance: 0n, codeHash: keccak256Hex(CODE) }, code: CODE },
  nobody: { account: undefined, code: new Uint8Array(0) },
  slots: [77n, 0n],
};

describe("a node with proofs [DEV-7]", () => {
  it("is read and verified", async () => {
    const read = await readAll();
    expect(read).toMatchObject(EXPECTED);
    expect(read.rich.storageRoot).toBe(EMPTY_TRIE_ROOT);
    expect(node.asked.some(({ method }) => method === "eth_getBalance")).toBe(false);
  });

  it.each(["eth_getProof", "eth_getCode"])("FORK_READ_FAILED: it lies in %s", async (lying) => {
    const block = await reader.findBlock(BLOCK_NUMBER);
    expect(await reader.check(block)).toBe(true);
    const { storageRoot } = await reader.account(block, TOKEN);
    node.answer = ({ method, params }, honest) => {
      if (method !== lying) return honest();
      return method === "eth_getCode" ? "0x6008" : node.honest({ method, params: [RICH, params[1]] });
    };
    await expect(reader.account(block, TOKEN)).rejects.toEqual(failure(expect.any(String)));
    if (lying === "eth_getCode") return;
    await expect(reader.slot(block, TOKEN, slotOf(1), storageRoot)).rejects.toEqual(failure("false proof"));
  });
});

describe("a node without proofs [DEV-7]", () => {
  it.each(["method not found", "missing trie node"])("%s: its answers are taken", async (message) => {
    node.answer = ({ method }, honest) =>
      method === "eth_getProof" ? { error: { code: -32601, message } } : honest();
    const read = await readAll();
    expect(read).toMatchObject(EXPECTED);
    expect(read.token.storageRoot).toBeUndefined();
  });
});

it("forwards reads, and finds the hashes of earlier blocks [DEV-8]", async () => {
  const block = await reader.findBlock("latest");
  expect(await reader.request(block, "eth_getBalance", [RICH, "0x1"])).toBe("0x5");
  expect(await reader.blockHash(block, BLOCK_NUMBER)).toBe(HASH);
  await expect(reader.blockHash(block, 1)).rejects.toEqual(failure("block unknown"));
  await expect(reader.request(block, "eth_unknown", [])).rejects.toEqual(failure("method not found"));
});

describe("FORK_DIFFERENT", () => {
  it.each([
    ["another chain", "eth_chainId", () => "0x6"],
    ["another block", "eth_getBlockByNumber", (block: object) => ({ ...block, hash: slotOf(9) })],
  ])("%s", async (_, changed, lie) => {
    const block = await reader.findBlock("latest");
    node.answer = ({ method }, honest) => (method === changed ? lie(honest() as object) : honest());
    await expect(reader.account(block, RICH)).rejects.toEqual(
      refusal("FORK_DIFFERENT", { block: BLOCK_NUMBER }),
    );
    node.answer = (_asked, honest) => honest();
    expect(await reader.account(block, RICH)).toMatchObject(EXPECTED.rich);
  });
});

describe("FORK_READ_FAILED", () => {
  it("a block that the node does not have", async () => {
    await expect(reader.findBlock(BLOCK_NUMBER + 1)).rejects.toEqual(failure("block unknown"));
  });

  it.each([
    [401, "nope", "HTTP status 401"],
    [404, "{}", "HTTP status 404"],
    [403, '{"error":{"code":-32600,"message":"no key"}}', "HTTP status 403: no key"],
    [200, "<html>", "response is not JSON"],
  ])("a node that answers with HTTP status %d, %s", async (status, body, reason) => {
    node.answer = (_asked, _honest, response) => {
      response.statusCode = status;
      response.end(body);
    };
    await expect(reader.findBlock("latest")).rejects.toEqual(failure(reason));
  });

  it("a rate limit, after retries", async () => {
    const block = await reader.findBlock("latest");
    node.answer = (_asked, _honest, response) => {
      response.statusCode = 429;
      response.end("slow down");
    };
    await expect(reader.account(block, RICH)).rejects.toEqual(failure("rate limit of the node"));
    expect(node.asked.filter(({ method }) => method === "eth_chainId")).toHaveLength(3);
  });

  it("a rate limit that ends after the time in Retry-After is waited for", async () => {
    const block = await reader.findBlock("latest");
    let refusals = 1;
    node.answer = (_asked, honest, response) => {
      if (refusals-- <= 0) return honest();
      response.statusCode = 429;
      response.setHeader("retry-after", "1");
      response.end("slow down");
      return undefined;
    };
    const startedMs = performance.now();
    expect(await reader.account(block, RICH)).toMatchObject(EXPECTED.rich);
    expect(performance.now() - startedMs).toBeGreaterThan(990);
  });

  it("a pruned block", async () => {
    const block = await reader.findBlock("latest");
    node.answer = ({ method }, honest) => {
      const message = "missing trie node 12ab (path )";
      return /chainId|getBlock/.test(method) ? honest() : { error: { code: -32000, message } };
    };
    await expect(reader.account(block, RICH)).rejects.toEqual(
      failure(expect.stringMatching(/^block pruned: missing trie node/)),
    );
  });

  it.each([
    ["not JSON", "<html>busy</html>"],
    ["too large", `{"jsonrpc":"2.0","id":1,"result":"0x${"00".repeat(100_000)}"}`],
  ])("an answer that is %s", async (_, body) => {
    node.answer = (_asked, _honest, response) => void response.end(body);
    await expect(reader.findBlock("latest")).rejects.toEqual(failure(expect.any(String)));
  });

  it("a node that never answers, in time", async () => {
    node.answer = () => undefined;
    await expect(open(100).findBlock("latest")).rejects.toEqual(failure("CALL_TIMEOUT"));
  });

  it("a node that has disappeared; no error contains its URL", async () => {
    const block = await reader.findBlock("latest");
    await node.close();
    const error = await reader.account(block, RICH).catch((thrown: unknown) => thrown);
    expect(error).toEqual(failure(expect.stringContaining("ECONNREFUSED")));
    expect(`${JSON.stringify(error)}${(error as Error).cause}`).not.toContain(node.url);
  });

  it("any other answer", async () => {
    const block = await reader.findBlock("latest");
    const digits = fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), maxLength: 70 });
    const hex = digits.map((text) => `0x${text}`);
    const value = fc.oneof(fc.jsonValue(), hex);
    const fields = fc.record({
      accountProof: fc.oneof(value, fc.array(hex)),
      storageProof: fc.oneof(value, fc.array(fc.record({ proof: fc.array(hex) }))),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(value, fields), { minLength: 1 }), async (answers) => {
        let next = 0;
        const lying = new ForkReader(async () => answers[next++ % answers.length], "node.example");
        for (const read of [
          () => lying.findBlock("latest"),
          () => lying.check(block),
          () => lying.account(block, TOKEN),
          () => lying.slot(block, TOKEN, slotOf(1), slotOf(7)),
          () => lying.blockHash(block, 1),
          () => lying.request(block, "eth_getLogs", []),
        ]) {
          const error = await read().then(
            () => undefined,
            (thrown: unknown) => thrown as { readonly code: string },
          );
          expect([undefined, "FORK_READ_FAILED", "FORK_DIFFERENT"]).toContain(error?.code);
        }
      }),
      { numRuns: 300 },
    );
  });
});
