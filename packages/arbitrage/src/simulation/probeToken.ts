import { bigintToBytes, bytesToHex, concatBytes, type Hex, hexToBytes } from "@trellis/base";
import type { SimulationInput, SimulationResult, Simulator, StepOutcome } from "./Simulator.ts";

const TOKEN_VERDICTS = [
  "sound",
  "noToken",
  "unheld",
  "gasBurning",
  "paused",
  "blacklisted",
  "honeypot",
  "false",
  "rebasing",
  "feeOnTransfer",
] as const;
export type TokenVerdict = (typeof TOKEN_VERDICTS)[number];

export interface TokenProbeInput extends Pick<SimulationInput, "block" | "afterSeconds"> {
  readonly token: Hex;
  readonly pool: Hex;
  readonly trader: Hex;
  readonly transferGasMax?: bigint;
}

export interface TokenProbe {
  readonly verdict: TokenVerdict;
  readonly reason: string;
}

const TRANSFER_GAS_MAX = 300_000n;
/** On no token's allow or deny list. */
const STRANGER: Hex = "0x7f3a1c9be2d4455a8e0c6b1f2a3d4c5e6f708192";
const TRANSFER = hexToBytes("0xa9059cbb");

/** Moves 1 % of a pool's balance to an unknown account, and 1 % to the trader and back. [ARB-15] */
export async function probeToken(simulator: Simulator, input: TokenProbeInput): Promise<TokenProbe> {
  const { token, pool, trader, transferGasMax = TRANSFER_GAS_MAX, block, afterSeconds } = input;
  const gasLimit = 2n * transferGasMax;
  const run = (amount: bigint): Promise<SimulationResult> =>
    simulator.simulate({
      block,
      afterSeconds,
      steps: [
        { from: pool, to: token, data: transfer(STRANGER, amount), gasLimit },
        { from: pool, to: token, data: transfer(trader, amount), gasLimit },
        { from: trader, to: token, data: transfer(pool, amount), gasLimit },
      ],
      watched: [pool, trader, STRANGER].map((account) => ({ token, account })),
    });
  const held = (await run(0n)).before[0];
  if (held === undefined) return { verdict: "noToken", reason: "balanceOf does not respond" };
  const amount = held / 100n;
  if (amount === 0n) return { verdict: "unheld", reason: `the pool has ${held}` };
  return judge(amount, transferGasMax, await run(amount));
}

function judge(amount: bigint, gasMax: bigint, { before, outcomes }: SimulationResult): TokenProbe {
  const [gift, buy, sell] = outcomes as readonly [StepOutcome, StepOutcome, StepOutcome];
  const greedy = outcomes.find(({ gasUsed }) => gasUsed > gasMax);
  if (greedy !== undefined)
    return { verdict: "gasBurning", reason: `a transfer used ${greedy.gasUsed} gas, more than ${gasMax}` };
  if (!buy.isSuccess && !gift.isSuccess)
    return { verdict: "paused", reason: `the pool cannot send it to anyone: ${buy.output}` };
  if (!buy.isSuccess)
    return {
      verdict: "blacklisted",
      reason: `the pool can send it to others, not to the trader: ${buy.output}`,
    };
  if (isFalse(buy.output)) return { verdict: "false", reason: "transfer returned false" };
  const afterGift = changes(before, gift.balances);
  const bought = changes(gift.balances, buy.balances);
  if (bought[2] !== 0n)
    return { verdict: "rebasing", reason: `others' balances changed by ${bought[2]} with a transfer` };
  const unequal = [
    { what: "the pool sent", got: -(bought[0] ?? 0n) },
    { what: "the trader received", got: bought[1] ?? 0n },
    ...(gift.isSuccess ? [{ what: "a stranger received", got: afterGift[2] ?? 0n }] : []),
  ].find(({ got }) => got !== amount);
  if (unequal !== undefined)
    return { verdict: "feeOnTransfer", reason: `of ${amount}, ${unequal.what} ${unequal.got}` };
  if (!sell.isSuccess)
    return { verdict: "honeypot", reason: `the trader can buy it and not sell it: ${sell.output}` };
  const sold = changes(buy.balances, sell.balances);
  if (sold[0] !== amount || sold[1] !== -amount)
    return { verdict: "feeOnTransfer", reason: `of ${amount} sold, the pool received ${sold[0]}` };
  if (isFalse(sell.output)) return { verdict: "false", reason: "transfer returned false" };
  return { verdict: "sound", reason: `${amount} moved there and back for at most ${gasMax} gas` };
}

function changes(
  before: readonly (bigint | undefined)[],
  after: readonly (bigint | undefined)[],
): (bigint | undefined)[] {
  return after.map((balance, place) => {
    const was = before[place];
    return balance === undefined || was === undefined ? undefined : balance - was;
  });
}

/** USDT returns no data on success. */
function isFalse(output: Hex): boolean {
  return output !== "0x" && BigInt(output.slice(0, 66)) !== 1n;
}

function transfer(to: Hex, amount: bigint): Hex {
  return bytesToHex(concatBytes(TRANSFER, bigintToBytes(BigInt(to), 32), bigintToBytes(amount, 32)));
}
