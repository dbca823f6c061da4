import { bytesToHex, hexToBytes } from "@trellis/base";
import { privateKeyToAddress, SECP256K1_ORDER } from "@trellis/crypto";
import { describe, expect, it } from "vitest";
import {
  type Address,
  authoritiesOf,
  createTransaction,
  decodeTransaction,
  ecdsaRecoveryInput,
  encodeRlp,
  encodeTransaction,
  type ForkName,
  floorGas,
  intrinsicGas,
  isAuthorityKeyValid,
  isAuthorizedKey,
  KEY_ALGORITHMS,
  type KeyAgileSignature,
  type KeyAlgorithm,
  keyAddress,
  keyId,
  messageIntrinsicGas,
  recoverSender,
  signAuthorization,
  signingHash,
  signingHashOf,
  signKeyAgile,
  signTransaction,
  TRANSACTION_TYPES,
  type Transaction,
  type TransactionRules,
  type UnsignedTransaction,
  validateTransactionInIsolation,
} from "../index.ts";
import { refusal } from "../testing/refusal.ts";

const privateKey = hexToBytes(`0x${"46".repeat(32)}`);
const sender = bytesToHex(privateKeyToAddress(privateKey));
const rules: TransactionRules = {
  ...{ chainId: 1n, gasLimit: 30_000_000n, transactionBytesMax: 131_072 },
  fork: "prague",
};

const dynamicFee: UnsignedTransaction = {
  type: TRANSACTION_TYPES.dynamicFee,
  chainId: 1n,
  nonce: 9n,
  gasLimit: 90_000n,
  to: `0x${"35".repeat(20)}`,
  value: 10n ** 18n,
  data: hexToBytes("0x00ff"),
  accessList: [{ address: `0x${"ab".repeat(20)}`, storageKeys: [`0x${"01".repeat(32)}`] }],
  maxFeePerGas: 30n * 10n ** 9n,
  maxPriorityFeePerGas: 10n ** 9n,
};
const accessList: UnsignedTransaction = {
  ...dynamicFee,
  type: TRANSACTION_TYPES.accessList,
  maxPriorityFeePerGas: dynamicFee.maxFeePerGas,
};
const legacy: UnsignedTransaction = { ...accessList, type: TRANSACTION_TYPES.legacy, accessList: [] };
const keyAgile: UnsignedTransaction = { ...dynamicFee, type: TRANSACTION_TYPES.keyAgile };

const throwsCode = (label: string, run: () => unknown) => expect(run).toThrow(refusal(label));

describe("TX-2", () => {
  it("reproduces the example of EIP-155", () => {
    const signed = signTransaction(
      {
        ...legacy,
        gasLimit: 21_000n,
        data: new Uint8Array(0),
        maxFeePerGas: 20n * 10n ** 9n,
        maxPriorityFeePerGas: 20n * 10n ** 9n,
      },
      privateKey,
    );
    expect(bytesToHex(signed.encoded)).toBe(
      "0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83",
    );
    expect(recoverSender(signed)).toBe("0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f");
  });
});

describe("every ECDSA type", () => {
  for (const unsigned of [legacy, accessList, dynamicFee, { ...dynamicFee, to: null }]) {
    it(`decodes its encoding: type ${unsigned.type}, to ${unsigned.to}`, () => {
      const signed = signTransaction(unsigned, privateKey);
      expect(decodeTransaction(signed.encoded)).toEqual(signed);
      expect(recoverSender(signed)).toBe(sender);
      expect(ecdsaRecoveryInput(signed)?.hash).toEqual(signingHash(unsigned));
    });
  }
});

it("TX-3: a decoded transaction keeps its access list encoded, which caches count", () => {
  const decoded = decodeTransaction(signTransaction(accessList, privateKey).encoded);
  expect(decoded.accessList).toEqual(accessList.accessList);
  expect(decoded.accessList).not.toBe(decoded.accessList);
  expect(structuredClone(decoded)).toEqual(decoded);
});

