import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { isTrellisError } from "@trellis/base";
import { Dag, Difficulty } from "@trellis/chain";
import { dagParameters, type Hash } from "@trellis/protocol";
import { suiteFolder } from "./jsonFiles.ts";
import type { ConformanceSuite } from "./suite.ts";

export const ghostdagHeadersSuite: ConformanceSuite = {
  name: "ghostdag-headers",
  async run(vectorsDir) {
    const folder = suiteFolder(vectorsDir, "ghostdag");
    const failures: string[] = [];
    let passed = 0;
    for (const file of (await readdir(folder)).filter(isHeaderFile).sort()) {
      const lines = await readLines(join(folder, file));
      const failed = runHeaders(lines).map((failure) => `${file}: ${failure}`);
      failures.push(...failed);
      passed += lines.length - 2 - failed.length;
    }
    return { passed, failed: failures.length, skipped: 0, failures };
  },
};

interface KaspaParameters extends Partial<BlockRate> {
  readonly difficulty_window_size?: number;
  readonly min_difficulty_window_size?: number;
  readonly past_median_time_window_size?: number;
  readonly blockrate?: Partial<BlockRate>;
}

interface BlockRate {
  readonly target_time_per_block: number;
  readonly ghostdag_k: number;
  readonly past_median_time_sample_rate: number;
  readonly difficulty_sample_rate: number;
  readonly max_block_parents: number;
  readonly mergeset_size_limit: number;
  readonly merge_depth: number;
  readonly finality_depth: number;
  readonly pruning_depth: number;
}

interface KaspaBlock {
  readonly header: {
    readonly hash: string;
    readonly parentsByLevel: readonly (readonly string[])[];
    readonly timestamp: number;
    readonly bits: number;
    readonly daaScore: number;
    readonly blueWork: string;
    readonly blueScore: number;
  };
}

function runHeaders([first, genesis, ...blocks]: readonly unknown[]): string[] {
  const { header: origin } = genesis as KaspaBlock;
  const { dag, difficulty } = networkOf(first as KaspaParameters, origin.bits);
  const insertable = ({ hash, bits, timestamp }: KaspaBlock["header"]) => ({
    hash: hashOf(hash),
    work: difficulty.work(bits, 0),
    timestampMs: timestamp,
    stream: 0,
  });
  dag.insertGenesis({ ...insertable(origin), ...difficulty.genesis() });
  return (blocks as KaspaBlock[]).flatMap(({ header }) => {
    const row = dag.ghostdag((header.parentsByLevel[0] ?? []).map(hashOf));
    const assessed = difficulty.assess(row, 0);
    const broken = brokenRule(() => dag.verify(row));
    // Inserts the given header, so that one difference does not hide the next.
    dag.insert({ ...insertable(header), daaCounts: [header.daaScore], bitsOfStreams: [header.bits] }, row);
    return differences(header, { ...row, ...assessed }, broken);
  });
}

interface Implied {
  readonly blueScore: number;
  readonly blueWork: bigint;
  readonly daaScore: number;
  readonly bits: number;
  readonly medianTimeMs: number;
}

function brokenRule(verify: () => void): string | undefined {
  try {
    verify();
  } catch (error) {
    if (isTrellisError(error)) return error.message;
    throw error;
  }
  return undefined;
}

function differences(header: KaspaBlock["header"], implied: Implied, broken: string | undefined): string[] {
  const expected = { ...header, blueWork: BigInt(`0x${header.blueWork}`) };
  const fields = (["blueScore", "blueWork", "daaScore", "bits"] as const).filter(
    (field) => implied[field] !== expected[field],
  );
  const found = fields.map((field) => `${field} is ${implied[field]}, the header says ${expected[field]}`);
  if (header.timestamp <= implied.medianTimeMs) {
    found.push(`timestamp ${header.timestamp} is not later than ${implied.medianTimeMs}`);
  }
  if (broken !== undefined) found.push(broken);
  return found.length === 0 ? [] : [`${header.hash}: ${found.join("; ")}`];
}

/** Durations of Kaspa's mainnet. */
const TIMES = {
  mergeS: 3_600,
  finalityS: 43_200,
  pruningS: 108_000,
  difficultySampleS: 4,
  medianSampleS: 10,
};
const TARGET_TIME_MS = 1_000;

function networkOf(parameters: KaspaParameters, genesisBits: number) {
  const rate = { ...parameters, ...parameters.blockrate };
  const targetIntervalMs = rate.target_time_per_block ?? TARGET_TIME_MS;
  const standard = dagParameters([{ targetIntervalMs }], TIMES);
  const limits = {
    ghostdagK: rate.ghostdag_k ?? standard.ghostdagK,
    parentsMax: rate.max_block_parents ?? standard.parentsMax,
    mergesetMax: rate.mergeset_size_limit ?? standard.mergesetMax,
    mergeDepth: rate.merge_depth ?? standard.mergeDepth,
    finalityDepth: rate.finality_depth ?? standard.finalityDepth,
    pruningDepth: rate.pruning_depth ?? standard.pruningDepth,
  };
  const { difficultyWindow, medianTimeWindow } = standard;
  const dag = new Dag({ limits, streamCount: 1 });
  const difficulty = new Difficulty(
    {
      streams: [{ targetIntervalMs, genesisBits, difficulty: "window", workWeight: 1n }],
      difficultyWindow: {
        size: rate.difficulty_window_size ?? difficultyWindow.size,
        sampleRate: rate.difficulty_sample_rate ?? difficultyWindow.sampleRate,
        sizeMin: rate.min_difficulty_window_size ?? difficultyWindow.sizeMin,
      },
      medianTimeWindow: {
        size: rate.past_median_time_window_size ?? medianTimeWindow.size,
        sampleRate: rate.past_median_time_sample_rate ?? medianTimeWindow.sampleRate,
      },
    },
    dag,
  );
  return { dag, difficulty };
}

function hashOf(hexadecimal: string): Hash {
  return `0x${hexadecimal}`;
}

function isHeaderFile(name: string): boolean {
  return /^headers.*\.json(l)?(\.gz)?$/.test(name);
}

async function readLines(file: string): Promise<unknown[]> {
  const bytes = await readFile(file);
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line): unknown => JSON.parse(line));
}
