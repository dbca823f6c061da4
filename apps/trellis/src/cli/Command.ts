import type { LiveSettings, SettingsDefinition, SettingsSources } from "@trellis/platform/config";
import type { ProcessIo, ServiceIo } from "@trellis/platform/service";

/** One call of a verb. */
export interface Invocation {
  /** What stands behind the verb, the environment, and what of both belongs to other verbs. */
  readonly sources: SettingsSources;
  readonly io: ProcessIo;
}

/** What help says of a verb. */
export interface CommandText {
  readonly name: string;
  /** One line for the list of verbs. */
  readonly summary: string;
  readonly description: readonly string[];
  /** Operands of a verb without actions, as help shows them. */
  readonly operands?: string;
  /** What may stand behind the verb beside flags, by its first word, and what it does. */
  readonly actions?: Readonly<Record<string, string>>;
  /** Former names of actions, which still run, and their present names. Help does not list them. */
  readonly formerActions?: Readonly<Record<string, string>>;
  /** The settings that an action reads, by its name, for its help; an action that is not here may read all. */
  readonly actionSettings?: Readonly<Record<string, readonly string[]>>;
  /** Command lines and what they do. */
  readonly examples: readonly (readonly [line: string, effect: string])[];
}

/** A verb of the command line. Its settings are loaded for its help, its code only when it runs. */
export interface Command extends CommandText {
  definition(): Promise<SettingsDefinition>;
  /** Resolves to the exit code, or to undefined while services run. */
  run(invocation: Invocation): Promise<number | undefined>;
}

/** Where a verb's settings come from. */
interface SettingsOptions<Flags extends object, Settings> {
  definition(): Promise<SettingsDefinition<Flags>>;
  /** Checks what stands beside the flags. */
  settings(flags: Flags, operands: readonly string[]): Promise<Settings>;
}

/** Runs services until it is told to stop, or until its work is done. */
export interface ServiceOptions<Flags extends object, Settings> extends SettingsOptions<Flags, Settings> {
  /** What the verb does; `live` tells of settings that change while it runs. */
  load(): Promise<(settings: Settings, io: ServiceIo, live: LiveSettings<Flags>) => Promise<void>>;
}

/** Gives a result and ends. */
export interface ToolOptions<Flags extends object, Settings> extends SettingsOptions<Flags, Settings> {
  load(): Promise<(settings: Settings, io: ProcessIo) => Promise<void>>;
}
