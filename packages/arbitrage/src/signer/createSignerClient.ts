import { type Hex, isTrellisError, SerialQueue, type TrellisError } from "@trellis/base";
import { type CallSigner, type UnsignedCall, unsignedBytes, withSignature } from "@trellis/client";
import { keccak256, recoverAddress } from "@trellis/crypto";
import { signerErrors } from "@trellis/platform/keys";
import { isSameMac, macOf } from "./macOf.ts";
import {
  DENIAL,
  parseAnswer,
  parseEnvelope,
  parseGreeting,
  type SignerAnswer,
  type SignerRequest,
  writeMessage,
} from "./messages.ts";

export interface LineChannel {
  /** @throws SIGNER_UNREACHABLE, including on timeout */
  read(): Promise<string>;
  write(line: string): void;
  close(): void;
}

/** @throws SIGNER_UNREACHABLE */
export type Connect = () => Promise<LineChannel>;

export interface SignerClient extends CallSigner {
  readonly failure: () => string | undefined;
  /** Pings the signer. @throws SIGNER_UNREACHABLE, SIGNER_UNAUTHENTICATED, SIGNER_MESSAGE_INVALID */
  check(): Promise<void>;
  close(): void;
}

interface Talk {
  readonly secret: Uint8Array;
  readonly channel: LineChannel;
  readonly challenge: Uint8Array;
  lastId: number;
}

/**
 * Keeps one connection with serial requests. A repeated call signs the same transaction. During a rotation,
 * the signer may lack the newest secret, so the client also tries the next. [SIGN-1] `signCall` throws
 * refusals, SIGNER_UNREACHABLE, SIGNER_UNAUTHENTICATED and SIGNER_MESSAGE_INVALID.
 * @param secrets newest first; changes take effect with the next request
 */
export function createSignerClient(
  wallet: Hex,
  secrets: () => readonly Uint8Array[],
  connect: Connect,
): SignerClient {
  let talk: Talk | undefined;
  let held: readonly Uint8Array[] = [];
  let failure: string | undefined;
  let isClosed = false;
  const requests = new SerialQueue();

  function ask(request: SignerRequest): Promise<SignerAnswer> {
    return requests.run(() => exchange(request));
  }

  async function exchange(request: SignerRequest): Promise<SignerAnswer> {
    try {
      if (held !== secrets()) end();
      held = secrets();
      const answer = await sayOrBegin(request);
      failure = undefined;
      return answer;
    } catch (error) {
      failure = isTrellisError(error) ? error.code : "it fails";
      throw error;
    }
  }

  async function sayOrBegin(request: SignerRequest): Promise<SignerAnswer> {
    try {
      if (talk !== undefined) return await say(talk, request);
    } catch (error) {
      end();
      if (held.length === 1 || !isTrellisError(error, "SIGNER_UNAUTHENTICATED")) throw error;
    }
    return withSecrets(held, async (secret) => {
      talk = await begin(secret, connect);
      if (isClosed) end();
      if (talk === undefined) throw signerErrors.SIGNER_UNREACHABLE({ reason: "closed" });
      try {
        return await say(talk, request);
      } catch (error) {
        end();
        throw error;
      }
    });
  }

  function end(): void {
    talk?.channel.close();
    talk = undefined;
  }

  return {
    address: wallet,
    failure: () => failure,
    signCall: async (call) => signedCall(call, wallet, await ask({ do: "sign", call, wallet })),
    async check() {
      const answer = await ask({ do: "hello" });
      if (!("wallet" in answer)) throw signerErrors.SIGNER_MESSAGE_INVALID({ expected: "wallet" });
      if (answer.wallet === wallet || answer.former === wallet) return;
      failure = "SIGNER_MESSAGE_INVALID";
      throw signerErrors.SIGNER_MESSAGE_INVALID({ expected: wallet, got: answer.wallet });
    },
    close() {
      isClosed = true;
      end();
    },
  };
}

/** @throws SIGNER_UNREACHABLE, SIGNER_UNAUTHENTICATED, SIGNER_MESSAGE_INVALID */
export async function walletOfSigner(secrets: readonly Uint8Array[], connect: Connect): Promise<Hex> {
  return withSecrets(secrets, async (secret) => {
    const talk = await begin(secret, connect);
    try {
      const answer = await say(talk, { do: "hello" });
      if (!("wallet" in answer)) throw signerErrors.SIGNER_MESSAGE_INVALID({ expected: "wallet" });
      return answer.wallet;
    } finally {
      talk.channel.close();
    }
  });
}

/** If all secrets are refused, throws the newest one's refusal. */
async function withSecrets<Answer>(
  secrets: readonly Uint8Array[],
  attempt: (secret: Uint8Array) => Promise<Answer>,
): Promise<Answer> {
  let refusal: unknown;
  for (const secret of secrets) {
    try {
      return await attempt(secret);
    } catch (error) {
      refusal ??= error;
      if (!isTrellisError(error, "SIGNER_UNAUTHENTICATED")) throw error;
    }
  }
  throw refusal;
}

async function begin(secret: Uint8Array, connect: Connect): Promise<Talk> {
  const channel = await connect();
  try {
    return { secret, channel, challenge: parseGreeting(await channel.read()).challenge, lastId: 0 };
  } catch (error) {
    channel.close();
    throw error;
  }
}

async function say(talk: Talk, request: SignerRequest): Promise<SignerAnswer> {
  const { secret, channel, challenge } = talk;
  talk.lastId += 1;
  const message = { id: talk.lastId, body: writeMessage(request) };
  channel.write(writeMessage({ ...message, mac: macOf(secret, "engine", challenge, message) }));
  const line = await channel.read();
  if (line === DENIAL) throw signerErrors.SIGNER_UNAUTHENTICATED({ reason: "the signer has another secret" });
  const envelope = parseEnvelope(line);
  const expected = macOf(secret, "signer", challenge, envelope);
  if (envelope.id !== talk.lastId || !isSameMac(expected, envelope.mac))
    throw signerErrors.SIGNER_UNAUTHENTICATED();
  return parseAnswer(envelope.body);
}

function signedCall(call: UnsignedCall, wallet: Hex, answer: SignerAnswer) {
  if ("refused" in answer) throw refusalOf(answer);
  if (!("signature" in answer)) throw signerErrors.SIGNER_MESSAGE_INVALID({ expected: "signature" });
  const { signature } = answer;
  if (!isSignedBy(wallet, unsignedBytes(call), signature))
    throw signerErrors.SIGNER_MESSAGE_INVALID({ expected: `a signature by ${wallet}` });
  return withSignature(call, signature);
}

function refusalOf({ refused, facts }: Extract<SignerAnswer, { refused: string }>): TrellisError {
  const isKnown = Object.hasOwn(signerErrors.table, refused);
  if (!isKnown) return signerErrors.SIGNER_MESSAGE_INVALID({ refused });
  return signerErrors[refused as keyof typeof signerErrors.table](facts);
}

function isSignedBy(
  wallet: Hex,
  payload: Uint8Array,
  signature: Extract<SignerAnswer, { signature: object }>["signature"],
): boolean {
  try {
    return Buffer.from(recoverAddress(keccak256(payload), signature)).toString("hex") === wallet.slice(2);
  } catch (error) {
    if (isTrellisError(error)) return false;
    throw error;
  }
}
