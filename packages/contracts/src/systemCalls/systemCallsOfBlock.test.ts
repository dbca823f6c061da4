import type { SystemCall } from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  endEpochCall,
  readActiveSet,
  readEpoch,
  recordCertificateCall,
  slashEquivocationCall,
  systemCallsOfBlock,
} from "../index.ts";
import {
  account,
  COIN,
  createTestChain,
  EPOCH_LENGTH,
  type TestChain,
  validatorOf,
} from "../testing/TestChain.ts";

const validators = [1, 2, 3].map((index) => validatorOf(index));
const certificate = (epoch: number, height: number) => ({ epoch, height, signers: Uint8Array.of(0b111) });

function callsOf(
  chain: TestChain,
  findings: Partial<Parameters<typeof systemCallsOfBlock>[1]>,
): readonly SystemCall[] {
  return systemCallsOfBlock(chain.state, {
    number: chain.number,
    certificates: [],
    equivocations: [],
    ...findings,
  });
}

describe("STAKE-14: systemCallsOfBlock", () => {
  it("records new certificates by height, each once", () => {
    const chain = createTestChain({ validators });
    chain.certify();
    const certificates = [certificate(0, 4), certificate(0, 1), certificate(0, 2), certificate(0, 4)];
    expect(callsOf(chain, { certificates: [...certificates, certificate(1, 5)] })).toEqual(
      [certificate(0, 2), certificate(0, 4)].map(recordCertificateCall),
    );
  });

  it("records a certificate with more signers for a known height", () => {
    const chain = createTestChain({ validators });
    chain.certify([0, 1]);
    const by = (height: number, bits: number) => ({ epoch: 0, height, signers: Uint8Array.of(bits) });
    const certificates = [by(1, 0b10), by(1, 0b101), by(1, 0b111), by(2, 0b11), by(2, 0b1), by(2, 0b110)];
    expect(callsOf(chain, { certificates })).toEqual(
      [by(1, 0b101), by(2, 0b11), by(2, 0b110)].map(recordCertificateCall),
    );
  });

  it("slashes each present validator once, in time", () => {
    const chain = createTestChain({ validators });
    for (let epoch = 0; epoch < 3; epoch++) chain.endEpoch();
    chain.system(slashEquivocationCall(account(3), 2));
    const equivocations = [
      [1, 0],
      [1, 4],
      [1, 2],
      [1, 3],
      [2, 1],
      [3, 3],
      [9, 3],
    ].map(([index, epoch]) => ({ validator: account(index!), epoch: epoch! }));
    expect(callsOf(chain, { equivocations })).toEqual([
      slashEquivocationCall(account(1), 2),
      slashEquivocationCall(account(2), 1),
    ]);
  });

  it("ends the epoch when due, also by a certificate of the same block", () => {
    const chain = createTestChain({ validators });
    chain.endEpoch();
    chain.pass(EPOCH_LENGTH - 1);
    expect(callsOf(chain, { certificates: [certificate(1, 2)] })).toHaveLength(1);
    chain.pass(1);
    expect(callsOf(chain, {})).toEqual([]);
    expect(callsOf(chain, { certificates: [certificate(0, 2)] })).toHaveLength(1);
    expect(callsOf(chain, { certificates: [certificate(1, 2)] })).toEqual([
      recordCertificateCall(certificate(1, 2)),
      endEpochCall(100n * COIN),
    ]);
  });

  it("is empty on a network without staking contracts", () => {
    const state = { account: () => undefined, storage: () => 0n, code: () => new Uint8Array(0) };
    expect(
      systemCallsOfBlock(state, { number: 100, certificates: [certificate(0, 1)], equivocations: [] }),
    ).toEqual([]);
  });

  it("the contract accepts every call", () => {
    const findings = fc.record({
      passed: fc.nat(2 * EPOCH_LENGTH),
      certificates: fc.array(
        fc.tuple(fc.nat(5), fc.nat(8)).map(([epoch, height]) => certificate(epoch, height)),
      ),
      equivocations: fc.array(
        fc.record({ validator: fc.nat(4).map((index) => account(index + 1)), epoch: fc.nat(5) }),
        { maxLength: 1 },
      ),
    });
    fc.assert(
      fc.property(fc.array(findings, { maxLength: 12, size: "max" }), (blocks) => {
        const chain = createTestChain({ validators: [1, 2, 3, 4].map((index) => validatorOf(index)) });
        for (const { passed, certificates, equivocations } of blocks) {
          chain.pass(passed);
          const { epoch, certifiedHeight } = readEpoch(chain.state);
          const near = certificates.map((each) => {
            const setEpoch = Math.max(0, epoch + each.epoch - 3);
            const { members } = readActiveSet(chain.state, setEpoch);
            const bits = each.height % 2 === 0 ? 1 : 2 ** members.length - 1;
            const height = Math.max(0, certifiedHeight + each.height - 4);
            return { epoch: setEpoch, height, signers: Uint8Array.of(bits) };
          });
          for (const call of callsOf(chain, { certificates: near, equivocations })) chain.system(call);
        }
      }),
      { numRuns: 40 },
    );
  });
});
