import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { LoadOutcome, LoadRequest, LoadResult } from "./loadRequest.ts";
import { ask, type Server } from "./servers.ts";

const PROCESS = fileURLToPath(new URL("./loadProcess.ts", import.meta.url));

export class TransactionsStuck extends Error {
  override readonly name = "TransactionsStuck";
  readonly server: Server["name"];

  constructor(server: Server["name"], message: string) {
    super(message);
    this.server = server;
  }
}

/** @param label for messages, for example `single transfer` @throws TransactionsStuck */
export async function runLoad(
  server: Pick<Server, "name" | "url">,
  label: string,
  load: Omit<LoadRequest, "url">,
): Promise<LoadResult> {
  const outcome = await runProcess({ url: server.url, ...load });
  if (outcome.kind === "done") return outcome;
  if (outcome.kind === "failed") throw new Error(`${label} on ${server.name}: ${outcome.reason}`);
  const { hashes, quietMs } = outcome;
  throw new TransactionsStuck(
    server.name,
    `${label} on ${server.name}: ${hashes.length} transactions were taken and not mined for ` +
      `${Math.round(quietMs / 1000)} s; ${await accountFor(server, hashes[0]!)}`,
  );
}

async function accountFor({ url }: Pick<Server, "url">, hash: string): Promise<string> {
  const transaction = (await ask(url, "eth_getTransactionByHash", hash)) as {
    readonly from: string;
    readonly nonce: string;
  } | null;
  const pool = JSON.stringify(await ask(url, "txpool_status"));
  if (transaction === null) return `it knows nothing of ${hash} (pool ${pool})`;
  const nonce = await ask(url, "eth_getTransactionCount", transaction.from, "latest");
  return `the first has nonce ${transaction.nonce} and its sender's next is ${nonce} (pool ${pool})`;
}

function runProcess(load: LoadRequest): Promise<LoadOutcome> {
  return new Promise((resolve, reject) => {
    const child = fork(PROCESS);
    child.once("message", (outcome: LoadOutcome) => resolve(outcome));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the load generator ended with ${code}`)));
    child.send(load);
  });
}
