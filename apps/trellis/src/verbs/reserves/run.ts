import type { ProcessIo } from "@trellis/platform/service";
import type { ReservesAction, ReservesSettings } from "./settings.ts";

type Action = (settings: ReservesSettings, io: ProcessIo) => Promise<void>;

const actions: Readonly<Record<Exclude<ReservesAction, "serve">, () => Promise<Action>>> = {
  import: async () => (await import("./importFile.ts")).importFile,
  snapshot: async () => (await import("./snapshot.ts")).snapshot,
  attest: async () => (await import("./attest.ts")).attest,
  challenge: async () => (await import("./challenge.ts")).challenge,
  claim: async () => (await import("./challenge.ts")).claim,
  prove: async () => (await import("./prove.ts")).prove,
  verify: async () => (await import("./verify.ts")).verify,
  export: async () => (await import("./person.ts")).exportPerson,
  erase: async () => (await import("./person.ts")).erasePerson,
  report: async () => (await import("./report.ts")).report,
  log: async () => (await import("./log.ts")).log,
  audit: async () => (await import("./audit.ts")).audit,
  rotate: async () => (await import("./rotate.ts")).rotate,
  "apply-retention": async () => (await import("./applyRetention.ts")).applyRetention,
};

export async function run(settings: ReservesSettings, io: ProcessIo): Promise<void> {
  if (settings.action === "serve") return;
  await (await actions[settings.action]())(settings, io);
}
