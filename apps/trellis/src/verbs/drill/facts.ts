/** What a part of the system showed at some time, by name: a certificate, a balance, a trade. */
export type Facts = ReadonlyMap<string, string>;

/** Each recorded fact that was not found, or found with another value. */
export function differences(recorded: Facts, found: Facts): string[] {
  return [...recorded].flatMap(([name, value]) => {
    const other = found.get(name);
    if (other === value) return [];
    return [`${name}: ${other === undefined ? "missing" : `${other} instead of ${value}`}`];
  });
}

/** What a validator signs at most one value for. */
export interface Position {
  /** Key of a validator, or `quorum` for a certificate. */
  readonly signer: string;
  readonly height: number;
  readonly round: number;
  readonly step: string;
  readonly value: string | null;
}

/** Positions with two values. */
export function contradictions(positions: readonly Position[]): string[] {
  const signed = new Map<string, string | null>();
  const found = new Set<string>();
  for (const { signer, height, round, step, value } of positions) {
    const place = `${step} of ${signer} at height ${height}, round ${round}`;
    const known = signed.get(place);
    if (known === undefined) signed.set(place, value);
    else if (known !== value) found.add(`${place}: ${value} after ${known}`);
  }
  return [...found];
}

/** An acknowledged write. Times are ms since the Unix epoch. */
export interface Write {
  readonly name: string;
  readonly acknowledgedMs: number;
}

export interface RecoveryPoint {
  readonly lostMs: number;
  readonly writes: number;
  /** After the restored time. */
  readonly lostWrites: number;
}

export function recoveryPoint(writes: readonly Write[], restoredMs: number): RecoveryPoint {
  const newest = writes.reduce((latest, { acknowledgedMs }) => Math.max(latest, acknowledgedMs), restoredMs);
  return {
    lostMs: newest - restoredMs,
    writes: writes.length,
    lostWrites: writes.filter(({ acknowledgedMs }) => acknowledgedMs > restoredMs).length,
  };
}

/** Writes until `restoredMs` that the restored data lack. */
export function lostBefore(
  restoredMs: number,
  writes: readonly Write[],
  found: ReadonlySet<string>,
): string[] {
  return writes
    .filter(({ name, acknowledgedMs }) => acknowledgedMs <= restoredMs && !found.has(name))
    .map(({ name }) => `${name}: missing`);
}
