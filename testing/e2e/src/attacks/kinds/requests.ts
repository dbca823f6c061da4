import { Agent } from "node:http";
import { bytesToHex, concatBytes, type Hex, hexToBytes } from "@trellis/base";
import { keccak256, mlDsa44 } from "@trellis/crypto";
import { KEY_ALGORITHMS, signKeyAgile, TRANSACTION_TYPES } from "@trellis/protocol";
import { type Attack, clients } from "../Attack.ts";
import { deploying, loop } from "../bytecode.ts";
import { call, post } from "../Client.ts";
import { HALF_BLOCK_GAS, sleep, Wallet } from "../Wallet.ts";
import { HEAVY, SLOW } from "./executions.ts";

const TARGET: Hex = `0x${"7a".repeat(20)}`;
const NOBODY: Hex = `0x${"0".repeat(40)}`;
const CALLERS = 12;

const request = (method: string, params: readonly unknown[], id: unknown = 1): string =>
  JSON.stringify({ jsonrpc: "2.0", id, method, params });

function posting(
  title: string,
  count: number,
  bodyOf: (url: string, account: number) => Promise<string> | string,
): Attack {
  return {
    title,
    async prepare({ url, firstAccount }) {
      const body = await bodyOf(url, firstAccount);
      const agents = Array.from({ length: count }, () => new Agent({ keepAlive: true }));
      return () => clients(count, (client) => post(url, body, { agent: agents[client]! }));
    },
  };
}

function messaging(
  title: string,
  count: number,
  messageOf: (url: string, account: number) => Promise<string>,
): Attack {
  return {
    title,
    async prepare({ url, firstAccount }) {
      const message = await messageOf(url, firstAccount);
      return () => clients(count, () => ask(url.replace("http", "ws"), message));
    },
  };
}

function ask(url: string, message: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.onopen = () => socket.send(message);
    socket.onclose = () => reject(new Error(`${url} has closed`));
    socket.onmessage = () => {
      resolve();
      socket.close();
    };
  });
}

const simulated = (method: string, code: Hex, ...more: readonly unknown[]): string =>
  request(method, [{ from: NOBODY, to: TARGET }, "latest", ...more, { [TARGET]: { code } }]);

async function fullBlock(url: string, account: number): Promise<Hex> {
  const wallets = await Promise.all([0, 1, 2, 3].map((index) => Wallet.open(url, account + index)));
  await Promise.all(
    wallets.map(async (wallet) => {
      const raws = Array.from({ length: 250 }, () =>
        wallet.sign({ data: `0x${"ab".repeat(200)}`, gasLimit: 30_000n }),
      );
      const batch = raws.map((raw, id) => ({
        jsonrpc: "2.0",
        id,
        method: "eth_sendRawTransaction",
        params: [raw],
      }));
      await post(url, JSON.stringify(batch));
      await wallet.settled();
    }),
  );
  const latest = Number((await call(url, "eth_blockNumber", [])).result);
  const counts = await Promise.all(
    Array.from({ length: Math.min(latest, 100) }, async (_, back) => {
      const number: Hex = `0x${(latest - back).toString(16)}`;
      const { result } = await call(url, "eth_getBlockTransactionCountByNumber", [number]);
      return { number, count: Number(result) };
    }),
  );
  return counts.toSorted((a, b) => b.count - a.count)[0]!.number;
}

const batchOf = (length: number, entry: (index: number) => readonly [string, readonly unknown[]]): string =>
  JSON.stringify(
    Array.from({ length }, (_, id) => {
      const [method, params] = entry(id);
      return { jsonrpc: "2.0", id, method, params };
    }),
  );

async function heavyTransaction(url: string, account: number): Promise<unknown> {
  const wallet = await Wallet.open(url, account);
  const [to] = await wallet.deploy([deploying(HEAVY)], 1_000_000n);
  const hash = await wallet.send({ to: to!, gasLimit: HALF_BLOCK_GAS });
  await wallet.settled();
  return hash;
}

