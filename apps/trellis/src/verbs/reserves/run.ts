import type { VerbIo } from "../../cli/VerbIo.ts";
import type { ReservesAction, ReservesSettings } from "../../config/reserves.ts";

type Action = (settings: ReservesSettings, io: VerbIo) => Promise<void>;

/** Each is loaded when it runs. */
const actions: Readonly<Record<Exclude<ReservesAction, "serve">, () => Promise<Action>>> = {
  import: async () => (await import("./importFile.ts")).importFile,
  snapshot: async () => (await import("./snapshot.ts")).snapshot,
  prove: async () => (await import("./prove.ts")).prove,
  verify: async () => (await import("./verify.ts")).verify,
  report: async () => (await import("./report.ts")).report,
  log: async () => (await import("./log.ts")).log,
};

/** `trellis reserves ACTION`, but for `serve`. */
export async function run(settings: ReservesSettings, io: VerbIo): Promise<void> {
  if (settings.action === "serve") return;
  await (await actions[settings.action]())(settings, io);
}
