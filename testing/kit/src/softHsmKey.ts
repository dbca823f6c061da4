import { randomBytes } from "node:crypto";
import pkcs11js from "pkcs11js";

const [module = "", token = "", label = "", params = ""] = process.argv.slice(2);
const CKA = { class: 0x0, token: 0x1, private: 0x2, label: 0x3, keyType: 0x100, sensitive: 0x103, id: 0x102 };
const CKA_SIGN = 0x108;
const CKA_VERIFY = 0x10a;
const CKA_EXTRACTABLE = 0x162;
const CKA_EC_PARAMS = 0x180;
const CKM_EC_KEY_PAIR_GEN = 0x1040;
const CKM_EC_EDWARDS_KEY_PAIR_GEN = 0x1055;
const RW_SERIAL = 0x6;

const library = new pkcs11js.PKCS11();
library.load(module);
library.C_Initialize();
const slot = library.C_GetSlotList(true).find((one) => library.C_GetTokenInfo(one).label.trim() === token);
const session = library.C_OpenSession(slot!, RW_SERIAL);
library.C_Login(session, 1, process.env.PIN ?? "");
const isEdwards = params.startsWith("13");
const common = [
  { type: CKA.token, value: true },
  { type: CKA.label, value: label },
  { type: CKA.id, value: randomBytes(8) },
];
library.C_GenerateKeyPair(
  session,
  { mechanism: isEdwards ? CKM_EC_EDWARDS_KEY_PAIR_GEN : CKM_EC_KEY_PAIR_GEN },
  [...common, { type: CKA_VERIFY, value: true }, { type: CKA_EC_PARAMS, value: Buffer.from(params, "hex") }],
  [
    ...common,
    { type: CKA.private, value: true },
    { type: CKA.sensitive, value: true },
    { type: CKA_EXTRACTABLE, value: false },
    { type: CKA_SIGN, value: true },
  ],
);
library.C_CloseSession(session);
library.C_Finalize();
