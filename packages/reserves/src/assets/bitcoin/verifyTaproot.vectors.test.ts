import { bytesToHex, hexToBytes } from "@trellis/base";
import { describe, expect, it } from "vitest";
import { SignatureCounter } from "./SignatureCounter.ts";
import { decodeTransaction, txidOf } from "./transaction.ts";
import { verifyInput } from "./verifyInput.ts";
import { verifyTaproot } from "./verifyTaproot.ts";

const bytes = (hex: string) => hexToBytes(`0x${hex}`);
const EMPTY = new Uint8Array(0);

type Leaf = readonly [script: string, control: string, result: object | undefined];

const CONTROL_WRONG = {
  code: "BITCOIN_SIGNATURE_INVALID",
  facts: { reason: expect.stringMatching(/address/) },
};
const CHECK_FALSE = {
  code: "BITCOIN_SIGNATURE_INVALID",
  facts: { reason: expect.stringMatching(/last is false/) },
};
const LEAF_UNKNOWN = { code: "BITCOIN_SCRIPT_UNSUPPORTED", facts: { leafVersion: 250 } };
const PUSH_ONLY = {
  code: "BITCOIN_SIGNATURE_INVALID",
  facts: { reason: expect.stringMatching(/2 elements/) },
};

// BIP-341, wallet-test-vectors.json, scriptPubKey.
const TREES: readonly (readonly [outputKey: string, leaves: readonly Leaf[]])[] = [
  [
    "147c9c57132f6e7ecddba9800bb0c4449251c92a1e60371ee77557b6620f3ea3",
    [
      [
        "20d85a959b0290bf19bb89ed43c916be835475d013da4b362117393e25a48229b8ac",
        "c1187791b6f712a8ea41c8ecdd0ee77fab3e85263b37e1ec18a3651926b3a6cf27",
        CHECK_FALSE,
      ],
    ],
  ],
  [
    "e4d810fd50586274face62b8a807eb9719cef49c04177cc6b76a9a4251d5450e",
    [
      [
        "20b617298552a72ade070667e86ca63b8f5789a9fe8731ef91202a91c9f3459007ac",
        "c093478e9488f956df2396be2ce6c5cced75f900dfa18e7dabd2428aae78451820",
        CHECK_FALSE,
      ],
    ],
  ],
  [
    "712447206d7a5238acc7ff53fbe94a3b64539ad291c7cdbc490b7577e4b17df5",
    [
      [
        "20387671353e273264c495656e27e39ba899ea8fee3bb69fb2a680e22093447d48ac",
        "c0ee4fe085983462a184015d1f782d6a5f8b9c2b60130aff050ce221ecf3786592f224a923cd0021ab202ab139cc56802ddb92dcfc172b9212261a539df79a112a",
        CHECK_FALSE,
      ],
      [
        "06424950333431",
        "faee4fe085983462a184015d1f782d6a5f8b9c2b60130aff050ce221ecf37865928ad69ec7cf41c2a4001fd1f738bf1e505ce2277acdcaa63fe4765192497f47a7",
        LEAF_UNKNOWN,
      ],
    ],
  ],
  [
    "77e30a5522dd9f894c3f8b8bd4c4b2cf82ca7da8a3ea6a239655c39c050ab220",
    [
      [
        "2044b178d64c32c4a05cc4f4d1407268f764c940d20ce97abfd44db5c3592b72fdac",
        "c1f9f400803e683727b14f463836e1e78e1c64417638aa066919291a225f0e8dd82cb2b90daa543b544161530c925f285b06196940d6085ca9474d41dc3822c5cb",
        CHECK_FALSE,
      ],
      [
        "07546170726f6f74",
        "c1f9f400803e683727b14f463836e1e78e1c64417638aa066919291a225f0e8dd864512fecdb5afa04f98839b50e6f0cb7b1e539bf6f205f67934083cdcc3c8d89",
        PUSH_ONLY,
      ],
    ],
  ],
  [
    "91b64d5324723a985170e4dc5a0f84c041804f2cd12660fa5dec09fc21783605",
    [
      [
        "2072ea6adcf1d371dea8fba1035a09f3d24ed5a059799bae114084130ee5898e69ac",
        "c0e0dfe2300b0dd746a3f8674dfd4525623639042569d829c7f0eed9602d263e6fffe578e9ea769027e4f5a3de40732f75a88a6353a09d767ddeb66accef85e553",
        CHECK_FALSE,
      ],
      [
        "202352d137f2f3ab38d1eaa976758873377fa5ebb817372c71e2c542313d4abda8ac",
        "c0e0dfe2300b0dd746a3f8674dfd4525623639042569d829c7f0eed9602d263e6f9e31407bffa15fefbf5090b149d53959ecdf3f62b1246780238c24501d5ceaf62645a02e0aac1fe69d69755733a9b7621b694bb5b5cde2bbfc94066ed62b9817",
        CHECK_FALSE,
      ],
      [
        "207337c0dd4253cb86f2c43a2351aadd82cccb12a172cd120452b9bb8324f2186aac",
        "c0e0dfe2300b0dd746a3f8674dfd4525623639042569d829c7f0eed9602d263e6fba982a91d4fc552163cb1c0da03676102d5b7a014304c01f0c77b2b8e888de1c2645a02e0aac1fe69d69755733a9b7621b694bb5b5cde2bbfc94066ed62b9817",
        CHECK_FALSE,
      ],
    ],
  ],
  [
    "75169f4001aa68f15bbed28b218df1d0a62cbbcf1188c6665110c293c907b831",
    [
      [
        "2071981521ad9fc9036687364118fb6ccd2035b96a423c59c5430e98310a11abe2ac",
        "c155adf4e8967fbd2e29f20ac896e60c3b0f1d5b0efa9d34941b5958c7b0a0312d3cd369a528b326bc9d2133cbd2ac21451acb31681a410434672c8e34fe757e91",
        CHECK_FALSE,
      ],
      [
        "20d5094d2dbe9b76e2c245a2b89b6006888952e2faa6a149ae318d69e520617748ac",
        "c155adf4e8967fbd2e29f20ac896e60c3b0f1d5b0efa9d34941b5958c7b0a0312dd7485025fceb78b9ed667db36ed8b8dc7b1f0b307ac167fa516fe4352b9f4ef7f154e8e8e17c31d3462d7132589ed29353c6fafdb884c5a6e04ea938834f0d9d",
        CHECK_FALSE,
      ],
      [
        "20c440b462ad48c7a77f94cd4532d8f2119dcebbd7c9764557e62726419b08ad4cac",
        "c155adf4e8967fbd2e29f20ac896e60c3b0f1d5b0efa9d34941b5958c7b0a0312d737ed1fe30bc42b8022d717b44f0d93516617af64a64753b7a06bf16b26cd711f154e8e8e17c31d3462d7132589ed29353c6fafdb884c5a6e04ea938834f0d9d",
        CHECK_FALSE,
      ],
    ],
  ],
];

