import type { Draws } from "./Draws.ts";
import { cross, describe, drawGenome, firstGenomes, type Genome, labelsOf, mutate } from "./genome.ts";
import type { Measured, Meter } from "./measure.ts";
import { SEGMENT_KIND_NAMES } from "./segments/index.ts";

export interface Found extends Measured {
  readonly genome: Genome;
  readonly labels: readonly string[];
}

interface SearchOptions {
  readonly meter: Meter;
  readonly draws: Draws;
  readonly isOver: () => boolean;
  readonly kept: readonly Genome[];
  log(line: string): void;
}

export interface SearchResult {
  readonly programs: number;
  readonly found: readonly Found[];
}

const FOUND_MAX = 600;
const REPEATS = 2;
const REPEATED_BELOW = 150;
const CROSSED = 0.15;
const DRAWN = 0.1;
const CLIMBED = 0.5;
/** A program is slower if its rate is below this share of another's rate. */
const GAIN = 0.97;
const FIRST = 0.5;

/**
 * Stores the slowest program per combination of labels. Mutates, crosses and redraws programs, preferably
 * slow ones. A program's rate is that of its fastest run.
 */
export async function search({ meter, draws, isOver, kept, log }: SearchOptions): Promise<SearchResult> {
  const archive = new Archive();
  let programs = 0;
  const attempt = async (genome: Genome): Promise<void> => {
    programs++;
    const first = await meter.measure(genome);
    if (first === undefined || !archive.wouldKeep(genome, first)) return;
    const isSlow = first.mgasPerSecond < REPEATED_BELOW;
    const measured = isSlow ? await meter.fastest(genome, REPEATS, { before: first }) : first;
    const found = archive.add(genome, measured!);
    if (found !== undefined && found === archive.slowest[0]) {
      log(`${programs}: ${found.mgasPerSecond.toFixed(2)} Mgas/s  ${describe(genome)}`);
    }
    // One-time costs, such as cold accounts, can hide later behaviour, so the program also runs for longer.
    if (found !== undefined && isSlow && genome.frame.mgasMin === 1 && found.gas <= 1_000_000) {
      await attempt({ ...genome, frame: { ...genome.frame, mgasMin: 4 } });
    }
  };
  for (const genome of kept) await attempt(genome);
  const first = firstGenomes(draws);
  while (!isOver()) {
    const isFirst = first.length > 0 && draws.isBelow(FIRST);
    await attempt(isFirst ? first.splice(draws.integer(first.length), 1)[0]! : next(archive.slowest, draws));
  }
  return { programs, found: archive.slowest };
}

/** Draws the kind uniformly, so that none dominates. */
function next(found: readonly Found[], draws: Draws): Genome {
  const kind = draws.pick(SEGMENT_KIND_NAMES);
  const ofKind = found.filter(({ genome }) => genome.segments.some((segment) => segment.kind === kind));
  if (ofKind.length === 0 || draws.isBelow(DRAWN)) return drawGenome(draws);
  const parent = draws.isBelow(CLIMBED) ? ofKind[0]!.genome : draws.pickLow(ofKind).genome;
  return draws.isBelow(CROSSED) ? cross(parent, draws.pickLow(found).genome, draws) : mutate(parent, draws);
}

class Archive {
  readonly #byLabels = new Map<string, Found>();
  #slowest: Found[] = [];

  get slowest(): readonly Found[] {
    return this.#slowest;
  }

  wouldKeep(genome: Genome, { mgasPerSecond }: Measured): boolean {
    const known = this.#byLabels.get(labelsOf(genome).join(" + "));
    return known === undefined || mgasPerSecond < GAIN * known.mgasPerSecond;
  }

  add(genome: Genome, measured: Measured): Found | undefined {
    if (!this.wouldKeep(genome, measured)) return undefined;
    const labels = labelsOf(genome);
    const found: Found = { ...measured, genome, labels };
    this.#byLabels.set(labels.join(" + "), found);
    this.#slowest = [...this.#byLabels.values()].sort((a, b) => a.mgasPerSecond - b.mgasPerSecond);
    for (const dropped of this.#slowest.splice(FOUND_MAX)) this.#byLabels.delete(dropped.labels.join(" + "));
    return found;
  }
}

export function distinctCauses(found: readonly Found[], countMax: number): Found[] {
  const [seen, distinct] = [new Set<string>(), [] as Found[]];
  for (const each of found) {
    if (distinct.length === countMax) break;
    if (each.labels.some((label) => seen.has(label))) continue;
    for (const label of each.labels) seen.add(label);
    distinct.push(each);
  }
  return distinct;
}
