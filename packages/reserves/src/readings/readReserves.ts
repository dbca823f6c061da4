import type { Dissent } from "@trellis/client";
import type { OwnershipMethod } from "../assets/ownership/OwnershipClaim.ts";
import type { AttestedHolding, AttestedReading } from "../attestation/Attestation.ts";
import { readingsErrors } from "./errors.ts";
import type { ChainReading, ReserveChain } from "./ReserveChain.ts";
import type { PlannedAsset } from "./ReservesPlan.ts";

export interface ClaimedAddress {
  readonly chain: string;
  readonly address: string;
  readonly method: OwnershipMethod;
}

export interface ReservesRequest {
  readonly assets: readonly PlannedAsset[];
  readonly decimals: ReadonlyMap<string, number>;
  readonly claims: readonly ClaimedAddress[];
  readonly blockHeights: Readonly<Record<string, number>>;
}

export interface ReservesReading {
  readonly holdings: readonly (Omit<AttestedHolding, "amount"> & { readonly amount: bigint })[];
  readonly readings: readonly AttestedReading[];
  readonly dissent: readonly Dissent[];
  readonly oldestMs: number | undefined;
}

interface Place {
  readonly asset: string;
  readonly token: string | null;
  readonly claim: ClaimedAddress;
}

/** Reads one block per chain. @throws RESERVES_PLAN_MISMATCH, codes of the chains' sources */
export async function readReserves(
  request: ReservesRequest,
  chains: ReadonlyMap<string, ReserveChain>,
  onChain: (doneCount: number, chainCount: number) => Promise<void> = async () => {},
): Promise<ReservesReading> {
  const places = Map.groupBy(placesOf(request), ({ claim }) => claim.chain);
  const readings: {
    readonly chain: ReserveChain;
    readonly height: number;
    readonly reading: ChainReading;
  }[] = [];
  for (const [name, own] of places) {
    const [chain, height] = sourceOf(name, chains, request);
    await requireDecimals(own, chain, height, request);
    const accounts = own.map(({ claim, token }) => ({ address: claim.address, token }));
    readings.push({ chain, height, reading: await chain.read(height, accounts) });
    await onChain(readings.length, places.size);
  }
  const times = readings.map(({ reading }) => reading.blockTimeMs);
  return {
    holdings: readings.flatMap(({ chain, height, reading }) =>
      places.get(chain.chain)!.map(({ asset, token, claim }, index) => ({
        asset,
        chain: claim.chain,
        address: claim.address,
        token,
        blockHeight: height,
        blockHash: reading.blockHash,
        amount: reading.amounts[index]!,
        method: claim.method,
      })),
    ),
    readings: readings.map(({ chain }) => attestedReading(chain)),
    dissent: readings.flatMap(({ reading }) => reading.dissent),
    oldestMs: times.length === 0 ? undefined : Math.min(...times),
  };
}

function placesOf({ assets, decimals, claims }: ReservesRequest): Place[] {
  return assets
    .filter(({ asset }) => decimals.has(asset))
    .flatMap(({ asset, counted }) =>
      counted.flatMap(({ chain, token }) =>
        claims.filter((claim) => claim.chain === chain).map((claim) => ({ asset, token, claim })),
      ),
    );
}

function sourceOf(
  name: string,
  chains: ReadonlyMap<string, ReserveChain>,
  { blockHeights }: ReservesRequest,
): [ReserveChain, number] {
  const chain = chains.get(name);
  if (chain === undefined)
    throw readingsErrors.RESERVES_PLAN_MISMATCH({ reason: "no source for a chain", chain: name });
  const height = Object.hasOwn(blockHeights, name) ? blockHeights[name] : undefined;
  if (height === undefined)
    throw readingsErrors.RESERVES_PLAN_MISMATCH({
      reason: "the snapshot has no block height for a chain",
      chain: name,
    });
  return [chain, height];
}

/** The ledger and the chain must use the same base unit. */
async function requireDecimals(
  places: readonly Place[],
  chain: ReserveChain,
  height: number,
  { decimals }: ReservesRequest,
): Promise<void> {
  const kinds = new Map(places.map(({ asset, token }) => [`${asset} ${token}`, { asset, token }]));
  for (const { asset, token } of kinds.values()) {
    const got = await chain.decimals(token, height);
    const expected = decimals.get(asset);
    if (got !== expected)
      throw readingsErrors.RESERVES_PLAN_MISMATCH({
        reason: "the ledger has an asset with other decimals",
        asset,
        chain: chain.chain,
        token,
        ledger: expected,
        onChain: got,
      });
  }
}

function attestedReading({ chain, source }: ReserveChain): AttestedReading {
  if (source.kind === "statement") return { chain, source: "statement", by: source.by };
  const { nodeCount, quorum } = source;
  return { chain, source: "nodes", nodeCount, quorum };
}
