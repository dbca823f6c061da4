import { isTrellisError } from "@trellis/base";
import type { Chain } from "@trellis/chain";
import type { GossipVerdict, NetworkParts, PeerId, Transport } from "@trellis/network";
import { type Block, createBlock, decodeTransaction } from "@trellis/protocol";

/** Whole blocks and single transactions to everybody: the simplest relay there is. */
export function createFloodRelays(chain: Chain, transport: Transport): NetworkParts["createRelays"] {
  return ({ wire, desk }) => {
    const { blocks, transactions } = wire.topics;
    let unsubscribe = (): void => {};
    const judgeBlock = async (message: Uint8Array, from: PeerId): Promise<GossipVerdict> => {
      const block = attempt((): Block => {
        const { header, entries } = blocks.codec.decode(message);
        return createBlock(header, { transactions: entries.map((entry) => decodeTransaction(entry)) });
      });
      if (block === undefined) return "reject";
      if (!desk.isWanted(block.hash)) return "ignore";
      const { kind } = await desk.offer(block, from);
      return kind === "imported" ? "accept" : "ignore";
    };
    return {
      blocks: {
        servers: [],
        topics: [blocks],
        judge: (_topic, message, from) => judgeBlock(message, from),
        announce: (hash) => {
          const { header, body } = chain.view.block(hash)!;
          transport.publish(
            blocks.id,
            blocks.codec.encode({ header, entries: body.transactions.map(({ encoded }) => encoded) }),
          );
        },
        stop() {},
      },
      transactions: {
        servers: [],
        topics: [transactions],
        async judge(_topic, message) {
          const batch = attempt(() => transactions.codec.decode(message));
          for (const encoded of batch?.transactions ?? [])
            await chain.intake.submit(encoded, { isLocal: false });
          return batch === undefined ? "reject" : "accept";
        },
        start() {
          unsubscribe = chain.pool.subscribe((event) => {
            if (event.kind !== "added" || !event.transaction.isLocal) return;
            transport.publish(
              transactions.id,
              transactions.codec.encode({ transactions: [event.transaction.transaction.encoded] }),
            );
          });
        },
        stop: () => unsubscribe(),
      },
    };
  };
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (isTrellisError(error)) return undefined;
    throw error;
  }
}
