import {
  type BlockBuilder,
  type BlockTemplate,
  createGenesis,
  parametersOfShard,
  ZERO_HASH,
} from "@trellis/protocol";
import { expect, it } from "vitest";
import { networkOf } from "../node/networkOf.ts";
import { HostedTemplates } from "./HostedTemplates.ts";

const network = networkOf("dev", { accounts: 1, validators: 1, shards: 2 });
const { header } = createGenesis(parametersOfShard(network, 1), ZERO_HASH, 1);
const body = {
  transactions: [],
  certificates: [],
  evidence: [],
  crossShard: { batches: [], crossLinks: [] },
};
const BRANCH = [`0x${"ab".repeat(32)}`] as const;
const request = { miner: header.miner, stream: 0, extra: new Uint8Array(0) };

it("BLOCK-4.3: seals the template with the branch of the other thread, and keeps its body here", async () => {
  const sealed: { readonly template: BlockTemplate; readonly nonce: bigint }[] = [];
  const builder: BlockBuilder = {
    createTemplate: async () => ({ header, body, sealRoot: new Uint8Array(32), target: 1n }),
    importSealed: async (template, nonce) => {
      sealed.push({ template, nonce });
      return ZERO_HASH;
    },
  };
  const templates = new HostedTemplates(builder);
  const sent = await templates.create(request);
  expect(sent.body).not.toHaveProperty("crossShard");
  await templates.seal(sent.id, BRANCH, 7n);
  expect(sealed).toEqual([
    {
      template: expect.objectContaining({
        body,
        header: { ...header, seal: { ...header.seal, branch: BRANCH } },
      }),
      nonce: 7n,
    },
  ]);
  await expect(templates.seal(sent.id + 1, BRANCH, 7n)).rejects.toMatchObject({ code: "TEMPLATE_UNKNOWN" });
});
