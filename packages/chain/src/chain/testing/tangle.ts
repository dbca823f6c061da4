import type { Block, Transaction } from "@trellis/protocol";
import { operation } from "./testEvm.ts";
import { COIN, CONTRACT, minerAddress, type Name, transfer } from "./testNetwork.ts";
import type { Workshop } from "./Workshop.ts";

const NAMES: readonly Name[] = ["alice", "bob", "carol", "dave"];

/**
 * Blocks on a random choice of recent tips, with transfers and calls of which some run in several blocks, some too late
 * and some never, and now and then a block with a wrong state root.
 */
export async function mineTangle(workshop: Workshop, count: number, random: () => number): Promise<Block[]> {
  const pick = (below: number): number => Math.floor(random() * below);
  const nonces = new Map<Name, number>();
  const mined: Block[] = [];
  for (let index = 0; index < count; index++) {
    const tips = workshop.dag.tips().slice(0, 4);
    const recent = workshop.blocks.slice(-6).map(({ hash }) => hash);
    const chosen =
      random() < 0.25 ? [recent[pick(recent.length)]!] : tips.filter((_, at) => at === 0 || random() < 0.7);
    const parents = workshop.dag.virtualParents(chosen[0]!, chosen.slice(1));
    const transactions: Transaction[] = [];
    if (random() < 0.7) {
      const from = NAMES[pick(NAMES.length)]!;
      const nonce = nonces.get(from) ?? 0;
      if (random() < 0.8) nonces.set(from, nonce + 1);
      transactions.push(
        random() < 0.5
          ? transfer({ from, nonce, valueWei: COIN })
          : transfer({
              from,
              nonce,
              to: CONTRACT,
              data: operation("store", BigInt(pick(4)), BigInt(pick(3))),
            }),
      );
    }
    // Light, so that the chain passes it by.
    const isBad = random() < 0.08 && index > 6;
    mined.push(
      await workshop.mine({
        parents: isBad ? [recent[0]!] : parents,
        transactions,
        miner: minerAddress(index % 5),
        stream: pick(3),
        ...(isBad ? { tamper: (header) => ({ stateRoot: header.parents[0]! }), isKept: true } : {}),
      }),
    );
  }
  return mined;
}