describe("TX-7: the signing hash is that of the encoding without the signature, of any length", () => {
  const data = [0, 1, 20, 60, 256, 70_000, 17_000_000].map((size) => new Uint8Array(size));
  const small = { ...dynamicFee, nonce: 0n, value: 0n, gasLimit: 0n, to: null, accessList: [] };
  const fees = { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n };
  const largeR = { kind: "ecdsa", r: 2n ** 255n, s: 1n, yParity: 1 } as const;
  const smallR = { kind: "ecdsa", r: 127n, s: 128n, yParity: 0 } as const;

  it.each([legacy, accessList, dynamicFee, { ...small, ...fees }, { ...small, ...fees, type: 1 as const }])(
    "type $type",
    (unsigned) => {
      for (const signature of [largeR, smallR]) {
        for (const bytes of data) {
          const signed = createTransaction({ ...unsigned, data: bytes }, signature);
          expect(Buffer.compare(signingHashOf(signed), signingHash(signed))).toBe(0);
        }
      }
    },
  );

  it.each(Object.values(KEY_ALGORITHMS))("key-agile, algorithm %i", (algorithm) => {
    const signed = signKeyAgile(keyAgile, { algorithm, secret: privateKey });
    expect(signingHashOf(signed)).toEqual(signingHash(signed, signed.signature as KeyAgileSignature));
  });
});

describe("TX-5", () => {
  for (const [name, algorithm] of Object.entries(KEY_ALGORITHMS)) {
    it(`signs, decodes and verifies with ${name}`, () => {
      const signed = signKeyAgile(keyAgile, { algorithm, secret: privateKey });
      const decoded = decodeTransaction(signed.encoded);
      expect(decoded).toEqual(signed);
      const { publicKey } = decoded.signature as KeyAgileSignature;
      expect(recoverSender(decoded)).toBe(keyAddress(algorithm, publicKey));
      expect(ecdsaRecoveryInput(decoded)).toBeUndefined();
    });

    it(`TX_SIGNATURE_INVALID: ${name} over another transaction`, () => {
      const { signature } = signKeyAgile(keyAgile, { algorithm, secret: privateKey });
      throwsCode("TX_SIGNATURE_INVALID", () =>
        recoverSender(createTransaction({ ...keyAgile, nonce: 10n }, signature)),
      );
    });
  }

  it("TX-9: the address is the end of keccak256(0x50 || algorithm || publicKey)", () => {
    const publicKey = hexToBytes(`0x02${"11".repeat(32)}`);
    expect(keyAddress(3, publicKey)).toBe(`0x${keyId(3, publicKey).slice(-40)}`);
    expect(keyId(3, publicKey)).not.toBe(keyId(1, publicKey));
  });

  it("TX_SIGNATURE_INVALID: a public key off the curve", () => {
    const { signature } = signKeyAgile(keyAgile, { algorithm: 3, secret: privateKey });
    const publicKey = hexToBytes(`0x05${"11".repeat(32)}`);
    const forged = createTransaction(keyAgile, { ...(signature as KeyAgileSignature), publicKey });
    throwsCode("TX_SIGNATURE_INVALID", () => recoverSender(forged));
  });

  it("TX_TYPE_UNSUPPORTED", () => {
    const { signature } = signKeyAgile(keyAgile, { algorithm: 3, secret: privateKey });
    const algorithm = 4 as KeyAlgorithm;
    const forged = createTransaction(keyAgile, { ...(signature as KeyAgileSignature), algorithm });
    throwsCode("TX_TYPE_UNSUPPORTED", () => decodeTransaction(forged.encoded));
  });

  it("RLP_INVALID, unexpected length: a key or signature with another algorithm's size", () => {
    const { signature } = signKeyAgile(keyAgile, { algorithm: 3, secret: privateKey });
    const forged = createTransaction(keyAgile, { ...(signature as KeyAgileSignature), algorithm: 1 });
    throwsCode("RLP_INVALID: unexpected length", () => decodeTransaction(forged.encoded));
  });
});

