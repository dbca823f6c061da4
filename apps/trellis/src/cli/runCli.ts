import { isTrellisError } from "@trellis/base";
import { platformErrors } from "@trellis/platform";
import { environmentName, nearest, type SettingsSources } from "@trellis/platform/config";
import type { ProcessIo } from "@trellis/platform/service";
import { trellisErrors } from "../errors.ts";
import type { Command } from "./Command.ts";
import { actionNames, commandHelp, overview } from "./help.ts";
import { lowerProcessPriority } from "./lowerProcessPriority.ts";
import { printError } from "./printError.ts";

const ALIASES: Readonly<Record<string, string>> = {
  "--help": "help",
  "-h": "help",
  "--version": "version",
  "-v": "version",
};

/** Only tests read these variables. */
const TEST_VARIABLES = ["TRELLIS_VECTORS"];

const DONE = 0;
const FAILED = 1;
const NOT_UNDERSTOOD = 2;

const USAGE_CODES: ReadonlySet<string> = new Set([
  ...Object.keys(platformErrors.table).filter((code) => /^(CONFIG|FLAG)_/.test(code)),
  ...Object.keys(trellisErrors.table).filter((code) => /^(USAGE|CONFIG)_/.test(code)),
]);

type Commands = readonly Command[];

export async function runCli(
  argv: readonly string[],
  commands: Commands,
  io: ProcessIo,
): Promise<number | undefined> {
  try {
    return await dispatch(argv, commands, io);
  } catch (error) {
    printError(error, io.stderr, argv.includes("--json"));
    return isTrellisError(error) && USAGE_CODES.has(error.code) ? NOT_UNDERSTOOD : FAILED;
  }
}

async function dispatch(
  argv: readonly string[],
  commands: Commands,
  io: ProcessIo,
): Promise<number | undefined> {
  const [given, ...rest] = argv;
  if (given === undefined) {
    io.stderr.write(overview(commands));
    throw trellisErrors.USAGE_INVALID({ needed: "VERB" });
  }
  const name = ALIASES[given] ?? given;
  if (name === "help") return help(rest, commands, io);
  const command = commandOf(name, commands);
  const flagsEnd = rest.indexOf("--");
  const flags = flagsEnd === -1 ? rest : rest.slice(0, flagsEnd);
  if (flags.includes("--help") || flags.includes("-h")) {
    return help([name, ...actionOf(command, flags)], commands, io);
  }
  const background = command.backgroundActions ?? [];
  // Loading the modules takes a second of processor time.
  if (actionOf(command, flags).some((action) => background.includes(action))) lowerProcessPriority();
  return command.run({ sources: sourcesFor(command, rest, commands, io), io });
}

async function help(operands: readonly string[], commands: Commands, io: ProcessIo): Promise<number> {
  const [name, given, extra] = operands;
  if (name === undefined || name === "help" || name.startsWith("-")) {
    refuseExtra(given);
    io.stdout.write(overview(commands));
    return DONE;
  }
  refuseExtra(extra);
  const command = commandOf(name, commands);
  const action = given === undefined ? undefined : (command.formerActions?.[given] ?? given);
  if (action !== undefined) requireAction(command, action);
  io.stdout.write(commandHelp(command, await command.definition(), action));
  return DONE;
}

function refuseExtra(extra: string | undefined): void {
  if (extra !== undefined) throw trellisErrors.USAGE_INVALID({ got: extra.slice(0, 80) });
}

function requireAction(command: Command, action: string): void {
  const names = actionNames(command);
  if (names.length === 0) refuseExtra(action);
  if (names.includes(action)) return;
  const didYouMean = nearest(action, names);
  const got = action.slice(0, 80);
  throw trellisErrors.USAGE_INVALID({ kind: "action", got, didYouMean, actions: names.join(" ") });
}

function actionOf(command: Command, words: readonly string[]): string[] {
  const names = [...actionNames(command), ...Object.keys(command.formerActions ?? {})];
  return words.filter((word) => names.includes(word)).slice(0, 1);
}

function commandOf(name: string, commands: Commands): Command {
  const command = commands.find((candidate) => candidate.name === name);
  if (command !== undefined) return command;
  const names = [...commands.map((candidate) => candidate.name), "help"];
  const didYouMean = nearest(name, names);
  const got = name.slice(0, 80);
  throw trellisErrors.USAGE_INVALID({ kind: "verb", got, didYouMean, verbs: names.join(" ") });
}

function sourcesFor(
  command: Command,
  argv: readonly string[],
  commands: Commands,
  { environment }: ProcessIo,
): SettingsSources {
  const others = commands.filter((candidate) => candidate !== command);
  return {
    argv,
    environment,
    defaultFile: "trellis.yaml",
    async others() {
      const definitions = await Promise.all(others.map((other) => other.definition()));
      return {
        sections: definitions.map(({ section }) => section),
        variables: [
          ...TEST_VARIABLES,
          ...definitions.flatMap(({ settings }) => Object.keys(settings).map(environmentName)),
        ],
      };
    },
  };
}
