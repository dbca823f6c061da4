export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Keyed by metric name, then by label text. */
export type Samples = ReadonlyMap<string, ReadonlyMap<string, Sample>>;

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)(?: -?\d+)?$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;

/** Parses Prometheus' text format 0.0.4; ignores malformed lines. */
export function parseMetrics(text: string): Samples {
  const samples = new Map<string, Map<string, Sample>>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const [, name, labels = "", value] = LINE.exec(line) ?? [];
    if (name === undefined) continue;
    const sample = { labels: labelsOf(labels), value: numberOf(value) };
    const known = samples.get(name);
    if (known === undefined) samples.set(name, new Map([[labels, sample]]));
    else known.set(labels, sample);
  }
  return samples;
}

function labelsOf(text: string): Sample["labels"] {
  const pairs = [...text.matchAll(LABEL)].map(([, name, value]) => [name, unescaped(value ?? "")]);
  return Object.fromEntries(pairs);
}

function unescaped(value: string): string {
  return value.replaceAll(/\\(.)/g, (_, letter: string) => (letter === "n" ? "\n" : letter));
}

function numberOf(text: string | undefined): number {
  if (text === "+Inf") return Number.POSITIVE_INFINITY;
  return text === "-Inf" ? Number.NEGATIVE_INFINITY : Number(text);
}
