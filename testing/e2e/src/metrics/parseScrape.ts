export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Scrape {
  readonly types: ReadonlyMap<string, string>;
  readonly help: ReadonlyMap<string, string>;
  readonly series: readonly Series[];
}

const SERIES = /^(\w+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** Of Prometheus's text format, as prom-client writes it. @throws on any other line */
export function parseScrape(text: string): Scrape {
  const types = new Map<string, string>();
  const help = new Map<string, string>();
  const series: Series[] = [];
  for (const line of text.split("\n")) {
    const [, kind, about = "", rest = ""] = /^# (HELP|TYPE) (\w+) (.*)$/.exec(line) ?? [];
    if (kind === "TYPE") types.set(about, rest);
    else if (kind === "HELP") help.set(about, rest);
    else if (line !== "") series.push(seriesOf(line));
  }
  return { types, help, series };
}

function seriesOf(line: string): Series {
  const [, name, labels = "", value] = SERIES.exec(line) ?? [];
  if (name === undefined) throw new Error(`not a series: ${line}`);
  const pairs = [...labels.matchAll(LABEL)].map(([, label, text]) => [label!, text!]);
  return { name, labels: Object.fromEntries(pairs), value: Number(value) };
}
