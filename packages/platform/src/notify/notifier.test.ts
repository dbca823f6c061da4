import { type AddressInfo, createServer } from "node:net";
import { silentLog } from "@trellis/base";
import { beforeEach, describe, expect, it } from "vitest";
import { TestTime } from "../http/testing/TestTime.ts";
import { createChatChannel, createEmailChannel, createPostChannel } from "./channels.ts";
import { createMemoryDedupeStore } from "./createMemoryDedupeStore.ts";
import { createNotifier, type NotificationJob, type Notifier } from "./createNotifier.ts";
import type { Notification, NotificationRule } from "./Notification.ts";
import { parseNotificationPlan } from "./NotificationPlan.ts";
import { endOfQuiet } from "./quietHours.ts";
import { systemMailer } from "./systemMailer.ts";

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
    dedupe: createMemoryDedupeStore(),
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
  it("follow the rules", async () => {
    const one = notifier();
    await one.notify(notification());
    await one.notify(notification({ kind: "snapshot.published", dedupeKey: "s" }));
    await one.notify(notification({ severity: "info", dedupeKey: "i" }));
    expect(queue.map(({ runAtMs }) => runAtMs)).toEqual([NOON]);
    await one.dispatch(queue[0]!.job);
    expect(sent).toHaveLength(1);
    await one.dispatch({ channel: "gone", notification: notification() });
  });

  it("one problem is reported once while it lasts", async () => {
    const one = notifier();
    await one.notify(notification());
    await one.notify(notification());
    await one.notify(notification({ dedupeKey: "ETH" }));
    expect(queue).toHaveLength(2);
    time.move(3_600_000);
    await one.notify(notification());
    expect(queue).toHaveLength(3);
  });

  it("a notification that could not be queued for every channel is queued by the next attempt", async () => {
    const rules = [{ ...RULE, channels: ["chat", "post"] }];
    const send = async () => {};
    const failing = new Set(["post"]);
    const one = createNotifier(rules, {
      channels: { chat: { send }, post: { send } },
      dedupe: createMemoryDedupeStore(),
      queue: {
        async enqueue(job, runAtMs) {
          if (failing.delete(job.channel)) throw new Error("away");
          queue.push({ job, runAtMs });
        },
      },
      clock: time,
      log: silentLog,
    });
    await expect(one.notify(notification())).rejects.toThrow("away");
    for (const _ of [1, 2]) await one.notify(notification());
    expect(queue.map(({ job }) => job.channel)).toEqual(["chat", "chat", "post"]);
  });

  it("a notification not queued before a kill is sent at the next attempt", async () => {
    const dedupe = createMemoryDedupeStore();
    const ports = { channels: { chat: { send: async () => {} } }, dedupe, clock: time, log: silentLog };
    const killed = createNotifier([RULE], { ...ports, queue: { enqueue: () => new Promise(() => {}) } });
    void killed.notify(notification());
    time.move(5_000);
    const queued: NotificationJob[] = [];
    const next = createNotifier([RULE], {
      ...ports,
      queue: { enqueue: async (job) => void queued.push(job) },
    });
    await next.notify(notification());
    expect(queued).toHaveLength(1);
  });

  it("quiet hours defer all but critical notifications", async () => {
    time = new TestTime(NIGHT);
    const one = notifier();
    await one.notify(notification());
    await one.notify(notification({ severity: "critical", dedupeKey: "c" }));
    expect(queue.map(({ runAtMs }) => new Date(runAtMs).toISOString())).toEqual([
      "2026-06-02T05:00:00.000Z",
      "2026-06-01T21:30:10.000Z",
    ]);
  });

  it("quiet hours on a day of a clock change", () => {
    const quiet = RULE.quiet!;
    expect(new Date(endOfQuiet(quiet, Date.parse("2026-10-24T21:00:00Z"))).toISOString()).toBe(
      "2026-10-25T06:00:00.000Z",
    );
    const day = { ...quiet, from: "09:00", to: "17:00" };
    expect(endOfQuiet(day, NIGHT)).toBe(NIGHT);
    expect(endOfQuiet(undefined, NIGHT)).toBe(NIGHT);
  });

  it("NOTIFICATION_CHANNEL_FAILED: the queue retries", async () => {
    isDown = true;
    const job = { channel: "chat", notification: notification() };
    await expect(notifier().dispatch(job)).rejects.toMatchObject({ code: "NOTIFICATION_CHANNEL_FAILED" });
    const chat = createChatChannel("https://chat.example", { post: async () => 500 });
    await expect(chat.send(notification())).rejects.toMatchObject({ code: "NOTIFICATION_CHANNEL_FAILED" });
  });

  it.each([
    ["an unknown channel", { channels: ["pager"] }],
    ["an invalid hour", { quiet: { from: "24:00", to: "07:00", timeZone: "UTC" } }],
    ["an unknown time zone", { quiet: { from: "22:00", to: "07:00", timeZone: "Europe/Nowhere" } }],
  ])("CONFIG_FILE_UNREADABLE: %s", (_, change) => {
    expect(() => notifier([{ ...RULE, ...change }])).toThrow(
      expect.objectContaining({
        code: "CONFIG_FILE_UNREADABLE",
        facts: expect.objectContaining({ reason: "invalid rule" }),
      }),
    );
  });

  it("e-mail and chat use one line, for any characters in the subject", async () => {
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

describe("notification plan", () => {
  const chat = { kind: "chat", url: "env:CHAT" };
  const email = { kind: "email", smtp: "file:smtp", from: "a@x.example", to: ["b@x.example"] };
  const rule = { name: "all", kinds: ["*"], channels: ["chat"] };
  const parsed = (change: object) =>
    parseNotificationPlan(JSON.stringify({ channels: { chat, email }, rules: [rule], ...change }));

  it("has defaults for omitted fields", () => {
    expect(parsed({}).rules).toEqual([{ ...rule, severityMin: "warning", dedupeMs: 3_600_000 }]);
  });

  it.each<[string, object]>([
    ["an unknown kind of channel", { channels: { chat: { kind: "pigeon" } } }],
    ["a line break in an address", { channels: { email: { ...email, to: ["a@x\nBcc: c@x.example"] } } }],
    ["no recipient", { channels: { email: { ...email, to: [] } } }],
    ["an event that two processes would report", { rules: [{ ...rule, dedupeS: 1 }] }],
    ["no kinds", { rules: [{ ...rule, kinds: [] }] }],
    ["an unknown field", { more: 1 }],
  ])("CONFIG_FILE_UNREADABLE: %s", (_, change) => {
    expect(() => parsed(change)).toThrowError(
      expect.objectContaining({
        code: "CONFIG_FILE_UNREADABLE",
        facts: expect.objectContaining({ file: "notification rules" }),
      }),
    );
  });

  it("CONFIG_FILE_UNREADABLE: invalid JSON is not repeated", () => {
    const failure = expect.objectContaining({
      facts: { file: "notification rules", reason: "not JSON", length: 6 },
    });
    expect(() => parseNotificationPlan("secret")).toThrowError(failure);
  });

  it("a channel posts the notification unchanged", async () => {
    const posted: unknown[] = [];
    const post = async (url: string, _: object, body: Uint8Array) => {
      posted.push([url, JSON.parse(Buffer.from(body).toString())]);
      return posted.length === 1 ? 204 : 500;
    };
    const notification: Notification = {
      kind: "incident.opened",
      severity: "critical",
      subject: "s",
      text: "t",
      dedupeKey: "k",
      timeMs: 1,
    };
    const channel = createPostChannel("https://pager.example", { post });
    await channel.send(notification);
    expect(posted).toEqual([["https://pager.example", notification]]);
    await expect(channel.send(notification)).rejects.toThrowError(
      expect.objectContaining({ code: "NOTIFICATION_CHANNEL_FAILED" }),
    );
  });

  it("e-mail is sent by SMTP, without injected headers", async () => {
    const said: string[] = [];
    const server = createServer((socket) => {
      let isData = false;
      socket.write("220 test\r\n");
      socket.on("data", (bytes) => {
        const text = String(bytes);
        said.push(text);
        if (isData) {
          if (!text.endsWith("\r\n.\r\n")) return;
          isData = false;
        } else if (text.startsWith("DATA")) {
          isData = true;
          return void socket.write("354 go\r\n");
        }
        socket.write(text.startsWith("QUIT") ? "221 bye\r\n" : "250 ok\r\n");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const channel = createEmailChannel(
      ["b@x.example"],
      systemMailer(`smtp://127.0.0.1:${port}`, "a@x.example"),
    );
    const news = { kind: "incident.opened", severity: "critical" as const, dedupeKey: "k", timeMs: 1 };
    await channel.send({ ...news, subject: "low\r\nBcc: c@x.example", text: "text" });
    server.close();
    const mail = said.join("");
    expect(mail).toContain("RCPT TO:<b@x.example>");
    expect(mail).toMatch(/Subject: \[critical\] low Bcc: c@x\.example/);
    expect(mail).not.toContain("RCPT TO:<c@x.example>");
  });

  it("e-mail: a password is not sent to a server, or a man in the middle, that offers no TLS", async () => {
    const said: string[] = [];
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.write("220 test\r\n");
      socket.on("data", (bytes) => {
        const text = String(bytes);
        said.push(text);
        if (text.startsWith("EHLO")) socket.write("250-test\r\n250 AUTH PLAIN LOGIN\r\n");
        else socket.write(text.startsWith("STARTTLS") ? "502 no\r\n" : "235 ok\r\n");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const mailer = systemMailer(`smtp://me:hunter2@127.0.0.1:${port}`, "a@x.example");
    await expect(mailer.send({ to: "b@x.example", subject: "s", text: "t" })).rejects.toThrow();
    server.close();
    expect(said.join("")).toMatch(/^EHLO/);
    expect(said.join("")).not.toContain("AUTH");
  });
});