function failureOf(run: () => void): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}

function spend(outputKey: string, script: Uint8Array, control: Uint8Array): unknown {
  const input = { txid: new Uint8Array(32), vout: 0, scriptSig: EMPTY, sequence: 0, witness: [] };
  const context = {
    transaction: { version: 2, inputs: [input], outputs: [], lockTime: 0 },
    inputIndex: 0,
    coins: [{ valueSat: 0n, script: bytes(`5120${outputKey}`) }],
    counter: new SignatureCounter(),
  };
  return failureOf(() => verifyTaproot(bytes(outputKey), [EMPTY, script, control], context));
}

describe.each(TREES)("BIP-341, the tree of output key %s", (outputKey, leaves) => {
  it.each(leaves)("has the leaf %s", (script, control, result) => {
    expect(spend(outputKey, bytes(script), bytes(control))).toMatchObject(result as object);
  });

  it.each(leaves)("does not have leaf %s with a bit changed, nor in another tree", (script, control) => {
    const [scriptBytes, controlBytes] = [bytes(script), bytes(control)];
    for (const original of [scriptBytes, controlBytes])
      for (let bit = 0; bit < original.length * 8; bit += 5) {
        const changed = original.slice();
        changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
        const [leafScript, leafControl] =
          original === scriptBytes ? [changed, controlBytes] : [scriptBytes, changed];
        expect(spend(outputKey, leafScript, leafControl)).toMatchObject(CONTROL_WRONG);
      }
    for (const [other] of TREES.filter(([key]) => key !== outputKey))
      expect(spend(other, scriptBytes, controlBytes)).toMatchObject(CONTROL_WRONG);
  });
});

interface Spend {
  readonly name: string;
  readonly txid: string;
  readonly transaction: string;
  readonly coins: readonly (readonly [valueSat: bigint, script: string])[];
  readonly signatures: number;
}

