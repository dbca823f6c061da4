import type { ServiceIo } from "@trellis/platform/service";
import { extract } from "./actions/extract.ts";
import { init } from "./actions/init.ts";
import { changeKeys } from "./actions/keys.ts";
import { list } from "./actions/list.ts";
import { backUpLogs } from "./actions/logs.ts";
import { prune } from "./actions/prune.ts";
import { pushWalFile } from "./actions/pushWal.ts";
import { repair } from "./actions/repair.ts";
import { restore } from "./actions/restore.ts";
import { backUp } from "./actions/run.ts";
import { show } from "./actions/show.ts";
import { verify } from "./actions/verify.ts";
import { type Action, accessesIn } from "./RepositoryAccess.ts";
import type { BackupAction, BackupSettings } from "./settings.ts";
import { inEach, inFirst } from "./severalRepositories.ts";

const actions: Readonly<Record<Exclude<BackupAction, "watch">, Action>> = {
  init,
  run: backUp,
  logs: backUpLogs,
  list,
  show,
  verify,
  restore,
  prune,
  repair,
  keys: changeKeys,
  extract,
  "push-wal": pushWalFile,
};

/** One repository is enough for them. */
const READING: ReadonlySet<BackupAction> = new Set(["list", "show", "restore", "extract"]);

export async function run(settings: BackupSettings, io: ServiceIo): Promise<void> {
  if (settings.action === "watch") return;
  const action = actions[settings.action];
  const [first, ...others] = await accessesIn(settings, io);
  if (others.length === 0) return action(settings, first!, io);
  const inSeveral = READING.has(settings.action) ? inFirst : inEach;
  await inSeveral(action, settings, [first!, ...others], io);
}
