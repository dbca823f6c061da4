import { CurveStablePool } from "../curve/CurveStablePool.ts";
import { poolErrors } from "../errors.ts";
import type { Pool, PoolAddress } from "../Pool.ts";
import { encodeCall, wordsOf, wordToAddress } from "./abi.ts";
import { callMany } from "./callMany.ts";
import type { PoolCaller, PoolSource, ReadOptions } from "./PoolSource.ts";
import { poolOfKind } from "./poolOfKind.ts";
import { readDecimals } from "./readDecimals.ts";
import { readWords } from "./readWords.ts";

const PRECISION = 100n;
const TOKENS_MAX = 8;
/** Decimals of a balance times its rate. */
const RATE_DECIMALS = 36;
/** Compares quotes for a thousandth of the first balance. */
const COMPARED_SHARE = 1_000n;
/** Tolerance in base units: the oldest pools round once more and do not subtract a unit. */
const COMPARED_UNITS = 2n;

/** Logs lack the fee that the pool keeps, so each log causes a read. */
export function curveStableSource(address: PoolAddress): PoolSource {
  return {
    kind: "curve-stable",
    address,
    tokens: undefined,
    emitters: [address],
    isAbout: (log) => log.address === address,
    applyLog: () => "reread",
    read: (caller, options) => readCurvePool(address, caller, options),
    isMoving: (pool) => curveOf(pool).state.isRamping === true,
    differenceOf(kept, read) {
      const [mine, theirs] = [stateText(kept), stateText(read)];
      return mine === theirs ? undefined : `${mine}, the contract has ${theirs}`;
    },
  };
}

async function readCurvePool(
  address: PoolAddress,
  caller: PoolCaller,
  options: ReadOptions,
): Promise<CurveStablePool> {
  const ask = (method: string, ...words: bigint[]) => ({ to: address, data: encodeCall(method, ...words) });
  const places = Array.from({ length: TOKENS_MAX }, (_, at) => BigInt(at));
  const answers = await callMany(
    caller,
    [
      ...["A_precise()", "A()", "future_A()", "fee()", "admin_fee()"].map((method) => ask(method)),
      ...places.map((at) => ask("coins(uint256)", at)),
    ],
    options,
  );
  const [precise, plain, future, fee, adminFee, ...coins] = answers.map(
    (answer) => wordsOf(answer ?? "0x")[0],
  );
  const end = coins.findIndex((coin) => wordToAddress(coin) === undefined);
  const tokens = coins.slice(0, end < 0 ? TOKENS_MAX : end).map((coin) => wordToAddress(coin)!);
  const amplification = precise ?? plain;
  if (amplification === undefined || fee === undefined || adminFee === undefined || tokens.length < 2)
    throw poolErrors.POOL_UNREADABLE({ pool: address, amplification, fee, adminFee, tokens: tokens.length });
  const [balances, decimals] = await Promise.all([
    readWords(
      caller,
      tokens.map((_, at) => ask("balances(uint256)", BigInt(at))),
      options,
    ),
    readDecimals(address, tokens, caller, options),
  ]);
  const pool = new CurveStablePool({
    address,
    tokens,
    rates: decimals.map((places) => 10n ** BigInt(RATE_DECIMALS - places)),
    balances: balances.map(([balance = 0n]) => balance),
    amplification,
    amplificationPrecision: precise === undefined ? 1n : PRECISION,
    fee,
    adminFee,
    ...(future !== undefined && future !== amplification && { isRamping: true }),
  });
  await compareQuotes(pool, caller, options);
  return pool;
}

/** Rejects pools with dynamic fees or changing rates, whose quotes differ. */
async function compareQuotes(pool: CurveStablePool, caller: PoolCaller, options: ReadOptions): Promise<void> {
  const { address, tokens, balances } = pool.state;
  if (balances.some((balance) => balance === 0n)) return;
  const amountIn = (balances[0] ?? 0n) / COMPARED_SHARE + 1n;
  const others = tokens.map((_, at) => at).slice(1);
  const data = (at: number) => encodeCall("get_dy(int128,int128,uint256)", 0n, BigInt(at), amountIn);
  const answers = await readWords(
    caller,
    others.map((at) => ({ to: address, data: data(at) })),
    options,
  );
  for (const [place, at] of others.entries()) {
    const said = answers[place]?.[0] ?? 0n;
    const { amountOut } = pool.swapExactInput(0, at, amountIn);
    const apart = said > amountOut ? said - amountOut : amountOut - said;
    if (apart > COMPARED_UNITS)
      throw poolErrors.POOL_INVALID({ pool: address, token: tokens[at], amountIn, said, amountOut });
  }
}

function stateText(pool: Pool): string {
  const { balances, amplification, fee, adminFee } = curveOf(pool).state;
  return `balances ${balances} amplification ${amplification} fees ${fee} ${adminFee}`;
}

const curveOf = (pool: Pool): CurveStablePool => poolOfKind(pool, CurveStablePool);
