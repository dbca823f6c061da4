import { type Hex, isHex, type Scheduler } from "@trellis/base";
import {
  agree,
  type ChainClient,
  clientErrors,
  createAgreedClient,
  type FinalityRule,
  finalHeightOf,
} from "@trellis/client";
import { createContractWallets } from "../assets/balances/createContractWallets.ts";
import { readBalances } from "../assets/balances/readBalances.ts";
import { assetsErrors } from "../assets/errors.ts";
import type { ReserveChain } from "./ReserveChain.ts";

export interface EvmReserveOptions {
  readonly chainId: number;
  readonly rule: FinalityRule;
}

const COIN_DECIMALS = 18;
const DECIMALS: Hex = "0x313ce567";
const DECIMALS_MAX = 255n;

/** More than half of the nodes must agree. @throws QUORUM_INVALID for two nodes with the same name */
export function createEvmReserveChain(
  { chainId, rule }: EvmReserveOptions,
  clients: readonly ChainClient[],
  { scheduler }: { readonly scheduler: Scheduler },
): ReserveChain {
  const quorum = Math.floor(clients.length / 2) + 1;
  const agreed = createAgreedClient(clients, quorum, { scheduler });
  const blockOf = async (height: number) => {
    const block = await agreed.block(height);
    if (block === undefined) throw clientErrors.NODE_BLOCK_UNKNOWN({ node: agreed.name, height });
    return block;
  };
  return {
    chain: `eip155:${chainId}`,
    source: { kind: "nodes", nodeCount: clients.length, quorum },
    wallets: createContractWallets(() => clients, quorum),
    async height() {
      const height = await finalHeightOf(agreed, rule);
      if (height < 0) throw clientErrors.NODE_BLOCK_UNKNOWN({ node: agreed.name, block: "finalized" });
      return height;
    },
    async read(height, accounts) {
      const { hash, timeSeconds } = await blockOf(height);
      const holdings = accounts.map(({ address, token }) => ({
        address: address as Hex,
        ...(token === null ? {} : { token: token as Hex }),
      }));
      const { balances, dissent } = await readBalances(clients, {
        chainId,
        quorum,
        holdings,
        block: { height, hash },
      });
      return {
        blockHash: hash,
        blockTimeMs: timeSeconds * 1_000,
        amounts: balances.map(({ amount }) => amount),
        dissent,
      };
    },
    async decimals(token, height) {
      if (token === null) return COIN_DECIMALS;
      const { hash } = await blockOf(height);
      const ask = (client: ChainClient) => client.call(token as Hex, DECIMALS, hash);
      const { value } = await agree(clients, quorum, `decimals of ${token}`, ask, String);
      if (!isHex(value, 32) || BigInt(value) > DECIMALS_MAX)
        throw assetsErrors.TOKEN_UNREADABLE({ token, blockHash: hash });
      return Number(BigInt(value));
    },
  };
}
