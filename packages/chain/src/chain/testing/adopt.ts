import { type Hash, headerHash, type StateAdoption, type StateExchange } from "@trellis/protocol";
import type { Chain } from "../createChain.ts";

/** Gives some wishes; false when there are none. */
export async function giveSome(
  adoption: StateAdoption,
  from: StateExchange,
  countMax: number,
  bytesMax: number,
): Promise<boolean> {
  const wishes = adoption.wanted(countMax);
  await Promise.all(
    wishes.map(async (wish) => {
      if (wish.kind === "code") return adoption.putCode(wish.hash, from.code(wish.hash)!);
      return adoption.putRange(wish, await from.stateRange(adoption.block, wish.owner, wish.from, bytesMax));
    }),
  );
  return wishes.length > 0;
}

/** Headers up to the head of `from`. */
export async function giveHeaders(chain: Chain, from: Chain): Promise<void> {
  const { headers } = from.exchange.headersAfter([from.view.genesisHash], 10_000)!;
  await chain.states.importHeaders(headers.filter((header) => !chain.exchange.has(headerHash(header))));
}

/** Takes a state over without making it the base. */
export async function fetchState(
  chain: Chain,
  from: Chain,
  block: { readonly hash: Hash },
): Promise<StateAdoption> {
  const adoption = await chain.states.adopt(block.hash);
  while (await giveSome(adoption, from.states, 9, 2_000));
  return adoption;
}

/** Makes a new chain go on from the state after `block`. */
export async function adoptFrom(chain: Chain, from: Chain, block: { readonly hash: Hash }): Promise<void> {
  await giveHeaders(chain, from);
  await (await fetchState(chain, from, block)).complete();
}
