import { flagName, type Setting, type SettingsDefinition } from "@trellis/platform/config";

const HEAD = `# Settings

Every setting of every verb. \`rpcPort\` below \`## node\` is \`rpcPort\` in the section \`node:\` of trellis.yaml,
\`TRELLIS_RPC_PORT\` in the environment, and the flag \`--rpc-port\`. In square brackets stands the default. How they
work together is in [configuration](configuration.md).

This file is what \`trellis config reference\` prints.
`;

/** docs/guides/settings.md */
export function settingsReference(definitions: readonly SettingsDefinition[]): string {
  return [HEAD, ...definitions.map(sectionOf)].join("\n");
}

function sectionOf({ section, settings }: SettingsDefinition): string {
  return [`## ${section}`, "", ...Object.entries<Setting>(settings).map(lineOf), ""].join("\n");
}

function lineOf([key, setting]: readonly [string, Setting]): string {
  const fallback = setting.default === "" ? "" : ` [${setting.default}]`;
  const value = setting.value === undefined ? "" : ` ${setting.value}`;
  return `- \`${key}\` (\`--${flagName(key)}${value}\`)${fallback}: ${setting.summary}${changes(setting)}.`;
}

function changes({ isReloadable, isDynamic }: Setting): string {
  if (isReloadable !== true) return "";
  return isDynamic === true ? " (changes by SIGHUP and by the API)" : " (changes by SIGHUP)";
}
