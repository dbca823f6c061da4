import type { Hex } from "@trellis/base";
import type { ChainBlock } from "@trellis/client";
import type { RouteHop } from "@trellis/contracts/arbitrage";
import { probeToken, type Simulator, type TokenProbe, type TokenVerdict } from "../simulation/index.ts";

interface ProbeOptions {
  readonly trader: Hex;
  readonly afterSeconds: number;
  readonly blocksMax: number;
}

export interface UnsoundToken extends TokenProbe {
  readonly token: Hex;
  readonly pools: readonly Hex[];
}

/** Verdicts that may concern only one pool. */
const OF_POOL: ReadonlySet<TokenVerdict> = new Set(["unheld", "paused"]);

/** Caches verdicts. [ARB-15] */
export function createTokenProbes(simulator: Simulator, { trader, afterSeconds, blocksMax }: ProbeOptions) {
  const verdicts = new Map<Hex, { readonly probe: TokenProbe; readonly height: number }>();

  async function faultOf(
    token: Hex,
    taker: Hex,
    giver: Hex,
    block: ChainBlock,
  ): Promise<UnsoundToken | undefined> {
    const ofToken = (probe: TokenProbe): UnsoundToken | undefined =>
      probe.verdict === "sound" ? undefined : { token, ...probe, pools: [] };
    const remember = (probe: TokenProbe) => {
      verdicts.set(token, { probe, height: block.height });
      return ofToken(probe);
    };
    const probeAt = (pool: Hex) => probeToken(simulator, { token, pool, trader, block, afterSeconds });

    const known = verdicts.get(token);
    if (known !== undefined && Math.abs(block.height - known.height) < blocksMax) return ofToken(known.probe);
    const atTaker = await probeAt(taker);
    if (!OF_POOL.has(atTaker.verdict)) return remember(atTaker);
    const atGiver = await probeAt(giver);
    if (atGiver.verdict === "sound") {
      remember(atGiver);
      return atTaker.verdict === "unheld" ? undefined : { token, ...atTaker, pools: [taker] };
    }
    const isPaused = atTaker.verdict === "paused" && atGiver.verdict === "paused" && taker !== giver;
    if (isPaused || !OF_POOL.has(atGiver.verdict)) return remember(atGiver);
    return { token, ...atGiver, pools: [taker, giver] };
  }

  return {
    async firstUnsound(hops: readonly RouteHop[], block: ChainBlock): Promise<UnsoundToken | undefined> {
      for (const [place, hop] of hops.entries()) {
        const before = hops.at(place - 1) ?? hop;
        const fault = await faultOf(hop.tokenIn, holderOf(hop), holderOf(before), block);
        if (fault !== undefined) return fault;
      }
      return undefined;
    },
  };
}

function holderOf({ holder, pool }: RouteHop): Hex {
  return holder ?? pool;
}

export type TokenProbes = ReturnType<typeof createTokenProbes>;
