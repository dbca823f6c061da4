import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { bigintToBytes, bytesToHex, silentLog, silentMetrics } from "@trellis/base";
import { type Chain, createChain, DEFAULT_MEMPOOL_LIMITS } from "@trellis/chain";
import { createEvm } from "@trellis/evm";
import { type Block, parametersOfShard, recoverSender, withShards } from "@trellis/protocol";
import { createMemoryStore, type KeyValueStore, openStore } from "@trellis/storage";
import { localNetwork, Payers } from "../network/localNetwork.ts";

export interface ReplayOptions {
  readonly shard: number;
  readonly shards: number;
  readonly blocks: number;
  readonly transfersPerBlock: number;
}

export interface Replayed {
  readonly transfers: number;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly stateRoot: string;
}

const BLOCK_MS = 500;
const RECIPIENTS = 1_000;
const NO_ANCHORS = {
  newest: () => undefined,
  at: () => undefined,
  stateOf: () => undefined,
  votersOf: () => undefined,
};

/** The chain of one shard, as its host composes it: store on disk, execution and recovery of senders in this thread. */
async function replay({ shard, shards, blocks: count, transfersPerBlock }: ReplayOptions): Promise<void> {
  const network = localNetwork();
  const parameters = shards === 1 ? network : parametersOfShard(withShards(network, shards), shard);
  const clock = { ms: parameters.genesis.timestampMs };
  const open = (store: KeyValueStore): Promise<Chain> =>
    createChain(
      { parameters, shard, isArchive: false },
      { limits: DEFAULT_MEMPOOL_LIMITS },
      {
        store,
        evm: createEvm({ random: { bytes: (size) => crypto.getRandomValues(new Uint8Array(size)) } }),
        recoverSenders: async (transactions) => transactions.map((transaction) => recoverSender(transaction)),
        verifySeal: async () => true,
        clock: { nowMs: () => clock.ms },
        log: silentLog,
        metrics: silentMetrics,
        ...(shard > 0 && { anchors: NO_ANCHORS }),
      },
    );

  const written: Block[] = [];
  const writer = await open(createMemoryStore());
  const payers = new Payers(parameters);
  for (let number = 0; number < count; number++) {
    clock.ms += BLOCK_MS;
    for (let index = 0; index < transfersPerBlock; index++)
      await writer.intake.submit(payers.transfer(addressOf(0xbe_0000 + (index % RECIPIENTS))), {
        isLocal: false,
      });
    const request = { miner: addressOf(1), stream: 0, extra: new Uint8Array(0) };
    const template = await writer.builder.createTemplate(request);
    const hash = await writer.builder.importSealed(template, BigInt(number));
    written.push(writer.view.block(hash)!);
  }
  const directory = await mkdtemp(join(tmpdir(), "trellis-shard-"));
  const store = await openStore(directory, "lmdb", { isDurable: false });
  const host = await open(store);
  await untilBegun();
  const startedMs = Date.now();
  await host.exchange.importBlocks(written);
  await host.idle();
  const endedMs = Date.now();
  const transfers = written.reduce((sum, { body }) => sum + body.transactions.length, 0);
  const { header, hash } = host.view.head();
  if (hash !== written.at(-1)!.hash) throw new Error(`shard ${shard} is at block ${header.number}`);
  await store.close();
  await rm(directory, { recursive: true, force: true });
  const replayed: Replayed = { transfers, startedMs, endedMs, stateRoot: header.stateRoot };
  parentPort!.postMessage(replayed);
}

/** All threads begin once each is ready. */
function untilBegun(): Promise<void> {
  return new Promise((resolve) => {
    parentPort!.once("message", () => resolve());
    parentPort!.postMessage("ready");
  });
}

function addressOf(value: number): `0x${string}` {
  return bytesToHex(bigintToBytes(BigInt(value), 20));
}

await replay(workerData as ReplayOptions);
parentPort!.close();
