import type { Hex } from "@trellis/base";
import type { BlockReference, ChainClient } from "@trellis/client";
import type { ExecutionAccounts } from "../engine/index.ts";
import { balanceOf } from "../ledger/index.ts";
import type { NonceSlotStore } from "../submission/index.ts";
import type { WalletView } from "./ArbitrageApiPorts.ts";

export interface WalletPorts {
  readonly client: Pick<ChainClient, "balance" | "call" | "nextNonce">;
  readonly slots: Pick<NonceSlotStore, "open"> | undefined;
}

interface WalletOptions extends Pick<ExecutionAccounts, "executor" | "owner"> {
  readonly tokens: readonly Hex[];
  readonly block: BlockReference | undefined;
  readonly liveDayMaxWei: bigint | undefined;
}

export async function readWallets(
  { executor, owner, tokens, block, liveDayMaxWei }: WalletOptions,
  { client, slots }: WalletPorts,
): Promise<WalletView[]> {
  const inFlight = (await slots?.open())?.filter(({ state }) => state === "sent").length ?? 0;
  return Promise.all(
    [...new Set([executor, owner])].map(async (address): Promise<WalletView> => {
      const isExecutor = address === executor;
      return {
        address,
        isExecutor,
        isOwner: address === owner,
        block,
        coin: block && (await client.balance(address, block.hash)),
        nonce: block && (await client.nextNonce(address, "latest")),
        inFlightCount: isExecutor ? inFlight : 0,
        liveDayMaxWei: isExecutor ? liveDayMaxWei : undefined,
        tokens: await Promise.all(
          tokens.map(async (token) => ({
            token,
            amount: block && (await balanceOf(client, address, token, block.hash)),
          })),
        ),
      };
    }),
  );
}
