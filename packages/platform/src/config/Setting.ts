import type { z } from "zod";

export interface Setting<T = unknown> {
  readonly type: z.ZodType<T>;
  readonly default: string | number | boolean;
  /** For --help, including the unit. */
  readonly summary: string;
  /** Placeholder in --help, such as `N`. Absent for switches. */
  readonly value?: string;
  /** Errors never repeat the value, which may be a misplaced secret. */
  readonly isSecret?: boolean;
  /** SIGHUP and a changed file reload the setting. */
  readonly isReloadable?: boolean;
  /** Only SIGHUP reloads the setting, because a key rotation takes several steps. */
  readonly needsSignal?: boolean;
  /** If true, changes by the API override file and flags. Never true for access rights. */
  readonly isRuntime?: boolean;
  readonly members?: Readonly<Record<string, Member>>;
}

export interface Member<T = unknown>
  extends Pick<
    Setting<T>,
    "type" | "default" | "summary" | "value" | "isSecret" | "isReloadable" | "isRuntime"
  > {
  readonly formerly?: string;
}

/** `rpcPort` is `--rpc-port`, `TRELLIS_RPC_PORT`, and `rpcPort` in the file's section. */
export interface SettingsDefinition<T extends object = Record<string, unknown>> {
  readonly section: string;
  readonly settings: { readonly [Key in keyof T & string]: Setting<T[Key]> };
}

export type SettingsOf<Settings extends Readonly<Record<string, Setting>>> = {
  readonly [Key in keyof Settings]: z.infer<Settings[Key]["type"]>;
};

/** `oidcIssuer` → [`oidc`, `issuer`]. */
export function memberOf({ settings }: SettingsDefinition, former: string): [string, string] | undefined {
  for (const [key, { members = {} }] of Object.entries<Setting>(settings))
    for (const [name, { formerly }] of Object.entries(members)) if (formerly === former) return [key, name];
  return undefined;
}

export function flagName(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export function keyOfFlag(flag: string): string {
  return flag.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

export function environmentName(key: string): string {
  return `TRELLIS_${flagName(key).replaceAll("-", "_").toUpperCase()}`;
}

export function keyOfVariable(name: string): string {
  return keyOfFlag(name.slice("TRELLIS_".length).toLowerCase().replaceAll("_", "-"));
}
