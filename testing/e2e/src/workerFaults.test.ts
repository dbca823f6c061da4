import { hexToBytes } from "@trellis/base";
import { environmentOf, type ProcessFault, type WorkerFault } from "@trellis/kit/workerFaults";
import type { Hex } from "viem";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { batchCall } from "./batchCall.ts";
import { accountOf, privateKeyOf } from "./chain.ts";
import { rpcCall } from "./clients.ts";
import { expectFaultless } from "./expectStopped.ts";
import { signCall } from "./signedCalls.ts";
import { type Devnet, startDevnet } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

/** The main thread recovers a single sender, so that batches reach the worker. */
const SENDERS = 10;
const WAIT = { timeout: 60_000, interval: 20 };

let directory: TemporaryDirectory;
let devnet: Devnet | undefined;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(async () => {
  await devnet?.kill();
  await directory.remove();
});

function start(fault?: ProcessFault): Promise<Devnet> {
  const dataDir = `${directory.path}/devnet`;
  return startDevnet({ dataDir, ...(fault && { environment: environmentOf(fault) }) });
}

/** Until the node ends. @returns hashes that it accepted */
async function send(rpcUrl: string): Promise<Hex[]> {
  const accepted: Hex[] = [];
  const keys = Array.from({ length: SENDERS }, (_, index) => hexToBytes(privateKeyOf(index)));
  const to = accountOf(0).address;
  for (let nonce = 0n; ; nonce++) {
    const burst = keys.map((key) => signCall(key, { nonce, to, value: 1n }));
    const answers = await batchCall(
      rpcUrl,
      "eth_sendRawTransaction",
      burst.map(({ raw }) => [raw]),
    ).catch(() => undefined);
    if (answers === undefined) return accepted;
    for (const { result } of answers) if (typeof result === "string") accepted.push(result as Hex);
  }
}

describe("EXEC-35.1: the node stops, and keeps what it acknowledged", () => {
  const kills = [1, 2, 3, 6].map((message): [WorkerFault, number] => ["exits", message]);
  const lies = (["sends null", "clears its bytes", "cuts its bytes"] as const).map(
    (fault): [WorkerFault, number] => [fault, 4],
  );

  it.each([...kills, ...lies])(
    "the thread that recovers senders %s instead of message %i",
    async (fault, message) => {
      devnet = await start({ worker: "recoveryWorker", fault, message });
      const accepted = await send(devnet.rpcUrl);
      await vi.waitUntil(() => devnet!.stderr().includes("service.failed"), WAIT);
      const { exitCode, stderr } = await devnet.stop();
      const fatal = stderr.split("\n").filter((line) => line.includes('"level":"fatal"'));
      expect(fatal.map((line) => JSON.parse(line))).toMatchObject([
        { msg: "service.failed", service: "signature recovery", error: { code: "WORKER_FAILED" } },
      ]);
      expect(exitCode).toBe(1);

      devnet = await start();
      const known = await batchCall(
        devnet.rpcUrl,
        "eth_getTransactionByHash",
        accepted.map((hash) => [hash]),
      );
      expect(known.filter(({ result }) => result === null)).toEqual([]);
      expect(accepted.length).toBeGreaterThan(message > 2 ? 0 : -1);
      expectFaultless(await devnet.stop());
    },
  );
});

describe("EXEC-35.2: the node continues, and the client gets an error", () => {
  /** A devnet runs only calls and estimates on its main thread. */
  const call = async () => {
    const request = { to: accountOf(1).address, data: `0x${"01".repeat(64)}` };
    return rpcCall(devnet!.rpcUrl, "eth_createAccessList", [request, "latest"]);
  };

  it.each(["exits", "sends null", "sends a text"] as const)("a thread for calls %s", async (fault) => {
    devnet = await start({ worker: "evmWorker", fault, message: 3 });
    const answers: Awaited<ReturnType<typeof call>>[] = [];
    for (let index = 0; index < 4; index++) answers.push(await call());
    const failed = answers.filter(({ error }) => error !== undefined);
    expect(failed).toMatchObject([{ error: { data: { code: "WORKER_UNAVAILABLE" } } }]);
    expect(answers.at(-1)).toMatchObject({ result: { accessList: [] } });
    expectFaultless(await devnet.stop());
  });
});
