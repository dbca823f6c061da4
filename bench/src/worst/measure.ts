import { isTrellisError } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import type { BlockInput, BlockResult, Evm, Hash } from "@trellis/protocol";
import { buildProgram } from "./buildProgram.ts";
import { startCpuTimer } from "./cpuTimer.ts";
import type { Genome } from "./genome.ts";

export interface Measured {
  readonly mgasPerSecond: number;
  readonly gas: number;
  readonly cpuMs: number;
}

const SAMPLE_MS = 12;
/** Gas per run, up to a block's gas limit. */
const GAS_STEPS = [1_000_000, 4_000_000, 10_000_000, 30_000_000];
const SMALL_GAS_STEPS = [200_000];
/** Gas is increased only while a block takes less time. */
const STEP_MS_MAX = 300;
const LONG_MS = 100;

export class Meter {
  readonly #evm: Evm;
  readonly #gasSteps: readonly number[];
  #salt = 1;

  constructor(evm: Evm, { small }: { readonly small: boolean }) {
    this.#evm = evm;
    this.#gasSteps = small ? SMALL_GAS_STEPS : GAS_STEPS;
  }

  async measure(genome: Genome): Promise<Measured | undefined> {
    const program = buildProgram(genome);
    if (program === undefined) return undefined;
    let measured: Measured | undefined;
    for (const gas of this.#gasSteps) {
      if (measured !== undefined && isEnough(measured, gas, genome)) return measured;
      const salt = this.#salt++;
      const input = program.blockInput(gas, salt);
      if (genome.frame.cache === "warm") await runIfValid(this.#evm, input);
      const cpuTimer = startCpuTimer();
      const result = await runIfValid(this.#evm, input);
      const cpuMs = cpuTimer();
      if (result === undefined) return measured;
      const gasUsed = Number(result.gasUsed);
      if (gasUsed === 0) return measured;
      measured = { mgasPerSecond: gasUsed / cpuMs / 1_000, gas: gasUsed, cpuMs };
    }
    return measured;
  }

  /** Repeats runs, because load on the same core can cost a third of the speed. */
  async fastest(
    genome: Genome,
    times: number,
    { before, isThorough = false }: { readonly before?: Measured; readonly isThorough?: boolean } = {},
  ): Promise<Measured | undefined> {
    let best = before;
    for (let time = 0; time < times; time++) {
      if (!isThorough && time > 0 && best !== undefined && best.cpuMs > LONG_MS) break;
      const measured = await this.measure(genome);
      if (measured !== undefined && measured.mgasPerSecond > (best?.mgasPerSecond ?? 0)) best = measured;
    }
    return best;
  }
}

async function runIfValid(evm: Evm, input: BlockInput): Promise<BlockResult | undefined> {
  try {
    return await evm.runBlock(input);
  } catch (error) {
    if (isTrellisError(error) && error.code === "TRANSACTION_INVALID") return undefined;
    throw error;
  }
}

function isEnough({ cpuMs, mgasPerSecond }: Measured, gas: number, { frame }: Genome): boolean {
  const expectedMs = gas / mgasPerSecond / 1_000;
  const isWanted = gas <= Number(frame.mgasMin) * 1_000_000 && expectedMs <= STEP_MS_MAX;
  return cpuMs >= SAMPLE_MS && !isWanted;
}

export async function resultHash(evm: Evm, genome: Genome, gas: number): Promise<Hash | undefined> {
  const input = buildProgram(genome)?.blockInput(gas, 0);
  if (input === undefined) return undefined;
  const result = await runIfValid(evm, input);
  if (result === undefined) return undefined;
  const { outcomes, changes, logsBloom, gasUsed } = result;
  const text = JSON.stringify(
    {
      gasUsed,
      outcomes: outcomes.flat().map((outcome) =>
        outcome.kind === "skipped"
          ? outcome
          : {
              status: outcome.receipt.status,
              gas: outcome.receipt.gasUsed,
              logs: outcome.receipt.logs.length,
            },
      ),
      logsBloom: Buffer.from(logsBloom).toString("hex"),
      accounts: sorted(changes.accounts),
      storage: sorted(changes.storage).map(([address, slots]) => [address, sorted(slots ?? new Map())]),
      codes: [...changes.codes.keys()].sort(),
    },
    (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value),
  );
  return keccak256Hex(Buffer.from(text));
}

function sorted<K extends string, V>(entries: ReadonlyMap<K, V>): [K, V | null][] {
  return [...entries]
    .map(([key, value]): [K, V | null] => [key, value ?? null])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
