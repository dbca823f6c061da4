import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import { isTrellisError } from "@trellis/base";
import {
  createSigningFetch,
  formatSignatureInput,
  importRequestKey,
  type SignableRequest,
  signatureBase,
} from "@trellis/crypto/httpSignatures";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../system/index.ts";
import { createMemoryNonceStore } from "../../testing/createMemoryNonceStore.ts";
import { TestTime } from "../testing/TestTime.ts";
import { contentDigest, requireContentDigest } from "./contentDigest.ts";
import { createSignatureVerifier, type SignatureVerifier } from "./createSignatureVerifier.ts";
import { type SignatureAlgorithm, type SignatureKey, signWith, verifyWith } from "./SignatureKey.ts";
import { signRequest } from "./signRequest.ts";
import { parseByteDictionary, parseSignatureInputs } from "./structuredFields.ts";

describe("RFC 9421, appendix B.2", () => {
  const request: SignableRequest = {
    method: "POST",
    scheme: "https",
    authority: "example.com",
    target: "/foo?param=Value&Pet=dog",
    headers: {
      date: "Tue, 20 Apr 2021 02:07:55 GMT",
      "content-type": "application/json",
      "content-length": "18",
    },
  };
  const pem = (kind: string, body: string) => `-----BEGIN ${kind}-----\n${body}\n-----END ${kind}-----\n`;

  it("B.2.5: HMAC with SHA-256", () => {
    const secret = "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==";
    const key: SignatureKey = {
      id: "test-shared-secret",
      algorithm: "hmac-sha256",
      key: createSecretKey(Buffer.from(secret, "base64")),
    };
    const field =
      'sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"';
    const base = signatureBase(request, parseSignatureInputs(field).get("sig-b25")!)!;
    const signature = parseByteDictionary("sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:").get(
      "sig-b25",
    )!;
    expect(Buffer.from(signWith(key, base))).toEqual(Buffer.from(signature));
    expect(verifyWith(key, base, signature)).toBe(true);
  });

  it("B.2.6: Ed25519", () => {
    const key: SignatureKey = {
      id: "test-key-ed25519",
      algorithm: "ed25519",
      key: createPublicKey(pem("PUBLIC KEY", "MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=")),
    };
    const privateKey = createPrivateKey(
      pem("PRIVATE KEY", "MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF"),
    );
    const field =
      'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"';
    const input = parseSignatureInputs(field).get("sig-b26")!;
    expect(`sig-b26=${formatSignatureInput(input)}`).toBe(field);
    const base = signatureBase(request, input)!;
    const text = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==";
    expect(verifyWith(key, base, Buffer.from(text, "base64"))).toBe(true);
    expect(Buffer.from(signWith({ ...key, key: privateKey }, base)).toString("base64")).toBe(text);
  });

  it("derived components", () => {
    const components = [
      "@method",
      "@target-uri",
      "@authority",
      "@scheme",
      "@request-target",
      "@path",
      "@query",
    ];
    const base = signatureBase(request, { components, parameters: new Map() })!;
    expect(base.split("\n").slice(0, -1)).toEqual([
      '"@method": POST',
      '"@target-uri": https://example.com/foo?param=Value&Pet=dog',
      '"@authority": example.com',
      '"@scheme": https',
      '"@request-target": /foo?param=Value&Pet=dog',
      '"@path": /foo',
      '"@query": ?param=Value&Pet=dog',
    ]);
  });
});

