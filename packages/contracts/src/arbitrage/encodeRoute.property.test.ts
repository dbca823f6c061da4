import type { Hex } from "@trellis/base";
import { uniswapArtifact } from "@trellis/market";
import fc from "fast-check";
import { encodeDeployData, encodeFunctionData, encodePacked, getContractAddress, keccak256 } from "viem";
import { describe, expect, it } from "vitest";
import {
  Arbitrageur,
  arbitrageurAddress,
  arbitrageurDeployment,
  DETERMINISTIC_DEPLOYER_ADDRESS,
  decodeRoute,
  encodeExecute,
  encodeRoute,
  HOPS_MAX,
  pairAddressV2,
  poolAddressV3,
  type Route,
  type RouteHop,
} from "./index.ts";
import { openArbitrage, openGap } from "./testing/openArbitrage.ts";

const hexOf = (bytes: number) =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((value): Hex => `0x${Buffer.from(value).toString("hex")}`);
const hopOf = (kinds: readonly RouteHop["kind"][]): fc.Arbitrary<RouteHop> =>
  fc
    .record({
      kind: fc.constantFrom(...kinds),
      pool: hexOf(20),
      tokenIn: hexOf(20),
      zeroForOne: fc.boolean(),
      feePpm: fc.integer({ min: 0, max: 999_999 }),
      coins: fc.tuple(fc.nat(7), fc.nat(7)),
    })
    .map(({ coins, ...hop }) => {
      if (hop.kind.endsWith("V2")) return hop;
      if (hop.kind.endsWith("V3")) return { ...hop, feePpm: 0 };
      return { ...hop, feePpm: 0, zeroForOne: false, ...(hop.kind === "swapCurve" && { coins }) };
    });
const SWAPS = ["swapV2", "swapV3", "swapCurve", "swapBalancer"] as const;
const amounts = fc.oneof(fc.bigInt({ min: 1n, max: 2n ** 128n - 1n }), fc.constantFrom(1n, 2n ** 128n - 1n));
const lentFirst: fc.Arbitrary<Route> = fc.record({
  anchor: fc.record({
    number: fc.integer({ min: 0, max: 2 ** 40 - 1 }),
    hash: fc.option(
      hexOf(32).filter((hash) => BigInt(hash) !== 0n),
      { nil: undefined },
    ),
  }),
  windowBlocks: fc.integer({ min: 1, max: 255 }),
  deadlineSeconds: fc.integer({ min: 0, max: 2 ** 40 - 1 }),
  profitMin: fc.oneof(amounts, fc.constant(0n)),
  amountIn: amounts,
  hops: fc
    .tuple(
      hopOf(["swapV2", "swapV3", "loanV2", "loanV3"]),
      fc.array(hopOf(SWAPS), { minLength: 1, maxLength: HOPS_MAX - 1 }),
    )
    .map(([first, rest]) => [first, ...rest]),
});
const lentLater: fc.Arbitrary<Route> = fc
  .record({
    route: lentFirst,
    before: fc.array(hopOf(SWAPS), { minLength: 1, maxLength: 7 }),
    lending: hopOf(["swapV2", "swapV3"]),
    after: fc.array(hopOf(SWAPS), { maxLength: 8 }),
    amountIn: amounts,
  })
  .map(({ route, before, lending, after, amountIn }) => ({
    ...route,
    hops: [...before, lending, ...after],
    lender: { place: before.length, amountIn },
  }));
const routes = fc.oneof(lentFirst, lentLater);
const refusal = (field: string) =>
  expect.objectContaining({ code: "TRADE_ROUTE_INVALID", facts: expect.objectContaining({ field }) });