describe("TX-16: set-code transactions (EIP-7702)", () => {
  const authorization = signAuthorization({ chainId: 1n, address: dynamicFee.to!, nonce: 3n }, privateKey);
  const setCode: UnsignedTransaction = {
    ...dynamicFee,
    type: TRANSACTION_TYPES.setCode,
    authorizationList: [authorization],
  };
  const signed = signTransaction(setCode, privateKey);

  it("decode to what was encoded, and recover the sender and the authority", () => {
    const decoded = decodeTransaction(signed.encoded);
    expect({ ...decoded }).toEqual(signed);
    expect(recoverSender(decoded)).toBe(sender);
    expect([...authoritiesOf(decoded)]).toEqual([sender]);
  });

  it("equal execution-spec-tests, test_delegation_clearing_and_set", () => {
    const secret = hexToBytes("0x8228fc666b9787f6b2cd881ef4bff22e1c80be574257a9bb62788b8fa955de38");
    const authority: Address = "0xfc2b2eb248b962cbc399ef0057ab9efec8dc89c1";
    const published: UnsignedTransaction = {
      ...{ type: TRANSACTION_TYPES.setCode, chainId: 1n, nonce: 0n, gasLimit: 200_000n, to: authority },
      ...{ value: 0n, data: new Uint8Array(0), accessList: [], maxFeePerGas: 7n, maxPriorityFeePerGas: 0n },
      authorizationList: [
        {
          ...{ chainId: 0n, nonce: 1n, yParity: 0 },
          address: `0x${"00".repeat(20)}`,
          r: 0x788867012f349f741bba631dd88c5f131e193b24ccd752326cc89687254ae8c2n,
          s: 0x3d667260940c0534774d61fb200e71cdd0d1191d143470ab82dca47e4f7618c8n,
        },
        {
          ...{ chainId: 0n, nonce: 2n, yParity: 1 },
          address: "0xf4bff22e1c80be574257a9bb62788b8fa955df37",
          r: 0x076f15f8d6b1748dcdb52e9630456924efd7dd6a183b83e95303789bd61048f8n,
          s: 0x149defa3bfab60f8854434bb8c69c281d9979ee62b37a91918ba0e6546b0fd24n,
        },
      ],
    };
    const transaction = signTransaction(published, secret);
    expect(bytesToHex(transaction.encoded)).toBe(
      "0x04f9011d0180800783030d4094fc2b2eb248b962cbc399ef0057ab9efec8dc89c18080c0f8b8f85a809400000000000000000000000000000000000000000180a0788867012f349f741bba631dd88c5f131e193b24ccd752326cc89687254ae8c2a03d667260940c0534774d61fb200e71cdd0d1191d143470ab82dca47e4f7618c8f85a8094f4bff22e1c80be574257a9bb62788b8fa955df370201a0076f15f8d6b1748dcdb52e9630456924efd7dd6a183b83e95303789bd61048f8a0149defa3bfab60f8854434bb8c69c281d9979ee62b37a91918ba0e6546b0fd2401a0826123baff1111e33a65e2347b0d84e0716bb1702afc351f7866742bd48b3995a03a750f70e72ee382d9d18a254da87327f5911a09c937633aca897d2d53530fc9",
    );
    expect([...authoritiesOf(transaction)]).toEqual([authority]);
  });

  it("RLP_INVALID without a recipient or an authorization", () => {
    for (const wrong of [{ to: null }, { authorizationList: [] }]) {
      const { encoded } = signTransaction({ ...setCode, ...wrong }, privateKey);
      throwsCode("RLP_INVALID", () => decodeTransaction(encoded));
    }
  });

  it.each([
    ["chainId", 256n],
    ["nonce", 64n],
    ["yParity", 8n],
    ["r", 256n],
    ["s", 256n],
  ] as const)("RLP_INVALID above the bits of %s", (field, bits) => {
    const of = (value: bigint) =>
      encodeTransaction(
        { ...setCode, authorizationList: [{ ...authorization, [field]: value }] },
        signed.signature,
      );
    expect(decodeTransaction(of((1n << bits) - 1n)).authorizationList).toHaveLength(1);
    throwsCode("RLP_INVALID", () => decodeTransaction(of(1n << bits)));
  });

  it("cost 25,000 gas per authorization", () => {
    expect(intrinsicGas(signed) - intrinsicGas(signTransaction(dynamicFee, privateKey))).toBe(25_000n);
  });

  it("TX_TYPE_UNSUPPORTED before Prague", () => {
    throwsCode("TX_TYPE_UNSUPPORTED", () =>
      validateTransactionInIsolation(signed, { ...rules, fork: "cancun" }),
    );
    validateTransactionInIsolation(signed, { ...rules, fork: "prague" });
  });

  it("only a rotated account's registered key authorizes (TX-10)", () => {
    expect(isAuthorityKeyValid(authorization, 0n)).toBe(true);
    expect(isAuthorityKeyValid(authorization, 1n)).toBe(false);
    const compressed = (
      signKeyAgile(keyAgile, { algorithm: 3, secret: privateKey }).signature as KeyAgileSignature
    ).publicKey;
    expect(isAuthorityKeyValid(authorization, BigInt(keyId(3, compressed)))).toBe(true);
  });
});

