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
  /** @throws SIGNER_UNREACHABLE, also on timeout */
  read(): Promise<string>;
  write(line: string): void;
  close(): void;
}

/** @throws SIGNER_UNREACHABLE */
export type Connect = () => Promise<LineChannel>;

export interface SignerClient extends CallSigner {
  readonly failure: () => string | undefined;
  /** Ping. @throws SIGNER_UNREACHABLE, SIGNER_UNAUTHENTICATED, SIGNER_MESSAGE_INVALID */
  check(): Promise<void>;
  close(): void;
}

interface Talk {
  readonly channel: LineChannel;
  readonly challenge: Uint8Array;
  lastId: number;
}

/**
 * One connection with serial requests, reopened after a failure. A repeated call signs the same transaction.
 * `signCall` throws refusals, SIGNER_UNREACHABLE, SIGNER_UNAUTHENTICATED and SIGNER_MESSAGE_INVALID.
 */
export function createSignerClient(wallet: Hex, secret: Uint8Array, connect: Connect): SignerClient {
  let talk: Talk | undefined;
  let failure: string | undefined;
  const requests = new SerialQueue();

  function ask(request: SignerRequest): Promise<SignerAnswer> {
    return requests.run(() => exchange(request));
  }

  async function exchange(request: SignerRequest): Promise<SignerAnswer> {
    try {
      talk ??= await begin(connect);
      const answer = await say(talk, secret, request);
      failure = undefined;
      return answer;
    } catch (error) {
      talk?.channel.close();
      talk = undefined;
      failure = isTrellisError(error) ? error.code : "it fails";
      throw error;
    }
  }

  return {
    address: wallet,
    failure: () => failure,
    async signCall(call: UnsignedCall) {
      const answer = await ask({ do: "sign", call });
      if ("refused" in answer) throw refusalOf(answer);
      if (!("signature" in answer)) throw signerErrors.SIGNER_MESSAGE_INVALID({ expected: "signature" });
      const { signature } = answer;
      if (!isSignedBy(wallet, unsignedBytes(call), signature))
        throw signerErrors.SIGNER_MESSAGE_INVALID({ expected: `a signature of ${wallet}` });
      return withSignature(call, signature);
    },
    async check() {
      const answer = await ask({ do: "hello" });
      if (!("wallet" in answer)) throw signerErrors.SIGNER_MESSAGE_INVALID({ expected: "wallet" });
      if (answer.wallet === wallet) return;
      failure = "SIGNER_MESSAGE_INVALID";
      throw signerErrors.SIGNER_MESSAGE_INVALID({ expected: wallet, got: answer.wallet });
    },
    close: () => talk?.channel.close(),
  };
}

/** @throws SIGNER_UNREACHABLE, SIGNER_UNAUTHENTICATED, SIGNER_MESSAGE_INVALID */
export async function walletOfSigner(secret: Uint8Array, connect: Connect): Promise<Hex> {
  const talk = await begin(connect);
  try {
    const answer = await say(talk, secret, { do: "hello" });
    if (!("wallet" in answer)) throw signerErrors.SIGNER_MESSAGE_INVALID({ expected: "wallet" });
    return answer.wallet;
  } finally {
    talk.channel.close();
  }
}

async function begin(connect: Connect): Promise<Talk> {
  const channel = await connect();
  try {
    return { channel, challenge: parseGreeting(await channel.read()).challenge, lastId: 0 };
  } catch (error) {
    channel.close();
    throw error;
  }
}

async function say(talk: Talk, secret: Uint8Array, request: SignerRequest): Promise<SignerAnswer> {
  const { channel, challenge } = talk;
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