async function writeLogs(url: string, account: number): Promise<void> {
  const wallet = await Wallet.open(url, account);
  const [to] = await wallet.deploy([deploying(loop("5a5f5fa1".repeat(20)))], 1_000_000n);
  for (let count = 0; count < 8; count++) await wallet.send({ to: to!, gasLimit: HALF_BLOCK_GAS });
  await wallet.settled();
}

const HUGE_BLOCKS = 12;
/** Logs without topics are cheapest, so a block can contain the most. */
const LOG0S = loop("5f5fa0".repeat(100));

async function writeHugeLogs(url: string, account: number): Promise<Hex[]> {
  const wallet = await Wallet.open(url, account);
  const [to] = await wallet.deploy([deploying(LOG0S)], 1_000_000n);
  const hashes: Hex[] = [];
  for (let count = 0; count < HUGE_BLOCKS; count++) {
    for (let half = 0; half < 2; half++)
      hashes.push(await wallet.send({ to: to!, gasLimit: HALF_BLOCK_GAS }));
    await wallet.settled();
  }
  return hashes;
}

function agileTransactions(count: number): Hex[] {
  const secret = new Uint8Array(32).fill(7);
  const unsigned = {
    type: TRANSACTION_TYPES.keyAgile,
    chainId: 31_337n,
    nonce: 0n,
    gasLimit: 200_000n,
    to: TARGET,
    value: 0n,
    data: new Uint8Array(0),
    accessList: [],
    maxFeePerGas: 10n ** 12n,
    maxPriorityFeePerGas: 10n ** 9n,
  };
  const { encoded } = signKeyAgile(unsigned, { algorithm: KEY_ALGORITHMS.mlDsa44, secret });
  const key = Buffer.from(mlDsa44.publicKeyFromSeed(secret));
  const signatureAt = Buffer.from(encoded).indexOf(key) + key.length + 100;
  return Array.from({ length: count }, (_, index) => {
    const changed = Uint8Array.from(encoded);
    changed.set(keccak256(Uint8Array.of(index & 255, index >> 8)), signatureAt);
    return bytesToHex(changed);
  });
}

/** Well-formed transactions whose signatures recover random addresses. */
async function randomlySigned(url: string, account: number, count: number): Promise<Hex[]> {
  const wallet = await Wallet.open(url, account);
  return Array.from({ length: count }, (_, index) => {
    const bytes = hexToBytes(wallet.sign({}, index));
    // Replaces r except its first byte. The prefix of s and s follow.
    const noise = keccak256(Uint8Array.of(index & 255, index >> 8));
    bytes.set(noise.subarray(1), bytes.length - 64);
    return bytesToHex(concatBytes(bytes));
  });
}

