import { type Hex, isTrellisError } from "@trellis/base";
import { clientErrors } from "../errors.ts";
import type { ChainClient } from "../evm/ChainClient.ts";
import { registeredKey } from "./keyRegistry.ts";

export interface AccountState {
  readonly balanceWei: bigint;
  readonly nonce: number;
  /** Transactions in the node's mempool. */
  readonly pendingCount: number;
  readonly registeredKeyId: Hex | undefined;
}

/** Reads at a DAG's newest block often fail, because it is reorganised. */
const ATTEMPTS_MAX = 5;

/** @throws NODE_OF_OTHER_CHAIN if the chain lacks the key registry, errors of ChainClient */
export async function readAccount(client: ChainClient, address: Hex): Promise<AccountState> {
  return atNewestBlock(client, async (hash) => {
    const [balanceWei, registeredKeyId, nonce, pendingNonce] = await Promise.all([
      client.balance(address, hash),
      registeredKey(client, address, hash),
      client.nextNonce(address, "latest"),
      client.nextNonce(address, "pending"),
    ]);
    return { balanceWei, registeredKeyId, nonce, pendingCount: Math.max(0, pendingNonce - nonce) };
  });
}

export function newestBalance(client: ChainClient, address: Hex): Promise<bigint> {
  return atNewestBlock(client, (hash) => client.balance(address, hash));
}

async function atNewestBlock<T>(client: ChainClient, read: (hash: Hex) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const head = await client.block("latest");
    if (head === undefined) throw clientErrors.NODE_BLOCK_UNKNOWN({ node: client.name, block: "latest" });
    try {
      return await read(head.hash);
    } catch (error) {
      if (attempt === ATTEMPTS_MAX || !isTrellisError(error, "NODE_BLOCK_UNKNOWN")) throw error;
    }
  }
}
