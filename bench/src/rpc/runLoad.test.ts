import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runLoad } from "./runLoad.ts";

interface Call {
  readonly id: number;
  readonly method: string;
  readonly params: readonly [string];
}

const FROM = `0x${"aa".repeat(20)}`;

let http: Server;
let url: string;
let minedMax: number;
let taken: string[];

beforeEach(async () => {
  minedMax = Number.POSITIVE_INFINITY;
  taken = [];
  http = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const calls = JSON.parse(Buffer.concat(parts).toString()) as Call | Call[];
      const answers = Array.isArray(calls) ? calls.map(answer) : answer(calls);
      response.end(JSON.stringify(answers));
    });
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  url = `http://127.0.0.1:${(http.address() as { readonly port: number }).port}`;
});

afterEach(() => new Promise((resolve) => http.close(resolve)));

function answer({ id, method, params: [parameter] }: Call): object {
  const result: Record<string, () => unknown> = {
    eth_sendRawTransaction: () => taken.push(parameter),
    eth_getTransactionReceipt: () => {
      const at = taken.indexOf(parameter);
      return at >= 0 && at < minedMax ? { status: "0x1" } : null;
    },
    eth_getTransactionByHash: () => ({ from: FROM, nonce: "0x3" }),
    eth_getTransactionCount: () => "0x3",
    txpool_status: () => ({ pending: "0x0", queued: "0x2" }),
  };
  return { jsonrpc: "2.0", id, result: result[method]!() };
}

function load() {
  const lane = ["a", "b", "c", "d", "e"].map((name) => ({ hash: name, encoded: name }));
  return { lanes: [lane], batchSize: 1, openMax: 2, quietMsMax: 300, until: "mined" } as const;
}

describe("runLoad", () => {
  it("measures each transaction until its receipt", async () => {
    const result = await runLoad({ name: "anvil", url }, "single transfer", load());
    expect(result.latenciesMs).toHaveLength(5);
    expect(result.failed).toBe(0);
    expect(taken).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("measures each transaction until its answer, although none is mined", async () => {
    minedMax = 0;
    const result = await runLoad({ name: "anvil", url }, "single", { ...load(), until: "accepted" });
    expect(result.latenciesMs).toHaveLength(5);
    expect(taken).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("names the server that does not mine accepted transactions, and its last error", async () => {
    minedMax = 3;
    await expect(runLoad({ name: "anvil", url }, "single transfer", load())).rejects.toMatchObject({
      name: "TransactionsStuck",
      server: "anvil",
      message:
        "single transfer on anvil: 2 transactions were taken and not mined for 0 s; the first has nonce 0x3 and " +
        'its sender\'s next is 0x3 (pool {"pending":"0x0","queued":"0x2"})',
    });
  });
});
