import { bytesToHex, type Hex, hexToBytes } from "@trellis/base";
import { keccak256, recoverAddress } from "@trellis/crypto";
import { TARGET, testSigner } from "@trellis/kit/chainView";
import { decodeTransaction, EMPTY_CODE_HASH, recoverSender, TRANSACTION_TYPES } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { FakeNode } from "../testing/FakeNode.ts";
import { AccountQueue } from "./AccountQueue.ts";
import { typedData } from "./typedData.ts";

const FROM = bytesToHex(testSigner(0).address);

const MAIL = {
  types: {
    EIP712Domain: [
      { name: "name", type: "string" },
      { name: "version", type: "string" },
      { name: "chainId", type: "uint256" },
      { name: "verifyingContract", type: "address" },
    ],
    Person: [
      { name: "name", type: "string" },
      { name: "wallet", type: "address" },
    ],
    Mail: [
      { name: "from", type: "Person" },
      { name: "to", type: "Person" },
      { name: "contents", type: "string" },
    ],
  },
  primaryType: "Mail",
  domain: {
    name: "Ether Mail",
    version: "1",
    chainId: 1,
    verifyingContract: "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC",
  },
  message: {
    from: { name: "Cow", wallet: "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826" },
    to: { name: "Bob", wallet: "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB" },
    contents: "Hello, Bob!",
  },
};

function signedBy(hash: Uint8Array, signature: Hex): Hex {
  const bytes = hexToBytes(signature);
  const [r, s] = [bytes.subarray(0, 32), bytes.subarray(32, 64)].map((word) => BigInt(bytesToHex(word)));
  return bytesToHex(recoverAddress(hash, { r: r!, s: s!, yParity: bytes[64] === 28 ? 1 : 0 }));
}

function fundedNode(): FakeNode {
  const node = new FakeNode();
  node.chain.accounts.set(FROM, { nonce: 0n, balance: 10n ** 18n, codeHash: EMPTY_CODE_HASH });
  return node;
}

describe("typed data (EIP-712)", () => {
  it("limits the cost of types: number, names and text [RPC-16]", () => {
    const withTypes = (types: object) => ({ ...MAIL, types: { ...MAIL.types, ...types } });
    const member = (name: string) => ({ name, type: "uint256" });
    const names = Array.from({ length: 300 }, (_, index) => `T${index}`);
    const refusals: [object, RegExp][] = [
      [Object.fromEntries(names.map((name) => [name, []])), /more than 256 types/],
      [{ A: [member("a".repeat(257))] }, /more than 256 characters/],
      [{ ["A[1]".repeat(65)]: [] }, /more than 256 characters/],
      [{ A: Array.from({ length: 300 }, () => member("a".repeat(250))) }, /more than 65536 characters/],
    ];
    for (const [types, reason] of refusals) {
      expect(() => typedData.decode(withTypes(types))).toThrow(
        expect.objectContaining({ facts: { reason: expect.stringMatching(reason) } }),
      );
    }
    const text = JSON.stringify(MAIL).replace('"chainId":1', `"chainId":${"1".repeat(200)}`);
    expect(() => typedData.decode(text)).toThrow();
  });

  it("hashes the example of the EIP", () => {
    const hash = "0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2";
    expect(bytesToHex(typedData.decode(MAIL).hash)).toBe(hash);
    expect(bytesToHex(typedData.decode(JSON.stringify(MAIL)).hash)).toBe(hash);
  });

  it("orders the types used by a type alphabetically, hashes lists and negative numbers (ethers 6)", () => {
    const data = {
      types: {
        EIP712Domain: [
          { name: "name", type: "string" },
          { name: "chainId", type: "uint256" },
          { name: "salt", type: "bytes32" },
        ],
        Zoo: [
          { name: "zebra", type: "Zebra" },
          { name: "apes", type: "Ape[]" },
          { name: "fee", type: "int16" },
          { name: "tag", type: "bytes3" },
          { name: "open", type: "bool" },
        ],
        Zebra: [{ name: "name", type: "string" }],
        Ape: [
          { name: "age", type: "uint8" },
          { name: "data", type: "bytes" },
        ],
      },
      primaryType: "Zoo",
      domain: { name: "Zoo", chainId: 31_337, salt: `0x${"11".repeat(32)}` },
      message: {
        zebra: { name: "Z" },
        apes: [
          { age: 1, data: "0x01" },
          { age: 2, data: "0x" },
        ],
        fee: -5,
        tag: "0x010203",
        open: true,
      },
    };
    expect(bytesToHex(typedData.decode(data).hash)).toBe(
      "0x765a9b65f40677e3c877dbbf2e4ceab3cdb584f29192001f647cd9a2c951fae6",
    );
  });

  it("is signed by the account", async () => {
    const signature = (await fundedNode().result("eth_signTypedData_v4", FROM, MAIL)) as Hex;
    expect(signedBy(typedData.decode(MAIL).hash, signature)).toBe(FROM);
  });

  it("accepts every kind of member, and refuses values outside their type", () => {
    const of = (type: string, value: unknown) => ({
      types: { EIP712Domain: [], Box: [{ name: "value", type }] },
      primaryType: "Box",
      domain: {},
      message: { value },
    });
    const fit: [string, unknown][] = [
      ["uint8", 255],
      ["int8", -128],
      ["uint256", `0x${"f".repeat(64)}`],
      ["bytes4", "0x01020304"],
      ["bytes", "0x01"],
      ["bool", true],
      ["string[2]", ["a", "b"]],
      ["uint256[][]", [[1], [2, 3]]],
    ];
    for (const [type, value] of fit) expect(typedData.decode(of(type, value)).hash).toHaveLength(32);
    const unfit: [string, unknown][] = [
      ["uint8", 256],
      ["int8", 128],
      ["uint7", 1],
      ["uint256", "1e3"],
      ["bytes4", "0x01"],
      ["string[2]", ["a"]],
      ["address", "0x1"],
      ["strange", 1],
      ["string", undefined],
    ];
    for (const [type, value] of unfit) {
      expect(() => typedData.decode(of(type, value))).toThrow(
        expect.objectContaining({ code: "RPC_PARAMETERS_INVALID" }),
      );
    }
  });

  it("may be recursive, up to a depth", () => {
    let message: unknown;
    for (let depth = 0; depth < 100; depth++) message = message === undefined ? {} : { next: message };
    const types = { EIP712Domain: [], Node: [{ name: "next", type: "Node" }] };
    const of = (value: unknown) => ({ types, primaryType: "Node", domain: {}, message: value });
    expect(typedData.decode(of({ next: { next: {} } })).hash).toHaveLength(32);
    expect(() => typedData.decode(of(message))).toThrow(/deeply/);
  });
});

