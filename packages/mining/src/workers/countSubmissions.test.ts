import { bytesToHex } from "@trellis/base";
import { VirtualTime } from "@trellis/kit/time";
import type { BlockTemplate, Hash, OfferedTemplate, TemplateWatcher, WorkRequest } from "@trellis/protocol";
import { beforeEach, expect, it } from "vitest";
import { miningErrors } from "../errors.ts";
import { countSubmissions } from "./countSubmissions.ts";
import { Workers } from "./Workers.ts";

const BLOCK: Hash = `0x${"b1".repeat(32)}`;
const REQUEST = { stream: 1, miner: `0x${"aa".repeat(20)}` } as const;
const OTHER = { ...REQUEST, stream: 2 } as const;
/** Half of the hashes are blocks of difficulty 2^-31. */
const TARGET = 2n ** 255n - 1n;

let workers: Workers;
let counted: ReturnType<typeof countSubmissions>;
let watcher: TemplateWatcher | undefined;
let refusal: Error | undefined;
let made: number;

function offer({ stream, miner }: WorkRequest): OfferedTemplate {
  const sealRoot = new Uint8Array(32).fill(1);
  new DataView(sealRoot.buffer).setUint32(0, ++made);
  const template = { header: { stream, miner }, sealRoot, target: TARGET } as unknown as BlockTemplate;
  return { id: bytesToHex(sealRoot), template, expiresMs: 0 };
}

beforeEach(() => {
  made = 0;
  refusal = undefined;
  workers = new Workers({ clock: new VirtualTime(1_000), finalBlocks: { follow() {} } });
  counted = countSubmissions(
    {
      template: async (request) => offer(request),
      watch(request, _, watching) {
        watcher = watching;
        watching.notify(offer(request));
        return () => {
          watcher = undefined;
        };
      },
      async submit() {
        if (refusal !== undefined) throw refusal;
        return BLOCK;
      },
    },
    workers,
  );
});

it("counts accepted blocks and refused nonces by stream and reward address", async () => {
  const { id } = await counted.template(REQUEST, "192.0.2.1");
  const { id: other } = await counted.template(OTHER, "192.0.2.1");
  expect(await counted.submit(id, 1n, "192.0.2.1")).toBe(BLOCK);
  const refusals = [
    [miningErrors.TEMPLATE_UNKNOWN({ template: id }), id],
    [miningErrors.WORK_DUPLICATE({ template: id, nonce: 1n }), id],
    [miningErrors.WORK_INSUFFICIENT({ template: other, nonce: 1n, target: 1n }), other],
    [miningErrors.MINING_BUSY({ reason: "busy" }), id],
  ] as const;
  for (const [error, template] of refusals) {
    refusal = error;
    await expect(counted.submit(template, 1n, "192.0.2.1")).rejects.toBe(error);
  }
  const difficulty = 2 ** -31;
  expect(workers.statistics()).toMatchObject([
    {
      ...{ source: "rpc", stream: 1, worker: REQUEST.miner, difficulty, connections: 0, lastShareMs: 1_000 },
      ...{ accepted: 1, blocks: 1, stale: 1, duplicate: 1, invalid: 0 },
    },
    { source: "rpc", stream: 2, worker: REQUEST.miner, accepted: 0, invalid: 1 },
  ]);
});

it("counts subscriptions, which end once", () => {
  const offered: OfferedTemplate[] = [];
  const watching = { notify: (each: OfferedTemplate) => void offered.push(each), end() {} };
  const stop = counted.watch(REQUEST, "192.0.2.1", watching);
  expect(offered).toHaveLength(1);
  expect(workers.statistics()).toMatchObject([{ connections: 1 }]);
  stop();
  stop();
  expect(watcher).toBeUndefined();
  expect(workers.statistics()).toMatchObject([{ connections: 0 }]);
});

it("nonces of templates that were never offered, or too long ago, count for nobody", async () => {
  const { id } = await counted.template(REQUEST, "192.0.2.1");
  for (let count = 0; count < 1_024; count++) await counted.template(OTHER, "192.0.2.1");
  refusal = miningErrors.TEMPLATE_UNKNOWN({ template: id });
  for (const template of [id, BLOCK]) await expect(counted.submit(template, 1n, "")).rejects.toBe(refusal);
  expect(workers.statistics().map(({ stale }) => stale)).toEqual([0, 0]);
});