export const requests: Readonly<Record<string, Attack>> = {
  closedCalls: {
    title: "twelve slow eth_call whose clients leave after 0.3 s",
    prepare: async ({ url }) => {
      const body = simulated("eth_call", SLOW);
      return () =>
        clients(CALLERS, async () => {
          await post(url, body, { closeAfterMs: 300 }).catch(() => {});
          await sleep(100);
        });
    },
  },
  calls: posting("slow eth_call in parallel", CALLERS, () => simulated("eth_call", SLOW)),
  estimates: posting("slow eth_estimateGas in parallel", CALLERS, () => simulated("eth_estimateGas", SLOW)),
  accessListCalls: posting("slow eth_createAccessList in parallel", CALLERS, () =>
    request("eth_createAccessList", [{ from: NOBODY, data: SLOW, gas: "0x1c9c380" }, "latest"]),
  ),
  tracedCalls: posting("debug_traceCall of a slow call in parallel", CALLERS, () =>
    request("debug_traceCall", [
      { from: NOBODY, to: TARGET, gas: "0x1c9c380" },
      "latest",
      { stateOverrides: { [TARGET]: { code: SLOW } } },
    ]),
  ),
  tracedTransactions: posting(
    "debug_traceTransaction of a heavy transaction in parallel",
    CALLERS,
    async (url, account) => request("debug_traceTransaction", [await heavyTransaction(url, account), {}]),
  ),
  proofs: posting("eth_getProof of 1,024 keys by 50 clients", 50, () => {
    const keys = Array.from({ length: 1_024 }, (_, index) =>
      bytesToHex(keccak256(Uint8Array.of(index & 255, index >> 8))),
    );
    return request("eth_getProof", [TARGET, keys, "latest"]);
  }),
  feeHistory: posting("eth_feeHistory of 1,024 blocks by 20 clients", 20, () =>
    request("eth_feeHistory", ["0x400", "latest", [1, 10, 25, 50, 75, 90, 99]]),
  ),
  longIds: posting(
    "a numeric id of 4.9 MB",
    4,
    () => `{"jsonrpc":"2.0","id":${"7".repeat(4_900_000)},"method":"eth_blockNumber","params":[]}`,
  ),
  longQuantities: posting("a hex quantity of 4.9 MB", 4, () =>
    request("eth_getBlockByNumber", [`0x${"7".repeat(4_900_000)}`, false]),
  ),
  fullBlocks: posting("batches of 1,000 full blocks", 4, async (url, account) => {
    const number = await fullBlock(url, account);
    return batchOf(1_000, () => ["eth_getBlockByNumber", [number, true]]);
  }),
  fullBlocksBySocket: messaging("batches of 1,000 full blocks by WebSocket", 4, async (url, account) => {
    const number = await fullBlock(url, account);
    return batchOf(1_000, () => ["eth_getBlockByNumber", [number, true]]);
  }),
  randomSignatures: posting(
    "batches of 1,000 transactions with random signatures",
    4,
    async (url, account) => {
      const raws = await randomlySigned(url, account, 1_000);
      return batchOf(1_000, (index) => ["eth_sendRawTransaction", [raws[index]]]);
    },
  ),
  agileSignatures: posting("batches of key-agile transactions with bad signatures", 4, () => {
    const raws = agileTransactions(500);
    return batchOf(raws.length, (index) => ["eth_sendRawTransaction", [raws[index]]]);
  }),
  wholeDag: posting("trellis_getDag over everything", 20, () =>
    request("trellis_getDag", ["0x0", "0xffffffff"]),
  ),
  logs: posting("eth_getLogs over many logs in parallel", 20, async (url, account) => {
    await writeLogs(url, account);
    return request("eth_getLogs", [{ fromBlock: "0x0", toBlock: "latest", topics: [`0x${"9".repeat(64)}`] }]);
  }),
  hugeLogs: posting(
    "eth_getLogs over blocks of 76,000 logs each, none of which match",
    20,
    async (url, account) => {
      await writeHugeLogs(url, account);
      // No bloom filter excludes four wildcard topics.
      const topics = [null, null, null, null];
      return request("eth_getLogs", [{ fromBlock: "0x0", toBlock: "latest", topics }]);
    },
  ),
  hugeReceipts: posting("receipts of 38,000 logs in batches of 100", 4, async (url, account) => {
    const hashes = await writeHugeLogs(url, account);
    return batchOf(100, (index) => ["eth_getTransactionReceipt", [hashes[index % hashes.length]]]);
  }),
  filterPolls: posting("polls of 100 filters behind blocks of 76,000 logs", 4, async (url, account) => {
    const filters = await Promise.all(
      Array.from({ length: 100 }, async () => (await call(url, "eth_newFilter", [{}])).result),
    );
    await writeHugeLogs(url, account);
    return batchOf(100, (index) => ["eth_getFilterChanges", [filters[index]]]);
  }),
  blockReceipts: posting("eth_getBlockReceipts in batches of 1,000", 4, async (url, account) => {
    const number = await fullBlock(url, account);
    return batchOf(1_000, () => ["eth_getBlockReceipts", [number]]);
  }),
};
