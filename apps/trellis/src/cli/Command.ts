import type { LiveSettings, SettingsDefinition, SettingsSources } from "@trellis/platform/config";
import type { ProcessIo, ServiceIo } from "@trellis/platform/service";

export interface Invocation {
  readonly sources: SettingsSources;
  readonly io: ProcessIo;
}

export interface CommandText {
  readonly name: string;
  readonly summary: string;
  readonly description: readonly string[];
  readonly operands?: string;
  /** Effects by usage, for example `inspect TABLE [KEY]`. */
  readonly actions?: Readonly<Record<string, string>>;
  readonly formerActions?: Readonly<Record<string, string>>;
  /** Settings that each action accepts. Default: all. */
  readonly actionSettings?: Readonly<Record<string, readonly string[]>>;
  /** They yield to other processes from their start on. */
  readonly backgroundActions?: readonly string[];
  readonly examples: readonly (readonly [line: string, effect: string])[];
}

export interface Command extends CommandText {
  definition(): Promise<SettingsDefinition>;
  /** Resolves to the exit code; undefined while services run. */
  run(invocation: Invocation): Promise<number | undefined>;
}

interface SettingsOptions<Flags extends object, Settings> {
  definition(): Promise<SettingsDefinition<Flags>>;
  settings(flags: Flags, operands: readonly string[]): Promise<Settings>;
}

export interface ServiceOptions<Flags extends object, Settings> extends SettingsOptions<Flags, Settings> {
  load(): Promise<(settings: Settings, io: ServiceIo, live: LiveSettings<Flags>) => Promise<void>>;
}

export interface ToolOptions<Flags extends object, Settings> extends SettingsOptions<Flags, Settings> {
  load(): Promise<(settings: Settings, io: ProcessIo) => Promise<void>>;
}
