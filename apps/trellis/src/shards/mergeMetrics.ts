interface Family {
  /** HELP and TYPE. */
  readonly head: readonly string[];
  readonly samples: string[];
}

const HAS_SHARD = /(?:^|,)shard="/;
const SAMPLE = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (.*)$/;

/**
 * One Prometheus document of several registries with the same metrics. A family must not appear twice.
 * @param documents by shard. Samples above shard 0, and shard 0's of the same families, get the label `shard`.
 */
export function mergeMetrics(documents: ReadonlyMap<number, string>): string {
  const others = [...documents].filter(([shard]) => shard > 0);
  const families = familiesIn(documents.get(0) ?? "");
  for (const [shard, text] of others)
    for (const [name, { head, samples }] of familiesIn(text)) {
      const known = families.get(name) ?? { head, samples: [] };
      families.set(name, known);
      known.samples.push(...samples.map((sample) => labelled(sample, shard)));
    }
  const shared = new Set(others.flatMap(([, text]) => [...familiesIn(text).keys()]));
  const lines = [...families].flatMap(([name, { head, samples }]) => [
    ...head,
    ...samples.map((sample) => (shared.has(name) ? labelled(sample, 0) : sample)),
    "",
  ]);
  return `${lines.join("\n")}\n`;
}

function familiesIn(text: string): Map<string, Family> {
  const families = new Map<string, Family>();
  let current: Family | undefined;
  for (const line of text.split("\n")) {
    if (line === "") continue;
    if (line.startsWith("# HELP ")) {
      current = { head: [line], samples: [] };
      families.set(line.split(" ")[2]!, current);
    } else if (current !== undefined && line.startsWith("# TYPE ")) (current.head as string[]).push(line);
    else current?.samples.push(line);
  }
  return families;
}

/** Leaves a sample that has the label. */
function labelled(sample: string, shard: number): string {
  const [, name, labels, value] = SAMPLE.exec(sample) ?? [];
  if (name === undefined || (labels !== undefined && HAS_SHARD.test(labels))) return sample;
  const own = `shard="${shard}"`;
  return `${name}{${labels === undefined || labels === "" ? own : `${labels},${own}`}} ${value}`;
}
