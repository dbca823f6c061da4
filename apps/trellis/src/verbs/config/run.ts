import { isDeepStrictEqual } from "node:util";
import type { TrellisError } from "@trellis/base";
import { platformErrors } from "@trellis/platform";
import {
  environmentName,
  flagName,
  type InspectedSetting,
  nearest,
  type SettingsDefinition,
  type SettingsSources,
} from "@trellis/platform/config";
import type { ProcessIo } from "@trellis/platform/service";
import { trellisErrors } from "../../errors.ts";
import { inspectSections, type Section } from "./inspectSections.ts";
import type { ConfigSettings } from "./settings.ts";
import { settingsReference } from "./settingsReference.ts";

interface ConfigSources extends Pick<SettingsSources, "environment" | "defaultFile" | "others"> {
  readonly definitions: readonly SettingsDefinition[];
  readonly file: string | undefined;
}

export async function run(settings: ConfigSettings, sources: ConfigSources, io: ProcessIo): Promise<void> {
  const actions = { check, show, diff, explain, reference };
  await actions[settings.action](settings, sources, io);
}

const sectionsOf = ({ subject }: ConfigSettings, sources: ConfigSources, file = sources.file) =>
  inspectSections(sources.definitions, subject, sources, file);

async function check(settings: ConfigSettings, sources: ConfigSources, io: ProcessIo): Promise<void> {
  const sections = await sectionsOf(settings, sources);
  const { fileProblems } = await import("./fileProblems.ts");
  const inFiles = await Promise.all(sections.map(fileProblems));
  const problems = [...problemsOf(sections), ...inFiles.flat()];
  const files = [...new Set(sections.flatMap((section) => section.files))];
  if (settings.json) {
    io.stdout.write(`${JSON.stringify({ files, problems: problems.map((problem) => problem.toJSON()) })}\n`);
  } else {
    for (const problem of problems) io.stdout.write(`${problem.message}\n  hint: ${problem.hint}\n`);
    if (problems.length === 0)
      io.stdout.write(`nothing is wrong with ${files.join(", ") || "the environment"}\n`);
  }
  if (problems.length > 0)
    throw platformErrors.CONFIG_INVALID_VALUE({ reason: "problems listed above", count: problems.length });
}

function problemsOf(sections: readonly Section[]): readonly TrellisError[] {
  const all = sections.flatMap(({ problems }) => problems);
  return [...new Map(all.map((problem) => [problem.message, problem])).values()];
}

interface Row {
  readonly key: string;
  readonly value: string;
  readonly origin: string;
  readonly other?: string;
}

async function show(settings: ConfigSettings, sources: ConfigSources, io: ProcessIo): Promise<void> {
  const rows = (await readable(settings, sources)).flatMap(({ name, settings: all }) =>
    all.map((one) => rowOf(name, one)),
  );
  if (settings.json) return void io.stdout.write(`${JSON.stringify(rows)}\n`);
  printColumns(
    rows.map(({ key, value, origin }) => [key, value, origin]),
    io,
  );
}

async function diff(settings: ConfigSettings, sources: ConfigSources, io: ProcessIo): Promise<void> {
  const mine = await readable(settings, sources);
  // TRELLIS_ENVIRONMENT must not affect the compared file.
  const others = { ...sources, environment: { ...sources.environment, TRELLIS_ENVIRONMENT: undefined } };
  const theirs = settings.against === "" ? undefined : await readable(settings, others, settings.against);
  const rows = mine.flatMap(({ name, settings: all }, section) =>
    all.flatMap((one, index): Row[] => {
      const other = theirs?.[section]?.settings[index] ?? defaultOf(one);
      if (isDeepStrictEqual(one.value, other.value)) return [];
      return [{ ...rowOf(name, one), other: printable(other) }];
    }),
  );
  if (settings.json) return void io.stdout.write(`${JSON.stringify(rows)}\n`);
  if (rows.length === 0) return void io.stdout.write("nothing differs\n");
  printColumns(
    rows.map(({ key, value, origin, other }) => [key, value, `not ${other}`, origin]),
    io,
  );
}

