import { Agent, request } from "node:http";
import type { LoadOutcome, LoadRequest, LoadTransaction } from "./loadRequest.ts";

// A separate process, so that load does not block the server's threads.

const POLL_BATCH = 200;
const POLL_MS = 2;

interface Answer {
  readonly result?: { readonly status?: string } | string | null;
  readonly error?: { readonly message: string };
}

process.once("message", (load: LoadRequest) => {
  run(load).then(answer, (error: Error) => answer({ kind: "failed", reason: error.message }));
});

function answer(outcome: LoadOutcome): void {
  process.send!(outcome, () => process.exit());
}

async function run({ url, lanes, batchSize, openMax, quietMsMax, until }: LoadRequest): Promise<LoadOutcome> {
  const post = poster(url, lanes.length + 1);
  const sentAtMs = new Map<string, number>();
  const latenciesMs: number[] = [];
  let failed = 0;
  let isSending = true;
  const startMs = performance.now();
  let minedAtMs = startMs;

  const poll = async (): Promise<LoadOutcome | undefined> => {
    while (isSending || sentAtMs.size > 0) {
      for (const hashes of chunks([...sentAtMs.keys()], POLL_BATCH)) {
        const answers = await post(hashes.map((hash, id) => call(id, "eth_getTransactionReceipt", hash)));
        const seenMs = performance.now();
        answers.forEach(({ result }, index) => {
          if (result === null || typeof result !== "object") return;
          const hash = hashes[index]!;
          latenciesMs.push(seenMs - sentAtMs.get(hash)!);
          minedAtMs = seenMs;
          sentAtMs.delete(hash);
          if (result.status !== "0x1") failed += 1;
        });
      }
      const quietMs = performance.now() - minedAtMs;
      if (quietMs > quietMsMax) return { kind: "stuck", hashes: [...sentAtMs.keys()], quietMs };
      await pause();
    }
    return undefined;
  };
  const send = async (lane: readonly LoadTransaction[]): Promise<void> => {
    for (const [index, batch] of chunks(lane, batchSize).entries()) {
      const oldest = lane[(index + 1) * batchSize - openMax - 1];
      while (oldest !== undefined && sentAtMs.has(oldest.hash)) await pause();
      const nowMs = performance.now();
      for (const { hash } of batch) sentAtMs.set(hash, nowMs);
      const answers = await post(batch.map(({ encoded }, id) => call(id, "eth_sendRawTransaction", encoded)));
      const refusal = answers.find(({ error }) => error !== undefined);
      if (refusal !== undefined) throw new Error(`refused: ${refusal.error!.message}`);
      if (until === "accepted") accepted(batch);
    }
  };
  const accepted = (batch: readonly LoadTransaction[]): void => {
    const nowMs = performance.now();
    for (const { hash } of batch) {
      latenciesMs.push(nowMs - sentAtMs.get(hash)!);
      sentAtMs.delete(hash);
    }
  };
  if (until === "accepted") {
    await Promise.all(lanes.map(send));
    return { kind: "done", elapsedMs: performance.now() - startMs, latenciesMs, failed };
  }
  const polling = poll();
  const sending = Promise.all(lanes.map(send)).then(() => {
    isSending = false;
    return polling;
  });
  const stuck = await Promise.race([polling, sending]);
  return stuck ?? { kind: "done", elapsedMs: performance.now() - startMs, latenciesMs, failed };
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

function call(id: number, method: string, parameter: string): object {
  return { jsonrpc: "2.0", id, method, params: [parameter] };
}

function poster(url: string, connections: number): (calls: readonly object[]) => Promise<Answer[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const { hostname, port } = new URL(url);
  return (calls) =>
    new Promise((resolve, reject) => {
      const body = JSON.stringify(calls.length === 1 ? calls[0] : calls);
      const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
      const sent = request({ hostname, port, method: "POST", agent, headers }, (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("end", () => {
          const parsed = JSON.parse(Buffer.concat(parts).toString()) as Answer | (Answer & { id: number })[];
          resolve(Array.isArray(parsed) ? parsed.sort((a, b) => a.id - b.id) : [parsed]);
        });
        response.on("error", reject);
      });
      sent.on("error", reject);
      sent.end(body);
    });
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
