/** package-lock.json (version 3). */
export interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly resolved?: string;
  optionalDependencies?: Record<string, string>;
  readonly hasInstallScript?: boolean;
  readonly optional?: boolean;
  engines?: unknown;
}

/**
 * npm omits optional packages that the registry lacks, and `npm ci` then fails (EUSAGE). The root's optional
 * packages must equal those of package.json.
 */
export function danglingOptionals(lock: Lock): { readonly owner: string; readonly name: string }[] {
  const held = new Set(Object.keys(lock.packages).map(nameOf));
  return Object.entries(lock.packages).flatMap(([path, { optionalDependencies }]) =>
    path === ""
      ? []
      : Object.keys(optionalDependencies ?? {})
          .filter((name) => !held.has(name))
          .map((name) => ({ owner: path, name })),
  );
}

/** An older npm would warn (EBADENGINE) and skip optional packages. */
export function packagesWithEngines(lock: Lock): string[] {
  return Object.entries(lock.packages).flatMap(([path, { engines }]) =>
    engines === undefined ? [] : [path],
  );
}

export function trimLock(lock: Lock): number {
  const choosy = packagesWithEngines(lock);
  for (const path of choosy) delete lock.packages[path]!.engines;
  const dangling = danglingOptionals(lock);
  for (const { owner, name } of dangling) {
    const entry = lock.packages[owner]!;
    delete entry.optionalDependencies![name];
    if (Object.keys(entry.optionalDependencies!).length === 0) delete entry.optionalDependencies;
  }
  return dangling.length + choosy.length;
}

/** Such URLs prevent installation from another registry. */
export function registryUrls(lock: Lock): { readonly owner: string; readonly url: string }[] {
  return Object.entries(lock.packages).flatMap(([path, { resolved }]) =>
    resolved !== undefined && /^\w+:\/\//.test(resolved) ? [{ owner: path, url: resolved }] : [],
  );
}

/** `node_modules/a/node_modules/@b/c` → `@b/c` */
function nameOf(path: string): string {
  return path.split("node_modules/").at(-1)!;
}