describe("messages (EIP-191)", () => {
  it("are signed by the account", async () => {
    const hash = keccak256(Buffer.from("\x19Ethereum Signed Message:\n5hello"));
    const message = bytesToHex(Buffer.from("hello"));
    const node = fundedNode();
    for (const params of [["eth_sign", FROM, message] as const, ["personal_sign", message, FROM] as const]) {
      const [method, ...rest] = params;
      expect(signedBy(hash, (await node.result(method, ...rest)) as Hex)).toBe(FROM);
    }
  });
});

describe("eth_sendTransaction", () => {
  it("completes, signs and sends", async () => {
    const node = fundedNode();
    const hash = (await node.result("eth_sendTransaction", { from: FROM, to: TARGET })) as Hex;
    expect(node.pool.get(hash)).toMatchObject({
      sender: FROM,
      transaction: {
        type: TRANSACTION_TYPES.dynamicFee,
        nonce: 0n,
        gasLimit: 21_000n,
        to: TARGET,
        value: 0n,
      },
    });
    const { maxFeePerGas, maxPriorityFeePerGas } = node.pool.get(hash)!.transaction;
    expect(maxPriorityFeePerGas).toBe(2n);
    expect(maxFeePerGas).toBe(node.chain.baseFeeNext * 2n + 2n);
  });

  it("chooses the type by the fields", async () => {
    const node = fundedNode();
    const typeOf = async (fields: object) => {
      const { raw } = (await node.result("eth_signTransaction", { from: FROM, to: TARGET, ...fields })) as {
        raw: Hex;
      };
      const transaction = decodeTransaction(hexToBytes(raw));
      expect(recoverSender(transaction)).toBe(FROM);
      return transaction.type;
    };
    expect(await typeOf({ gasPrice: "0x3b9aca00" })).toBe(TRANSACTION_TYPES.legacy);
    expect(await typeOf({ gasPrice: "0x3b9aca00", accessList: [] })).toBe(TRANSACTION_TYPES.accessList);
    expect(await typeOf({ maxFeePerGas: "0x3b9aca00" })).toBe(TRANSACTION_TYPES.dynamicFee);
    const authorization = {
      chainId: "0x1",
      address: TARGET,
      nonce: "0x0",
      yParity: "0x1",
      r: "0x2",
      s: "0x3",
    };
    expect(await typeOf({ authorizationList: [authorization] })).toBe(TRANSACTION_TYPES.setCode);
    for (const [wrong, message] of [
      [{ ...authorization, yParity: "0x100" }, "authorization yParity above 255"],
      [{ ...authorization, s: undefined }, "missing s in authorization"],
    ] as const) {
      const answer = await node.call("eth_signTransaction", { from: FROM, authorizationList: [wrong] });
      expect(answer.error?.message).toContain(message);
    }
    const refusal = async (fields: object) => {
      const request = { from: FROM, data: "0x00", authorizationList: [authorization], ...fields };
      return (await node.call("eth_signTransaction", request)).error?.message;
    };
    expect(await refusal({})).toContain("recipient");
    expect(await refusal({ to: TARGET, authorizationList: [] })).toContain("recipient");
    for (const fields of [{ gasPrice: "0x1" }, { type: "0x0" }, { type: "0x1" }, { type: "0x2" }])
      expect(await refusal({ to: TARGET, ...fields })).toContain("authorizations need transaction type 4");
  });

  it("uses the named type and its fees", async () => {
    const node = fundedNode();
    const filled = async (fields: object) => {
      const answer = await node.call("eth_sendTransaction", { from: FROM, to: TARGET, ...fields });
      if (answer.error !== undefined) return answer.error.message;
      const { type, maxFeePerGas, maxPriorityFeePerGas } = node.pool.get(answer.result as Hex)!.transaction;
      return { type, maxFeePerGas, maxPriorityFeePerGas };
    };
    const priced = (type: number, price: bigint) => ({
      type,
      maxFeePerGas: price,
      maxPriorityFeePerGas: price,
    });
    const suggested = node.node.fees.gasPrice();
    expect(await filled({ type: "0x0" })).toEqual(priced(0, suggested));
    expect(await filled({ type: "0x1" })).toEqual(priced(1, suggested));
    expect(await filled({ type: "0x1", accessList: [] })).toEqual(priced(1, suggested));
    expect(await filled({ type: "0x0", gasPrice: "0x7" })).toEqual(priced(0, 7n));
    expect(await filled({ type: "0x1", gasPrice: "0x7" })).toEqual(priced(1, 7n));
    expect(await filled({ type: "0x2", accessList: [] })).toMatchObject({ type: 2 });
    const listed = [{ address: TARGET, storageKeys: [] }];
    for (const fields of [
      { type: "0x0", accessList: listed },
      { type: "0x0", maxFeePerGas: "0x7" },
      { type: "0x1", maxPriorityFeePerGas: "0x7" },
      { type: "0x2", gasPrice: "0x7" },
      { type: "0x3" },
    ]) {
      expect(await filled(fields)).toMatch(/^transaction type not supported/);
    }
  });

  it("gives concurrent transactions of an account different nonces", async () => {
    const node = fundedNode();
    const send = () => node.result("eth_sendTransaction", { from: FROM, to: TARGET });
    const hashes = (await Promise.all([send(), send(), send(), send()])) as Hex[];
    expect(hashes.map((hash) => node.pool.get(hash)?.transaction.nonce)).toEqual([0n, 1n, 2n, 3n]);
  });

  it("RPC_NOT_FOUND: an account", async () => {
    const node = fundedNode();
    for (const from of [undefined, TARGET]) {
      expect((await node.call("eth_sendTransaction", { from, to: TARGET })).error).toEqual({
        code: -32000,
        message: "unknown account",
      });
    }
  });

  it("RPC_REQUEST_REFUSED", async () => {
    const node = fundedNode();
    const cases: [object, string][] = [
      [{}, "contract creation without any data provided"],
      [{ to: TARGET, chainId: "0x1" }, "chainId does not match node's (have=1, want=31337)"],
      [
        { to: TARGET, gasPrice: "0x1", maxFeePerGas: "0x1" },
        "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified",
      ],
      [
        { to: TARGET, gas: "0x5208", maxFeePerGas: "0x1", maxPriorityFeePerGas: "0x2" },
        "maxFeePerGas (1) < maxPriorityFeePerGas (2)",
      ],
      [{ to: TARGET, type: "0x3" }, "transaction type not supported: type 3 with the fields of type 2"],
      [{ to: TARGET, value: "0xffffffffffffffffffff", gasPrice: "0x1" }, "insufficient funds for transfer"],
      [{ to: TARGET, gasPrice: "0xde0b6b3a7640000" }, "gas required exceeds allowance (1)"],
    ];
    for (const [fields, message] of cases) {
      expect((await node.call("eth_sendTransaction", { from: FROM, ...fields })).error).toEqual({
        code: -32000,
        message,
      });
    }
  });
});

describe("AccountQueue", () => {
  it("continues after a failure, and separates accounts", async () => {
    const queue = new AccountQueue();
    const order: string[] = [];
    const held = Promise.withResolvers<void>();
    const failing = queue.run("0x01", async () => {
      await held.promise;
      order.push("failing");
      throw new TypeError("no");
    });
    const next = queue.run("0x01", async () => order.push("next"));
    await queue.run("0x02", async () => order.push("other"));
    held.resolve();
    await expect(failing).rejects.toThrow("no");
    await next;
    expect(order).toEqual(["other", "failing", "next"]);
  });
});