describe("encodeRoute", () => {
  it("ARB-2: decodeRoute inverts it, 92 bytes and 44 per hop", () => {
    fc.assert(
      fc.property(routes, (route) => {
        const encoded = encodeRoute(route);
        expect(decodeRoute(encoded)).toEqual(route);
        expect((encoded.length - 2) / 2).toBe(92 + 44 * route.hops.length);
      }),
      { numRuns: 300 },
    );
  });

  it("ARB-2: equals the encoding by viem", () => {
    fc.assert(
      fc.property(routes, (route) => {
        const { anchor, windowBlocks, deadlineSeconds, profitMin, amountIn, hops, lender } = route;
        const head = encodePacked(
          ["uint40", "uint8", "bytes32", "uint40", "uint128", "uint128", "uint8", "uint128"],
          [
            anchor.number,
            windowBlocks,
            anchor.hash ?? `0x${"00".repeat(32)}`,
            deadlineSeconds,
            profitMin,
            ...(lender === undefined
              ? ([amountIn, 0, 0n] as const)
              : ([lender.amountIn, hops.length - lender.place, amountIn] as const)),
          ],
        );
        const kinds = ["swapV2", "swapV3", "loanV2", "loanV3", "swapCurve", "swapBalancer"];
        const place = lender?.place ?? 0;
        const run = hops.map((_, at) => hops[(at + place) % hops.length]!);
        const tail = run.map(({ kind, pool, tokenIn, zeroForOne, feePpm, coins: [i, j] = [0, feePpm] }) =>
          encodePacked(
            ["uint8", "address", "address", "uint24"],
            [2 * kinds.indexOf(kind) + Number(zeroForOne), pool, tokenIn, 256 * i + j],
          ).slice(2),
        );
        const encoded: Hex = `${head}${tail.join("")}`;
        expect(encodeRoute(route)).toBe(encoded);
        expect(encodeExecute(route)).toBe(
          encodeFunctionData({ abi: Arbitrageur.abi, functionName: "execute", args: [encoded] }),
        );
      }),
      { numRuns: 100 },
    );
  });

  it("TRADE_ROUTE_INVALID: every field out of bounds", () => {
    const hop: RouteHop = {
      kind: "swapV2",
      pool: `0x${"01".repeat(20)}`,
      tokenIn: `0x${"02".repeat(20)}`,
      zeroForOne: true,
      feePpm: 3_000,
    };
    const curve: RouteHop = { ...hop, kind: "swapCurve", feePpm: 0, zeroForOne: false, coins: [0, 1] };
    const route: Route = {
      anchor: { number: 1, hash: undefined },
      windowBlocks: 1,
      deadlineSeconds: 1,
      profitMin: 0n,
      amountIn: 1n,
      hops: [hop, hop],
    };
    const hash: Hex = `0x${"00".repeat(32)}`;
    const withHop = (fields: Partial<RouteHop>): Route => ({ ...route, hops: [hop, { ...hop, ...fields }] });
    const bad: readonly (readonly [string, Route])[] = [
      ["anchor.number", { ...route, anchor: { number: -1, hash: undefined } }],
      ["anchor.number", { ...route, anchor: { number: 2 ** 40, hash: undefined } }],
      ["anchor.number", { ...route, anchor: { number: 0.5, hash: undefined } }],
      ["anchor.hash", { ...route, anchor: { number: 1, hash } }],
      ["anchor.hash", { ...route, anchor: { number: 1, hash: "0x01" } }],
      ["windowBlocks", { ...route, windowBlocks: 0 }],
      ["windowBlocks", { ...route, windowBlocks: 256 }],
      ["deadlineSeconds", { ...route, deadlineSeconds: 2 ** 40 }],
      ["profitMin", { ...route, profitMin: -1n }],
      ["profitMin", { ...route, profitMin: 2n ** 128n }],
      ["amountIn", { ...route, amountIn: 0n }],
      ["amountIn", { ...route, amountIn: 2n ** 128n }],
      ["hops.length", { ...route, hops: [hop] }],
      ["hops.length", { ...route, hops: Array.from({ length: HOPS_MAX + 1 }, () => hop) }],
      ["hops.1.kind", withHop({ kind: "loanV2" })],
      ["hops.1.pool", withHop({ pool: "0x01" })],
      ["hops.1.tokenIn", withHop({ tokenIn: `0x${"0g".repeat(20)}` })],
      ["hops.1.feePpm", withHop({ feePpm: 1_000_000 })],
      ["hops.1.feePpm", withHop({ kind: "swapV3", feePpm: 3_000 })],
      ["hops.1.feePpm", withHop({ kind: "swapBalancer" })],
      ["hops.1.zeroForOne", withHop({ kind: "swapBalancer", feePpm: 0 })],
      ["hops.1.coins", withHop({ coins: [0, 1] })],
      ["hops.1.coins", withHop({ kind: "swapCurve", feePpm: 0, zeroForOne: false })],
      ["hops.1.coins", withHop({ kind: "swapCurve", feePpm: 0, zeroForOne: false, coins: [0, 8] })],
      ["lender", { ...route, hops: [curve, hop] }],
      ["lender", { ...route, hops: [hop, curve], lender: { place: 1, amountIn: 1n } }],
      ["lender.place", { ...route, lender: { place: 0, amountIn: 1n } }],
      ["lender.place", { ...route, lender: { place: 2, amountIn: 1n } }],
      [
        "lender.place",
        { ...route, hops: [{ ...hop, kind: "loanV2" }, hop], lender: { place: 1, amountIn: 1n } },
      ],
      ["lender.amountIn", { ...route, hops: [curve, hop], lender: { place: 1, amountIn: 0n } }],
    ];
    for (const [field, invalid] of bad) expect(() => encodeRoute(invalid)).toThrow(refusal(field));
    expect(() => encodeRoute(route)).not.toThrow();
  });

  it("TRADE_ROUTE_INVALID: any bytes are read or refused, and what is read encodes to the same bytes", () => {
    const cut = fc.tuple(routes, fc.nat(900), hexOf(3)).map(([route, at, noise]) => {
      const encoded = encodeRoute(route);
      const place = 2 + 2 * (at % ((encoded.length - 2) / 2 - 3));
      return `${encoded.slice(0, place)}${noise.slice(2)}${encoded.slice(place + 6)}` as Hex;
    });
    fc.assert(
      fc.property(fc.oneof(cut, hexOf(92), hexOf(180)), (bytes) => {
        try {
          expect(encodeRoute(decodeRoute(bytes))).toBe(bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: "TRADE_ROUTE_INVALID" });
        }
      }),
      { numRuns: 500 },
    );
    expect(() => decodeRoute("0x0")).toThrow(refusal("encoding"));
    expect(() => decodeRoute("0x")).toThrow(refusal("length"));
  });
});

