import { silentLog } from "@trellis/base";
import { beforeEach, describe, expect, it } from "vitest";
import { TestTime } from "../http/fixtures/TestTime.ts";
import { createChatChannel, createEmailChannel } from "./channels.ts";
import {
  createMemoryToldStore,
  createNotifier,
  type NotificationJob,
  type Notifier,
} from "./createNotifier.ts";
import type { Notification, NotificationRule } from "./Notification.ts";
import { endOfQuiet } from "./quietHours.ts";

const RULE: NotificationRule = {
  name: "operations",
  kinds: ["reconciliation.*"],
  severityMin: "warning",
  channels: ["chat"],
  dedupeMs: 3_600_000,
  quiet: { from: "22:00", to: "07:00", timeZone: "Europe/Vienna" },
};
const NOON = Date.parse("2026-06-01T12:00:00Z");
const NIGHT = Date.parse("2026-06-01T21:30:10Z");

let time: TestTime;
let queue: { job: NotificationJob; runAtMs: number }[];
let sent: Notification[];
let isDown: boolean;

beforeEach(() => {
  time = new TestTime(NOON);
  queue = [];
  sent = [];
  isDown = false;
});

function notifier(rules: readonly NotificationRule[] = [RULE]): Notifier {
  const chat = {
    async send(notification: Notification) {
      if (isDown) throw new Error("down");
      sent.push(notification);
    },
  };
  return createNotifier(rules, {
    channels: { chat },
    told: createMemoryToldStore(),
    queue: { enqueue: async (job, runAtMs) => void queue.push({ job, runAtMs }) },
    clock: time,
    log: silentLog,
  });
}

const notification = (change: Partial<Notification> = {}): Notification => ({
  kind: "reconciliation.mismatch",
  severity: "warning",
  subject: "BTC differs",
  text: "ledger 2, chain 1",
  dedupeKey: "BTC",
  timeMs: time.nowMs(),
  ...change,
});

describe("notifications", () => {
  it("go where a rule sends them", async () => {
    const one = notifier();
    await one.notify(notification());
    await one.notify(notification({ kind: "snapshot.published", dedupeKey: "s" }));
    await one.notify(notification({ severity: "info", dedupeKey: "i" }));
    expect(queue.map(({ runAtMs }) => runAtMs)).toEqual([NOON]);
    await one.dispatch(queue[0]!.job);
    expect(sent).toHaveLength(1);
    await one.dispatch({ channel: "gone", notification: notification() });
  });

  it("the same trouble is told once while it lasts", async () => {
    const one = notifier();
    await one.notify(notification());
    await one.notify(notification());
    await one.notify(notification({ dedupeKey: "ETH" }));
    expect(queue).toHaveLength(2);
    time.move(3_600_000);
    await one.notify(notification());
    expect(queue).toHaveLength(3);
  });

  it("quiet hours defer all but what is critical", async () => {
    time = new TestTime(NIGHT);
    const one = notifier();
    await one.notify(notification());
    await one.notify(notification({ severity: "critical", dedupeKey: "c" }));
    expect(queue.map(({ runAtMs }) => new Date(runAtMs).toISOString())).toEqual([
      "2026-06-02T05:00:00.000Z",
      "2026-06-01T21:30:10.000Z",
    ]);
  });

  it("quiet hours on the day on which the clock is moved", () => {
    const quiet = RULE.quiet!;
    expect(new Date(endOfQuiet(quiet, Date.parse("2026-10-24T21:00:00Z"))).toISOString()).toBe(
      "2026-10-25T06:00:00.000Z",
    );
    const day = { ...quiet, from: "09:00", to: "17:00" };
    expect(endOfQuiet(day, NIGHT)).toBe(NIGHT);
    expect(endOfQuiet(undefined, NIGHT)).toBe(NIGHT);
  });

  it("NOTIFICATION_CHANNEL_FAILED: the queue tries again", async () => {
    isDown = true;
    const job = { channel: "chat", notification: notification() };
    await expect(notifier().dispatch(job)).rejects.toMatchObject({ code: "NOTIFICATION_CHANNEL_FAILED" });
    const chat = createChatChannel("https://chat.example", { post: async () => 500 });
    await expect(chat.send(notification())).rejects.toMatchObject({ code: "NOTIFICATION_CHANNEL_FAILED" });
  });

  it.each([
    ["a channel that is not there", { channels: ["pager"] }],
    ["an hour that is none", { quiet: { from: "24:00", to: "07:00", timeZone: "UTC" } }],
    ["a time zone that is none", { quiet: { from: "22:00", to: "07:00", timeZone: "Europe/Nowhere" } }],
  ])("NOTIFICATION_RULE_INVALID: %s", (_, change) => {
    expect(() => notifier([{ ...RULE, ...change }])).toThrow(
      expect.objectContaining({ code: "NOTIFICATION_RULE_INVALID" }),
    );
  });

  it("e-mail and chat say it in one line, whatever is in the subject", async () => {
    const mails: { to: string; subject: string }[] = [];
    const mail = createEmailChannel(["a@x.example", "b@x.example"], {
      send: async (message) => void mails.push(message),
    });
    await mail.send(notification({ subject: "x\r\nBcc: all@x.example" }));
    expect(mails.map(({ subject }) => subject)).toEqual(Array(2).fill("[warning] x Bcc: all@x.example"));
    const posted: string[] = [];
    const chat = createChatChannel("https://chat.example", {
      post: async (_url, _headers, body) => {
        posted.push(Buffer.from(body).toString());
        return 200;
      },
    });
    await chat.send(notification());
    expect(JSON.parse(posted[0]!)).toEqual({ text: "[warning] BTC differs\nledger 2, chain 1" });
  });
});
