import { environmentName, type InspectedSettings, inspectSettings } from "@trellis/platform/config";
import { COMMANDS } from "@trellis/trellis";

export interface CommandLine {
  /** Without the name of the program. */
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** On this machine. Empty: none. */
  readonly configFile: string;
}

export interface ParsedCommand {
  readonly verb: string;
  readonly value: (key: string) => unknown;
  readonly settings: InspectedSettings["settings"];
}

/** Parses as the program does. @returns the problems if there are any */
export async function parseCommandLine({
  words,
  environment,
  configFile,
}: CommandLine): Promise<ParsedCommand | readonly string[]> {
  const [verb = "", ...argv] = words;
  const command = COMMANDS.find(({ name }) => name === verb);
  if (command === undefined) return [`no verb "${verb}"`];
  const definition = await command.definition();
  const all = await Promise.all(COMMANDS.map((each) => each.definition()));
  try {
    const { settings, problems, positionals } = await inspectSettings(definition, {
      argv,
      environment: { ...environment, TRELLIS_CONFIG: configFile },
      defaultFile: "",
      others: async () => ({
        sections: all.map(({ section }) => section),
        variables: all.flatMap((each) => Object.keys(each.settings).map(environmentName)),
      }),
    });
    const messages = [
      ...problems.map(({ message }) => message),
      ...actionProblems(command.actions ?? {}, positionals),
    ];
    if (messages.length > 0) return messages;
    return { verb, settings, value: (key) => settings.find((setting) => setting.key === key)?.value };
  } catch (error) {
    return [(error as Error).message];
  }
}

/** `extract ID|latest PATH [TARGET]` is the action `extract`. */
function actionProblems(actions: Readonly<Record<string, string>>, positionals: readonly string[]): string[] {
  const names = Object.keys(actions).map((form) => form.split(" ", 1)[0]!);
  const [action] = positionals;
  if (names.length === 0) return action === undefined ? [] : [`unexpected operand "${action}"`];
  return action !== undefined && names.includes(action) ? [] : [`no action "${action ?? ""}"`];
}

/** Ports on which the service listens. */
export function portsOf({ value }: ParsedCommand): number[] {
  return ["rpcPort", "httpPort", "port"].flatMap((key) => (value(key) as number | undefined) ?? []);
}

/** Port of health checks and metrics. */
export function operationsPortOf({ value }: ParsedCommand): number {
  return (value("httpPort") ?? value("port")) as number;
}

/** References of all settings, for example `file:/run/secrets/database`. */
export function referencesOf({ settings }: ParsedCommand): string[] {
  const found: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value === "string" && /^(?:env|file):/.test(value)) found.push(value);
    if (typeof value === "object" && value !== null) Object.values(value).forEach(visit);
  };
  for (const { value } of settings) visit(value);
  return found;
}
