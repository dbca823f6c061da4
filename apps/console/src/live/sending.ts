import { useMutation, useQueries } from "@tanstack/react-query";
import type { Address, Hex } from "viem";
import { node, useRpc } from "./node.ts";

export interface SendRequest {
  readonly from: Address;
  readonly to: Address;
  readonly data?: Hex;
  readonly valueWei?: bigint;
}

/** Accounts whose keys the node holds, and signs with for whoever reaches it: a development network's. */
export function useDevelopmentAccounts(): readonly Address[] | undefined {
  return useRpc<readonly Address[]>("eth_accounts").data;
}

/** Sends from an account of the node; `data` is the transaction's hash. Refusals are the node's. */
export function useSend() {
  return useMutation<Hex, Error, SendRequest>({
    mutationFn: ({ from, to, data, valueWei }) =>
      node.request<Hex>("eth_sendTransaction", [
        {
          ...{ from, to },
          ...(data === undefined ? {} : { data }),
          ...(valueWei === undefined ? {} : { value: `0x${valueWei.toString(16)}` }),
        },
      ]),
  });
}

/** What accounts have now, in wei; undefined while it is not known. */
export function useBalances(accounts: readonly Address[]): readonly (bigint | undefined)[] {
  const answers = useQueries({
    queries: accounts.map((account) => ({
      queryKey: ["live", "eth_getBalance", [account, "latest"]],
      queryFn: () => node.request<Hex>("eth_getBalance", [account, "latest"]),
    })),
  });
  return answers.map(({ data }) => (data === undefined ? undefined : BigInt(data)));
}
