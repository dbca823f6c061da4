import fc from "fast-check";
import { expect, it } from "vitest";
import { parseKeyUri } from "./KeyUri.ts";

it("KEY-12: names a key at each kind of holder", () => {
  const module = "/usr/lib/softhsm/libsofthsm2.so";
  expect(
    parseKeyUri(`pkcs11:token=my%20token;object=wallet?module-path=${module}&pin-source=env:PIN`),
  ).toEqual({
    kind: "pkcs11",
    module,
    token: "my token",
    pinFrom: "env:PIN",
    key: "wallet",
  });
  expect(parseKeyUri("hashivault://records")).toEqual({ kind: "vault", mount: "transit", key: "records" });
  expect(parseKeyUri("hashivault://records?mount=team/transit")).toMatchObject({ mount: "team/transit" });
  expect(parseKeyUri("awskms:///alias/wallet")).toEqual({
    kind: "aws-kms",
    endpoint: "",
    key: "alias/wallet",
  });
  const arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
  expect(parseKeyUri(`awskms://kms.vpce.example/${arn}`)).toMatchObject({
    endpoint: "https://kms.vpce.example",
    key: arn,
  });
  const address = `0x${"Ab".repeat(20)}`;
  expect(parseKeyUri(`web3signer:https://signer.example:9000#${address}`)).toEqual({
    kind: "web3signer",
    url: "https://signer.example:9000",
    key: address.toLowerCase(),
  });
  expect(parseKeyUri(`keystore:/keys?password-from=file:/run/p#${address}`)).toEqual({
    kind: "keystore",
    folder: "/keys",
    passwordFrom: "file:/run/p",
    key: address.toLowerCase(),
  });
});

it.each([
  "",
  "pkcs11:",
  "pkcs11:token=t;object=o",
  "pkcs11:token=t?module-path=/m",
  "pkcs11:token=t?module-path=/m&pin-source=env:P&pin-value=1234",
  "pkcs11:token=%zz?module-path=/m&pin-source=env:P",
  "hashivault:records",
  "hashivault://a/b",
  "hashivault://a?mount=../sys",
  "hashivault://..",
  "awskms:///",
  "web3signer:ftp://a",
  "web3signer:https://u:p@a",
  "web3signer:https://a#0x1",
  "keystore:",
  "keystore:/a?password=hunter2",
  "__proto__:x",
  "constructor:x",
])("KEY-12: refuses %j", (text) => {
  expect(parseKeyUri(text)).toBeUndefined();
});

it("KEY-12: any text is a key URI or is not", () => {
  const scheme = fc.constantFrom("pkcs11:", "hashivault://", "awskms:///", "web3signer:", "keystore:", "");
  const rest = fc.oneof(fc.string(), fc.stringMatching(/^[a-z=;?&#%/:.-]{0,60}$/));
  fc.assert(
    fc.property(scheme, rest, (start, end) => {
      const place = parseKeyUri(start + end);
      if (place !== undefined) expect(typeof place.key).toBe("string");
    }),
    { numRuns: 500 },
  );
});
