import type { z } from "zod";

/** One thing that a service may be told, by flag, environment, file or default. */
export interface Setting<T = unknown> {
  /** Reads and checks a given value; its error says what is expected. */
  readonly type: z.ZodType<T>;
  /** Read by `type` like a given value. */
  readonly default: string | number | boolean;
  /** One line for --help: what it does, its unit. */
  readonly summary: string;
  /** What --help shows behind the flag: `N`, `MS|instant`. Absent for a flag without a value. */
  readonly value?: string;
  /** A wrong value may be a secret in the wrong place: errors do not repeat it. */
  readonly isSecret?: boolean;
  /** Takes effect in a running service, by SIGHUP. Everything else needs a new start. */
  readonly isReloadable?: boolean;
  /** Is changed in a running service's database too, which wins over file and flags. Never what says who may do what. */
  readonly isRuntime?: boolean;
  /** Of a value that is an object (`objectOf`). Each says itself whether it is secret and whether it is reloadable. */
  readonly members?: Readonly<Record<string, Member>>;
}

/** One part of a setting whose value is an object. */
export interface Member<T = unknown>
  extends Pick<
    Setting<T>,
    "type" | "default" | "summary" | "value" | "isSecret" | "isReloadable" | "isRuntime"
  > {
  /** The setting that this member was once. */
  readonly formerly?: string;
}

/** All settings of one service. `rpcPort` is `--rpc-port`, `TRELLIS_RPC_PORT`, and `rpcPort` in the file's section. */
export interface SettingsDefinition<T extends object = Record<string, unknown>> {
  /** The file's section. */
  readonly section: string;
  readonly settings: { readonly [Key in keyof T & string]: Setting<T[Key]> };
}

/** What settings are once they are read: `SettingsOf<typeof serviceSettings>`. */
export type SettingsOf<Settings extends Readonly<Record<string, Setting>>> = {
  readonly [Key in keyof Settings]: z.infer<Settings[Key]["type"]>;
};

/** Where a setting went that is a member now: `oidcIssuer` → [`oidc`, `issuer`]. */
export function memberOf({ settings }: SettingsDefinition, former: string): [string, string] | undefined {
  for (const [key, { members = {} }] of Object.entries<Setting>(settings))
    for (const [name, { formerly }] of Object.entries(members)) if (formerly === former) return [key, name];
  return undefined;
}

/** `rpcPort` → `rpc-port` */
export function flagName(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `rpc-port` → `rpcPort` */
export function keyOfFlag(flag: string): string {
  return flag.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** `rpcPort` → `TRELLIS_RPC_PORT` */
export function environmentName(key: string): string {
  return `TRELLIS_${flagName(key).replaceAll("-", "_").toUpperCase()}`;
}

/** `TRELLIS_RPC_PORT` → `rpcPort` */
export function keyOfVariable(name: string): string {
  return keyOfFlag(name.slice("TRELLIS_".length).toLowerCase().replaceAll("_", "-"));
}