// Bitcoin mainnet transactions.
const SPENDS: readonly Spend[] = [
  {
    name: "by key, and by a script of one key",
    txid: "37777defed8717c581b4c0509329550e344bdc14ac38f71fc050096887e535c8",
    transaction:
      "020000000001027bc0bba407bc67178f100e352bf6e047fae4cbf960d783586cb5e430b3b700e70000000000feffffff7bc0bba407bc67178f100e352bf6e047fae4cbf960d783586cb5e430b3b700e70100000000feffffff01b4ba0e0000000000160014173fd310e9db2c7e9550ce0f03f1e6c01d833aa90140134896c42cd95680b048845847c8054756861ffab7d4abab72f6508d67d1ec0c590287ec2161dd7884983286e1cd56ce65c08a24ee0476ede92678a93b1b180c03407b5d614a4610bf9196775791fcc589597ca066dcd10048e004cd4c7341bb4bb90cee4705192f3f7db524e8067a5222c7f09baf29ef6b805b8327ecd1e5ab83ca2220f5b059b9a72298ccbefff59d9b943f7e0fc91d8a3b944a95e7b6390cc99eb5f4ac41c0d9dfdf0fe3c83e9870095d67fff59a8056dad28c6dfb944bb71cf64b90ace9a7776b22a1185fb2dc9524f6b178e2693189bf01655d7f38f043923668dc5af45bffd30a00",
    coins: [
      [491_750n, "51205f4237bd7dae576b34abc8a9c6fa4f0e4787c04234ca963e9e96c8f9b67b56d1"],
      [491_750n, "51205f4237bd7f93c69403a30c6b641f27ccf5201090152fcf1596474221307831c3"],
    ],
    signatures: 2,
  },
  {
    name: "by a script of two keys (OP_CHECKSIGVERIFY, OP_CHECKSIG)",
    txid: "905ecdf95a84804b192f4dc221cfed4d77959b81ed66013a7e41a6e61e7ed530",
    transaction:
      "02000000000101b41b20295ac85fd2ae3e3d02900f1a1e7ddd6139b12e341386189c03d6f5795b0000000000fdffffff0100000000000000003c6a3a546878205361746f7368692120e2889e2f32316d696c20466972737420546170726f6f74206d756c7469736967207370656e64202d426974476f044123b1d4ff27b16af4b0fcb9672df671701a1a7f5a6bb7352b051f461edbc614aa6068b3e5313a174f90f3d95dc4e06f69bebd9cf5a3098fde034b01e69e8e788901400fd4a0d3f36a1f1074cb15838a48f572dc18d412d0f0f0fc1eeda9fa4820c942abb77e4d1a3c2b99ccf4ad29d9189e6e04a017fe611748464449f681bc38cf394420febe583fa77e49089f89b78fa8c116710715d6e40cc5f5a075ef1681550dd3c4ad20d0fa46cb883e940ac3dc5421f05b03859972639f51ed2eccbf3dc5a62e2e1b15ac41c02e44c9e47eaeb4bb313adecd11012dfad435cd72ce71f525329f24d75c5b9432774e148e9209baf3f1656a46986d5f38ddf4e20912c6ac28f48d6bf747469fb100000000",
    coins: [[7500n, "51202fcad7470279652cc5f88b8908678d6f4d57af5627183b03fc8404cb4e16d889"]],
    signatures: 2,
  },
  {
    name: "by a script of one key of two (OP_CHECKSIGADD, OP_NUMEQUAL)",
    txid: "2eb8dbaa346d4be4e82fe444c2f0be00654d8cfd8c4a9a61b11aeaab8c00b272",
    transaction:
      "010000000001022373cf02ce7df6500ae46a4a0fbbb1b636d2debed8f2df91e2415627397a34090000000000fdffffff88c23d928893cd3509845516cf8411b7cab2738c054cc5ce7e4bde9586997c770000000000fdffffff0200000000000000002b6a29676d20746170726f6f7420f09fa5952068747470733a2f2f626974636f696e6465766b69742e6f72676e9e1100000000001976a91405070d0290da457409a37db2e294c1ffbc52738088ac04410adf90fd381d4a13c3e73740b337b230701189ed94abcb4030781635f035e6d3b50b8506470a68292a2bc74745b7a5732a28254b5f766f09e495929ec308090b01004620c13e6d193f5d04506723bd67abcc5d31b610395c445ac6744cb0a1846b3aabaeac20b0e2e48ad7c3d776cf6f2395c504dc19551268ea7429496726c5d5bf72f9333cba519c21c0000000000000000000000000000000000000000000000000000000000000000104414636070d21adc8280735383102f7a0f5978cea257777a23934dd3b458b79bf388aca218e39e23533a059da173e402c4fc5e3375e1f839efb22e9a5c2a815b07301004620c13e6d193f5d04506723bd67abcc5d31b610395c445ac6744cb0a1846b3aabaeac20b0e2e48ad7c3d776cf6f2395c504dc19551268ea7429496726c5d5bf72f9333cba519c21c0000000000000000000000000000000000000000000000000000000000000000100000000",
    coins: [
      [1_130_279n, "5120667bdd93c7c029767fd516d2ea292624b938fefefa175ac9f1220cf508963ff3"],
      [30_000n, "5120667bdd93c7c029767fd516d2ea292624b938fefefa175ac9f1220cf508963ff3"],
    ],
    signatures: 2,
  },
];

describe.each(SPENDS)("mainnet transaction $name", ({ txid, transaction, coins, signatures }) => {
  const decoded = decodeTransaction(bytes(transaction));
  const given = coins.map(([valueSat, script]) => ({ valueSat, script: bytes(script) }));

  it("is valid", () => {
    const counter = new SignatureCounter();
    expect(bytesToHex(txidOf(decoded).toReversed())).toBe(`0x${txid}`);
    for (const inputIndex of decoded.inputs.keys())
      verifyInput({ transaction: decoded, inputIndex, coins: given, counter });
    expect(counter.matched).toBe(signatures);
  });

  it("BITCOIN_SIGNATURE_INVALID: with a coin of another value", () => {
    const others = given.map((coin) => ({ ...coin, valueSat: coin.valueSat + 1n }));
    for (const inputIndex of decoded.inputs.keys()) {
      const context = { transaction: decoded, inputIndex, coins: others, counter: new SignatureCounter() };
      expect(failureOf(() => verifyInput(context))).toMatchObject({ code: "BITCOIN_SIGNATURE_INVALID" });
    }
  });
});
