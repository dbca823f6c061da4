import {
  bigintToBytes,
  bytesToBigint,
  bytesToHex,
  concatBytes,
  hexToBytes,
  isTrellisError,
} from "@trellis/base";
import type { Chain } from "@trellis/chain";
import type { PeerId } from "@trellis/network";
import { type Block, decodeBlock, encodeBlock, type Hash, headerHash } from "@trellis/protocol";
import type { SimTransport } from "../internet/SimTransport.ts";
import type { NodeTime } from "../world/NodeTime.ts";
import { BLOCK_TOPIC, TRANSACTION_TOPIC } from "./gossip.ts";

const ORPHANS_MAX = 300;
const OPTIONS = { timeoutMs: 3_000, answerBytesMax: 4_000_000 };

/** Flooding and fetching of parents, as simple as can be. */
export async function startStandIn(
  chain: Chain,
  transport: SimTransport,
  time: NodeTime,
  bootstrap: readonly string[],
) {
  const orphans = new Map<Hash, Block>();
  const asked = new Set<Hash>();
  /** Blocks with every orphan that may follow from them, in one batch. */
  const takeAll = async (blocks: readonly Block[], from: PeerId): Promise<"accept" | "ignore" | "reject"> => {
    const batch = [...blocks, ...orphans.values()];
    orphans.clear();
    let verdict: "accept" | "ignore" | "reject" = "ignore";
    const outcomes = await chain.exchange.importBlocks(batch);
    for (const [index, outcome] of outcomes.entries()) {
      const block = batch[index]!;
      const isFirst = index < blocks.length;
      if (outcome.kind === "imported" && isFirst) verdict = "accept";
      if (outcome.kind === "refused" && outcome.error.consequence === "penalise" && isFirst)
        verdict = "reject";
      if (outcome.kind === "orphan") {
        if (isFirst) verdict = "accept";
        if (orphans.size < ORPHANS_MAX) orphans.set(block.hash, block);
        for (const parent of outcome.missing) void fetch(parent, from);
      }
    }
    return verdict;
  };
  const take = async (block: Block, from: PeerId): Promise<"accept" | "ignore" | "reject"> => {
    if (chain.exchange.has(block.hash)) return "ignore";
    try {
      return await takeAll([block], from);
    } catch (error) {
      if (!isTrellisError(error, "CHAIN_STOPPED")) throw error;
      return "ignore";
    }
  };
  const fetch = async (hash: Hash, from: PeerId): Promise<void> => {
    if (chain.view.dagBlock(hash) !== undefined || orphans.has(hash) || asked.has(hash)) return;
    asked.add(hash);
    try {
      const answer = await transport.request(from, "/block", hexToBytes(hash), OPTIONS);
      if (answer.length > 0) await take(decodeBlock(answer, chain.view.parameters), from);
    } catch {
    } finally {
      asked.delete(hash);
    }
  };
  const syncWith = async (peer: PeerId): Promise<void> => {
    try {
      for (let round = 0; round < 20; round++) {
        const locator = concatBytes(...chain.exchange.locator().map(hexToBytes));
        const answer = await transport.request(peer, "/sync", locator, OPTIONS);
        const blocks = unpack(answer).map((bytes) => decodeBlock(bytes, chain.view.parameters));
        if (blocks.every(({ hash }) => chain.exchange.has(hash))) break;
        await takeAll(blocks, peer);
      }
      const answer = await transport.request(peer, "/tips", new Uint8Array(0), OPTIONS);
      for (let at = 0; at < answer.length; at += 32)
        await fetch(bytesToHex(answer.subarray(at, at + 32)), peer);
      for (const orphan of orphans.values()) {
        for (const parent of orphan.header.parents) await fetch(parent, peer);
      }
    } catch {}
  };
  await transport.start(
    {
      refusal: () => undefined,
      connected: ({ peer }) => void syncWith(peer),
      disconnected: () => {},
      discovered: (_peer, [address]) => void transport.dial(address!).catch(() => {}),
      async answer(_peer, protocol, request) {
        if (protocol === "/tips") return concatBytes(...chain.view.tips().map(hexToBytes));
        if (protocol === "/sync") {
          const locator: Hash[] = [];
          for (let at = 0; at < request.length; at += 32)
            locator.push(bytesToHex(request.subarray(at, at + 32)));
          const found = chain.exchange.headersAfter(locator, 20);
          return pack(
            (found?.headers ?? []).map((header) => encodeBlock(chain.view.block(headerHash(header))!)),
          );
        }
        const block = chain.view.block(bytesToHex(request));
        return block === undefined ? new Uint8Array(0) : encodeBlock(block);
      },
      async judge(topic, message, from) {
        if (topic === BLOCK_TOPIC) return take(decodeBlock(message, chain.view.parameters), from);
        await chain.intake.submit(message, { isLocal: false });
        return "accept";
      },
    },
    [
      { id: "/tips", requestBytesMax: 0 },
      { id: "/sync", requestBytesMax: 4_000 },
      { id: "/block", requestBytesMax: 32 },
    ],
    [
      { id: BLOCK_TOPIC, bytesMax: 4_000_000 },
      { id: TRANSACTION_TOPIC, bytesMax: 200_000 },
    ],
  );
  for (const address of bootstrap) void transport.dial(address).catch(() => {});
  const again = (): void => {
    for (const peer of transport.peers) void syncWith(peer);
    time.after(2_000, again);
  };
  time.after(2_000, again);
  chain.pool.subscribe((event) => {
    if (event.kind === "added" && event.transaction.isLocal) {
      transport.publish(TRANSACTION_TOPIC, event.transaction.transaction.encoded);
    }
  });
  return {
    announce(hash: Hash) {
      transport.publish(BLOCK_TOPIC, encodeBlock(chain.view.block(hash)!));
    },
    orphanCount: () => orphans.size,
  };
}

function pack(parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...parts.flatMap((part) => [bigintToBytes(BigInt(part.length), 4), part]));
}

function unpack(bytes: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytesToBigint(bytes.subarray(at, at + 4)));
    parts.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return parts;
}