describe("TX-10", () => {
  const ecdsa = signTransaction(dynamicFee, privateKey);
  const native = signKeyAgile(keyAgile, { algorithm: 3, secret: privateKey });
  const nativeKeyId = keyId(3, (native.signature as KeyAgileSignature).publicKey);
  const foreign = signKeyAgile(keyAgile, { algorithm: 1, secret: privateKey, from: sender });
  const foreignKeyId = keyId(1, (foreign.signature as KeyAgileSignature).publicKey);
  const speaks = (transaction: Transaction, registered: bigint) =>
    isAuthorizedKey({ transaction, sender: recoverSender(transaction) }, registered);

  it("accepts an account's own key until it rotates", () => {
    expect(speaks(ecdsa, 0n)).toBe(true);
    expect(speaks(native, 0n)).toBe(true);
    expect(speaks(foreign, 0n)).toBe(false);
  });

  it("accepts only the registered key afterwards, for any type", () => {
    expect(speaks(ecdsa, BigInt(foreignKeyId))).toBe(false);
    expect(speaks(foreign, BigInt(foreignKeyId))).toBe(true);
    expect(speaks(native, BigInt(foreignKeyId))).toBe(false);
    expect(speaks(ecdsa, BigInt(nativeKeyId))).toBe(true);
  });
});

describe("TX-12", () => {
  const empty = { data: new Uint8Array(0), accessList: [] };
  const to = dynamicFee.to;
  it("a transfer", () => expect(messageIntrinsicGas({ ...empty, to })).toBe(21_000n));
  it("a creation with three words of initcode", () => {
    const data = new Uint8Array(65).fill(1);
    expect(messageIntrinsicGas({ ...empty, to: null, data })).toBe(53_000n + 65n * 16n + 6n);
  });
  it("data and an access list", () => {
    expect(messageIntrinsicGas(dynamicFee)).toBe(21_000n + 20n + 2_400n + 1_900n);
  });
  it("key and signature of a key-agile transaction", () => {
    const publicKey = new Uint8Array(33);
    const signature = new Uint8Array(64).fill(1);
    const from = sender;
    const transaction = createTransaction(keyAgile, {
      kind: "keyAgile",
      from,
      algorithm: 3,
      publicKey,
      signature,
    });
    expect(intrinsicGas(transaction)).toBe(25_320n + 33n * 4n + 64n * 16n + 3_000n);
  });
});

