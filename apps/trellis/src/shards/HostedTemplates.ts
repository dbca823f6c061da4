import { LruMap } from "@trellis/base";
import { miningErrors } from "@trellis/mining";
import type { BlockBuilder, BlockTemplate, Hash, TemplateRequest } from "@trellis/protocol";
import type { HostedTemplate } from "./messages.ts";

/** Of the search in progress, of outdated ones, and of miners outside the process. */
const TEMPLATES_MAX = 256;
const NO_BODY: BlockTemplate["body"] = { transactions: [], certificates: [], evidence: [] };

/** Templates that another thread merges with those of other shards, and seals. [BLOCK-4.3] */
export class HostedTemplates {
  readonly #builder: BlockBuilder;
  readonly #templates = new LruMap<number, BlockTemplate>(TEMPLATES_MAX);
  #lastId = 0;

  constructor(builder: BlockBuilder) {
    this.#builder = builder;
  }

  /** Without its body, which stays here. */
  async create(request: TemplateRequest): Promise<HostedTemplate> {
    const template = await this.#builder.createTemplate(request);
    const id = ++this.#lastId;
    this.#templates.set(id, template);
    return { ...template, body: NO_BODY, id };
  }

  /** @throws TEMPLATE_UNKNOWN, errors of the import */
  async seal(id: number, branch: readonly Hash[], nonce: bigint): Promise<Hash> {
    const template = this.#templates.get(id);
    if (template === undefined) throw miningErrors.TEMPLATE_UNKNOWN({ template: String(id) });
    const { header } = template;
    const sealed = { ...template, header: { ...header, seal: { ...header.seal, branch } } };
    return this.#builder.importSealed(sealed, nonce);
  }
}
