import { backupErrors } from "../errors.ts";
import { FORMAT } from "./jsonIn.ts";
import { KEY_SIZE, keysOf, type RepositoryKeys, type RepositoryPorts, writeFile } from "./openRepository.ts";
import { CATALOG, writeCatalog } from "./Repository.ts";

/**
 * Writes the catalog first, because a repository without it is damaged. A killed call can be repeated.
 * @throws REPOSITORY_EXISTS, REPOSITORY_UNAVAILABLE
 */
export async function createRepository(ports: RepositoryPorts): Promise<RepositoryKeys> {
  const { store, wrapping, random } = ports;
  for await (const name of store.list(""))
    if (name !== CATALOG) throw backupErrors.REPOSITORY_EXISTS({ place: store.place, found: name });
  const key = random.bytes(KEY_SIZE);
  const id = Buffer.from(random.bytes(16)).toString("hex");
  const keys = keysOf(id, key, random);
  await writeCatalog(store, keys, { backups: [], indexes: [] });
  await writeFile(store, { format: FORMAT, id, keys: [await wrapping.wrap(key)] }, key);
  return keys;
}
