import { LruMap } from "@trellis/base";
import type { Address, Carrier, ForkName, Hash, Receipt, SignedBy, Transaction } from "@trellis/protocol";
import type { Engine } from "../engine/Engine.ts";
import { applySeen, isAsSeen, readSeen, type Seen } from "../engine/seen.ts";

interface KnownRunsOptions {
  readonly gasMin?: bigint;
}

/** Transactions below this gas run in a few milliseconds, so are not recorded. */
const GAS_MIN = 1_000_000n;
/** Limits the accounts and slots that a reuse compares. */
const SEEN_MAX = 512;
const BYTES_MAX = 32 << 20;
const RUN_BYTES = 1_024;
const SEEN_BYTES = 512;
const LOG_BYTES = 512;

interface KnownRun {
  readonly fork: ForkName;
  readonly baseFee: bigint;
  readonly seen: Seen;
  readonly addresses: ReadonlySet<Address>;
  readonly receipt: Receipt;
}

interface RunPlace {
  readonly carrier: Pick<Carrier, "coinbase" | "tipRecipient">;
  readonly baseFee: bigint;
  readonly budget: bigint;
}

/** A result is reused if the transaction would read the same values. [EVM-20] */
export class KnownRuns {
  readonly #gasMin: bigint;
  readonly #runs = new LruMap<Hash, KnownRun>(BYTES_MAX, sizeOf);

  constructor({ gasMin = GAS_MIN }: KnownRunsOptions = {}) {
    this.#gasMin = gasMin;
  }

  keep(
    engine: Engine,
    { transaction }: SignedBy,
    { carrier, baseFee }: Omit<RunPlace, "budget">,
    receipt: Receipt,
  ): void {
    if (receipt.gasUsed < this.#gasMin) return;
    const seen = readSeen(engine, SEEN_MAX);
    if (seen === undefined) return;
    const addresses = new Set(seen.accounts.map(({ address }) => address));
    if (addresses.has(carrier.coinbase) || addresses.has(carrier.tipRecipient)) return;
    // The bloom shares its buffer with those of other receipts.
    const kept = { ...receipt, logsBloom: receipt.logsBloom.slice() };
    this.#runs.set(transaction.hash, { fork: engine.fork, baseFee, seen, addresses, receipt: kept });
  }

  /** @returns the receipt with an outdated cumulativeGasUsed; undefined if the transaction must run */
  repeat(
    engine: Engine,
    { transaction, sender }: SignedBy,
    { carrier, baseFee, budget }: RunPlace,
  ): Receipt | undefined {
    const run = this.#runs.get(transaction.hash);
    if (run === undefined || transaction.gasLimit > budget || transaction.maxFeePerGas < baseFee)
      return undefined;
    if (run.fork !== engine.fork) return undefined;
    if (run.seen.isFeeBound && run.baseFee !== baseFee) return undefined;
    if (run.addresses.has(carrier.coinbase) || run.addresses.has(carrier.tipRecipient)) return undefined;
    if (!isAsSeen(engine, run.seen)) return undefined;
    const { gasUsed, logsBloom } = run.receipt;
    const effectiveGasPrice = gasPriceAt(baseFee, transaction);
    const surcharge = (effectiveGasPrice - run.receipt.effectiveGasPrice) * gasUsed;
    applySeen(engine, run.seen, logsBloom, { sender, surcharge });
    engine.tip(carrier.tipRecipient, (effectiveGasPrice - baseFee) * gasUsed);
    return { ...run.receipt, effectiveGasPrice };
  }
}

/** EIP-1559. wei per gas */
function gasPriceAt(baseFee: bigint, { maxFeePerGas, maxPriorityFeePerGas }: Transaction): bigint {
  const price = baseFee + maxPriorityFeePerGas;
  return price < maxFeePerGas ? price : maxFeePerGas;
}

function sizeOf({ seen, receipt }: KnownRun): number {
  const logs = receipt.logs.reduce((sum, { data }) => sum + LOG_BYTES + data.length, 0);
  return RUN_BYTES + (seen.accounts.length + seen.slots.length) * SEEN_BYTES + logs;
}
