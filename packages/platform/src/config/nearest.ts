/** Accepts an edit distance of up to a third of the length (at least one), or a unique prefix. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > NAME_LENGTH_MAX) return undefined;
  const all = [...candidates];
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of all) {
    const distance = editDistance(name, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best ?? onlyOneWith(name, all);
}

const BEGINNING_LENGTH_MIN = 3;

function onlyOneWith(beginning: string, candidates: readonly string[]): string | undefined {
  if (beginning.length < BEGINNING_LENGTH_MIN) return undefined;
  const [first, second] = candidates.filter((candidate) => candidate.startsWith(beginning));
  return second === undefined ? first : undefined;
}

/** Comparing names takes quadratic time. */
const NAME_LENGTH_MAX = 64;

/** Optimal string alignment distance. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      let distance = Math.min(current[column - 1]! + 1, previous[column]! + 1, substitution);
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (isSwap) distance = Math.min(distance, beforePrevious[column - 2]! + 1);
      current.push(distance);
    }
    [beforePrevious, previous] = [previous, current];
  }
  return previous[b.length]!;
}
