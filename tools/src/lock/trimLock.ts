/** The part of package-lock.json (version 3) that the checks look at. */
export interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  /** Where it came from: a registry's URL, or the folder of a workspace. */
  readonly resolved?: string;
  optionalDependencies?: Record<string, string>;
  readonly hasInstallScript?: boolean;
  /** Installing goes on when its script fails. */
  readonly optional?: boolean;
  engines?: unknown;
}

/**
 * Optional dependencies that the lock itself does not hold. npm leaves a platform's package out of the lock
 * when the registry at hand lacks it, and `npm ci` then refuses the lock as out of step (EUSAGE).
 * The root's own are kept: they are what package.json says.
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

/**
 * Packages that say which Node they need. The project runs on the Node that it brings, but npm may run on an older
 * one: it then warns (EBADENGINE), and leaves optional packages out.
 */
export function packagesWithEngines(lock: Lock): string[] {
  return Object.entries(lock.packages).flatMap(([path, { engines }]) =>
    engines === undefined ? [] : [path],
  );
}

/** Drops from `lock` the dangling optional packages and every `engines`; returns how many. */
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

/** Entries that name a registry: whoever installs must be free to use another. */
export function registryUrls(lock: Lock): { readonly owner: string; readonly url: string }[] {
  return Object.entries(lock.packages).flatMap(([path, { resolved }]) =>
    resolved !== undefined && /^\w+:\/\//.test(resolved) ? [{ owner: path, url: resolved }] : [],
  );
}

/** `node_modules/a/node_modules/@b/c` → `@b/c` */
function nameOf(path: string): string {
  return path.split("node_modules/").at(-1)!;
}
