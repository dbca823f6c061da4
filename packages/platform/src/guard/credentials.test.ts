import { createHmac, generateKeyPairSync, randomBytes } from "node:crypto";
import fc from "fast-check";
import { exportJWK, type JWTPayload, SignJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { createGivenKeys } from "../auth/createGivenKeys.ts";
import { TestTime } from "../http/testing/TestTime.ts";
import { createCredentials, keyHash } from "./createCredentials.ts";
import { createTokenCheck } from "./createTokenCheck.ts";
import type { Credentials } from "./Guard.ts";
import { testPrincipal } from "./testing/openTestGuard.ts";

const KEY = "trn_a-key-of-a-backend";
const SECRET = randomBytes(32);
const ISSUER = { issuer: "https://id.example", audience: "node" };
const pair = generateKeyPairSync("ed25519");
const backend = testPrincipal("key:backend");
const engine = testPrincipal("user:engine");
const lodestar = testPrincipal("user:lodestar");
const validator = testPrincipal("certificate:validator", { priority: "reserved" });

let time: TestTime;
let credentials: Credentials;
let nowS: number;

beforeAll(async () => {
  time = new TestTime();
  nowS = Math.floor(time.nowMs() / 1_000);
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: "1", alg: "EdDSA" };
  const getKey = createGivenKeys(JSON.stringify({ keys: [jwk] }));
  const verifyToken = createTokenCheck(
    {
      secret: SECRET,
      issuers: [{ name: "", ...ISSUER, getKey }],
      subjects: new Map([["lodestar", lodestar]]),
      otherwise: engine,
    },
    { clock: time },
  );
  credentials = createCredentials({
    keys: new Map([[keyHash(KEY), backend]]),
    certificates: new Map([["validator-1", validator]]),
    verifyToken,
    clock: time,
  });
});

const identify = async (bearer: string, isBanned = false) =>
  credentials.identify({ peer: "203.0.113.7", headers: { authorization: `Bearer ${bearer}` } }, isBanned);

const shared = (claims: JWTPayload, secret: Uint8Array = SECRET, alg = "HS256") =>
  new SignJWT(claims).setProtectedHeader({ alg }).sign(secret);
const signed = (claims: JWTPayload) =>
  new SignJWT({
    iss: ISSUER.issuer,
    aud: ISSUER.audience,
    iat: nowS,
    exp: nowS + 300,
    sub: "alice",
    ...claims,
  })
    .setProtectedHeader({ alg: "EdDSA", kid: "1" })
    .sign(pair.privateKey);
const code = (name: string, reason?: string) =>
  expect.objectContaining({
    code: name,
    ...(reason === undefined ? {} : { facts: expect.objectContaining({ reason }) }),
  });

