import { isTrellisError, type TrellisError } from "@trellis/base";
import { signerErrors } from "@trellis/platform/keys";
import type { PolicySigner } from "./createPolicySigner.ts";
import { isSameMac, macOf } from "./macOf.ts";
import {
  type Envelope,
  PROTOCOL,
  parseEnvelope,
  parseRequest,
  type SignerAnswer,
  type SignerRequest,
  writeMessage,
} from "./messages.ts";

interface Authenticated {
  readonly secret: Uint8Array;
  readonly envelope: Envelope;
}

/** [SIGN-1] */
export class SignerSession {
  readonly #policySigner: PolicySigner;
  readonly #secrets: () => readonly Uint8Array[];
  readonly #challenge: Uint8Array;
  #lastId = 0;

  constructor(policySigner: PolicySigner, secrets: () => readonly Uint8Array[], challenge: Uint8Array) {
    this.#policySigner = policySigner;
    this.#secrets = secrets;
    this.#challenge = challenge;
  }

  greeting(): string {
    return writeMessage({ protocol: PROTOCOL, challenge: this.#challenge });
  }

  /** @returns undefined if the client must be disconnected */
  async answer(line: string): Promise<string | undefined> {
    let authenticated: Authenticated;
    try {
      authenticated = this.#authenticated(line);
    } catch (error) {
      if (!isTrellisError(error)) throw error;
      // Unauthenticated clients share one rate limit; only the first refusal above it is audited.
      await this.#policySigner.refuse(error, "stranger").catch(() => undefined);
      return undefined;
    }
    const { secret, envelope } = authenticated;
    const body = writeMessage(await this.#answerTo(envelope.body));
    const message = { id: envelope.id, body };
    return writeMessage({ ...message, mac: macOf(secret, "signer", this.#challenge, message) });
  }

  /** The engine may change its secret while connected. */
  #authenticated(line: string): Authenticated {
    const envelope = parseEnvelope(line);
    const secret = this.#secrets().find((each) =>
      isSameMac(macOf(each, "engine", this.#challenge, envelope), envelope.mac),
    );
    if (secret === undefined) throw signerErrors.SIGNER_UNAUTHENTICATED();
    if (envelope.id !== this.#lastId + 1)
      throw signerErrors.SIGNER_UNAUTHENTICATED({ reason: "out of order" });
    this.#lastId = envelope.id;
    return { secret, envelope };
  }

  async #answerTo(body: string): Promise<SignerAnswer> {
    let request: SignerRequest;
    try {
      request = parseRequest(body);
    } catch (error) {
      if (!isTrellisError(error)) throw error;
      await this.#policySigner.refuse(error, "engine").catch(() => undefined);
      return refusal(error);
    }
    const [wallet, former] = this.#policySigner.wallets();
    if (request.do === "hello") return { wallet, ...(former !== undefined && { former }) };
    try {
      return { signature: await this.#policySigner.sign(request.call, "engine", request.wallet) };
    } catch (error) {
      if (!isTrellisError(error)) throw error;
      return refusal(error);
    }
  }
}

function refusal({ code, facts }: TrellisError): SignerAnswer {
  const texts = Object.entries(facts).map(([name, fact]) => [name, String(fact)]);
  return { refused: code, facts: Object.fromEntries(texts) };
}
