import type { BlockTable } from "../table/BlockTable.ts";

interface ParentChoice {
  readonly table: BlockTable;
  isAncestor(ancestor: number, block: number): boolean;
  redsTooDeep(parents: readonly number[]): readonly number[];
  readonly parentsMax: number;
  readonly mergesetMax: number;
}

const CANDIDATES_PER_PARENT = 4;

/** [DAG-13] @param tips heaviest first */
export function virtualParents(choice: ParentChoice, sink: number, tips: readonly number[]): number[] {
  const chosen = chooseWithinLimits(choice, sink, tips);
  return withoutDeepReds(choice, chosen);
}

function chooseWithinLimits(choice: ParentChoice, sink: number, tips: readonly number[]): number[] {
  const { table, parentsMax, mergesetMax } = choice;
  const chosen = [sink];
  const candidates = tips.toReversed();
  let room = mergesetMax - 1;
  for (let looks = CANDIDATES_PER_PARENT * parentsMax; looks > 0; looks--) {
    const candidate = candidates.pop();
    if (candidate === undefined || chosen.length === parentsMax || room === 0) break;
    if (!isBeside(choice, candidate, chosen)) continue;
    const size = newlyMerged(choice, candidate, chosen, room);
    if (size <= room) {
      chosen.push(candidate);
      room -= size;
      continue;
    }
    for (const parent of table.parents.toArray(candidate)) {
      if (candidates.some((other) => choice.isAncestor(parent, other))) continue;
      const at = candidates.findLastIndex((other) => table.compare(other, parent) < 0) + 1;
      candidates.splice(at, 0, parent);
    }
  }
  return chosen;
}

function isBeside(
  { table, isAncestor }: ParentChoice,
  candidate: number,
  chosen: readonly number[],
): boolean {
  if (table.compare(candidate, chosen[0]!) >= 0) return false;
  return !chosen.some((other) => isAncestor(candidate, other) || isAncestor(other, candidate));
}

function newlyMerged(
  { table, isAncestor }: ParentChoice,
  candidate: number,
  chosen: readonly number[],
  room: number,
): number {
  const seen = new Set([candidate]);
  for (const block of seen) {
    if (seen.size > room) break;
    for (const parent of table.parents.toArray(block)) {
      if (!chosen.some((other) => isAncestor(parent, other))) seen.add(parent);
    }
  }
  return seen.size;
}

/** Repeats the check, because removing a parent changes colours. */
function withoutDeepReds(choice: ParentChoice, chosen: number[]): number[] {
  for (let parents = chosen; ; ) {
    const deep = choice.redsTooDeep(parents);
    if (deep.length === 0) return parents;
    parents = parents.filter((parent) => !deep.some((red) => choice.isAncestor(red, parent)));
  }
}
