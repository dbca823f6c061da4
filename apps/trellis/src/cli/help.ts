import { environmentName, flagName, type Member, type SettingsDefinition } from "@trellis/platform/config";
import type { Command } from "./Command.ts";

export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length), "help".length);
  const verbs = commands.map(({ name, summary }): [string, string] => [name, summary]);
  return text([
    "trellis: EVM block-DAG, proof of reserves, arbitrage",
    "",
    "Usage: trellis VERB [FLAGS]",
    "",
    "Verbs",
    ...[...verbs, ["help", "explain a verb or an action: trellis help VERB [ACTION]"]].map(
      ([name, summary]) => `  ${name!.padEnd(width)}  ${summary}`,
    ),
    "",
    "Flags override environment variables, which override the verb's section of trellis.yaml.",
    "--config FILE or TRELLIS_CONFIG sets another file. Exit codes: 0 done, 1 failed, 2 invalid usage.",
  ]);
}

export function actionNames({ actions = {} }: Command): string[] {
  return Object.keys(actions).map(nameOf);
}

function nameOf(form: string): string {
  return form.split(" ", 1)[0]!;
}

export function commandHelp(command: Command, definition: SettingsDefinition, action?: string): string {
  return action === undefined ? verbHelp(command, definition) : actionHelp(command, definition, action);
}

function actionHelp(command: Command, definition: SettingsDefinition, action: string): string {
  const [form, summary] = Object.entries(command.actions ?? {}).find(([key]) => nameOf(key) === action)!;
  const read = readBy(command, definition, action);
  const examples = command.examples.filter(([line]) => line.startsWith(`trellis ${command.name} ${action}`));
  return text([
    `trellis ${command.name} ${action}: ${summary}`,
    "",
    `Usage: trellis ${command.name} ${form} [FLAGS]`,
    "",
    "Flags",
    ...columns([...flags(read), ...COMMON_FLAGS]),
    "",
    ...(examples.length === 0 ? [] : ["Examples", ...exampleLines(examples), ""]),
    ...elsewhere(read),
  ]);
}

function readBy(
  { actionSettings = {} }: Command,
  { section, settings }: SettingsDefinition,
  action: string,
): SettingsDefinition {
  const keys = actionSettings[action];
  const read = Object.entries(settings).filter(([key]) => keys === undefined || keys.includes(key));
  return { section, settings: Object.fromEntries(read) };
}

const COMMON_FLAGS: readonly [string, string][] = [
  ["--config FILE", "settings to read instead of trellis.yaml"],
  ["--help", "this text"],
];

function exampleLines(examples: Command["examples"]): string[] {
  return examples.flatMap(([line, effect]) => [`  ${line}`, `      ${effect}`]);
}

function verbHelp(command: Command, definition: SettingsDefinition): string {
  const actions = Object.entries(command.actions ?? {});
  const operands =
    actions.length > 0 ? " ACTION" : command.operands === undefined ? "" : ` ${command.operands}`;
  return text([
    `trellis ${command.name}: ${command.summary}`,
    "",
    ...command.description,
    "",
    `Usage: trellis ${command.name}${operands} [FLAGS]`,
    ...(actions.length > 0 ? ["", "Actions", ...columns(actions)] : []),
    "",
    "Flags",
    ...columns([...flags(definition), ...COMMON_FLAGS]),
    "",
    "Examples",
    ...exampleLines(command.examples),
    "",
    ...elsewhere(definition),
  ]);
}

function flags(definition: SettingsDefinition): [string, string][] {
  return Object.entries(definition.settings).flatMap(([key, setting]) => [
    row(`--${flagName(key)}`, setting),
    ...Object.entries(setting.members ?? {}).map(([name, member]) => row(`  ${name}`, member)),
  ]);
}

function row(name: string, { value, default: fallback, summary }: Member): [string, string] {
  const shown = value === undefined || fallback === "" ? "" : ` [${fallback}]`;
  return [value === undefined ? name : `${name} ${value}`, `${summary}${shown}`];
}

function elsewhere(definition: SettingsDefinition): string[] {
  const key = Object.keys(definition.settings)[0]!;
  return [
    `Also: ${environmentName(key)}=… in the environment, or in trellis.yaml`,
    `  ${definition.section}:`,
    `    ${key}: …`,
  ];
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}

function text(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}
