import { bytesToHex, concatBytes, hexToBytes, isTrellisError } from "@trellis/base";
import type { Chain } from "@trellis/chain";
import type { PeerId } from "@trellis/network";
import { type Block, decodeBlock, encodeBlock, type Hash } from "@trellis/protocol";
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
  const take = async (block: Block, from: PeerId): Promise<"accept" | "ignore" | "reject"> => {
    if (chain.view.dagBlock(block.hash) !== undefined) return "ignore";
    try {
      await chain.importBlock(block);
    } catch (error) {
      if (isTrellisError(error, "PARENT_UNKNOWN")) {
        if (orphans.size < ORPHANS_MAX) orphans.set(block.hash, block);
        for (const parent of block.header.parents) void fetch(parent, from);
        return "accept";
      }
      return isTrellisError(error) && error.consequence === "penalise" ? "reject" : "ignore";
    }
    for (const orphan of [...orphans.values()]) {
      if (!orphan.header.parents.every((parent) => chain.view.dagBlock(parent) !== undefined)) continue;
      orphans.delete(orphan.hash);
      await take(orphan, from);
    }
    return "accept";
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
