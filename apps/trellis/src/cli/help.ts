import { environmentName, flagName, type SettingsDefinition } from "@trellis/platform/config";
import type { Command } from "./Command.ts";

/** `trellis help` */
export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length), "help".length);
  const verbs = commands.map(({ name, summary }): [string, string] => [name, summary]);
  return text([
    "trellis: an EVM block-DAG",
    "",
    "Usage: trellis VERB [FLAGS]",
    "",
    "Verbs",
    ...[...verbs, ["help", "explain a verb: trellis help VERB"]].map(
      ([name, summary]) => `  ${name!.padEnd(width)}  ${summary}`,
    ),
    "",
    "A setting is given by flag, or by environment variable, or in the verb's section of trellis.yaml;",
    "the first of these that says something counts. --config FILE or TRELLIS_CONFIG names another file.",
    "Exit codes: 0 done, 1 failed, 2 not understood.",
  ]);
}

/** `trellis help VERB` */
export function commandHelp(command: Command, definition: SettingsDefinition): string {
  const actions = Object.entries(command.actions ?? {});
  const operands = actions.length > 0 ? " ACTION" : "";
  return text([
    `trellis ${command.name}: ${command.summary}`,
    "",
    ...command.description,
    "",
    `Usage: trellis ${command.name}${operands} [FLAGS]`,
    ...(actions.length > 0 ? ["", "Actions", ...columns(actions)] : []),
    "",
    "Flags",
    ...columns([
      ...flags(definition),
      ["--config FILE", "settings to read instead of trellis.yaml"],
      ["--help", "this text"],
    ]),
    "",
    "Examples",
    ...command.examples.flatMap(([line, effect]) => [`  ${line}`, `      ${effect}`]),
    "",
    ...elsewhere(definition),
  ]);
}

function flags(definition: SettingsDefinition): [string, string][] {
  return Object.entries(definition.settings).map(([key, setting]) => {
    const value = setting.value === undefined ? "" : ` ${setting.value}`;
    const fallback = setting.value === undefined || setting.default === "" ? "" : ` [${setting.default}]`;
    return [`--${flagName(key)}${value}`, `${setting.summary}${fallback}`];
  });
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