describe("TX-1: decodeTransaction refuses", () => {
  it("TX_TYPE_UNSUPPORTED", () => {
    for (const type of [0x00, 0x05, 0x51, 0x7f, 0x80, 0xbf]) {
      throwsCode("TX_TYPE_UNSUPPORTED", () => decodeTransaction(Uint8Array.of(type, 0xc0)));
    }
  });
  it("TX_BLOBS_UNSUPPORTED", () =>
    throwsCode("TX_BLOBS_UNSUPPORTED", () => decodeTransaction(Uint8Array.of(0x03, 0xc0))));
  it("RLP_INVALID, truncated: nothing", () =>
    throwsCode("RLP_INVALID: truncated", () => decodeTransaction(new Uint8Array(0))));

  const legacyWithV = (v: bigint) => encodeRlp([1, 1, 21_000, dynamicFee.to ?? "0x", 0, "0x", v, 1n, 1n]);
  it("TX_UNPROTECTED", () => {
    throwsCode("TX_UNPROTECTED", () => decodeTransaction(legacyWithV(27n)));
    expect(decodeTransaction(legacyWithV(28n), { allowUnprotected: true }).chainId).toBe(0n);
  });
  it("TX_SIGNATURE_INVALID: a v without a chain", () => {
    for (const v of [0n, 1n, 26n, 29n, 35n, 36n, 2n ** 65n + 35n]) {
      throwsCode("TX_SIGNATURE_INVALID", () => decodeTransaction(legacyWithV(v)));
    }
  });
  it("TX_SIGNATURE_INVALID: a yParity of 2", () => {
    const { encoded } = createTransaction(dynamicFee, { kind: "ecdsa", r: 1n, s: 1n, yParity: 2 as 1 });
    throwsCode("TX_SIGNATURE_INVALID", () => decodeTransaction(encoded));
  });
  it("RLP_INVALID, trailing bytes: bytes after the envelope", () => {
    const { encoded } = signTransaction(dynamicFee, privateKey);
    throwsCode("RLP_INVALID: trailing bytes", () =>
      decodeTransaction(Buffer.concat([encoded, Buffer.alloc(1)])),
    );
  });
});

describe("TX-8", () => {
  it("TX_SIGNATURE_INVALID: a high s, which EIP-2 refuses", () => {
    const { signature } = signTransaction(dynamicFee, privateKey);
    if (signature.kind !== "ecdsa") throw new Error("an ECDSA signature was expected");
    const s = SECP256K1_ORDER - signature.s;
    const twin = createTransaction(dynamicFee, { ...signature, s, yParity: signature.yParity === 0 ? 1 : 0 });
    throwsCode("TX_SIGNATURE_INVALID", () => recoverSender(twin));
  });
  it("TX_SIGNATURE_INVALID: an r that is not the abscissa of a point", () => {
    const forged = createTransaction(dynamicFee, { kind: "ecdsa", r: 5n, s: 1n, yParity: 0 });
    throwsCode("TX_SIGNATURE_INVALID", () => recoverSender(forged));
  });
});

describe("createTransaction refuses", () => {
  it("ARGUMENT_INVALID: a signature of another type", () => {
    const ecdsa = signTransaction(dynamicFee, privateKey).signature;
    const agile = signKeyAgile(keyAgile, { algorithm: 3, secret: privateKey }).signature;
    throwsCode("ARGUMENT_INVALID: a transaction takes the signature of its type", () =>
      createTransaction(keyAgile, ecdsa),
    );
    throwsCode("ARGUMENT_INVALID: a transaction takes the signature of its type", () =>
      createTransaction(dynamicFee, agile),
    );
    throwsCode("ARGUMENT_INVALID: a transaction takes the signature of its type", () =>
      signTransaction(keyAgile, privateKey),
    );
  });
  it("ARGUMENT_INVALID: types 0 and 1 have one gas price", () => {
    throwsCode("ARGUMENT_INVALID: types 0 and 1 have one gas price", () =>
      signTransaction({ ...legacy, maxPriorityFeePerGas: 1n }, privateKey),
    );
  });
  it("TX_UNPROTECTED", () => {
    throwsCode("TX_UNPROTECTED", () => signTransaction({ ...legacy, chainId: 0n }, privateKey));
  });
});

