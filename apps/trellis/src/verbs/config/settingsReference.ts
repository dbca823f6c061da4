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
  const { value, members, needsSignal } = setting;
  const flag = value === undefined ? flagName(key) : `${flagName(key)} ${value}`;
  if (members === undefined) return [`- \`${key}\` (\`--${flag}\`)${explained(setting)}`];
  return [
    `- \`${key}\` (\`--${flag}\`): ${setting.summary}.`,
    ...Object.entries(members).map(([name, member]) => {
      const form = member.value === undefined ? "" : ` (\`${member.value}\`)`;
      return `  - \`${name}\`${form}${explained({ ...member, needsSignal })}`;
    }),
  ];
}

function explained(setting: Member & { readonly needsSignal?: boolean | undefined }): string {
  const fallback = setting.default === "" ? "" : ` [${setting.default}]`;
  return `${fallback}: ${setting.summary}${changes(setting)}.`;
}

function changes({ isReloadable, needsSignal, isRuntime }: Parameters<typeof explained>[0]): string {
  if (isReloadable !== true) return "";
  if (needsSignal === true) return " (changes by SIGHUP)";
  return isRuntime === true ? " (changes while it runs, also by the API)" : " (changes while it runs)";
}
