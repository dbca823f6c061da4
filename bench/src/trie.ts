import { createMPT } from "@ethereumjs/mpt";
import { bytesToHex } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { Trie } from "@trellis/storage";
import type { Benchmark } from "./benchmark.ts";
import { median } from "./statistics.ts";

const ACCOUNTS = 100_000;
const UPDATES = 10_000;
const ROUNDS = 7;
const SMALL = { accounts: 2_000, updates: 200, rounds: 2 };
/** Bytes of balance, nonce and two hashes. */
const ACCOUNT_SIZE = 76;

type Update = readonly [key: Uint8Array, value: Uint8Array];

export const trieBenchmark: Benchmark = {
  name: "trie",
  summary: `updates batches of ${UPDATES.toLocaleString("en")} of ${ACCOUNTS.toLocaleString("en")} accounts`,
  async run({ small, log }) {
    const { accounts, updates, rounds } = small
      ? SMALL
      : { accounts: ACCOUNTS, updates: UPDATES, rounds: ROUNDS };
    const random = createRandom(1);
    const keys = Array.from({ length: accounts }, (_, index) => keccak256(bytesOf(index)));
    const built = keys.map((key, index): Update => [key, account(index)]);

    const buildMs = startTimer();
    let trie = Trie.empty({ get: () => undefined }, new Uint8Array(0)).with(built);
    trie.rootHash();
    const builtPerMs = accounts / buildMs();
    trie.commit();
    const peer = await createMPT();
    await peer.batch(built.map(toPeer));
    log(`built the trie of ${accounts} accounts on both sides`);

    const ours: number[] = [];
    const commits: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const batch = Array.from(
        { length: updates },
        (): Update => [keys[random() % accounts]!, account(random())],
      );
      const updateMs = startTimer();
      trie = trie.with(batch);
      trie.rootHash();
      ours.push(updates / updateMs());
      const commitMs = startTimer();
      trie.commit();
      commits.push(updates / commitMs());
      const peerMs = startTimer();
      await peer.batch(batch.map(toPeer));
      theirs.push(updates / peerMs());
      log(
        `round ${round + 1}: ${perSecond(ours.at(-1)!)} updates a second, ethereumjs ${perSecond(theirs.at(-1)!)}`,
      );
    }
    const resultHash = trie.rootHash();
    const isSame = bytesToHex(peer.root()) === resultHash;
    return {
      updatesPerSecond: 1000 * median(ours),
      commitsPerSecond: 1000 * median(commits),
      buildPerSecond: 1000 * builtPerMs,
      peerUpdatesPerSecond: 1000 * median(theirs),
      ratio: { updates: median(ours) / median(theirs) },
      accounts,
      updatesInBatch: updates,
      peer: "@ethereumjs/mpt",
      isRootOfPeer: isSame,
      resultHash,
    };
  },
};

function account(number: number): Uint8Array {
  const value = new Uint8Array(ACCOUNT_SIZE).fill(1);
  value.set(bytesOf(number));
  return value;
}

function bytesOf(number: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

function toPeer([key, value]: Update) {
  return { type: "put" as const, key, value };
}

function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 3;
  };
}

function startTimer(): () => number {
  const startMs = performance.now();
  return () => performance.now() - startMs;
}

function perSecond(perMs: number): string {
  return Math.round(perMs * 1000).toLocaleString("en");
}
