import { parseTransaction, type TransactionSerializedEIP1559 } from "viem";
import { beforeEach, describe, expect, it } from "vitest";
import { outcomeOf, type Relay } from "./index.ts";
import { ATTEMPTS_MAX, newestOf, PASSED_KEPT_MAX } from "./NonceSlot.ts";
import { SubmissionBench } from "./testing/SubmissionBench.ts";

const code = (name: string) => expect.objectContaining({ code: name });
const relay: Relay = { name: "private", isPublic: false, send: async () => {} };
let bench: SubmissionBench;
beforeEach(() => {
  bench = new SubmissionBench();
});

describe("transactions lost by private relays", () => {
  it("ARB-20: cost nothing while no live job waits behind them; otherwise each earlier nonce is used", async () => {
    bench.options = { ...bench.options, inFlightMax: 4 };
    const transfers: string[] = [];
    const builder: Relay = {
      ...relay,
      async send(raw, lastBlock) {
        if (lastBlock === undefined) transfers.push(raw);
      },
    };
    const submitter = bench.worker(bench.chain.client(), builder);
    for (const number of [0, 1, 2]) await submitter.submit(bench.job(number, 1));
    await submitter.submit(bench.job(3, 2));
    bench.chain.mine();
    await submitter.advance();
    expect(transfers).toHaveLength(3);
    transfers.length = 0;
    for (let block = 0; block < 5; block += 1) {
      bench.chain.mine();
      for (const place of [1, 2, 3, 4]) await submitter.submit(bench.job(block * 4 + place + 4, 1));
      bench.chain.mine();
      await submitter.advance();
    }
    expect(transfers).toEqual([]);
  });

  it("ARB-20: repeated losses do not make the next job more expensive", async () => {
    const submitter = bench.worker(bench.chain.client(), relay);
    const submitNext = async (number: number) => newestOf(await submitter.submit(bench.job(number)));
    const first = await submitNext(0);
    for (let lost = 1; lost <= 60; lost += 1) {
      for (const _ of [1, 2]) bench.chain.mine();
      const { nonce, maxFeeWei, maxTipWei } = await submitNext(lost);
      expect([nonce, maxFeeWei, maxTipWei]).toEqual([0, first.maxFeeWei, first.maxTipWei]);
    }
  });

  it("ARB-20: are dropped except for the newest, and stay expired", async () => {
    const submitter = bench.worker(bench.chain.client(), relay);
    for (let lost = 0; lost < 60; lost += 1) {
      const slot = await submitter.submit(bench.job(lost));
      expect(slot.attempts.length).toBeLessThanOrEqual(PASSED_KEPT_MAX + 4);
      for (const _ of [1, 2]) bench.chain.mine();
      bench.chain.finalHeight = bench.chain.head.height - 1;
      await submitter.advance();
    }
    const slot = (await bench.store.find(0))!;
    expect(slot.attempts.map(({ job }) => job?.id)).toContain("job 59");
    expect(outcomeOf(slot, "job 50")).toBe("expired");
    expect(await submitter.submit(bench.job(0))).toEqual(slot);
  });

  it("ARB-19: the last attempt of a slot is resubmitted while it lives", async () => {
    const handed: string[] = [];
    const counting: Relay = { ...relay, send: async (raw) => void handed.push(raw) };
    const submitter = bench.worker(bench.chain.client(), counting);
    for (let number = 1; number < ATTEMPTS_MAX; number += 1) {
      await submitter.submit(bench.job(number));
      for (const _ of [1, 2]) bench.chain.mine();
    }
    const last = newestOf(await submitter.submit(bench.job(ATTEMPTS_MAX, 9)));
    bench.wait();
    for (const _ of [1, 2]) await submitter.advance();
    expect(handed.slice(-3)).toEqual(Array(3).fill(last.raw));
    expect((await bench.store.find(0))!.attempts).toHaveLength(ATTEMPTS_MAX);
  });

  it("SUBMISSION_BUSY: a slot has a limited number of attempts while nothing becomes final", async () => {
    const submitter = bench.worker(bench.chain.client(), relay);
    let number = 0;
    for (; number < ATTEMPTS_MAX; number += 1) {
      await submitter.submit(bench.job(number));
      for (const _ of [1, 2]) bench.chain.mine();
    }
    await expect(submitter.submit(bench.job(number))).rejects.toEqual(code("SUBMISSION_BUSY"));
    bench.chain.finalHeight = bench.chain.head.height;
    await submitter.advance();
    const { attempts } = await submitter.submit(bench.job(number + 1));
    expect(attempts.length).toBe(PASSED_KEPT_MAX + 1);
  });
});

it("ARB-16: a job that expires during a slow step of another slot is not sent again", async () => {
  for (const isLate of [false, true]) {
    bench = new SubmissionBench();
    const signer = bench.signer();
    const handed: number[] = [];
    let isSlow = false;
    const slow: Relay = {
      ...relay,
      async send(raw) {
        handed.push(parseTransaction(raw as TransactionSerializedEIP1559).nonce ?? 0);
        if (isSlow) bench.chain.mine({ isEmpty: true });
        isSlow = false;
      },
    };
    const submitter = bench.worker(bench.chain.client(), slow, signer);
    await submitter.submit(bench.job(1, 9));
    await submitter.submit(bench.job(2, 1));
    await submitter.submit(bench.job(3, 9));
    signer.isAway = isLate;
    if (isLate) bench.wait();
    handed.length = 0;
    isSlow = true;
    await submitter.advance();
    expect(handed).toEqual([0, 2]);
  }
});
