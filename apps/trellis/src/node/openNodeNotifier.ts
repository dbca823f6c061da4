import type { LiveSettings } from "@trellis/platform/config";
import {
  createMemoryDedupeStore,
  createMemoryQueue,
  type NotificationJob,
  type Notifier,
} from "@trellis/platform/notify";
import { openNotifier, type ServiceIo } from "@trellis/platform/service";
import { systemClock, systemScheduler } from "@trellis/platform/system";
import { measureSpace } from "./createStorageGuard.ts";
import { type NotifyingNode, nodeProblems } from "./nodeProblems.ts";
import { watchNode } from "./watchNode.ts";

interface NotifySettings {
  readonly notify: string;
  readonly allowPrivateWebhooks: boolean;
}

/** Does nothing without a file. Waiting notifications are lost at a restart, which finds lasting problems again. */
export async function openNodeNotifier(
  settings: NotifySettings & { readonly dataDir: string | undefined },
  node: Omit<NotifyingNode, "disk">,
  io: ServiceIo & { readonly live: Pick<LiveSettings<NotifySettings>, "onReload"> },
): Promise<Pick<Notifier, "notify">> {
  const log = io.log.child("notify");
  const ports = { clock: systemClock, scheduler: systemScheduler, log };
  let notifier: Notifier | undefined;
  const queue = await io.lifecycle.start(
    "notifications",
    () => createMemoryQueue<NotificationJob>(async (job) => notifier?.dispatch(job), ports),
    (opened) => opened.stop(),
  );
  const dedupe = createMemoryDedupeStore();
  const open = ({ notify: file, allowPrivateWebhooks: allowPrivate }: NotifySettings) =>
    openNotifier({ file, allowPrivate }, { dedupe, queue, clock: systemClock, log, io });
  notifier = await open(settings);
  io.live.onReload(async (changed) => {
    const next = await open(changed);
    return () => {
      notifier = next;
    };
  }, "always");
  const { dataDir } = settings;
  const disk = dataDir === undefined ? undefined : () => measureSpace(dataDir);
  await io.lifecycle.start(
    "watch of the node",
    () => watchNode(() => nodeProblems({ ...node, disk }), { ...ports, notifier: () => notifier }),
    (watching) => watching.stop(),
  );
  return { notify: async (notification) => notifier?.notify(notification) };
}
