import type { BlockExchange, ChainView, StateExchange } from "@trellis/protocol";
import { COUNT_LIMITS, type Hello } from "../../wire/index.ts";

export interface HelloOptions {
  readonly chain: Pick<BlockExchange, "oldest" | "has">;
  readonly view: ChainView;
  readonly states: Pick<StateExchange, "kept">;
  readonly shard: number;
  readonly agent: string;
}

export function createHello({ chain, view, states, shard, agent }: HelloOptions): Hello {
  const { hash, header } = view.head();
  const finalized = view.finalized();
  return {
    chainId: view.parameters.chainId,
    genesis: view.genesisHash,
    forks: view.parameters.forks,
    shard,
    agent,
    sink: { hash, number: header.number, blueWork: header.blueWork },
    finalized: { hash: finalized.hash, number: finalized.header.number },
    oldest: chain.oldest(),
    tips: view.tips().slice(0, COUNT_LIMITS.tips),
    states: states.kept().slice(0, COUNT_LIMITS.states),
  };
}
