import type { Block, Transaction } from "@trellis/protocol";
import type { TestBlockBuilder } from "./TestBlockBuilder.ts";
import { operation } from "./testEvm.ts";
import { COIN, CONTRACT, minerAddress, type Name, transfer } from "./testNetwork.ts";

const NAMES: readonly Name[] = ["alice", "bob", "carol", "dave"];

export async function mineRandomDag(
  builder: TestBlockBuilder,
  count: number,
  random: () => number,
): Promise<Block[]> {
  const pick = (below: number): number => Math.floor(random() * below);
  const nonces = new Map<Name, number>();
  const mined: Block[] = [];
  for (let index = 0; index < count; index++) {
    const tips = builder.dag.tips().slice(0, 4);
    const recent = builder.blocks.slice(-6).map(({ hash }) => hash);
    const chosen =
      random() < 0.25 ? [recent[pick(recent.length)]!] : tips.filter((_, at) => at === 0 || random() < 0.7);
    const parents = builder.dag.virtualParents(chosen[0]!, chosen.slice(1));
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
    const isBad = random() < 0.08 && index > 6;
    mined.push(
      await builder.mine({
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
