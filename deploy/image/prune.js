// Deletes the packages that the executable does not load: npm also installs those of other workspaces that the lock
// does not mark as development.
import { existsSync, globSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

const needed = new Set();
visit(realpathSync("apps/trellis"));
const folders = globSync([
  "node_modules",
  "{packages,apps}/*/node_modules",
  "**/node_modules/**/node_modules",
]);
for (const path of folders.flatMap((folder) => globSync([`${folder}/[!@.]*`, `${folder}/@*/*`])))
  if (existsSync(path) && !needed.has(realpathSync(path))) rmSync(path, { recursive: true });

function visit(directory) {
  if (needed.has(directory)) return;
  needed.add(directory);
  const { dependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(directory, "package.json"), "utf8"),
  );
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const found = find(name, directory);
    if (found !== undefined) visit(found);
    else if (optionalDependencies?.[name] === undefined) throw new Error(`${directory} misses ${name}`);
  }
}

/** Where Node.js finds a package. */
function find(name, from) {
  const path = join(from, "node_modules", name);
  if (existsSync(path)) return realpathSync(path);
  return dirname(from) === from ? undefined : find(name, dirname(from));
}