describe("signed requests", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const signer: SignatureKey = { id: "venue", algorithm: "ed25519", key: privateKey };
  const known: SignatureKey = { id: "venue", algorithm: "ed25519", key: publicKey };
  const body = Buffer.from('{"a":1}');
  const plain: SignableRequest = {
    method: "POST",
    scheme: "https",
    authority: "api.example",
    target: "/v1/entries?x=1",
    headers: {},
  };
  let time: TestTime;
  let verifier: SignatureVerifier;
  let nonce = 0;

  beforeEach(() => {
    time = new TestTime();
    verifier = createSignatureVerifier({
      findKey: async (id) => (id === "venue" ? known : undefined),
      nonces: createMemoryNonceStore({ clock: time }),
      clock: time,
    });
  });

  function signed(request = plain, key = signer): SignableRequest {
    const headers = signRequest(request, body, {
      key,
      createdS: Math.floor(time.nowMs() / 1_000),
      nonce: `nonce-${String(nonce++).padStart(16, "0")}`,
    });
    return { ...request, headers: { ...request.headers, ...headers } };
  }

  async function codeOf(request: SignableRequest): Promise<string> {
    try {
      await verifier.verify(request, true);
      return "none";
    } catch (error) {
      if (!isTrellisError(error)) return String(error);
      const { reason } = error.facts;
      return reason === undefined ? error.code : `${error.code}: ${reason}`;
    }
  }

  it("are accepted, and identify the signer", async () => {
    expect(await verifier.verify(signed(), true)).toEqual({ keyId: "venue", coversBody: true });
  });

  it("also by ECDSA", async () => {
    const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const key: SignatureKey = { id: "p", algorithm: "ecdsa-p256-sha256", key: pair.privateKey };
    expect(verifyWith({ ...key, key: pair.publicKey }, "base", signWith(key, "base"))).toBe(true);
  });

  it.each([
    ["its method", { method: "PUT" }],
    ["its path", { target: "/v1/other?x=1" }],
    ["its query", { target: "/v1/entries?x=2" }],
    ["its host", { authority: "evil.example" }],
  ])("SIGNATURE_INVALID: %s was changed", async (_, change) => {
    expect(await codeOf({ ...signed(), ...change })).toBe("SIGNATURE_INVALID: signature does not match");
  });

  it("SIGNATURE_INVALID: a foreign key, another algorithm, a replaced digest", async () => {
    const other = generateKeyPairSync("ed25519").privateKey;
    expect(await codeOf(signed(plain, { ...signer, key: other }))).toBe(
      "SIGNATURE_INVALID: signature does not match",
    );
    const request = signed();
    const exchanged = { ...request.headers, "content-digest": contentDigest(Buffer.from("{}")) };
    expect(await codeOf({ ...request, headers: exchanged })).toBe(
      "SIGNATURE_INVALID: signature does not match",
    );
    const input = String(request.headers["signature-input"]);
    expect(
      await codeOf({
        ...request,
        headers: { ...request.headers, "signature-input": `${input};alg="hmac-sha256"` },
      }),
    ).toBe("SIGNATURE_INVALID: signature does not match");
  });

  it("SIGNATURE_INVALID: a signature works once", async () => {
    const request = signed();
    expect(await codeOf(request)).toBe("none");
    expect(await codeOf(request)).toBe("SIGNATURE_INVALID: replayed");
  });

  it("SIGNATURE_INVALID: a process whose clock is 30 s behind takes no signature a second time", async () => {
    const slow = new TestTime(time.nowMs() - 30_000);
    const behind = createSignatureVerifier({
      findKey: async () => known,
      nonces: createMemoryNonceStore({ clock: time }),
      clock: slow,
    });
    const request = signed();
    await behind.verify(request, true);
    for (const ms of [299_999, 1, 29_999]) {
      time.move(ms);
      slow.move(ms);
      await expect(behind.verify(request, true)).rejects.toMatchObject({ facts: { reason: "replayed" } });
    }
  });

  it("SIGNATURE_INVALID: refuses a repetition for as long as the signature is accepted, and no longer", async () => {
    const early = signed();
    time.move(-30_000);
    const [first, second] = [signed(), signed()];
    expect([await codeOf(first), await codeOf(early)]).toEqual(["none", "none"]);
    time.move(299_999);
    expect([await codeOf(first), await codeOf(second)]).toEqual(["SIGNATURE_INVALID: replayed", "none"]);
    time.move(1);
    expect([await codeOf(first), await codeOf(early)]).toEqual([
      "SIGNATURE_INVALID: expired",
      "SIGNATURE_INVALID: replayed",
    ]);
    time.move(29_999);
    expect(await codeOf(early)).toBe("SIGNATURE_INVALID: replayed");
    time.move(1);
    expect(await codeOf(early)).toBe("SIGNATURE_INVALID: expired");
  });

  it("SIGNATURE_INVALID: too old, or from a clock that is ahead", async () => {
    const request = signed();
    time.move(300_000);
    expect(await codeOf(request)).toBe("SIGNATURE_INVALID: expired");
    const later = signed();
    time.move(-60_000);
    expect(await codeOf(later)).toBe("SIGNATURE_INVALID: expired");
  });

  it("SIGNATURE_INVALID", async () => {
    expect(await codeOf(signed(plain, { ...signer, id: "stranger" }))).toBe("SIGNATURE_INVALID: unknown key");
  });

  it("SIGNATURE_INVALID: covers neither the body's digest nor all of the address", async () => {
    const { "signature-input": input, ...rest } = signed().headers;
    const without = (name: string) => ({
      ...rest,
      "signature-input": String(input).replace(` "${name}"`, ""),
    });
    for (const component of ["content-digest", "@path"])
      await expect(verifier.verify({ ...plain, headers: without(component) }, true)).rejects.toMatchObject({
        code: "SIGNATURE_INVALID",
        facts: { reason: "a component is not covered", component },
      });
  });

  it.each([
    ["no signature beside the input", { signature: undefined }],
    ["a duplicate label", { signature: "trellis=:AA==:, trellis=:AA==:" }],
    ["two signatures", { "signature-input": 'trellis=("@method"), other=("@method")' }],
    ["a component with parameters", { "signature-input": 'trellis=("@method";req)' }],
    ["no parentheses", { "signature-input": "trellis=1" }],
    ["a comma at the end", { signature: "trellis=:AA==:," }],
    [
      "a missing component",
      {
        "signature-input":
          'trellis=("@method" "@authority" "@path" "@query" "content-digest" "x");created=1750000000;keyid="venue";nonce="0123456789abcdef"',
      },
    ],
    [
      "a duplicate component",
      {
        "signature-input":
          'trellis=("@method" "@method" "@authority" "@path" "@query" "content-digest");created=1750000000;keyid="venue";nonce="0123456789abcdef"',
      },
    ],
    [
      "a short nonce",
      {
        "signature-input":
          'trellis=("@method" "@authority" "@path" "@query" "content-digest");created=1750000000;keyid="venue";nonce="0"',
      },
    ],
    [
      "no key",
      {
        "signature-input":
          'trellis=("@method" "@authority" "@path" "@query" "content-digest");created=1750000000;nonce="0123456789abcdef"',
      },
    ],
  ])("SIGNATURE_INVALID: %s", async (_, change) => {
    const request = signed();
    expect(await codeOf({ ...request, headers: { ...request.headers, ...change } })).toMatch(
      /^SIGNATURE_INVALID: (?!signature does not match|unknown key|expired|replayed)/,
    );
  });

  it("any text as a header is refused with a code", async () => {
    const text = fc.oneof(
      fc.string(),
      fc.stringMatching(
        /^[a-z]{1,3}=\(("@?[a-z]{1,6}" ?){0,3}\)(;[a-z]{1,3}=("[a-z]{0,3}"|[0-9]{1,3}|\?1)){0,3}$/,
      ),
    );
    await fc.assert(
      fc.asyncProperty(text, text, async (input, signature) => {
        const code = await codeOf({ ...plain, headers: { "signature-input": input, signature } });
        expect(code).toMatch(/^SIGNATURE_/);
      }),
      { numRuns: 500 },
    );
  });

  it("a formatted header parses to the same value", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/);
    const value = fc.oneof(fc.nat(), fc.boolean(), fc.stringMatching(/^[ !#-[\]-~]{0,20}$/));
    fc.assert(
      fc.property(fc.uniqueArray(name), fc.dictionary(name, value), (components, parameters) => {
        const input = { components, parameters: new Map(Object.entries(parameters)) };
        expect(parseSignatureInputs(`s=${formatSignatureInput(input)}`).get("s")).toEqual(input);
      }),
    );
  });

  it("CONTENT_DIGEST_MISMATCH: other bytes, and unknown digests only", () => {
    requireContentDigest(contentDigest(body), body);
    expect(() => requireContentDigest(contentDigest(body), Buffer.from("{}"))).toThrow(
      expect.objectContaining({ code: "CONTENT_DIGEST_MISMATCH" }),
    );
    expect(() => requireContentDigest("md5=:AAAA:", body)).toThrow(
      expect.objectContaining({ code: "CONTENT_DIGEST_MISMATCH" }),
    );
  });
});

