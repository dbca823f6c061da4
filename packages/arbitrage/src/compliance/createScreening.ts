import { type Hex, isTrellisError, type Log } from "@trellis/base";

/** Addresses are in lower case. */
export interface ScreenedTrade {
  readonly chainId: number;
  readonly tokens: readonly Hex[];
  readonly pools: readonly Hex[];
  readonly accounts: readonly Hex[];
}

export interface ScreeningLists {
  /** An empty set allows all tokens. */
  readonly allowTokens: ReadonlySet<Hex>;
  readonly denyTokens: ReadonlySet<Hex>;
  readonly denyPools: ReadonlySet<Hex>;
  /** Compared with tokens, pools and accounts. */
  readonly denyAddresses: ReadonlySet<Hex>;
}

/** An error refuses the trade. @returns reason for refusal */
export interface CounterpartyCheck {
  readonly name: string;
  refusalOf(trade: ScreenedTrade): Promise<string | undefined>;
}

export const SCREENING_CODES = [
  "tokenNotAllowed",
  "tokenDenied",
  "poolDenied",
  "addressDenied",
  "counterpartyRefused",
  "counterpartyUnknown",
] as const;
export type ScreeningCode = (typeof SCREENING_CODES)[number];

export interface ScreeningRefusal {
  readonly code: ScreeningCode;
  readonly reason: string;
}

/** [ARB-34] */
export type Screening = (trade: ScreenedTrade) => Promise<ScreeningRefusal | undefined>;

export interface ScreeningPorts {
  /** Read for each trade: lists may change at runtime. */
  readonly lists: () => ScreeningLists;
  readonly checks: readonly CounterpartyCheck[];
  readonly log: Log;
}

export function createScreening({ lists, checks, log }: ScreeningPorts): Screening {
  return async (trade) => {
    const listed = refusalByLists(trade, lists());
    if (listed !== undefined) return listed;
    for (const check of checks) {
      try {
        const reason = await check.refusalOf(trade);
        if (reason !== undefined)
          return { code: "counterpartyRefused", reason: `${check.name} refuses: ${reason}` };
      } catch (error) {
        log.error("screening.failed", {
          check: check.name,
          error: error instanceof Error ? error : String(error),
        });
        const why = isTrellisError(error) ? error.code : "it failed";
        return { code: "counterpartyUnknown", reason: `${check.name} cannot tell: ${why}` };
      }
    }
    return undefined;
  };
}

function refusalByLists(
  { tokens, pools, accounts }: ScreenedTrade,
  { allowTokens, denyTokens, denyPools, denyAddresses }: ScreeningLists,
): ScreeningRefusal | undefined {
  const foreign = allowTokens.size === 0 ? undefined : tokens.find((token) => !allowTokens.has(token));
  if (foreign !== undefined)
    return { code: "tokenNotAllowed", reason: `token ${foreign} is not among those that are allowed` };
  const token = tokens.find((each) => denyTokens.has(each));
  if (token !== undefined) return { code: "tokenDenied", reason: `token ${token} is denied` };
  const pool = pools.find((each) => denyPools.has(each));
  if (pool !== undefined) return { code: "poolDenied", reason: `pool ${pool} is denied` };
  const address = [...tokens, ...pools, ...accounts].find((each) => denyAddresses.has(each));
  if (address !== undefined) return { code: "addressDenied", reason: `address ${address} is denied` };
  return undefined;
}
