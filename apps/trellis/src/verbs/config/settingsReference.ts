import { flagName, type Member, type Setting, type SettingsDefinition } from "@trellis/platform/config";

const HEAD = `# Settings

Every setting of every verb. \`rpcPort\` below \`## node\` is \`rpcPort\` in the section \`node:\` of trellis.yaml,
\`TRELLIS_RPC_PORT\` in the environment, and the flag \`--rpc-port\`. Square brackets show the default.
`;

export function settingsReference(definitions: readonly SettingsDefinition[]): string {
  return [HEAD, ...definitions.map(sectionOf)].join("\n");
}

function sectionOf({ section, settings }: SettingsDefinition): string {
  return [`## ${section}`, "", ...Object.entries<Setting>(settings).flatMap(linesOf), ""].join("\n");
}

function linesOf([key, setting]: readonly [string, Setting]): string[] {
  const { value, members } = setting;
  const flag = value === undefined ? flagName(key) : `${flagName(key)} ${value}`;
  if (members === undefined) return [`- \`${key}\` (\`--${flag}\`)${explained(setting)}`];
  return [
    `- \`${key}\` (\`--${flag}\`): ${setting.summary}.`,
    ...Object.entries(members).map(([name, member]) => {
      const form = member.value === undefined ? "" : ` (\`${member.value}\`)`;
      return `  - \`${name}\`${form}${explained(member)}`;
    }),
  ];
}

function explained(setting: Member & Pick<Setting, "isRuntime">): string {
  const fallback = setting.default === "" ? "" : ` [${setting.default}]`;
  return `${fallback}: ${setting.summary}${changes(setting)}.`;
}

function changes({ isReloadable, isRuntime }: Pick<Setting, "isReloadable" | "isRuntime">): string {
  if (isReloadable !== true) return "";
  return isRuntime === true ? " (changes by SIGHUP and by the API)" : " (changes by SIGHUP)";
}
