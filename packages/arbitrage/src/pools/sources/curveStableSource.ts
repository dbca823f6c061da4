import { CurveStablePool } from "../curve/CurveStablePool.ts";
import { poolErrors } from "../errors.ts";
import type { Pool, PoolAddress, TokenAddress } from "../Pool.ts";
import { encodeCall, wordToAddress } from "./abi.ts";
import type { PoolSource } from "./PoolSource.ts";
import { poolOfKind } from "./poolOfKind.ts";
import { readWords } from "./readWords.ts";

export interface CurveStableIdentity {
  readonly address: PoolAddress;
  readonly tokens: readonly TokenAddress[];
  /** See CurveStableState; tokens whose rate moves are not for this source. */
  readonly rates: readonly bigint[];
  /** Newer pools say their amplification with two decimals. */
  readonly hasPreciseAmplification: boolean;
}

const PRECISION = 100n;

/** Its logs tell what was traded and not what the pool kept of it, and its amplification moves by time: it is read. */
export function curveStableSource(identity: CurveStableIdentity): PoolSource {
  const { address, tokens, rates, hasPreciseAmplification } = identity;
  const amplification = hasPreciseAmplification ? "A_precise()" : "A()";
  return {
    kind: "curve-stable",
    address,
    tokens,
    emitters: [address],
    isAbout: (log) => log.address === address,
    applyLog: () => "reread",
    async read(caller, options) {
      const answers = await readWords(
        caller,
        [
          ...[amplification, "fee()", "admin_fee()"].map((method) => ({
            to: address,
            data: encodeCall(method),
          })),
          ...tokens.map((_, at) => ({ to: address, data: encodeCall("balances(uint256)", BigInt(at)) })),
          ...tokens.map((_, at) => ({ to: address, data: encodeCall("coins(uint256)", BigInt(at)) })),
        ],
        options,
      );
      const [a = 0n, fee = 0n, adminFee = 0n, ...rest] = answers.map(([word = 0n]) => word);
      const coins = rest.slice(tokens.length).map(wordToAddress);
      if (String(coins) !== String(tokens))
        throw poolErrors.POOL_UNREADABLE({ pool: address, coins: String(coins) });
      return new CurveStablePool({
        address,
        tokens,
        rates,
        balances: rest.slice(0, tokens.length),
        amplification: a,
        amplificationPrecision: hasPreciseAmplification ? PRECISION : 1n,
        fee,
        adminFee,
      });
    },
    differenceOf(kept, read) {
      const [mine, theirs] = [stateText(kept), stateText(read)];
      return mine === theirs ? undefined : `${mine}, the contract has ${theirs}`;
    },
  };
}

function stateText(pool: Pool): string {
  const { balances, amplification, fee, adminFee } = poolOfKind(pool, CurveStablePool).state;
  return `balances ${balances} amplification ${amplification} fees ${fee} ${adminFee}`;
}
