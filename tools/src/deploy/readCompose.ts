import { parse } from "yaml";

interface RawService {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly (string | { readonly target: string })[];
  readonly read_only?: boolean;
  readonly pids_limit?: number;
  readonly restart?: string;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly deploy?: { readonly resources?: { readonly limits?: Readonly<Record<string, unknown>> } };
}

export interface Service {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  /** Places in the container. */
  readonly mounts: readonly string[];
  readonly raw: RawService;
}

export interface Compose {
  readonly services: readonly Service[];
  readonly definedSecrets: ReadonlySet<string>;
}

/** Variables have their defaults. */
export function readCompose(text: string): Compose {
  const { services, secrets = {} } = parse(text.replaceAll(/\$\{\w+:-([^}]*)\}/g, "$1"), { merge: true });
  return {
    services: Object.entries<RawService>(services).map(([name, raw]) => ({
      name,
      image: raw.image,
      command: raw.command ?? [],
      environment: raw.environment ?? {},
      secrets: raw.secrets ?? [],
      mounts: (raw.volumes ?? []).map((volume) =>
        typeof volume === "string" ? volume.split(":")[1]! : volume.target,
      ),
      raw,
    })),
    definedSecrets: new Set(Object.keys(secrets)),
  };
}