describe("credentials [GUARD-2]", () => {
  it("an API key, a client certificate, or none", async () => {
    expect(await identify(KEY)).toBe(backend);
    expect(await identify(KEY, true)).toBe(backend);
    expect(credentials.identify({ peer: undefined, headers: {}, peerName: "validator-1" }, false)).toBe(
      validator,
    );
    expect(credentials.identify({ peer: undefined, headers: {}, peerName: "other" }, false)).toBeUndefined();
    expect(credentials.identify({ peer: undefined, headers: {} }, false)).toBeUndefined();
    await expect(identify(`${KEY}x`)).rejects.toThrowError(code("API_KEY_UNKNOWN"));
    await expect(identify("k".repeat(10_000))).rejects.toThrowError(code("API_KEY_UNKNOWN"));
  });

  it.each(["Basic YTpi", "Bearer", "Bearer a b", "bearer  ", "Bearer é"])(
    "TOKEN_INVALID: %s",
    (authorization) => {
      const attempt = () => credentials.identify({ peer: undefined, headers: { authorization } }, false);
      expect(attempt).toThrowError(code("TOKEN_INVALID"));
    },
  );

  it("without any credentials configured, the header is ignored", () => {
    const open = createCredentials({
      keys: new Map(),
      certificates: new Map(),
      verifyToken: undefined,
      clock: time,
    });
    expect(open.identify({ peer: undefined, headers: { authorization: "Bearer x" } }, false)).toBeUndefined();
  });

  it("tokens of the engine API: HS256, issued within 60 s, without expiry", async () => {
    const opens = { ...engine, validMs: Number.POSITIVE_INFINITY };
    expect(await identify(await shared({ iat: nowS }))).toEqual(opens);
    expect(await identify(await shared({ iat: nowS - 59, id: "node" }))).toEqual(opens);
    expect(await identify(await shared({ iat: nowS + 60 }))).toEqual(opens);
    expect(await identify(await shared({ iat: nowS, sub: "lodestar" }))).toMatchObject({ id: lodestar.id });
    await expect(identify(await shared({ iat: nowS - 61 }))).rejects.toThrowError(code("TOKEN_EXPIRED"));
    await expect(identify(await shared({ iat: nowS + 62 }))).rejects.toThrowError(
      code("TOKEN_INVALID", "not valid yet"),
    );
    await expect(identify(await shared({}))).rejects.toThrowError(code("TOKEN_INVALID", "not valid yet"));
    await expect(identify(await shared({ iat: nowS }, randomBytes(32)))).rejects.toThrowError(
      code("TOKEN_INVALID", "signature does not match"),
    );
  });

  it("a verified token is not verified again, and ends with its window", async () => {
    const token = await shared({ iat: nowS });
    await identify(token);
    const known = credentials.identify(
      { peer: undefined, headers: { authorization: `Bearer ${token}` } },
      true,
    );
    expect(known).toMatchObject({ id: engine.id });
    time.move(61_000);
    await expect(identify(token)).rejects.toThrowError(code("TOKEN_EXPIRED"));
    time.move(-61_000);
  });

  it("tokens of several issuers: subjects have the issuer's name, and none takes another's", async () => {
    const other = generateKeyPairSync("ed25519");
    const issued = { name: "corp", issuer: "https://corp.example", audience: "node" };
    const keysOf = async (key: typeof pair.publicKey) =>
      createGivenKeys(JSON.stringify({ keys: [{ ...(await exportJWK(key)), kid: "1", alg: "EdDSA" }] }));
    const check = createTokenCheck(
      {
        secret: SECRET,
        issuers: [
          { name: "", ...ISSUER, getKey: await keysOf(pair.publicKey) },
          { ...issued, getKey: await keysOf(other.publicKey) },
        ],
        subjects: new Map([["corp/lodestar", lodestar]]),
        otherwise: undefined,
      },
      { clock: time },
    );
    const corp = (claims: JWTPayload, key = other.privateKey) =>
      new SignJWT({ iss: issued.issuer, aud: "node", iat: nowS, exp: nowS + 300, ...claims })
        .setProtectedHeader({ alg: "EdDSA", kid: "1" })
        .sign(key);
    const permissions = ["eth:*"];
    expect((await check(await corp({ sub: "lodestar" }))).principal).toBe(lodestar);
    expect((await check(await corp({ sub: "bob", permissions }))).principal.id).toBe("user:corp/bob");
    expect((await check(await signed({ permissions }))).principal.id).toBe("user:alice");
    await expect(check(await signed({ sub: "corp/lodestar" }))).rejects.toThrowError(
      code("TOKEN_CLAIM_INVALID"),
    );
    for (const sub of ["", ["lodestar"] as unknown as string])
      await expect(check(await corp({ sub, permissions }))).rejects.toMatchObject({
        code: "TOKEN_CLAIM_INVALID",
      });
    await expect(check(await shared({ iat: nowS, sub: "corp/lodestar" }))).rejects.toThrowError(
      code("TOKEN_CLAIM_INVALID"),
    );
    await expect(check(await corp({ sub: "bob", permissions }, pair.privateKey))).rejects.toThrowError(
      code("TOKEN_INVALID", "signature does not match"),
    );
    for (const iss of ["https://x.example", ""])
      await expect(check(await corp({ sub: "bob", iss }))).rejects.toThrowError(
        code("TOKEN_INVALID", "wrong issuer"),
      );
  });

  it("tokens of an issuer: permissions in the token, or the subject's entry", async () => {
    const granted = await identify(await signed({ permissions: ["eth:*", "debug:traceCall"] }));
    expect(granted).toMatchObject({ id: "user:alice", priority: "normal" });
    expect(granted!.permissions.allows("debug_traceCall")).toBe(true);
    expect(granted!.permissions.allows("admin_peers")).toBe(false);
    expect(await identify(await signed({ sub: "lodestar", permissions: ["*"] }))).toMatchObject({
      id: lodestar.id,
      permissions: lodestar.permissions,
    });
    expect(await identify(await signed({}))).toMatchObject({ id: engine.id });
    for (const permissions of ["*", ["eth_call"], [1], new Array(65).fill("eth:*")]) {
      await expect(identify(await signed({ permissions }))).rejects.toThrowError(code("TOKEN_CLAIM_INVALID"));
    }
    await expect(identify(await signed({ aud: "other" }))).rejects.toThrowError(
      code("TOKEN_INVALID", "wrong audience"),
    );
    await expect(identify(await signed({ iss: "https://x.example" }))).rejects.toThrowError(
      code("TOKEN_INVALID"),
    );
    await expect(identify(await signed({ exp: nowS - 31 }))).rejects.toThrowError(code("TOKEN_EXPIRED"));
  });

  it("a connection identifies again when its token expires, after ten minutes at the latest", async () => {
    const validMs = async (token: string) => (await identify(token))?.validMs;
    expect(await validMs(await signed({}))).toBe(330_000);
    expect(await validMs(await signed({ exp: nowS + 86_400 }))).toBe(600_000);
    expect(await validMs(await shared({ iat: nowS, exp: nowS + 90 }))).toBe(90_000);
    const token = await signed({ sub: "bob" });
    await identify(token);
    time.move(200_000);
    expect(await validMs(token)).toBe(130_000);
    time.move(-200_000);
  });

  it("TOKEN_INVALID: none, key confusion, too long", async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const claims = part({ iat: nowS, sub: "alice", permissions: ["*"] });
    await expect(identify(`${part({ alg: "none" })}.${claims}.`)).rejects.toThrowError(code("TOKEN_INVALID"));
    const publicKey = pair.publicKey.export({ format: "pem", type: "spki" }).toString();
    const head = `${part({ alg: "HS256", kid: "1" })}.${claims}`;
    const confused = `${head}.${createHmac("sha256", publicKey).update(head).digest("base64url")}`;
    await expect(identify(confused)).rejects.toThrowError(code("TOKEN_INVALID", "signature does not match"));
    await expect(identify(`${part({ alg: "HS512" })}.${claims}.AAAA`)).rejects.toThrowError(
      code("TOKEN_INVALID"),
    );
    await expect(identify(`a.b.${"c".repeat(8_192)}`)).rejects.toThrowError(code("TOKEN_INVALID"));
  });

  it("ADDRESS_REFUSED: an unknown token of a banned address is not verified", async () => {
    await expect(identify(await shared({ iat: nowS - 5 }), true)).rejects.toThrowError(
      code("ADDRESS_REFUSED"),
    );
  });

  it("any text is refused with a code, or identified", async () => {
    const characters = fc.string({ unit: fc.constantFrom(..."ab.-_=~+/01eyJ"), maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(characters, async (bearer) => {
        const error = await identify(bearer).then(
          () => undefined,
          (caught: { code?: string }) => caught,
        );
        expect(error?.code).toMatch(/^(?:API_KEY_UNKNOWN|TOKEN_INVALID)$/);
      }),
    );
  });
});