describe("fetch that signs", () => {
  const pem = (key: KeyObject): string => key.export({ format: "pem", type: "pkcs8" }).toString();
  const ed25519 = generateKeyPairSync("ed25519");
  const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const secret = "a secret of 32 characters or more";
  const target = "https://api.example/v1/entries?x=1";
  const nonces = createMemoryNonceStore({ clock: systemClock });

  async function sent(text: string, init: RequestInit): Promise<Headers> {
    const requests: Headers[] = [];
    const fetch: typeof globalThis.fetch = async (_, given) => {
      requests.push(new Headers(given?.headers));
      return new Response();
    };
    const key = await importRequestKey(text);
    await createSigningFetch({ id: "venue", key }, fetch)(target, init);
    return requests[0]!;
  }

  it.each<[SignatureAlgorithm, string, KeyObject]>([
    ["ed25519", pem(ed25519.privateKey), ed25519.publicKey],
    ["ecdsa-p256-sha256", pem(p256.privateKey), p256.publicKey],
    ["hmac-sha256", secret, createSecretKey(Buffer.from(secret))],
  ])("%s: is verified with any body, once, for its method, host and target", async (algorithm, text, key) => {
    const known: SignatureKey = { id: "venue", algorithm, key };
    const verifier = createSignatureVerifier({ findKey: async () => known, nonces, clock: systemClock });
    const blob = new Blob(["x".repeat(200_000), "y"]);
    for (const body of [undefined, '{"a":"é"}', Buffer.from([1, 2, 255]), new Uint8Array([7]).buffer, blob]) {
      const headers = await sent(text, {
        method: "POST",
        headers: { accept: "text/plain" },
        ...(body !== undefined && { body }),
      });
      expect(headers.get("accept")).toBe("text/plain");
      const request: SignableRequest = {
        method: "POST",
        scheme: "https",
        authority: "api.example",
        target: "/v1/entries?x=1",
        headers: Object.fromEntries(headers),
      };
      const hasBody = body !== undefined;
      if (hasBody) {
        const bytes = Buffer.from(await new Response(body).arrayBuffer());
        requireContentDigest(headers.get("content-digest")!, bytes);
      }
      const mismatch = { facts: { reason: "signature does not match" } };
      for (const change of [{ method: "PUT" }, { authority: "b.example" }, { target: "/v1/entries?x=2" }])
        await expect(verifier.verify({ ...request, ...change }, hasBody)).rejects.toMatchObject(mismatch);
      expect(await verifier.verify(request, hasBody)).toEqual({ keyId: "venue", coversBody: hasBody });
      const replayed = { facts: { reason: "replayed" } };
      await expect(verifier.verify(request, hasBody)).rejects.toMatchObject(replayed);
    }
  });

  it("ARGUMENT_INVALID: a body that it cannot read twice", async () => {
    for (const body of [new FormData(), new Blob(["x"]).stream(), new URLSearchParams("a=b")])
      await expect(sent(secret, { method: "POST", body })).rejects.toMatchObject({
        code: "ARGUMENT_INVALID",
      });
  });

  it("CRYPTO_KEY_INVALID: another key's kind or format, a short secret", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    const sec1 = p256.privateKey.export({ format: "pem", type: "sec1" }).toString();
    const publicPem = ed25519.publicKey.export({ format: "pem", type: "spki" }).toString();
    for (const text of [pem(privateKey), sec1, publicPem, "x".repeat(31), ""])
      await expect(importRequestKey(text)).rejects.toMatchObject({ code: "CRYPTO_KEY_INVALID" });
  });
});
