import { KEY_ALGORITHMS, type KeyAgileSignature, type SignedBy, type Transaction } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { createEntry } from "./Entry.ts";
import { createKeyCheck } from "./PoolState.ts";
import { testAddress, transfer } from "./testPool.ts";

const SENDER = testAddress(1);

function signedBy(publicKey: number | "ecdsa", algorithm: KeyAgileSignature["algorithm"] = 1): SignedBy {
  const signed = transfer({ sender: SENDER, nonce: 0 });
  if (publicKey === "ecdsa") return signed;
  const signature: KeyAgileSignature = {
    kind: "keyAgile",
    from: SENDER,
    algorithm,
    publicKey: Uint8Array.of(publicKey),
    signature: new Uint8Array(),
  };
  return { ...signed, transaction: { ...signed.transaction, signature } };
}

describe("createKeyCheck", () => {
  it("asks once for ECDSA, and for key-agile transactions of one key in a row", () => {
    const asked: Transaction[] = [];
    const state = {
      account: () => undefined,
      isKeyValid: (transaction: Transaction) => {
        asked.push(transaction);
        return transaction.signature.kind === "keyAgile";
      },
    };
    const isValid = createKeyCheck(state, SENDER);
    const keys = [
      signedBy("ecdsa"),
      signedBy("ecdsa"),
      signedBy(1),
      signedBy(1),
      signedBy(2),
      signedBy(2, KEY_ALGORITHMS.mlDsa65),
      signedBy("ecdsa"),
      signedBy(2, KEY_ALGORITHMS.mlDsa65),
      signedBy("ecdsa"),
    ];
    const answers = keys.map((signed) =>
      isValid(createEntry(signed, { isLocal: false, admittedAtMs: 0, sequence: 0 })),
    );
    expect(answers).toEqual([false, false, true, true, true, true, false, true, false]);
    expect(
      asked.map((transaction) => keys.findIndex((signed) => signed.transaction === transaction)),
    ).toEqual([0, 2, 4, 5]);
  });
});
