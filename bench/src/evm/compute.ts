import { bytesToHex, type Hex, quantityToHex } from "@trellis/base";
import { MemoryState } from "@trellis/evm";
import type { OracleEvm } from "@trellis/oracle";
import { type Address, type CallInput, DEFAULT_FORK, type Evm, ZERO_HASH } from "@trellis/protocol";
import { median } from "../statistics.ts";
import type { AnvilProcess } from "./AnvilProcess.ts";
import { LOOP_DRIVER, loopData } from "./loopDriver.ts";
import type { Program } from "./programs.ts";
import { type Row, rowOf } from "./Row.ts";

export interface Peers {
  readonly trellis: Evm;
  readonly ethereumjs: OracleEvm;
  readonly anvil: AnvilProcess;
}

export interface ComputeOptions {
  readonly sampleMs: number;
  readonly rounds: number;
  /** Rounds on ethereumjs, which is about 100 times slower. */
  readonly slowRounds: number;
  readonly slowSampleGas: number;
}

const CALLER: Address = `0x${"ca".repeat(20)}`;
const DRIVER: Address = `0x${"d0".repeat(20)}`;
const GAS_LIMIT = 1_000_000_000_000n;
const TIMES_MAX = 100_000;

export async function measureProgram(program: Program, peers: Peers, options: ComputeOptions): Promise<Row> {
  const state = new MemoryState();
  state.setBalance(CALLER, 10n ** 18n);
  state.setCode(DRIVER, LOOP_DRIVER);
  state.setCode(program.address, program.code);
  await peers.anvil.call("anvil_setCode", DRIVER, bytesToHex(LOOP_DRIVER));
  await peers.anvil.call("anvil_setCode", program.address, bytesToHex(program.code));

  const run = async (evm: OracleEvm, times: number) => {
    const startMs = performance.now();
    const { outcome, output, gasUsed } = await evm.call(callInput(state, program, times));
    const ms = performance.now() - startMs;
    if (outcome !== "success") throw new Error(`${program.name} ends with ${outcome}`);
    return { ms, gas: Number(gasUsed), output: bytesToHex(output) };
  };
  const empty = await run(peers.trellis, 0);
  const once = await run(peers.trellis, 1);
  const gasOfOne = once.gas - empty.gas;
  const times = await timesFor(options.sampleMs, (count) => run(peers.trellis, count));
  const slowTimes = Math.max(1, Math.min(times, Math.round(options.slowSampleGas / gasOfOne)));
  const gas = (await run(peers.trellis, times)).gas - empty.gas;
  await askAnvil(peers.anvil, program, times, once.output);

  const samples = { trellis: [] as number[], anvil: [] as number[], ethereumjs: [] as number[] };
  for (let round = 0; round < options.rounds; round++) {
    samples.trellis.push(gas / (await run(peers.trellis, times)).ms);
    const overheadMs = await askAnvil(peers.anvil, program, 0, "0x");
    const ms = await askAnvil(peers.anvil, program, times, once.output);
    samples.anvil.push(gas / withoutOverhead(ms, overheadMs));
    if (round >= options.slowRounds) continue;
    const slow = await run(peers.ethereumjs, slowTimes);
    if (slow.output !== once.output) throw new Error(`ethereumjs: ${program.name} gives another output`);
    samples.ethereumjs.push((slow.gas - empty.gas) / slow.ms);
  }
  return rowOf(program.name, "compute", gasOfOne, {
    trellis: median(samples.trellis) / 1_000,
    anvil: median(samples.anvil) / 1_000,
    ethereumjs: median(samples.ethereumjs) / 1_000,
  });
}

/** Keeps a tenth: noise can exceed the execution time of tiny samples. */
export function withoutOverhead(ms: number, overheadMs: number): number {
  return Math.max(ms - overheadMs, ms / 10);
}

async function timesFor(sampleMs: number, run: (times: number) => Promise<{ ms: number }>): Promise<number> {
  let times = 1;
  while (true) {
    const { ms } = await run(times);
    if (ms >= sampleMs || times >= TIMES_MAX) return times;
    times *= ms > 0 ? Math.min(8, Math.max(2, Math.ceil(sampleMs / ms))) : 8;
  }
}

function callInput(state: MemoryState, { address, data }: Program, times: number): CallInput {
  return {
    state,
    coinbase: CALLER,
    context: {
      chainId: 31_337n,
      number: 1n,
      timestamp: 1_700_000_000n,
      gasLimit: GAS_LIMIT,
      baseFee: 0n,
      prevRandao: ZERO_HASH,
      fork: DEFAULT_FORK,
      blockHash: () => ZERO_HASH,
    },
    request: {
      from: CALLER,
      to: DRIVER,
      gasLimit: GAS_LIMIT,
      maxFeePerGas: 0n,
      maxPriorityFeePerGas: 0n,
      value: 0n,
      data: loopData(times, address, data),
      accessList: [],
    },
  };
}

async function askAnvil(anvil: AnvilProcess, program: Program, times: number, output: Hex): Promise<number> {
  const data = bytesToHex(loopData(times, program.address, program.data));
  const call = { from: CALLER, to: DRIVER, gas: quantityToHex(GAS_LIMIT), data };
  const startMs = performance.now();
  const got = await anvil.call("eth_call", call, "latest");
  const ms = performance.now() - startMs;
  if (got !== output) throw new Error(`anvil: ${program.name} gives another output`);
  return ms;
}
