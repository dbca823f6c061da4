import type { ServiceIo } from "@trellis/platform/service";
import { init } from "./actions/init.ts";
import { list } from "./actions/list.ts";
import { backUpLogs } from "./actions/logs.ts";
import { prune } from "./actions/prune.ts";
import { repair } from "./actions/repair.ts";
import { restore } from "./actions/restore.ts";
import { backUp } from "./actions/run.ts";
import { show } from "./actions/show.ts";
import { verify } from "./actions/verify.ts";
import { type Action, accessIn } from "./RepositoryAccess.ts";
import type { BackupAction, BackupSettings } from "./settings.ts";

const actions: Readonly<Record<BackupAction, Action>> = {
  init,
  run: backUp,
  logs: backUpLogs,
  list,
  show,
  verify,
  restore,
  prune,
  repair,
};

export async function run(settings: BackupSettings, io: ServiceIo): Promise<void> {
  await actions[settings.action](settings, await accessIn(settings, io), io);
}