async function readable(
  settings: ConfigSettings,
  sources: ConfigSources,
  file?: string,
): Promise<readonly Section[]> {
  const sections = await sectionsOf(settings, sources, file);
  const [problem] = problemsOf(sections);
  if (problem !== undefined) throw problem;
  return sections;
}

function defaultOf({ key, setting }: InspectedSetting): InspectedSetting {
  const layers = [{ value: setting.default, origin: "default" }];
  return { key, setting, layers, value: setting.type.parse(setting.default) };
}

async function explain(settings: ConfigSettings, sources: ConfigSources, io: ProcessIo): Promise<void> {
  const [section, key] = settings.subject.includes(".")
    ? settings.subject.split(".")
    : ["", settings.subject];
  const sections = await inspectSections(sources.definitions, section ?? "", sources, sources.file);
  const found = sections.flatMap(({ name, settings: all }) =>
    all.filter((one) => one.key === key).map((one) => ({ section: name, ...explanationOf(name, one) })),
  );
  if (found.length === 0) {
    const keys = sections.flatMap(({ settings: all }) => all.map((one) => one.key));
    throw trellisErrors.USAGE_INVALID({
      kind: "setting",
      got: settings.subject.slice(0, 80),
      didYouMean: nearest(key ?? "", keys),
    });
  }
  if (settings.json) return void io.stdout.write(`${JSON.stringify(found)}\n`);
  for (const { section: _, layers, key: name, ...facts } of found) {
    io.stdout.write(`${name}\n`);
    printColumns(
      [
        ...Object.entries(facts).map(([fact, text]) => [`  ${fact}`, text]),
        ...layers.map(({ origin, value }, index) => [
          index === layers.length - 1 ? "  counts" : "  given",
          `${value} (${origin})`,
        ]),
      ],
      io,
    );
  }
}

async function reference(_: ConfigSettings, { definitions }: ConfigSources, io: ProcessIo): Promise<void> {
  io.stdout.write(settingsReference(definitions));
}

function explanationOf(section: string, { key, setting, layers }: InspectedSetting) {
  return {
    key: `${section}.${key}`,
    summary: setting.summary,
    flag: `--${flagName(key)}${setting.value === undefined ? "" : ` ${setting.value}`}`,
    environment: environmentName(key),
    default: setting.default === "" ? "none" : String(setting.default),
    changes: changesOf(section, setting),
    layers: layers.map((layer) => ({
      origin: layer.origin,
      value: shown(setting.isSecret === true, layer.value),
    })),
  };
}

const SETTINGS_API: Readonly<Record<string, string>> = {
  node: "PUT /node/v1/settings",
  arbitrage: "POST /v1/config",
};

function changesOf(
  section: string,
  { isReloadable, needsSignal, isRuntime }: InspectedSetting["setting"],
): string {
  if (isReloadable !== true) return "with a new start";
  if (needsSignal === true) return "while it runs, by SIGHUP";
  if (isRuntime !== true) return "while it runs, in the file or by SIGHUP";
  return `while it runs, in the file, by SIGHUP, in the console or by ${SETTINGS_API[section] ?? "PUT /v1/settings"}`;
}

function rowOf(section: string, inspected: InspectedSetting): Row {
  const origin = inspected.layers.at(-1)?.origin ?? "default";
  return { key: `${section}.${inspected.key}`, value: printable(inspected), origin };
}

function printable({ setting, layers, value }: InspectedSetting): string {
  const given = layers.at(-1)?.value;
  const hasUnit = typeof value === "number" && typeof given === "string";
  return shown(setting.isSecret === true, hasUnit ? given : value);
}

function shown(isSecret: boolean, value: unknown): string {
  if (value === undefined) return "not readable";
  if (isSecret && value !== "")
    return /^(?:env|file):/.test(String(value)) ? `secret at ${value}` : "not shown";
  if (value === "" || (typeof value === "object" && Object.keys(value ?? {}).length === 0)) return "none";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function printColumns(rows: readonly (readonly string[])[], io: ProcessIo): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0),
    );
    io.stdout.write(`${cells.join("  ").trimEnd()}\n`);
  }
}
