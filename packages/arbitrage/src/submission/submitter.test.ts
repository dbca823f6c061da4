import { silentLog } from "@trellis/base";
import { clientErrors } from "@trellis/client";
import { failing } from "@trellis/kit/fakeChain";
import { parseTransaction, type TransactionSerializedEIP1559 } from "viem";
import { beforeEach, describe, expect, it } from "vitest";
import { createFanOut, createPrivateRelay, createPublicRelay, outcomeOf, type Relay } from "./index.ts";
import { newestOf } from "./NonceSlot.ts";
import { SubmissionBench } from "./testing/SubmissionBench.ts";

const code = (name: string) => expect.objectContaining({ code: name });
let bench: SubmissionBench;
beforeEach(() => {
  bench = new SubmissionBench();
});
const nonces = () => bench.chain.sent.map(({ nonce }) => nonce);

describe("submitter", () => {
  it("ARB-17: a job is stored, sent, included and final; submitting it again has no effect", async () => {
    const submitter = bench.worker();
    const job = bench.job(1);
    const slot = await submitter.submit(job);
    expect(slot).toMatchObject({ nonce: 0, state: "sent", attempts: [{ job }] });
    expect(await submitter.submit(job)).toEqual(slot);
    expect(bench.chain.sent).toHaveLength(1);
    bench.chain.mine();
    const [included] = await submitter.advance();
    expect(included).toMatchObject({ state: "included", inclusion: { isReverted: false, gasUsed: 21_000n } });
    expect(outcomeOf(included!, job.id)).toBe("executed");
    expect(await submitter.submit(job)).toEqual(included);
    bench.chain.finalHeight = bench.chain.head.height;
    expect(await submitter.advance()).toMatchObject([{ state: "final" }]);
    expect(await submitter.advance()).toEqual([]);
    expect(await bench.executions(job)).toBe(1);
  });

  it("ARB-17: jobs in flight have consecutive nonces; SUBMISSION_BUSY above the limit", async () => {
    const submitter = bench.worker();
    for (const number of [1, 2, 3]) await submitter.submit(bench.job(number));
    expect(nonces()).toEqual([0, 1, 2]);
    await expect(submitter.submit(bench.job(4))).rejects.toEqual(code("SUBMISSION_BUSY"));
    bench.chain.mine();
    await submitter.advance();
    expect((await submitter.submit(bench.job(4))).nonce).toBe(3);
  });

  it("SUBMISSION_EXPIRED: a job after its last block", async () => {
    const submitter = bench.worker();
    const job = bench.job(1, 1);
    bench.chain.mine();
    await expect(submitter.submit(job)).rejects.toEqual(code("SUBMISSION_EXPIRED"));
    expect(bench.chain.sent).toEqual([]);
  });

  it("SUBMISSION_EXPIRED: sends nothing for a job whose anchor was removed", async () => {
    bench.chain.mine();
    const { height, hash } = bench.chain.head;
    const job = bench.job(1, 5, { anchor: { height, hash } });
    bench.chain.reorganise(1);
    bench.chain.mine();
    await expect(bench.worker().submit(job)).rejects.toEqual(code("SUBMISSION_EXPIRED"));
    expect([bench.chain.sent, await bench.store.last()]).toEqual([[], undefined]);
  });

  it("SUBMISSION_EXPIRED: sends neither a job that expires during signing, nor its replacement", async () => {
    const signer = bench.signer();
    const slow = {
      ...signer,
      async signCall(call: Parameters<typeof signer.signCall>[0]) {
        bench.chain.mine({ isEmpty: true });
        return signer.signCall(call);
      },
    };
    const submitter = bench.worker(undefined, undefined, slow);
    await expect(submitter.submit(bench.job(1, 1))).rejects.toEqual(code("SUBMISSION_EXPIRED"));
    expect([bench.chain.sent, await bench.store.last()]).toEqual([[], undefined]);
    await submitter.submit(bench.job(2, 2));
    bench.wait();
    expect(await submitter.advance()).toEqual([]);
    expect(bench.chain.sent).toHaveLength(1);
    expect(bench.warnings).toEqual([]);
  });

  it("SUBMISSION_BUSY: sends nothing while foreign transactions of the wallet are pending", async () => {
    const client = bench.chain.client();
    const { sender } = bench.ports();
    await client.send((await sender.prepare({ to: sender.address, data: "0x" })).raw);
    const busy = { code: "SUBMISSION_BUSY", facts: { reason: "not in the journal" } };
    await expect(bench.worker().submit(bench.job(1))).rejects.toMatchObject(busy);
    bench.chain.mine();
    expect((await bench.worker().submit(bench.job(1))).nonce).toBe(1);
  });

  it("ARB-17: later jobs fill the gap left by a node's wrong nonce", async () => {
    const client = bench.chain.client();
    const lying = { ...client, nextNonce: async () => 1_000 };
    for (const number of [1, 2, 3])
      expect((await bench.worker(lying).submit(bench.job(number))).nonce).toBe(999 + number);
    for (const _ of [1, 2, 3]) bench.chain.mine();
    const jobs = [4, 5].map((number) => bench.job(number));
    for (const [nonce, job] of jobs.entries()) expect((await bench.worker().submit(job)).nonce).toBe(nonce);
    bench.chain.mine();
    for (const job of jobs) expect(await bench.executions(job)).toBe(1);
  });

  it("ARB-20: a dead job above a gap expires once its last block is final; its slot stays to be filled", async () => {
    const client = bench.chain.client();
    const job = bench.job(1);
    const submitter = bench.worker();
    const lying = bench.worker({ ...client, nextNonce: async () => 1 });
    await lying.submit(job);
    const outcome = async () => outcomeOf((await bench.store.findJob(job.id))!, job.id);
    for (const _ of [1, 2]) bench.chain.mine();
    await submitter.advance();
    expect(await outcome()).toBe("open");
    bench.chain.finalHeight = bench.chain.head.height;
    expect(await submitter.advance()).toMatchObject([{ state: "sent", attempts: [{ isPassed: true }] }]);
    expect([await outcome(), await submitter.advance()]).toEqual(["expired", []]);
    expect((await submitter.submit(job)).nonce).toBe(1);
    expect((await submitter.submit(bench.job(2))).nonce).toBe(0);
    bench.chain.mine();
    await submitter.advance();
    expect([await outcome(), await bench.executions(job)]).toEqual(["reverted", 0]);
    bench.chain.finalHeight = 2;
    bench.chain.reorganise(1, { forgets: true });
    await submitter.advance();
    expect(await outcome()).toBe("open");
    await submitter.advance();
    expect(await outcome()).toBe("expired");
  });

  it("ARB-20: a transaction that private relays did not deliver expires once its last block is final", async () => {
    const relay: Relay = { name: "private", isPublic: false, send: async () => {} };
    const submitter = bench.worker(bench.chain.client(), relay);
    const job = bench.job(1);
    await submitter.submit(job);
    for (const _ of [1, 2]) bench.chain.mine();
    bench.chain.finalHeight = bench.chain.head.height;
    const [slot] = await submitter.advance();
    expect(outcomeOf(slot!, job.id)).toBe("expired");
    expect((await submitter.submit(bench.job(2))).nonce).toBe(0);
    expect(outcomeOf((await bench.store.findJob(job.id))!, job.id)).toBe("expired");
  });

  it("ARB-18: after a kill between storing and sending, the next process sends the stored transaction", async () => {
    const client = bench.chain.client();
    const kill = new TypeError("killed");
    const dying: Relay = { name: "dying", isPublic: true, send: async () => Promise.reject(kill) };
    const job = bench.job(1);
    await expect(bench.worker(client, dying).submit(job)).rejects.toBe(kill);
    expect(bench.chain.sent).toEqual([]);
    const restarted = bench.worker();
    const slot = await restarted.submit(job);
    await restarted.advance();
    expect(bench.chain.sent.map(({ hash }) => hash)).toEqual([slot.attempts[0].hash]);
    await restarted.advance();
    bench.chain.mine();
    await restarted.advance();
    expect(await bench.executions(job)).toBe(1);
  });

  it("SIGN-6: without a signer sends nothing new, and follows sent transactions", async () => {
    const signer = bench.signer();
    const submitter = bench.worker(undefined, undefined, signer);
    const job = bench.job(1, 9);
    const { attempts } = await submitter.submit(job);
    signer.isAway = true;
    await expect(submitter.submit(bench.job(2))).rejects.toEqual(code("SIGNER_UNREACHABLE"));
    expect(await bench.store.findJob("job 2")).toBeUndefined();
    bench.chain.forget();
    bench.wait();
    expect(await submitter.advance()).toEqual([]);
    expect(bench.chain.waiting.map(({ hash }) => hash)).toEqual([attempts[0].hash]);
    bench.chain.mine();
    expect(await submitter.advance()).toMatchObject([{ state: "included" }]);
    signer.isAway = false;
    expect((await submitter.submit(bench.job(2))).nonce).toBe(1);
  });

  it("ARB-18: workers that share a journal and take one job at once send one transaction", async () => {
    const job = bench.job(1);
    const slots = await Promise.all([1, 2, 3].map(() => bench.worker().submit(job)));
    expect(new Set(slots.map(({ attempts }) => attempts[0].hash)).size).toBe(1);
    expect(new Set(bench.chain.sent.map(({ hash }) => hash)).size).toBe(1);
  });

  it("ARB-17: a worker with a stale read does not assign a job to a second slot", async () => {
    const job = bench.job(1);
    const client = bench.chain.client();
    const late = bench.worker({
      ...client,
      async block(at) {
        await bench.worker().submit(job);
        return client.block(at);
      },
    });
    expect(await late.submit(job)).toEqual(await bench.store.find(0));
    expect(bench.chain.sent).toHaveLength(1);
    expect(await bench.store.find(1)).toBeUndefined();
  });

  it("ARB-18: a worker sends nothing for a slot that another replaced", async () => {
    const client = bench.chain.client();
    await bench.worker().submit(bench.job(1, 9));
    bench.wait();
    const late = bench.worker({
      ...client,
      async suggestedTipWei() {
        await bench.worker().advance();
        return client.suggestedTipWei();
      },
    });
    expect(await late.advance()).toEqual([]);
    expect(bench.chain.sent).toHaveLength(2);
    expect((await bench.store.find(0))?.attempts).toHaveLength(2);
  });

  it("ARB-18: workers that take different jobs at once share the nonces, or one waits", async () => {
    const outcomes = await Promise.allSettled(
      [1, 2].map((number) => bench.worker().submit(bench.job(number))),
    );
    for (const outcome of outcomes)
      if (outcome.status === "rejected") expect(outcome.reason).toEqual(code("SUBMISSION_BUSY"));
    await bench.worker().submit(bench.job(2));
    await bench.worker().submit(bench.job(1));
    bench.chain.mine();
    expect((await bench.executions(bench.job(1, 1))) + (await bench.executions(bench.job(2, 1)))).toBe(2);
  });

  it("ARB-19: resubmits transactions dropped by mempools until their block has passed", async () => {
    const submitter = bench.worker();
    await submitter.submit(bench.job(1, 3));
    bench.chain.forget();
    await submitter.advance();
    expect(nonces()).toEqual([0, 0]);
    expect(new Set(bench.chain.sent.map(({ hash }) => hash)).size).toBe(1);
  });

  it("ARB-19: a refusal by a node stops only its own slot, and is logged once", async () => {
    const refusing = new Set<number>();
    const client = bench.chain.client();
    const relay: Relay = {
      ...createPublicRelay(client),
      async send(raw) {
        if (refusing.has(parseTransaction(raw as TransactionSerializedEIP1559).nonce ?? 0))
          throw clientErrors.NODE_REFUSED({ reason: "insufficient funds" });
        await client.send(raw);
      },
    };
    const submitter = bench.worker(client, relay);
    const [refused, other] = [bench.job(1, 9), bench.job(2, 9)];
    refusing.add(0);
    expect((await submitter.submit(refused)).state).toBe("sent");
    await submitter.submit(other);
    for (const _ of [1, 2, 3]) expect(await submitter.advance()).toEqual([]);
    expect(bench.warnings).toEqual([
      expect.objectContaining({ nonce: 0, reason: "NODE_REFUSED: insufficient funds" }),
    ]);
    refusing.clear();
    await submitter.advance();
    bench.chain.mine();
    expect(await submitter.advance()).toMatchObject([{ state: "included" }, { state: "included" }]);
    expect([await bench.executions(refused), await bench.executions(other)]).toEqual([1, 1]);
  });

  it("ARB-19: a failing slot does not stop the others", async () => {
    const client = bench.chain.client();
    const [first, second] = [bench.job(1, 9), bench.job(2, 9)];
    const { hash } = newestOf(await bench.worker().submit(first));
    await bench.worker().submit(second);
    let failure: Error | undefined = clientErrors.QUORUM_NOT_REACHED({ reason: "answers differ" });
    const submitter = bench.worker({
      ...client,
      async receipt(of) {
        if (of === hash && failure !== undefined) throw failure;
        return client.receipt(of);
      },
    });
    bench.chain.mine();
    expect(await submitter.advance()).toMatchObject([{ nonce: 1, state: "included" }]);
    expect(await submitter.advance()).toEqual([]);
    expect(bench.warnings).toEqual([
      expect.objectContaining({ nonce: 0, reason: "QUORUM_NOT_REACHED: answers differ" }),
    ]);
    failure = new TypeError("a defect");
    await expect(submitter.advance()).rejects.toBe(failure);
    failure = undefined;
    expect(await submitter.advance()).toMatchObject([{ nonce: 0, state: "included" }]);
  });

  it("ARB-20: a dropped dead job is not sent again if filling its nonce is too expensive", async () => {
    const submitter = bench.worker();
    await submitter.submit(bench.job(1, 1));
    await submitter.submit(bench.job(2, 9));
    bench.chain.forget();
    bench.chain.baseFeeWei = 2_000n;
    bench.chain.mine({ isEmpty: true });
    const before = bench.chain.sent.length;
    await submitter.advance();
    expect(nonces().slice(before)).toEqual([1]);
  });

  it("ARB-19: replaces a transaction that waits too long by one with higher fees, up to the job's limit", async () => {
    const submitter = bench.worker();
    bench.chain.baseFeeWei = 30n;
    const slot = await submitter.submit(bench.job(1, 5, { tipWei: 4n, feeLimitWei: 45n }));
    expect(slot.attempts[0]).toMatchObject({ maxTipWei: 4n, maxFeeWei: 12n + 12n });
    for (let time = 0; time < 12; time += 1) {
      bench.wait();
      await submitter.advance();
    }
    const { attempts } = (await bench.store.find(0))!;
    const fees = attempts.map(({ maxFeeWei }) => maxFeeWei);
    expect(fees.length).toBeGreaterThan(2);
    expect(fees.every((fee, place) => place === 0 || fee > fees[place - 1]!)).toBe(true);
    expect(fees.at(-1)).toBeLessThanOrEqual(45n);
    expect(bench.chain.waiting).toHaveLength(1);
    bench.chain.mine();
    expect(await submitter.advance()).toMatchObject([
      { inclusion: { transactionHash: attempts.at(-1)!.hash } },
    ]);
  });

  it("ARB-20: the next job takes a dead job's nonce and replaces it", async () => {
    const submitter = bench.worker();
    bench.chain.baseFeeWei = 100n;
    const dead = bench.job(1, 1, { feeLimitWei: 20n });
    await submitter.submit({ ...dead, feeLimitWei: 1_000n });
    bench.chain.mine({ isEmpty: true });
    const next = bench.job(2);
    const slot = await submitter.submit(next);
    expect(slot).toMatchObject({ nonce: 0, attempts: [{ job: { id: dead.id } }, { job: { id: next.id } }] });
    bench.chain.mine();
    await submitter.advance();
    expect([await bench.executions(dead), await bench.executions(next)]).toEqual([0, 1]);
    const settled = (await bench.store.find(0))!;
    expect([outcomeOf(settled, dead.id), outcomeOf(settled, next.id)]).toEqual(["expired", "executed"]);
  });

  it("ARB-20: in a public mempool the next job outbids the pending transaction, though the dead one after it never arrived", async () => {
    const submitter = bench.worker();
    const waiting = newestOf(await submitter.submit(bench.job(1)));
    for (const _ of [1, 2]) bench.chain.mine({ isEmpty: true });
    const lossy: Relay = { name: "lossy", isPublic: true, send: async () => {} };
    await bench.worker(bench.chain.client(), lossy).submit(bench.job(2));
    for (const _ of [1, 2]) bench.chain.mine({ isEmpty: true });
    const next = newestOf(await submitter.submit(bench.job(3)));
    expect(next.maxTipWei).toBe(waiting.maxTipWei + waiting.maxTipWei / 8n + 1n);
    expect(bench.chain.waiting.map(({ hash }) => hash)).toEqual([next.hash]);
  });

  it("ARB-20: a dead job is not resubmitted; its nonce is used up if others wait behind it", async () => {
    const submitter = bench.worker();
    const dead = bench.job(1, 1);
    await submitter.submit(dead);
    const laterSlots = bench.job(2, 9);
    await submitter.submit(laterSlots);
    bench.chain.forget();
    bench.chain.mine();
    await submitter.advance();
    bench.chain.mine();
    await submitter.advance();
    expect(await bench.executions(dead)).toBe(0);
    expect(await bench.executions(laterSlots)).toBe(1);
    expect((await bench.store.find(0))!.attempts.map(({ job }) => job?.id)).toEqual([dead.id, undefined]);
  });

  it("ARB-20: a job whose anchor is reorganised away is dead at any age, and releases its nonce", async () => {
    const submitter = bench.worker();
    bench.chain.mine({ isEmpty: true });
    const { height, hash } = (await bench.chain.client().block("latest"))!;
    const dead = bench.job(1, 9, { anchor: { height, hash } });
    await submitter.submit(dead);
    bench.chain.reorganise(1, { forgets: true });
    bench.chain.mine({ isEmpty: true });
    expect(await submitter.advance()).toEqual([]);
    const next = bench.job(2, 9);
    expect(await submitter.submit(next)).toMatchObject({
      nonce: 0,
      attempts: [{}, { job: { id: next.id } }],
    });
    bench.chain.mine();
    const [slot] = await submitter.advance();
    expect([outcomeOf(slot!, dead.id), outcomeOf(slot!, next.id)]).toEqual(["expired", "executed"]);
  });

  it("ARB-20: a dead job that is included reverts, and is reported as reverted", async () => {
    const submitter = bench.worker();
    const job = bench.job(1, 1);
    await submitter.submit(job);
    bench.chain.mine({ isEmpty: true });
    bench.chain.mine();
    const [slot] = await submitter.advance();
    expect(outcomeOf(slot!, job.id)).toBe("reverted");
  });

  it("ARB-21: an included job that is reorganised away is sent again and executed once", async () => {
    const submitter = bench.worker();
    const job = bench.job(1, 9);
    await submitter.submit(job);
    bench.chain.mine();
    await submitter.advance();
    bench.chain.reorganise(1, { forgets: true });
    expect(await submitter.advance()).toMatchObject([{ state: "sent", inclusion: undefined }]);
    await submitter.advance();
    bench.chain.mine();
    expect(await submitter.advance()).toMatchObject([{ state: "included" }]);
    expect(await bench.executions(job)).toBe(1);
    expect(new Set(bench.chain.sent.map(({ hash }) => hash)).size).toBe(1);
  });

  it("ARB-21: a nonce used by another transaction is final without an inclusion once its block is final", async () => {
    const submitter = bench.worker();
    const job = bench.job(1, 9);
    await submitter.submit(job);
    bench.chain.forget();
    const { sender } = bench.ports();
    const other = await sender.prepare({ to: sender.address, data: "0x" }, { nonce: 0 });
    await bench.chain.client().send(other.raw);
    bench.chain.mine();
    expect(await submitter.advance()).toEqual([]);
    bench.chain.finalHeight = bench.chain.head.height;
    const [slot] = await submitter.advance();
    expect(slot).toMatchObject({ state: "final", inclusion: undefined });
    expect(outcomeOf(slot!, job.id)).toBe("expired");
    expect((await submitter.submit(bench.job(2))).nonce).toBe(1);
  });

  it("sends nothing that cannot be stored or is too expensive", async () => {
    const client = failing(bench.chain.client(), (method) => method === "block");
    await expect(bench.worker(client).submit(bench.job(1))).rejects.toEqual(code("NODE_UNREACHABLE"));
    const dear = bench.job(1, 2, { feeLimitWei: 5n });
    await expect(bench.worker().submit(dear)).rejects.toEqual(code("TRANSACTION_FEE_PAST_LIMIT"));
    expect(bench.chain.sent).toEqual([]);
    expect(await bench.store.last()).toBeUndefined();
  });

  it("RELAY_REFUSED: submits to all relays in parallel, and one must accept", async () => {
    const asked: unknown[] = [];
    const builder = (name: string, answer: () => Promise<unknown>) =>
      createPrivateRelay(name, (_, params) => {
        asked.push([name, ...params]);
        return answer();
      });
    const refuses = builder("a", async () => Promise.reject(clientErrors.NODE_REFUSED({ reason: "spam" })));
    const isAway = builder("b", async () => Promise.reject(clientErrors.NODE_UNREACHABLE({})));
    const hangs = builder("c", () => new Promise(() => undefined));
    const takes = builder("d", async () => "0x");
    const fan = createFanOut([refuses, isAway, hangs, takes], { log: silentLog });
    expect(fan).toMatchObject({ name: "a b c d", isPublic: false });
    await fan.send("0x01", 7);
    const handed = { tx: "0x01", maxBlockNumber: "0x7" };
    expect(asked).toEqual(["a", "b", "c", "d"].map((name) => [name, handed]));
    const none = createFanOut([refuses, isAway], { log: silentLog });
    await expect(none.send("0x01", 7)).rejects.toMatchObject({
      code: "RELAY_REFUSED",
      facts: { reasons: "a: RELAY_REFUSED: NODE_REFUSED: spam; b: NODE_UNREACHABLE" },
    });
    const slot = await bench.worker(bench.chain.client(), none).submit(bench.job(1));
    expect(slot.state).toBe("sent");
    expect(bench.chain.sent).toEqual([]);
  });

  it("RELAY_REFUSED: a private relay gets the transaction and its last block, and no mempool does", async () => {
    const asked: unknown[] = [];
    let refusal: Error | undefined;
    const relay = createPrivateRelay("builder", async (method, params) => {
      asked.push([method, ...params]);
      if (refusal !== undefined) throw refusal;
      return "0x";
    });
    const submitter = bench.worker(bench.chain.client(), relay);
    const job = bench.job(1);
    const slot = await submitter.submit(job);
    const maxBlockNumber = `0x${job.lastBlock.toString(16)}`;
    expect(asked).toEqual([["eth_sendPrivateTransaction", { tx: slot.attempts[0].raw, maxBlockNumber }]]);
    expect(bench.chain.sent).toEqual([]);
    refusal = clientErrors.NODE_REFUSED({ reason: "too late" });
    await expect(relay.send("0x01", undefined)).rejects.toMatchObject({
      code: "RELAY_REFUSED",
      facts: { relay: "builder", reason: "NODE_REFUSED: too late" },
    });
    refusal = clientErrors.NODE_UNREACHABLE({});
    await expect(relay.send("0x01", undefined)).rejects.toEqual(code("NODE_UNREACHABLE"));
    bench.chain.mine();
    bench.chain.mine();
    bench.wait();
    expect(await submitter.advance()).toEqual([]);
    refusal = undefined;
    expect((await submitter.submit(bench.job(2))).nonce).toBe(0);
  });
});
