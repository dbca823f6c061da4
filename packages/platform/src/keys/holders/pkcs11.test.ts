import { startSoftHsm, type TestToken } from "@trellis/kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { holderSuite } from "../testing/holderSuite.ts";
import { CKA_CLASS, CKF_SERIAL_SESSION, CKO_PRIVATE_KEY, CKU_USER } from "./cryptoki.ts";
import { openPkcs11Holder } from "./openPkcs11Holder.ts";

const started = await startSoftHsm();
const isMissing = "reason" in started;
const hsm = started as TestToken;
const IDS = ["wallet", "tls", "records"];
const code = (name: string, facts: object = {}) =>
  expect.objectContaining({ code: name, facts: expect.objectContaining(facts) });

describe.skipIf(isMissing)("PKCS #11, by SoftHSM 2", () => {
  beforeAll(async () => {
    await hsm.generate("wallet", "secp256k1");
    await hsm.generate("tls", "p256");
    await hsm.generate("records", "ed25519");
  });
  afterAll(() => hsm.stop());

  const open = (change: object = {}) => openPkcs11Holder({ ...hsm, ...change });

  holderSuite(
    "pkcs11",
    async () => ({
      holder: await open(),
      secrets: [hsm.pin],
    }),
    { ids: IDS, runs: 12 },
  );

  it("KEY-9: a key does not leave the token", async () => {
    const holder = await open();
    const [wallet] = await holder.list();
    expect(wallet).toMatchObject({ holder: "pkcs11 trellis-test", location: hsm.module });
    const { default: pkcs11js } = await import("pkcs11js");
    const library = new pkcs11js.PKCS11();
    library.load(hsm.module);
    const slot = library
      .C_GetSlotList(true)
      .find((one) => library.C_GetTokenInfo(one).label.trim() === hsm.token);
    const session = library.C_OpenSession(slot!, CKF_SERIAL_SESSION);
    try {
      library.C_Login(session, CKU_USER, hsm.pin);
    } catch {
      // Already logged in by the holder.
    }
    library.C_FindObjectsInit(session, [{ type: CKA_CLASS, value: CKO_PRIVATE_KEY }]);
    const [key] = library.C_FindObjects(session, 1);
    library.C_FindObjectsFinal(session);
    const CKA_VALUE = 0x11;
    expect(() => library.C_GetAttributeValue(session, key!, [{ type: CKA_VALUE }])).toThrow(/SENSITIVE/);
    library.C_CloseSession(session);
    await holder.close();
  });

  it("KEY-9: other holders open and close while one signs, as at a reload", async () => {
    const holder = await open();
    let isOver = false;
    const signing = (async () => {
      while (!isOver) await holder.sign("wallet", new Uint8Array(32));
    })();
    for (let reload = 0; reload < 500; reload += 1) {
      const other = await open();
      await other.sign("wallet", new Uint8Array(32));
      await other.close();
    }
    isOver = true;
    await signing;
    await holder.close();
  });

  it("SIGNER_SETUP_INVALID: a wrong PIN is tried once, because tokens lock", async () => {
    const holder = await open({ pin: "wrong-pin" });
    for (const _ of [1, 2, 3]) {
      const refused = await holder.list().catch((error: unknown) => error);
      expect(refused).toEqual(code("SIGNER_SETUP_INVALID"));
      expect(JSON.stringify(refused)).not.toContain("wrong-pin");
    }
    await holder.close();
    const right = await open();
    expect(await right.list()).toHaveLength(IDS.length);
    await right.close();
  });

  it("SIGNER_UNREACHABLE: no such token", async () => {
    const holder = await open({ token: "none" });
    await expect(holder.list()).rejects.toEqual(code("SIGNER_UNREACHABLE", { reason: "no such token" }));
    await holder.close();
  });

  it("SIGNER_SETUP_INVALID: no module", async () => {
    await expect(open({ module: "/none.so" })).rejects.toEqual(code("SIGNER_SETUP_INVALID"));
  });

  it("two holders share the module; each works after the other has closed", async () => {
    const [one, other] = [await open(), await open()];
    expect(await one.list()).toHaveLength(IDS.length);
    await one.close();
    expect(await other.sign("wallet", new Uint8Array(32).fill(1))).toHaveLength(65);
    await other.close();
    const again = await open();
    expect(await again.sign("wallet", new Uint8Array(32).fill(1))).toHaveLength(65);
    await again.close();
  });
});