describe("addresses by CREATE2", () => {
  it("ARB-1: an owner's Arbitrageur", () => {
    fc.assert(
      fc.property(hexOf(20), (owner) => {
        const { abi, bytecode } = Arbitrageur;
        const initCode = encodeDeployData({ abi, bytecode, args: [owner] });
        const salt: Hex = `0x${"00".repeat(32)}`;
        const from = DETERMINISTIC_DEPLOYER_ADDRESS;
        const address = getContractAddress({ opcode: "CREATE2", from, salt, bytecode: initCode });
        expect(arbitrageurAddress(owner)).toBe(address.toLowerCase());
        expect(arbitrageurDeployment(owner)).toEqual({ to: from, data: `${salt}${initCode.slice(2)}` });
      }),
      { numRuns: 20 },
    );
  });

  it("ARB-8: pools at the addresses of Uniswap's factories, for both token orders", () => {
    const a = openArbitrage();
    const { base, other, dearV2, cheapV3, dearV3 } = openGap(a);
    const { factoryV2, factoryV3 } = a.market;
    const pairHash = keccak256(uniswapArtifact("V2Pair").bytecode);
    const poolHash = keccak256(uniswapArtifact("V3Pool").bytecode);
    for (const [x, y] of [
      [base.address, other.address],
      [other.address, base.address],
    ] as const) {
      expect(pairAddressV2(factoryV2.address, pairHash, x, y)).toBe(dearV2.address);
      expect(poolAddressV3(factoryV3.address, poolHash, x, y, 3_000)).toBe(cheapV3.address);
      expect(poolAddressV3(factoryV3.address, poolHash, x, y, 500)).toBe(dearV3.address);
    }
  });
});
