import { createEvm } from "@trellis/evm";
import { createOracleEvm } from "@trellis/oracle";
import { blockRate, main } from "@trellis/protocol";
import type { Benchmark } from "./benchmark.ts";
import { AnvilProcess } from "./evm/AnvilProcess.ts";
import { type ComputeOptions, measureProgram } from "./evm/compute.ts";
import { measurePrecompiles } from "./evm/precompiles.ts";
import { loadPrograms } from "./evm/programs.ts";
import type { Row } from "./evm/Row.ts";
import { measureTransactions, type TransactionOptions } from "./evm/transactions.ts";
import { geometricMean } from "./statistics.ts";

const FULL = {
  compute: { sampleMs: 60, rounds: 7, slowRounds: 1, slowSampleGas: 10_000_000 },
  transactions: { rounds: 7, slowRounds: 2, perSender: 50 },
  precompileMs: 1_000,
} satisfies { compute: ComputeOptions; transactions: TransactionOptions; precompileMs: number };

const SMALL = {
  compute: { sampleMs: 2, rounds: 1, slowRounds: 1, slowSampleGas: 100_000 },
  transactions: { rounds: 1, slowRounds: 1, perSender: 2 },
  precompileMs: 2,
} satisfies typeof FULL;

/** This program takes ten seconds on ethereumjs. */
const TOO_LONG_FOR_TESTS = "snailtracer";

/** Anvil's times include the mempool and the state root; those of `runBlock` do not. */
export const evmBenchmark: Benchmark = {
  name: "evm",
  summary: "programs and transactions, beside Anvil and @ethereumjs/evm",
  async run({ small, log }) {
    const options = small ? SMALL : FULL;
    const evms = {
      trellis: createEvm({ random: { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) } }),
      ethereumjs: createOracleEvm(),
    };
    const rows: Row[] = [];
    const add = (row: Row): void => {
      rows.push(row);
      log(describe(row));
    };
    const anvil = await AnvilProcess.start();
    try {
      for (const program of loadPrograms()) {
        if (small && program.name === TOO_LONG_FOR_TESTS) continue;
        add(await measureProgram(program, { ...evms, anvil }, options.compute));
      }
    } finally {
      await anvil.stop();
    }
    for (const row of await measureTransactions(() => AnvilProcess.start(), evms, options.transactions))
      add(row);
    const precompiles = measurePrecompiles(options.precompileMs);
    const allowed = (Number(main.gasLimit) * blockRate(main.streams)) / 1e6;
    for (const { name, gas, mgasPerSecond } of precompiles)
      log(`${name.padEnd(26)} ${gas} gas  ${mgasPerSecond.toFixed(1)} Mgas/s of ${allowed} that main allows`);
    return {
      precompiles: { mgasPerSecondAllowed: allowed, rows: precompiles },
      geomean: { compute: ratios(rows, "compute"), transactions: ratios(rows, "transactions") },
      rows,
    };
  },
};

function ratios(rows: readonly Row[], kind: Row["kind"]): Row["ratio"] {
  const of = rows.filter((row) => row.kind === kind);
  return {
    anvil: geometricMean(of.map(({ ratio }) => ratio.anvil)),
    ethereumjs: geometricMean(of.map(({ ratio }) => ratio.ethereumjs)),
  };
}

function describe({ name, gas, mgasPerSecond: { trellis, anvil, ethereumjs }, ratio }: Row): string {
  const speed = (figure: number): string => figure.toFixed(figure < 100 ? 1 : 0).padStart(6);
  return [
    name.padEnd(22),
    `${gas.toLocaleString("en").padStart(12)} gas`,
    `Mgas/s: ${speed(trellis)} trellis, ${speed(anvil)} anvil, ${speed(ethereumjs)} ethereumjs`,
    `× ${ratio.anvil.toFixed(2)} anvil, × ${ratio.ethereumjs.toFixed(0)} ethereumjs`,
  ].join("  ");
}
