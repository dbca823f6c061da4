import { silentTracing, type Tracing } from "@trellis/base";
import { embeddedDatabase, SILENT } from "@trellis/kit/embedded";
import { createAuditLog, recordChanges } from "@trellis/platform/audit";
import { abortable, workSignal } from "@trellis/platform/cancellation";
import { openDatabase } from "@trellis/platform/db";
import { type Call, httpErrors } from "@trellis/platform/http";
import { createMemoryAuditStore } from "@trellis/platform/testing";
import { expect, it } from "vitest";
import { testLedger } from "../ledger/testing/testLedger.ts";
import type { ReservesApiPorts } from "./ReservesApiPorts.ts";
import { importRoute } from "./routes/imports.ts";
import { snapshotRoutes } from "./routes/snapshots.ts";

const embedded = await embeddedDatabase();
const SPAN = { traceId: "1".repeat(32), spanId: "1".repeat(16), isSampled: false };
const FILE = "key,customer,asset,kind,amount,reference,time\nk1,bob,BTC,deposit,100,r,1\n";

it("API-15: an import whose client disconnects during the commit is recorded as done", async () => {
  const left = new AbortController();
  let isEntering = false;
  const tracing: Tracing = {
    ...silentTracing,
    current: () => SPAN,
    span(name, _options, run) {
      if (name === "db COMMIT" && isEntering) left.abort(httpErrors.REQUEST_TIMEOUT());
      return run();
    },
  };
  const database = openDatabase({ url: embedded }, { ...SILENT, tracing });
  const ledger = await testLedger(database, "import_cut_off");
  const store = createMemoryAuditStore();
  const watched: typeof ledger = {
    ...ledger,
    importCsv: (name, source, options) =>
      ledger.importCsv(name, source, {
        ...options,
        report({ phase }) {
          isEntering = phase === "enter";
        },
      }),
  };
  const route = recordChanges(
    importRoute({ ledger: watched }),
    createAuditLog({ store, clock: SILENT.clock }),
  );
  const call = {
    principal: { id: "key:1" },
    params: {},
    correlationId: "c",
    idempotencyKey: "i",
    upload: {
      async *open() {
        yield Buffer.from(FILE);
      },
    },
    signal: left.signal,
  };
  const answer = await abortable(left.signal, () => route.handle(call as unknown as Call));
  expect(left.signal.aborted).toBe(true);
  expect(answer).toEqual({ position: 1n, lineCount: 1, enteredCount: 1, replayedCount: 0 });
  expect(await store.read(0, 10)).toMatchObject([{ action: "importEntries", outcome: "done" }]);
  await database.close();
});

it("API-15: ending a snapshot and its job completes after the client disconnects", async () => {
  const left = AbortSignal.abort(httpErrors.REQUEST_TIMEOUT());
  const heard: unknown[] = [];
  const routes = snapshotRoutes({
    snapshots: { end: async () => void heard.push(workSignal()) },
  } as unknown as ReservesApiPorts);
  const route = routes.find(({ shape }) => shape.id === "endSnapshot")!;
  await abortable(left, () => route.handle({ params: { snapshot: 1 } } as unknown as Call));
  expect(heard).toEqual([undefined]);
});
