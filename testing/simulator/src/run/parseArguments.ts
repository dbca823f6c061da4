import { parseArgs } from "node:util";
import { isTrellisError } from "@trellis/base";
import { simulatorErrors } from "../errors.ts";
import { COMMON_FAULTS, FAULTS, type Fault, SHARD_FAULTS, SHARD_LIES } from "../faults/faults.ts";
import type { SimulationOptions } from "./chooseSwarm.ts";

/** That can happen in networks with several shards. */
const FAULTS_OF_SHARDS = [...new Set<Fault>([...COMMON_FAULTS, ...SHARD_FAULTS, ...SHARD_LIES])];

export const USAGE = `npm run simulate -- [options]

  --seed N         the seed, or the first of several (1)
  --seeds COUNT    how many seeds, one after another (1)
  --shards N       shards of the network, 1 to 8 (1)
  --nodes N        nodes of the network, 2 to 64; with several shards, machines (the seed chooses)
  --validators N   how many nodes validate; 0 for finality by depth alone; with one shard (the seed chooses)
  --duration S     virtual seconds in which faults happen (the seed chooses 20 to 40)
  --faults LIST    all, none, or some of: ${FAULTS.join(", ")} (the seed chooses)
                   with several shards, of: ${FAULTS_OF_SHARDS.join(", ")}
  --workers N      threads (one a core)
  --trace DIR      where traces of failed runs go (the system's folder for temporary files)
  --json           one line of JSON for each run, and one for all
`;

interface SimulateArguments extends SimulationOptions {
  readonly seeds: number;
  readonly workers: number | undefined;
  readonly traceDirectory: string | undefined;
  readonly isJson: boolean;
  readonly isHelp: boolean;
}

export function parseArguments(args: readonly string[]): SimulateArguments {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seed: { type: "string" },
        seeds: { type: "string" },
        shards: { type: "string" },
        nodes: { type: "string" },
        validators: { type: "string" },
        duration: { type: "string" },
        faults: { type: "string" },
        workers: { type: "string" },
        trace: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean" },
      },
    });
    const shards = count("shards", values.shards, 1, 8);
    const isSharded = shards !== undefined && shards > 1;
    if (isSharded && values.validators !== undefined)
      throw invalid("validators", values.validators, "no value with several shards, whose machines validate");
    return {
      seed: count("seed", values.seed, 0, Number.MAX_SAFE_INTEGER) ?? 1,
      seeds: count("seeds", values.seeds, 1, 1_000_000) ?? 1,
      shards,
      nodes: count("nodes", values.nodes, 2, 64),
      validators: count("validators", values.validators, 0, 64),
      durationS: count("duration", values.duration, 1, 86_400),
      faults: faultsOf(values.faults, isSharded ? FAULTS_OF_SHARDS : FAULTS),
      workers: count("workers", values.workers, 1, 256),
      traceDirectory: values.trace,
      isJson: values.json ?? false,
      isHelp: values.help ?? false,
    };
  } catch (cause) {
    if (isTrellisError(cause)) throw cause;
    throw simulatorErrors.SIMULATION_OPTION_INVALID({ arguments: args.join(" ") }, cause);
  }
}

export function typedOptions({
  seed,
  shards,
  nodes,
  validators,
  durationS,
  faults,
}: SimulationOptions): string {
  const list = faults?.length === 0 ? "none" : faults?.join(",");
  return [
    `--seed ${seed}`,
    ...(shards === undefined ? [] : [`--shards ${shards}`]),
    ...(nodes === undefined ? [] : [`--nodes ${nodes}`]),
    ...(validators === undefined ? [] : [`--validators ${validators}`]),
    ...(durationS === undefined ? [] : [`--duration ${durationS}`]),
    ...(list === undefined ? [] : [`--faults ${list}`]),
  ].join(" ");
}

function count(option: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw invalid(option, text, `${min} to ${max}`);
}

function faultsOf(text: string | undefined, possible: readonly Fault[]): readonly Fault[] | undefined {
  if (text === undefined) return undefined;
  if (text === "all") return possible;
  if (text === "none") return [];
  return text.split(",").map((name) => {
    const fault = possible.find((each) => each === name);
    if (fault !== undefined) return fault;
    throw invalid("faults", name, possible.join(", "));
  });
}

function invalid(option: string, got: string, expected: string) {
  return simulatorErrors.SIMULATION_OPTION_INVALID({ option, got, expected });
}
