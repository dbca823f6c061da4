export const PERMISSION: RegExp = /^(?:\*|[a-z0-9]+:(?:\*|[A-Za-z0-9]+))$/;
export const PERMISSION_FORMS = "patterns such as eth:*, debug:traceCall or *";

/** Patterns such as `eth:*`, `debug:traceCall` or `*`. [GUARD-2] */
export class Permissions {
  readonly patterns: readonly string[];
  readonly #patterns: ReadonlySet<string>;
  /** Bounded: callers pass only known methods. */
  readonly #known = new Map<string, boolean>();

  constructor(patterns: readonly string[]) {
    this.patterns = patterns;
    this.#patterns = new Set(patterns);
  }

  allows(method: string): boolean {
    let isAllowed = this.#known.get(method);
    if (isAllowed === undefined) {
      isAllowed = this.#patterns.has("*") || this.names(method);
      this.#known.set(method, isAllowed);
    }
    return isAllowed;
  }

  /** True if granted by name or namespace, not only by `*`. */
  names(method: string): boolean {
    const pattern = permissionOf(method);
    return this.#patterns.has(pattern) || this.#patterns.has(`${pattern.split(":")[0]}:*`);
  }
}

/** `eth_call` → `eth:call`, `rpc.discover` → `rpc:discover` */
export function permissionOf(method: string): string {
  return method.replace(/[_.]/, ":");
}
