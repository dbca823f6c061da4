import { bytesToHex } from "@trellis/base";
import {
  type Address,
  createTransaction,
  impersonatedSignature,
  signingHash,
  type Transaction,
  ZERO_ADDRESS,
} from "@trellis/protocol";
import { address, hashedBytes } from "../../decoding/hex.ts";
import { type TransactionArguments, transactionArguments } from "../../decoding/transactionArguments.ts";
import { encodeFields } from "../../encoding/transaction.ts";
import type { RpcNode } from "../../RpcNode.ts";
import type { Session } from "../../Session.ts";
import { fillTransaction } from "../../signing/fillTransaction.ts";
import { personalMessageHash, signerOf, signHash } from "../../signing/signWithAccount.ts";
import { typedData } from "../../signing/typedData.ts";
import { defineMethod, required, WEIGHTS } from "../Method.ts";

const UNSIGNED = { kind: "ecdsa", r: 0n, s: 0n, yParity: 0 } as const;
const dev = { role: "dev", weight: WEIGHTS.execute } as const;

export const signingMethods = [
  defineMethod({
    ...dev,
    name: "eth_sendTransaction",
    summary: "Completes, signs and sends a transaction of an account of the node.",
    params: [required("transaction", transactionArguments)],
    handle: (node, [args], session) => {
      const from = isImpersonated(node, args) ? args.from! : senderOf(node, args);
      return node.accountQueue.run(from, async () => {
        const { encoded } = isImpersonated(node, args)
          ? createTransaction(await fillTransaction(node, from, args, session), impersonatedSignature(from))
          : await signArguments(node, from, args, session);
        return node.intake.submit(encoded, { isLocal: true, sender: from });
      });
    },
  }),
  defineMethod({
    ...dev,
    name: "eth_signTransaction",
    summary: "Completes and signs a transaction of an account of the node without sending it.",
    params: [required("transaction", transactionArguments)],
    async handle(node, [args], session) {
      const from = senderOf(node, args);
      const transaction = await signArguments(node, from, args, session);
      const tx = encodeFields({ transaction, sender: from }, transaction.maxFeePerGas);
      return { raw: bytesToHex(transaction.encoded), tx };
    },
  }),
  defineMethod({
    name: "eth_fillTransaction",
    summary: "Completes a transaction with nonce, gas, fees and chain id, without signing it.",
    weight: WEIGHTS.execute,
    params: [required("transaction", transactionArguments)],
    async handle(node, [args], session) {
      const from = args.from ?? ZERO_ADDRESS;
      const unsigned = await fillTransaction(node, from, args, session);
      const transaction = createTransaction(unsigned, UNSIGNED);
      const tx = encodeFields({ transaction, sender: from }, transaction.maxFeePerGas);
      return { raw: bytesToHex(transaction.encoded), tx };
    },
  }),
  defineMethod({
    ...dev,
    name: "eth_sign",
    summary: "Signs a message with an account of the node (EIP-191).",
    params: [required("address", address), required("message", hashedBytes)],
    handle: (node, [account, message]) => signHash(signerOf(node, account), personalMessageHash(message)),
  }),
  defineMethod({
    ...dev,
    name: "personal_sign",
    summary: "Signs a message with an account of the node (EIP-191).",
    params: [required("message", hashedBytes), required("address", address)],
    handle: (node, [message, account]) => signHash(signerOf(node, account), personalMessageHash(message)),
  }),
  defineMethod({
    ...dev,
    name: "eth_signTypedData_v4",
    summary: "Signs typed data with an account of the node (EIP-712).",
    params: [required("address", address), required("typedData", typedData)],
    handle: (node, [account, { hash }]) => signHash(signerOf(node, account), hash),
  }),
];

/** [DEV-5] */
function isImpersonated({ impersonation, signers }: RpcNode, { from }: TransactionArguments): boolean {
  return from !== undefined && !signers.has(from) && impersonation.includes(from);
}

function senderOf(node: RpcNode, { from }: TransactionArguments): Address {
  return bytesToHex(signerOf(node, from).address);
}

async function signArguments(
  node: RpcNode,
  from: Address,
  args: TransactionArguments,
  session: Session,
): Promise<Transaction> {
  const unsigned = await fillTransaction(node, from, args, session);
  const signature = await signerOf(node, from).signHash(signingHash(unsigned));
  return createTransaction(unsigned, { kind: "ecdsa", ...signature });
}
