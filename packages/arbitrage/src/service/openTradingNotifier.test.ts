import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { captureIo } from "@trellis/kit/captureIo";
import { embeddedDatabase, SILENT } from "@trellis/kit/embedded";
import { openDatabase } from "@trellis/platform/db";
import { createLifecycle } from "@trellis/platform/lifecycle";
import type { Notification } from "@trellis/platform/notify";
import type { ServiceIo } from "@trellis/platform/service";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTradingNotifier } from "./openTradingNotifier.ts";

const KILLED: Notification = {
  kind: "trading.killed",
  severity: "critical",
  dedupeKey: "a wallet killed 5",
  timeMs: 5,
  subject: "Kill switch active",
  text: "By key:a: a fire.",
};
const folder = mkdtempSync(join(tmpdir(), "trellis-notifier-"));
const plan = join(folder, "notify.json");
const database = openDatabase({ url: await embeddedDatabase() }, SILENT);
let server: Server;
const received: unknown[] = [];
const { promise: firstTold, resolve: tell } = Promise.withResolvers<void>();

beforeAll(async () => {
  await database.query("SELECT 1");
  server = createServer(async (request, response) => {
    received.push(JSON.parse(Buffer.concat(await request.toArray()).toString()));
    response.end();
    tell();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/page`;
  writeFileSync(
    plan,
    JSON.stringify({
      channels: { pager: { kind: "post", url } },
      rules: [{ name: "all", kinds: ["trading.*"], channels: ["pager"] }],
    }),
  );
});
afterAll(async () => {
  await database.close();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

describe("recipients of trading notifications", () => {
  function openAt(notify: string) {
    const lifecycle = createLifecycle({ log: SILENT.log });
    const io = { ...captureIo().io, ...SILENT, lifecycle } as unknown as ServiceIo;
    const opening = openTradingNotifier({ database }, { notify, allowPrivateWebhooks: true }, io);
    return { opening, lifecycle };
  }

  it("are empty without a file", async () => {
    expect(await openAt("").opening).toBeUndefined();
  });

  it("are those of the file, without duplicates", async () => {
    const { opening, lifecycle } = openAt(plan);
    const notifier = (await opening)!;
    await notifier.notify(KILLED);
    await notifier.notify(KILLED);
    await firstTold;
    await lifecycle.stop("done");
    expect(received).toEqual([KILLED]);
  });
});
