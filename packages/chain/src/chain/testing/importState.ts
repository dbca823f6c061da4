import { type Hash, headerHash, type StateExchange, type StateImport } from "@trellis/protocol";
import type { Chain } from "../createChain.ts";

export async function giveSome(
  stateImport: StateImport,
  from: StateExchange,
  countMax: number,
  bytesMax: number,
): Promise<boolean> {
  const requests = stateImport.missing(countMax);
  await Promise.all(
    requests.map(async (request) => {
      if (request.kind === "code") return stateImport.putCode(request.hash, from.code(request.hash)!);
      return stateImport.putRange(
        request,
        await from.stateRange(stateImport.block, request.owner, request.from, bytesMax),
      );
    }),
  );
  return requests.length > 0;
}

export async function giveHeaders(chain: Chain, from: Chain): Promise<void> {
  const { headers } = from.exchange.headersAfter([from.view.genesisHash], 10_000)!;
  await chain.states.importHeaders(headers.filter((header) => !chain.exchange.has(headerHash(header))));
}

export async function fetchState(
  chain: Chain,
  from: Chain,
  block: { readonly hash: Hash },
): Promise<StateImport> {
  const stateImport = await chain.states.startImport(block.hash);
  while (await giveSome(stateImport, from.states, 9, 2_000));
  return stateImport;
}

export async function importStateFrom(
  chain: Chain,
  from: Chain,
  block: { readonly hash: Hash },
): Promise<void> {
  await giveHeaders(chain, from);
  await (await fetchState(chain, from, block)).complete();
}