describe("TX-13: validateTransactionInIsolation", () => {
  const validate = (change: Partial<UnsignedTransaction>, other: Partial<TransactionRules> = {}) =>
    validateTransactionInIsolation(signTransaction({ ...dynamicFee, ...change }, privateKey), {
      ...rules,
      ...other,
    });

  it("accepts a valid transaction", () => expect(() => validate({})).not.toThrow());
  it("TX_TOO_LARGE", () => {
    const size = signTransaction(dynamicFee, privateKey).encoded.length;
    expect(() => validate({}, { transactionBytesMax: size })).not.toThrow();
    throwsCode("TX_TOO_LARGE", () => validate({}, { transactionBytesMax: size - 1 }));
  });
  it("TX_CHAIN_ID_MISMATCH", () => {
    throwsCode("TX_CHAIN_ID_MISMATCH", () => validate({ chainId: 2n }));
    throwsCode("TX_CHAIN_ID_MISMATCH", () => validate({ chainId: 0n }, { allowUnprotected: true }));
  });
  it("TX_CHAIN_ID_MISMATCH: an unprotected transaction, unless the rules accept it", () => {
    const unprotected = createTransaction(
      { ...legacy, chainId: 0n },
      { kind: "ecdsa", r: 1n, s: 1n, yParity: 0 },
    );
    throwsCode("TX_CHAIN_ID_MISMATCH", () => validateTransactionInIsolation(unprotected, rules));
    validateTransactionInIsolation(unprotected, { ...rules, allowUnprotected: true });
  });
  it("TX_INITCODE_TOO_LARGE", () => {
    const large = { to: null, gasLimit: 10_000_000n };
    validate({ ...large, data: new Uint8Array(49_152) });
    throwsCode("TX_INITCODE_TOO_LARGE", () => validate({ ...large, data: new Uint8Array(49_153) }));
  });
  it("TX_GAS_LIMIT_TOO_HIGH", () => {
    validate({ gasLimit: rules.gasLimit });
    throwsCode("TX_GAS_LIMIT_TOO_HIGH", () => validate({ gasLimit: rules.gasLimit + 1n }));
  });
  it("TX_TIP_ABOVE_FEE_CAP", () => {
    throwsCode("TX_TIP_ABOVE_FEE_CAP", () =>
      validate({ maxPriorityFeePerGas: dynamicFee.maxFeePerGas + 1n }),
    );
  });
  it("TX_FEE_OVERFLOW", () => {
    const maxFeePerGas = 2n ** 256n / 90_000n + 1n;
    throwsCode("TX_FEE_OVERFLOW", () => validate({ maxFeePerGas }));
    validate({ maxFeePerGas: maxFeePerGas - 1n });
  });
  it("TX_NONCE_MAX", () => {
    validate({ nonce: 2n ** 64n - 2n });
    throwsCode("TX_NONCE_MAX", () => validate({ nonce: 2n ** 64n - 1n }));
  });
  it("TX_INTRINSIC_GAS_TOO_LOW", () => {
    validate({ gasLimit: 25_320n });
    throwsCode("TX_INTRINSIC_GAS_TOO_LOW", () => validate({ gasLimit: 25_319n }));
  });
  it("TX_GAS_LIMIT_TOO_HIGH above 2^24 in Osaka (EIP-7825)", () => {
    const limits = (fork: ForkName) => ({ ...rules, gasLimit: 1n << 25n, fork });
    const of = (gasLimit: bigint) => signTransaction({ ...dynamicFee, gasLimit }, privateKey);
    validateTransactionInIsolation(of(1n << 24n), limits("osaka"));
    validateTransactionInIsolation(of((1n << 24n) + 1n), limits("prague"));
    const facts = expect.objectContaining({ gasMax: 1n << 24n, of: "transaction" });
    expect(() => validateTransactionInIsolation(of((1n << 24n) + 1n), limits("osaka"))).toThrow(
      expect.objectContaining({ code: "TX_GAS_LIMIT_TOO_HIGH", facts }),
    );
  });
  it("TX_INTRINSIC_GAS_TOO_LOW below the floor since Prague (EIP-7623)", () => {
    const of = (gasLimit: bigint) =>
      signTransaction({ ...dynamicFee, data: new Uint8Array(1_000).fill(1), gasLimit }, privateKey);
    const floor = 21_000n + 1_000n * 40n;
    expect(floorGas(of(floor))).toBe(floor);
    validateTransactionInIsolation(of(floor), { ...rules, fork: "prague" });
    validateTransactionInIsolation(of(floor - 1n), { ...rules, fork: "cancun" });
    throwsCode("TX_INTRINSIC_GAS_TOO_LOW", () =>
      validateTransactionInIsolation(of(floor - 1n), { ...rules, fork: "prague" }),
    );
  });
});
