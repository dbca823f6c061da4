import { join } from "node:path";
import { bigintToBytes, bytesToHex, silentLog, silentMetrics } from "@trellis/base";
import { type Chain, createChain, DEFAULT_MEMPOOL_LIMITS } from "@trellis/chain";
import { createEvm } from "@trellis/evm";
import { createPowAlgorithm, searchNonces, targetToBytes } from "@trellis/mining";
import { type Address, type BlockTemplate, type NetworkParameters, recoverSender } from "@trellis/protocol";
import { openStore } from "@trellis/storage";
import { Payers } from "./localNetwork.ts";

interface WrittenChain {
  readonly blocks: number;
  readonly transactions: number;
}

const BLOCK_MS = 100;
const TRANSACTIONS_PER_BLOCK = 5;
const PARALLEL_EVERY = 4;
const ALGORITHM = "blake3";
const TRIES_MAX = 1_000_000;
const RECIPIENTS = 1_000;

export async function writeChain(
  parameters: NetworkParameters,
  dataDir: string,
  count: number,
  log: (line: string) => void,
): Promise<WrittenChain> {
  const clock = { now: parameters.genesis.timestampMs, nowMs: () => clock.now };
  const store = await openStore(join(dataDir, "chain"), "lmdb", { isDurable: false });
  const chain = await createChain(
    { parameters, shard: 0, isArchive: true },
    { limits: DEFAULT_MEMPOOL_LIMITS },
    {
      store,
      evm: createEvm({ random: { bytes: (size) => crypto.getRandomValues(new Uint8Array(size)) } }),
      recoverSenders: async (transactions) => transactions.map((transaction) => recoverSender(transaction)),
      verifySeal: async () => true,
      clock,
      log: silentLog,
      metrics: silentMetrics,
    },
  );
  const seal = createSealer(parameters);
  const payers = new Payers(parameters);
  let sent = 0;
  for (let blocks = 0; blocks < count; ) {
    clock.now += BLOCK_MS;
    for (let index = 0; index < TRANSACTIONS_PER_BLOCK; index++) {
      await chain.intake.submit(payers.transfer(recipient(sent++)), { isLocal: false });
    }
    const isParallel = blocks % PARALLEL_EVERY === 0 && blocks + 1 < count;
    const templates = [await template(chain, seal.stream, 1)];
    if (isParallel) templates.push(await template(chain, seal.stream, 2));
    for (const each of templates) await chain.builder.importSealed(each, seal.find(each));
    blocks += templates.length;
    if (blocks % 5_000 < templates.length) log(`${blocks} blocks written`);
  }
  await chain.idle();
  const accepted = countAccepted(chain);
  await store.close();
  return { blocks: count, transactions: accepted };
}

function template(chain: Chain, stream: number, miner: number): Promise<BlockTemplate> {
  return chain.builder.createTemplate({ miner: addressOf(miner), stream, extra: new Uint8Array(0) });
}

function createSealer({ streams }: NetworkParameters) {
  const stream = streams.findIndex(({ algorithm }) => algorithm === ALGORITHM);
  const algorithm = createPowAlgorithm(streams[stream]!);
  const row = { first: 0n, stride: 1n };
  return {
    stream,
    find({ sealRoot, target }: BlockTemplate): bigint {
      const { nonce } = searchNonces(algorithm.prepare(sealRoot), targetToBytes(target), row, TRIES_MAX);
      if (nonce === undefined) throw new Error("the local network's blocks are not easy any more");
      return nonce;
    },
  };
}

function countAccepted({ view }: Chain): number {
  let accepted = 0;
  for (let number = 1; number <= view.head().header.number; number++) {
    accepted += view.blockByNumber(number)!.transactions.length;
  }
  return accepted;
}

function recipient(index: number): Address {
  return addressOf(0xbe_0000 + (index % RECIPIENTS));
}

function addressOf(value: number): Address {
  return bytesToHex(bigintToBytes(BigInt(value), 20));
}
